// Cards of a record: what a patient has, takes, had done. All text arrives as data and is set as text.
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function line(className, text) {
  const made = element("span", className, text);
  made.dir = "auto";
  return made;
}

function drawRow(row, emit) {
  const item = element("li", row.struck ? "struck" : "");
  const way = element(row.address ? "a" : "button", "way");
  if (row.address) way.href = row.address;
  else way.type = "button";
  if (row.thumb) {
    const image = element("img", "thumb");
    image.alt = "";
    image.loading = "lazy";
    image.src = row.thumb;
    way.append(image);
  }
  const words = element("span", "words");
  words.append(line("title", row.title));
  if (row.under) words.append(line("under", row.under));
  if (row.reason) words.append(line("reason", row.reason));
  way.append(words);
  const when = element("span", "when", row.when);
  if (row.original) when.title = row.original;
  way.append(when);
  way.addEventListener("click", (event) => {
    if (row.address && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    emit(row.id);
  });
  item.append(way);
  return item;
}

function drawGroup(group, limit, emit) {
  const made = element("div", "group");
  if (group.name) made.append(element("h4", "", group.name));
  const list = element("ul");
  list.append(...group.rows.slice(0, limit).map((row) => drawRow(row, emit)));
  made.append(list);
  if (group.rows.length > limit) {
    const more = element("button", "more", `Show all ${group.rows.length}`);
    more.type = "button";
    more.addEventListener("click", () => {
      list.append(...group.rows.slice(limit).map((row) => drawRow(row, emit)));
      more.remove();
    });
    made.append(more);
  }
  return made;
}

function drawCard(card, emit) {
  const made = element("section", "card");
  const head = element("h3", "", card.title);
  if (card.count) head.append(element("span", "count", card.count));
  made.append(head);
  made.setAttribute("aria-label", card.title);
  if (card.groups.every((group) => !group.rows.length)) made.append(element("p", "empty", card.empty));
  else made.append(...card.groups.filter((group) => group.rows.length)
    .map((group) => drawGroup(group, card.limit, emit)));
  if (card.foot) made.append(element("p", "empty", card.foot));
  return made;
}

// As many columns as fit, each card under the shortest: the browser's own columns may leave one empty.
const WIDTH = 340;
const GAP = 16;
const watched = new WeakMap();

function arrange(root, cards) {
  const count = Math.max(1, Math.floor((root.clientWidth + GAP) / (WIDTH + GAP)));
  const columns = Array.from({ length: Math.min(count, cards.length || 1) }, () => element("div", "column"));
  root.replaceChildren(...columns);
  for (const card of cards) {
    columns.reduce((best, one) => (one.offsetHeight < best.offsetHeight - 1 ? one : best)).append(card);
  }
  return count;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".cards");
  const cards = data.cards.map((card) => drawCard(card, (id) => setTriggerValue("open", id)));
  let count = arrange(root, cards);
  watched.get(root)?.disconnect();
  const watch = new ResizeObserver(() => {
    const fits = Math.max(1, Math.floor((root.clientWidth + GAP) / (WIDTH + GAP)));
    if (fits !== count) count = arrange(root, cards);
  });
  watch.observe(root);
  watched.set(root, watch);
  return () => watch.disconnect();
}
