// What is looked at and how: stacks of images, the view of each, kept for this browser tab by opaque image ids.

const STATE_STORED = "medai.viewer.views";
const STATES_KEPT = 200;
const MEASURES_KEPT = 200;

/** The first view: the image's own window, fitted, upright. */
function firstView() {
  return { voi: null, invert: false, scale: null, center: null, m: [...UPRIGHT] };
}

/** Images that are scrolled as one: the same series, size and kind. A single image is a stack of its frames. */
function stackKey(image) {
  const parts = [image.study_label, image.series ?? image.label, image.view, image.laterality, image.rows, image.columns];
  return JSON.stringify([...parts, image.samples, image.dtype]);
}

/** Stacks in the order of their first image: {id, label, study, slices: [{image, frame}]}. */
function stacksOf(images) {
  const stacks = new Map();
  for (const image of images) {
    const key = stackKey(image);
    if (!stacks.has(key)) {
      stacks.set(key, { id: image.id, label: image.label || "image", study: image.study_label || "current", slices: [] });
    }
    for (let frame = 0; frame < image.frames; frame++) stacks.get(key).slices.push({ image, frame });
  }
  return [...stacks.values()];
}

function isNumberList(list, length) {
  return Array.isArray(list) && list.length === length && list.every(Number.isFinite);
}

/** A kept window or VOI LUT, or null where it makes no sense (for this image, too). */
function soundVoi(voi, image) {
  if (!voi || typeof voi !== "object") return null;
  if (Number.isInteger(voi.lut)) return voi.lut >= 0 && voi.lut < image.voi_luts.length ? { lut: voi.lut } : null;
  const known = ["LINEAR", "LINEAR_EXACT", "SIGMOID"].includes(voi.function);
  if (!known || !Number.isFinite(voi.center) || !(voi.width > 0)) return null;
  return { center: voi.center, width: voi.width, function: voi.function };
}

const POINTS_OF = { length: 2, angle: 3, rectangle: 2, ellipse: 2 };

function soundMeasure(measure) {
  const count = measure && POINTS_OF[measure.type];
  return Boolean(count) && typeof measure.image === "string" && Number.isInteger(measure.frame) &&
    Array.isArray(measure.points) && measure.points.length === count && measure.points.every((p) => isNumberList(p, 2));
}

/** A kept state, checked field by field: what the browser keeps may be old or strange. */
function soundState(kept, stack) {
  const view = firstView();
  const state = { view, position: 0, measures: [] };
  if (!kept || typeof kept !== "object") return state;
  const old = kept.view || {};
  view.voi = soundVoi(old.voi, stack.slices[0].image);
  view.invert = old.invert === true;
  if (old.scale > 0 && old.scale <= 64) view.scale = old.scale;
  if (isNumberList(old.center, 2)) view.center = old.center;
  if (isOrientation(old.m)) view.m = old.m;
  if (Number.isInteger(kept.position) && kept.position >= 0 && kept.position < stack.slices.length) {
    state.position = kept.position;
  }
  if (Array.isArray(kept.measures)) state.measures = kept.measures.filter(soundMeasure).slice(0, MEASURES_KEPT);
  return state;
}

/** Views of all stacks of this tab, written a moment after each change. */
class ViewStates {
  constructor() {
    this.kept = readStored("sessionStorage", STATE_STORED, {});
    if (!this.kept || typeof this.kept !== "object" || Array.isArray(this.kept)) this.kept = {};
    this.live = new Map();
    this.timer = 0;
  }

  of(stack) {
    if (!this.live.has(stack.id)) this.live.set(stack.id, soundState(this.kept[stack.id], stack));
    const state = this.live.get(stack.id);
    state.position = Math.min(state.position, stack.slices.length - 1);
    return state;
  }

  setting(name, fallback) {
    const value = this.kept[`:${name}`];
    return value === undefined ? fallback : value;
  }

  set(name, value) {
    this.kept[`:${name}`] = value;
    this.changed();
  }

  changed() {
    if (!this.timer) this.timer = setTimeout(() => this.write(), 250);
  }

  write() {
    clearTimeout(this.timer);
    this.timer = 0;
    for (const [id, { view, position, measures }] of this.live) {
      delete this.kept[id];
      this.kept[id] = { view, position, measures };
    }
    const ids = Object.keys(this.kept).filter((id) => !id.startsWith(":"));
    for (const id of ids.slice(0, Math.max(0, ids.length - STATES_KEPT))) delete this.kept[id];
    writeStored("sessionStorage", STATE_STORED, this.kept);
  }
}
