// Nothing of the patient before is seen once the browser turns to another page: what stands is hidden at the
// click or at the way back itself, long before the server answers, until the run that draws the new page has
// said so; what is left of the old page stays hidden until that run has ended.
const ATTRIBUTE = "data-medai-turning";
const NOWHERE = 1000;
const known = { place: null, run: null, wanted: null, timer: 0, base: "", first: "", started: false };

// The page and whose data it shows, as the server says it: "page:patient:study".
function placeOf(address) {
  const path = address.pathname.slice(known.base.length).replace(/^\/+|\/+$/g, "");
  const last = (name) => address.searchParams.getAll(name).at(-1) || "";
  return `${path === known.first ? "" : path}:${last("patient")}:${last("study")}`;
}

function mark(value) {
  const root = document.documentElement;
  if (value) root.setAttribute(ATTRIBUTE, value);
  else root.removeAttribute(ATTRIBUTE);
}

function isRunning() {
  const app = document.querySelector("[data-test-script-state]");
  return !!app && app.dataset.testScriptState !== "notRunning";
}

// The way back and forward: the address names what is to be seen.
function moved() {
  const wanted = placeOf(new URL(location.href));
  const stays = wanted === known.place && !isRunning();
  known.wanted = stays ? null : wanted;
  mark(stays ? "" : "leaving");
}

// A click that leaves: another page of the menu, or a button that is marked as a way out.
function clicked(event) {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (known.place === null || !/:./.test(known.place)) return;
  const way = event.target instanceof Element ? event.target.closest("a[href], button") : null;
  if (!way) return;
  const inside = way.closest(".stMain");
  if (inside ? !way.closest('[class*="st-key-medai-leave"]') : !way.matches("a[href]")) return;
  if (!inside) {
    const address = new URL(way.href, location.href);
    const elsewhere = way.target && way.target !== "_self";
    if (address.origin !== location.origin || elsewhere || placeOf(address) === known.place) return;
  }
  known.wanted = "";
  clearTimeout(known.timer);
  mark("leaving");
}

// A run has ended: what was left of the old page is gone. Where a click led nowhere, which shows after a while
// without any run, the page is seen again.
function ended() {
  clearTimeout(known.timer);
  if (isRunning()) return;
  if (known.wanted === "") {
    known.timer = setTimeout(seen, NOWHERE);
  } else if (known.wanted === null || known.wanted === known.place) {
    known.wanted = null;
    mark("");
  }
}

function seen() {
  if (known.wanted !== "") return;
  known.wanted = null;
  mark("");
}

function start() {
  known.started = true;
  window.addEventListener("popstate", moved, { capture: true });
  document.addEventListener("click", clicked, { capture: true });
  const app = document.querySelector("[data-test-script-state]");
  if (app) new MutationObserver(ended).observe(app, { attributeFilter: ["data-test-script-state"] });
}

export default function ({ data }) {
  known.base = data.base;
  known.first = data.first;
  if (!known.started) start();
  if (data.run === known.run) return;
  const other = known.place !== null && known.place !== data.place;
  known.place = data.place;
  known.run = data.run;
  // A button that leaves first runs the page on which it stands.
  const awaited = known.wanted === null || (known.wanted === "" ? other : known.wanted === data.place);
  if (!awaited) return;
  const hides = other || known.wanted !== null;
  known.wanted = null;
  if (hides) mark(isRunning() ? "drawing" : "");
}
