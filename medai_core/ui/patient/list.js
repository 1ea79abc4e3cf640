// Patients, one a line. All text arrives as data and is set as text, never as markup.
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawCell(column, row) {
  const cell = element("td", column.kind || "");
  const value = row[column.key];
  if (column.key === "name") {
    const link = element("a", "", value);
    link.dir = "auto";
    link.href = row.address;
    link.dataset.id = row.id;
    cell.append(link);
    if (row.under) {
      const under = element("span", "under", row.under);
      under.dir = "auto";
      cell.append(under);
    }
  } else {
    cell.textContent = value;
    cell.dir = "auto";
  }
  if (value) cell.dataset.name = column.title;
  return cell;
}

function drawRow(row, columns, last) {
  const line = element("tr", row.id === last ? "last" : "");
  line.dataset.id = row.id;
  line.append(...columns.map((column) => drawCell(column, row)));
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
  root.querySelector("caption").textContent = data.caption;
  root.querySelector("thead tr").replaceChildren(...data.columns.map((column) => {
    const cell = element("th", column.kind || "", column.title);
    cell.scope = "col";
    return cell;
  }));
  body.replaceChildren(...data.rows.map((row) => drawRow(row, data.columns, data.last)));
  const reachable = makeReachable(body, focused || data.last);
  if (focused && reachable) reachable.focus({ preventScroll: true });
  body.onclick = (event) => open(event, setTriggerValue);
  body.onauxclick = (event) => open(event, setTriggerValue);
  body.onkeydown = (event) => move(shadow, event);
}
