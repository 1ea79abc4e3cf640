// The worklist's rows. All text arrives as data and is set as text, never as markup.
const COLUMNS = ["urgency", "waiting", "patient", "study", "modality", "date", "state", "model", "raised", "reader"];
const WIDE = new Set(["patient", "study"]);

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function two(cell, first, second) {
  cell.append(first);
  if (second) {
    const under = element("span", "under", second);
    under.classList.add("line");
    under.title = second;
    cell.append(under);
  }
}

const draw = {
  urgency(cell, row) {
    cell.classList.add("urgency");
    if (row.urgency.level === 3) cell.classList.add("stat");
    const bars = element("span", "bars", "▮".repeat(row.urgency.level) + "▯".repeat(3 - row.urgency.level));
    bars.setAttribute("aria-hidden", "true");
    cell.append(bars, row.urgency.word);
  },
  patient(cell, row) {
    const link = element("a", "", row.patient);
    link.dir = "auto";
    link.href = row.address;
    link.dataset.id = row.id;
    cell.append(link);
    const record = element("a", "under line record", row.person);
    record.href = row.record;
    record.title = row.person + ": the patient's record";
    record.dir = "auto";
    record.tabIndex = -1;
    cell.append(record);
  },
  study(cell, row) {
    const words = element("span", "line", row.study);
    words.dir = "auto";
    words.title = row.study;
    two(cell, words, row.images);
  },
  state(cell, row) { marked(cell, row.state); },
  model(cell, row) { marked(cell, row.model); },
};

function marked(cell, value) {
  const mark = element("span", "mark", value.mark);
  mark.setAttribute("aria-hidden", "true");
  cell.append(mark, value.word);
}

function drawRow(row, heads, last) {
  const line = element("tr", row.id === last ? "last" : "");
  line.dataset.id = row.id;
  for (const name of COLUMNS) {
    const cell = element("td", WIDE.has(name) ? "wide" : "");
    if (name === "waiting" || name === "date") cell.classList.add("still");
    if (draw[name]) draw[name](cell, row);
    else cell.textContent = row[name];
    if (cell.textContent) cell.dataset.name = heads[name];
    line.append(cell);
  }
  return line;
}

function links(root) {
  return [...root.querySelectorAll("a[data-id]")];
}

// One link of the list is in the tab order; the arrow keys move on from there.
function makeReachable(root, id) {
  const all = links(root);
  const chosen = all.find((link) => link.dataset.id === id) || all[0];
  for (const link of all) link.tabIndex = link === chosen ? 0 : -1;
  return chosen;
}

function move(root, event) {
  const all = links(root);
  const at = all.indexOf(root.activeElement || event.target);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1,
    PageDown: at + 10, PageUp: at - 10 }[event.key];
  if (to === undefined || at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  const next = all[Math.max(0, Math.min(all.length - 1, to))];
  makeReachable(root, next.dataset.id);
  next.focus();
  next.closest("tr").scrollIntoView({ block: "nearest" });
}

function open(event, setTriggerValue) {
  const line = event.target.closest("tr[data-id]");
  if (!line || event.button > 1) return;
  const link = line.querySelector("a[data-id]");
  if (event.target.closest("a.record")) return;
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button === 1;
  if (elsewhere) {
    if (!event.target.closest("a")) window.open(link.href, "_blank", "noopener");
    return;
  }
  event.preventDefault();
  if (String(window.getSelection())) return;
  line.classList.add("opening");
  setTriggerValue("open", line.dataset.id);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement;
  const body = root.querySelector("tbody");
  const shadow = body.getRootNode();
  const focused = shadow.activeElement ? shadow.activeElement.dataset.id : null;
  const heads = Object.fromEntries(data.heads);
  root.querySelector("caption").textContent = data.caption;
  const head = root.querySelector("thead tr");
  head.replaceChildren(...COLUMNS.map((name) => {
    const cell = element("th", "", heads[name]);
    cell.scope = "col";
    return cell;
  }));
  body.replaceChildren(...data.rows.map((row) => drawRow(row, heads, data.last)));
  const reachable = makeReachable(body, focused || data.last);
  if (focused && reachable) reachable.focus({ preventScroll: true });
  body.onclick = (event) => open(event, setTriggerValue);
  body.onauxclick = (event) => open(event, setTriggerValue);
  body.onkeydown = (event) => move(shadow, event);
}
