// Actions of the viewer and the keys that call them: editable, with a check for clashes, kept in this browser.

const KEYS_STORED = "medai.viewer.keys";

/** name: [words, default keys]. The order is that of the help. Keys 1-9 are the presets and stay so. */
const ACTIONS = {
  toolWindow: ["Window / level", ["W"]],
  toolPan: ["Pan", ["P"]],
  toolZoom: ["Zoom", ["Z"]],
  toolMagnifier: ["Magnifier", ["X"]],
  toolLength: ["Measure a length", ["D"]],
  toolAngle: ["Measure an angle", ["G"]],
  toolRectangle: ["Rectangle: mean and SD", ["B"]],
  toolEllipse: ["Ellipse: mean and SD", ["O"]],
  deleteMeasure: ["Delete the chosen or last measurement", ["Delete", "Backspace"]],
  invert: ["Invert", ["I"]],
  flip: ["Flip left-right", ["H", "F"]],
  rotateRight: ["Rotate right", ["R"]],
  rotateLeft: ["Rotate left", ["L"]],
  zoomIn: ["Zoom in", ["+"]],
  zoomOut: ["Zoom out", ["-"]],
  fit: ["Fit to the window", ["="]],
  oneToOne: ["1:1, one pixel to one pixel", ["0"]],
  panLeft: ["Move the image left", ["Shift+ArrowLeft"]],
  panRight: ["Move the image right", ["Shift+ArrowRight"]],
  panUp: ["Move the image up", ["Shift+ArrowUp"]],
  panDown: ["Move the image down", ["Shift+ArrowDown"]],
  next: ["Next image", ["ArrowDown", "ArrowRight"]],
  previous: ["Previous image", ["ArrowUp", "ArrowLeft"]],
  first: ["First image", ["Home"]],
  last: ["Last image", ["End"]],
  cine: ["Play or stop", ["C"]],
  compare: ["Prior beside current", ["S"]],
  link: ["Link zoom and pan", ["Y"]],
  otherSide: ["The other side (side by side)", ["Q"]],
  ai: ["Model on or off", ["A"]],
  heatMap: ["Heat map on or off", ["M"]],
  keyImage: ["Take as key image", ["K"]],
  nextCase: ["Next case", ["N", "PageDown"]],
  previousCase: ["Previous case", ["Shift+N", "PageUp"]],
  reset: ["Reset to the first view", ["Space"]],
  cancel: ["Cancel, close", ["Escape"]],
  help: ["Help and keys", ["F1"]],
};

const NAMED = { " ": "Space", Esc: "Escape", Del: "Delete" };

/** Name of a pressed key, e.g. "Shift+N", "Space", "+"; empty for a modifier alone. */
function keyName(event) {
  if (["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process"].includes(event.key)) return "";
  const single = [...event.key].length === 1 && event.key !== " ";
  const letter = single && event.key.toLowerCase() !== event.key.toUpperCase();
  const key = single ? event.key.toUpperCase() : NAMED[event.key] || event.key;
  const parts = [];
  if (event.ctrlKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.metaKey) parts.push("Meta");
  if (event.shiftKey && (letter || !single)) parts.push("Shift");
  return [...parts, key].join("+");
}

/** Keys as a person reads them. */
function keyWords(key) {
  const words = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", PageUp: "Page ↑", PageDown: "Page ↓" };
  return key.replace(/[A-Z][A-Za-z]+$/, (name) => words[name] || name).replace("+-", "+ −").replace(/^-$/, "−");
}

/** What the browser keeps, or the fallback where it keeps nothing or forbids to ask. */
function readStored(storage, name, fallback) {
  try {
    const text = window[storage].getItem(name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** Keep a value; a browser that refuses (private mode, full) only forgets earlier. */
function writeStored(storage, name, value) {
  try {
    if (value === null) window[storage].removeItem(name);
    else window[storage].setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** The keys in force: defaults with the reader's own changes. */
class KeyMap {
  constructor() {
    const own = readStored("localStorage", KEYS_STORED, {});
    this.keys = {};
    for (const [action, [, keys]] of Object.entries(ACTIONS)) {
      const mine = own && Array.isArray(own[action]) ? own[action].filter((key) => typeof key === "string") : null;
      this.keys[action] = mine ? mine.slice(0, 3) : [...keys];
    }
  }

  /** Action of a key, or null. */
  actionOf(key) {
    return Object.keys(this.keys).find((action) => this.keys[action].includes(key)) || null;
  }

  /** Give an action one key. Returns a sentence where that cannot be, else an empty string. */
  assign(action, key) {
    if (/^[1-9]$/.test(key)) return `${key} is a preset key and stays one.`;
    if (["Tab", "Enter", "F5", "F11", "F12"].includes(key)) return `${keyWords(key)} belongs to the browser.`;
    const owner = this.actionOf(key);
    if (owner && owner !== action) return `${keyWords(key)} is already "${ACTIONS[owner][0]}". Change that first.`;
    this.keys[action] = [key];
    this.save();
    return "";
  }

  restore() {
    for (const [action, [, keys]] of Object.entries(ACTIONS)) this.keys[action] = [...keys];
    writeStored("localStorage", KEYS_STORED, null);
  }

  save() {
    const own = {};
    for (const [action, [, keys]] of Object.entries(ACTIONS)) {
      if (keys.join() !== this.keys[action].join()) own[action] = this.keys[action];
    }
    writeStored("localStorage", KEYS_STORED, own);
  }

  /** "W" or "H, F" for a tooltip. */
  words(action) {
    return this.keys[action].map(keyWords).join(", ");
  }
}

/** True where an event comes from something one types or chooses in. */
function isTyping(event) {
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  return target.matches("input:not([type=range]):not([type=checkbox]), textarea, select") || target.isContentEditable;
}
