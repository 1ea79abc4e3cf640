// Streamlit tells the page of a slider when it is let go. While one is held this tells where it stands, about
// seven times a second, so that the curve moves with it. Letting go ends that: the slider then speaks itself.
const EVERY = 140;
const panels = new Map();
const held = { panel: null, name: "", box: null, last: null, at: 0, timer: 0 };
let listening = false;

function find(event) {
  for (const panel of panels.values()) {
    for (const [name, className] of Object.entries(panel.sliders)) {
      const box = document.getElementsByClassName(className)[0];
      if (box && box.contains(event.target)) return { panel, name, box };
    }
  }
  return null;
}

function tell() {
  held.timer = 0;
  const input = held.box && held.box.querySelector('input[type="range"]');
  if (!held.panel || !input || input.value === held.last) return;
  held.last = input.value;
  held.at = Date.now();
  held.panel.tell("held", { name: held.name, value: Number(input.value) });
}

function down(event) {
  const found = find(event);
  if (found) Object.assign(held, found, { last: null });
}

function move() {
  if (held.panel && !held.timer) held.timer = setTimeout(tell, Math.max(0, EVERY - (Date.now() - held.at)));
}

function up() {
  clearTimeout(held.timer);
  if (held.panel && held.last !== null) held.panel.tell("held", null);
  Object.assign(held, { panel: null, box: null, last: null, timer: 0 });
}

export default function ({ data, setStateValue }) {
  panels.set(data.panel, { sliders: data.sliders, tell: setStateValue });
  if (!listening) {
    listening = true;
    document.addEventListener("pointerdown", down, { passive: true, capture: true });
    document.addEventListener("pointermove", move, { passive: true, capture: true });
    for (const name of ["pointerup", "pointercancel"]) {
      document.addEventListener(name, up, { passive: true, capture: true });
    }
  }
  return () => panels.delete(data.panel);
}
