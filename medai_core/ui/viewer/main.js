// The viewer: stacks, one or two picture areas, actions, and what Python is told.

const HEARTBEAT_MS = 60_000;
const SETTLE_MS = 140;
const TELL_MS = 500;
const KEY_IMAGE_PIXELS = 1024;
const LARGEST_PREFETCH = 48 * 1024 * 1024;

class Viewer {
  constructor(host) {
    this.root = make("div", { className: "medai-viewer", tabIndex: 0, role: "application", "aria-label": "Image viewer" });
    host.append(this.root);
    this.states = new ViewStates();
    this.frames = new FrameStore();
    this.keys = new KeyMap();
    this.tables = new Map();
    this.heats = new Map();
    this.data = { images: [] };
    this.stacks = [];
    const tool = this.states.setting("tool", "");
    this.tool = TOOL_ORDER.includes(tool) ? tool : TOOL_ORDER[0];
    this.opacity = Math.min(Math.max(Number(this.states.setting("opacity", 0.4)) || 0, 0), HEAT_ALPHA);
    this.linked = this.states.setting("linked", true) !== false;
    this.paired = false;
    this.playing = false;
    this.heatHidden = false;
    this.beaten = 0;
    this.drawing = 0;
    this.viewports = [new Viewport(this, 0), new Viewport(this, 1)];
    this.active = this.viewports[1];
    this.toolbar = new Toolbar(this);
    this.help = new Help(this);
    this.area = make("div", { className: "area" }, ...this.viewports.map((one) => one.element));
    this.empty = make("p", { className: "empty", textContent: "No image in this study.", hidden: true });
    this.area.append(this.empty);
    this.root.append(this.toolbar.element, this.area, this.toolbar.strip, this.help.element);
    this.listen();
    this.choose(this.tool);
  }

  listen() {
    this.root.onkeydown = (event) => this.key(event);
    this.root.onpointerenter = () => {
      if (isNobodyFocused()) this.focus();
    };
    this.root.onkeyup = (event) => event.stopPropagation();
    this.root.onkeypress = (event) => event.stopPropagation();
    const beat = (event) => event.isTrusted && this.heartbeat();
    for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) {
      this.root.addEventListener(name, beat, { capture: true, passive: true });
    }
    this.resized = new ResizeObserver(() => {
      for (const viewport of this.viewports) if (viewport.fitCanvas()) viewport.redraw();
      this.draw();
      this.refresh();
    });
    for (const viewport of this.viewports) this.resized.observe(viewport.element);
    this.leaving = () => this.states.write();
    window.addEventListener("pagehide", this.leaving);
  }

  // What Python sends

  /** Take new data: images, heat map, what is switched on. Views, measurements and pixels stay. */
  update({ data, setStateValue, setTriggerValue }) {
    this.data = data;
    this.tellState = setStateValue;
    this.tellOnce = setTriggerValue;
    this.root.style.setProperty("--medai-viewer-offset", `${Number(data.offset_px) || 180}px`);
    this.fontFamily = getComputedStyle(this.root).fontFamily;
    const images = JSON.stringify(data.images);
    this.takeHeat(data.heat_map[0]);
    if (images !== this.imagesNow) {
      this.imagesNow = images;
      this.takeImages();
    }
    for (const viewport of this.viewports) if (viewport.stack) viewport.redraw();
    this.refresh();
  }

  takeImages() {
    this.stop();
    this.stacks = stacksOf(this.data.images);
    this.tables.clear();
    this.empty.hidden = this.stacks.length > 0;
    if (!this.stacks.length) {
      for (const viewport of this.viewports) viewport.stack = null;
      this.frames.clear();
      return this.arrange();
    }
    const byId = (id) => this.stacks.find((stack) => stack.id === id);
    const current = this.stacks.find((stack) => stack.study === "current") || this.stacks[0];
    const prior = this.stacks.find((stack) => stack.study !== "current") || this.stacks.find((stack) => stack !== current);
    const right = byId(this.states.setting("right", "")) || current;
    const left = byId(this.states.setting("left", "")) || prior || current;
    const pairs = this.states.setting("pairs", {});
    const own = pairs && pairs[current.id];
    this.paired = this.stacks.length > 1 && (own === undefined ? this.data.layout === "pair" : own === true);
    this.active = this.viewports[1];
    this.arrange();
    this.viewports[1].setStack(right);
    if (this.paired) this.viewports[0].setStack(left);
    else this.viewports[0].stack = null;
    this.told = current.id;
    return this.tellImage();
  }

  takeHeat(sent) {
    const words = JSON.stringify(sent || null);
    if (words === this.heatNow) return;
    this.heatNow = words;
    this.heatHidden = false;
    this.heat = null;
    if (sent) {
      const map = decodeHeatMap(sent);
      this.heat = { image: sent.image, frame: sent.frame || 0, label: sent.label, canvas: heatCanvas(map) };
    }
    this.toolbar.announce(sent ? `Heat map of ${sent.label} shown` : "");
  }

  /** The heat map over a slice, or null. */
  heatOf({ image, frame }) {
    const here = this.heat && !this.heatHidden && this.heat.image === image.id && this.heat.frame === frame;
    return here ? this.heat : null;
  }

  heatShown() {
    return Boolean(this.heat) && !this.heatHidden;
  }

  // What Python is told

  /** The image of the current study in the right (or only) area, whenever it changes. */
  tellImage() {
    const stack = this.viewports[1].stack;
    if (!stack) return;
    const { id: key, study_label: study } = this.viewports[1].slice.image;
    clearTimeout(this.telling);
    if (key === this.told || study !== "current" || this.playing) return;
    this.telling = setTimeout(() => {
      this.told = key;
      this.tellState("image", key);
    }, TELL_MS);
  }

  /** Prove that someone is there: at most once a minute, only after real input. */
  async heartbeat() {
    const now = Date.now();
    if (now - this.beaten < HEARTBEAT_MS || !this.data.csrf) return;
    this.beaten = now;
    try {
      const answer = await fetch(this.data.heartbeat, {
        method: "POST", credentials: "same-origin", headers: { "X-CSRF-Token": this.data.csrf },
      });
      if (answer.status === 401) this.signedOut();
    } catch {
      this.beaten = now - HEARTBEAT_MS / 2;
    }
  }

  /** The session is gone: no picture stays on the screen. */
  signedOut() {
    this.stop();
    this.frames.clear();
    for (const viewport of this.viewports) if (viewport.stack) viewport.blank(FETCH_SENTENCES[401]);
    this.refresh();
    this.tellOnce("signed_out", true);
  }

  // Tables

  pipelineKey(image) {
    if (image.modality_lut || image.voi_luts.length) return image.id;
    return `${image.dtype} ${image.slope} ${image.intercept} ${image.inverted}`;
  }

  modalityOf(image) {
    const key = this.pipelineKey(image);
    if (!this.tables.has(key)) this.tables.set(key, modalityTable(image));
    return this.tables.get(key);
  }

  // Layout

  arrange() {
    this.viewports[0].element.hidden = !this.paired;
    this.area.classList.toggle("paired", this.paired);
    this.markActive();
    for (const viewport of this.viewports) if (viewport.fitCanvas()) viewport.redraw();
  }

  markActive() {
    for (const one of this.viewports) one.element.classList.toggle("active", this.paired && one === this.active);
  }

  activate(viewport) {
    if (this.active === viewport || !viewport.stack) return;
    if (this.playing) this.stop();
    this.active = viewport;
    this.markActive();
    this.refresh();
  }

  chooseStack(index) {
    const stack = this.stacks[index];
    if (!stack || stack === this.active.stack) return;
    this.stop();
    this.active.setStack(stack);
    this.states.set(this.active.index ? "right" : "left", stack.id);
    this.changed(this.active);
  }

  setPaired(paired) {
    if (this.stacks.length < 2) return;
    this.stop();
    this.paired = paired;
    const current = this.stacks.find((stack) => stack.study === "current") || this.stacks[0];
    this.states.set("pairs", { ...this.states.setting("pairs", {}), [current.id]: paired });
    if (paired && !this.viewports[0].stack) {
      const shown = this.viewports[1].stack;
      const other = this.stacks.find((one) => one.study !== "current" && one !== shown) || this.stacks.find((one) => one !== shown);
      this.viewports[0].setStack(other);
    }
    this.active = this.viewports[1];
    this.arrange();
    this.refresh();
  }

  // Changes

  focus() {
    if (this.root.getRootNode().activeElement !== this.root) this.root.focus({ preventScroll: true });
  }

  /** Something of the view is different now: keep it, tell it. */
  changed(viewport) {
    this.states.changed();
    if (viewport === this.viewports[1]) this.tellImage();
    this.refresh();
  }

  /** Zoom or pan moved; the linked side follows. */
  moved(viewport, quick) {
    viewport.redraw(quick);
    if (this.paired && this.linked) this.follow(viewport, quick);
    this.numbersStale = true;
    if (!quick) this.changed(viewport);
  }

  follow(viewport, quick) {
    const other = this.viewports[1 - viewport.index];
    if (!other.frame || !viewport.frame || other.stack === viewport.stack) {
      if (other.stack) other.redraw(quick);
      return;
    }
    const fit = (one) => fitScale(one.image, one.view.m, one.picture.width, one.picture.height);
    const { view, image } = viewport;
    other.view.scale = view.scale === null ? null : (view.scale / fit(viewport)) * fit(other);
    other.view.center = view.center && [
      (view.center[0] / image.columns) * other.image.columns,
      (view.center[1] / image.rows) * other.image.rows,
    ];
    other.redraw(quick);
    if (quick) this.settleSoon(other);
  }

  windowed(viewport, quick) {
    viewport.redrawImage(quick);
    this.numbersStale = true;
    if (!quick) this.changed(viewport);
  }

  settleSoon(viewport) {
    clearTimeout(viewport.settling);
    viewport.settling = setTimeout(() => {
      viewport.redraw();
      this.changed(viewport);
    }, SETTLE_MS);
  }

  pointed(viewport) {
    if (viewport === this.active) this.pixelStale = true;
    if (this.tool === "toolMagnifier") viewport.redrawMarks();
    this.schedule();
  }

  setWindow(center, width) {
    const { active } = this;
    const now = active.window;
    active.setWindow(center ?? now.center, width ?? now.width);
    this.windowed(active, false);
  }

  setZoom(scale) {
    if (!(scale > 0)) return;
    this.active.setScale(scale);
    this.moved(this.active, false);
  }

  setOpacity(opacity) {
    this.opacity = Math.min(Math.max(opacity, 0), HEAT_ALPHA);
    this.states.set("opacity", this.opacity);
    for (const viewport of this.viewports) if (viewport.stack) viewport.redraw();
  }

  // Presets

  presets() {
    const { image, frame } = this.active;
    if (!frame || image.samples === 3) return presetsOf(image, null, null);
    frame.presets ??= presetsOf(image, this.modalityOf(image), frame.histogram());
    return frame.presets;
  }

  /** Number of the preset that shows, or -1. */
  presetNow() {
    const now = JSON.stringify(plainVoi(this.active.voi));
    return this.presets().findIndex((preset) => JSON.stringify(plainVoi(preset.voi)) === now);
  }

  preset(index) {
    const preset = this.presets()[index];
    if (!preset || !this.active.frame) return;
    this.active.view.voi = plainVoi(preset.voi);
    this.windowed(this.active, false);
    this.toolbar.announce(`Window ${preset.name}`);
  }

  // Stacks and cine

  rate() {
    const kept = this.states.setting("rate", null);
    if (kept > 0) return kept;
    const time = this.active.image.frame_time_ms;
    return time > 0 ? Math.max(1, Math.round(1000 / time)) : 15;
  }

  setRate(rate) {
    this.states.set("rate", Math.min(Math.max(rate, 1), 60));
  }

  play() {
    if (this.playing || this.active.stack.slices.length < 2) return;
    this.playing = true;
    this.cineLast = performance.now();
    this.schedule();
    this.refresh();
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.active.redraw();
    this.tellImage();
    this.refresh();
  }

  /** One tick of the cine: the next image when its time has come and the present one is here. */
  tick(now) {
    const { active } = this;
    const step = 1000 / this.rate();
    if (now - this.cineLast < step - 2 || !active.frame) return;
    this.cineLast = Math.max(this.cineLast + step, now - step);
    active.show((active.state.position + 1) % active.stack.slices.length);
  }

  /** Fetch what comes next while there is room: the rest of a short stack, the neighbours of a long one. */
  prefetch(viewport) {
    const { slices } = viewport.stack;
    if (slices.length < 2 || this.frames.waiting.size) return;
    const here = viewport.state.position;
    for (let step = 1; step < slices.length; step++) {
      const { image, frame } = slices[(here + step) % slices.length];
      const bytes = frameBytes(image);
      if (bytes > LARGEST_PREFETCH || !this.frames.hasRoom(bytes)) return;
      if (this.frames.frames.has(this.frames.key(image, frame))) continue;
      const stack = viewport.stack;
      this.frames.load(image, frame).then(() => viewport.stack === stack && this.prefetch(viewport), () => {});
      return;
    }
  }

  // Actions

  run(action) {
    const { active } = this;
    if (action === "help") return this.help.open ? this.help.close() : this.help.show();
    if (action === "nextCase") return this.data.has_next === false ? undefined : this.tellOnce("next_case", 1);
    if (action === "previousCase") return this.data.has_previous === false ? undefined : this.tellOnce("next_case", -1);
    if (action === "ai") return this.data.ai_on === null ? undefined : this.tellOnce("toggle_ai", true);
    if (action.startsWith("tool")) return this.choose(action);
    if (action === "cancel") return this.cancel();
    if (!active.stack) return undefined;
    const run = STACK_RUNS[action] || (active.frame && FRAME_RUNS[action]);
    if (run) run(this, active);
    return undefined;
  }

  choose(tool) {
    this.tool = tool;
    this.states.set("tool", tool);
    for (const viewport of this.viewports) {
      viewport.pending = null;
      viewport.element.dataset.tool = tool;
      if (viewport.stack) viewport.redrawMarks();
    }
    this.refresh();
  }

  cancel() {
    this.stop();
    for (const viewport of this.viewports) {
      viewport.pending = null;
      viewport.chosen = null;
      if (viewport.stack) viewport.redrawMarks();
    }
    this.choose("toolWindow");
  }

  key(event) {
    event.stopPropagation();
    if (isTyping(event)) {
      if (event.key === "Enter" || event.key === "Escape") this.focus();
      return;
    }
    const target = event.composedPath()[0];
    const name = keyName(event);
    if (!name || (target.matches("button") && (name === "Space" || name === "Enter"))) return;
    if (target.matches("input[type=range]") && /^(Arrow|Home|End|Page)/.test(event.key)) return;
    const preset = /^[1-9]$/.test(name);
    const action = preset ? null : this.keys.actionOf(name);
    if (!preset && !action) return;
    event.preventDefault();
    if (preset) {
      if (this.active.stack && !event.repeat) this.preset(Number(name) - 1);
    } else if (!event.repeat || REPEATING.has(action)) this.run(action);
  }

  keyImage() {
    const { active } = this;
    const { image, frame } = active.slice;
    this.tellOnce("key_image", { image: image.id, frame, png: active.snapshot(KEY_IMAGE_PIXELS) });
    this.toolbar.announce("Key image taken");
  }

  askHeat() {
    if (this.data.heat_map_available === false) return;
    if (this.heatShown()) {
      this.heatHidden = true;
      for (const viewport of this.viewports) if (viewport.stack) viewport.redraw();
      this.refresh();
    } else this.toolbar.announce("Heat map asked for");
    this.tellOnce("toggle_heat_map", true);
  }

  /** Exactly the first view: window, zoom, place, orientation, polarity, first image of the stack. */
  reset() {
    const { active } = this;
    this.stop();
    active.state.view = firstView();
    active.state.position = 0;
    active.pending = null;
    active.load();
    this.moved(active, false);
    this.toolbar.announce("First view");
  }

  // One screen frame

  schedule() {
    if (!this.drawing && !this.gone) this.drawing = requestAnimationFrame((now) => this.frameDue(now));
  }

  frameDue(now) {
    this.drawing = 0;
    if (this.playing) this.tick(now);
    this.draw();
    if (this.numbersStale) this.toolbar.refreshNumbers();
    else if (this.pixelStale) this.toolbar.refreshPixel();
    this.numbersStale = false;
    this.pixelStale = false;
    if (this.playing) this.schedule();
  }

  draw() {
    for (const viewport of this.viewports) if (viewport.stack && !viewport.element.hidden) viewport.draw();
  }

  refresh() {
    if (this.gone) return;
    if (this.stacks.length) {
      this.toolbar.refresh();
      for (const viewport of this.viewports) {
        if (!viewport.stack) continue;
        viewport.picture.setAttribute("aria-label", describe(viewport));
      }
    } else this.toolbar.refreshButtons();
    this.toolbar.element.classList.toggle("idle", !this.stacks.length);
  }

  destroy() {
    this.gone = true;
    cancelAnimationFrame(this.drawing);
    clearTimeout(this.telling);
    this.viewports.forEach((viewport) => clearTimeout(viewport.settling));
    this.states.write();
    this.frames.clear();
    this.resized.disconnect();
    window.removeEventListener("pagehide", this.leaving);
    this.root.remove();
  }
}

/** Whether keys go nowhere now: then the viewer may take them. */
function isNobodyFocused() {
  return document.activeElement === document.body || document.activeElement === null;
}

/** A window without its words, or {lut}. */
function plainVoi(voi) {
  return voi.lut === undefined ? { center: voi.center, width: voi.width, function: voi.function } : { lut: voi.lut };
}

/** What a picture area shows, for those who do not see it. */
function describe(viewport) {
  const { image, view, stack, state } = viewport;
  const marks = warningMarks(image, view).join(", ");
  const place = stack.slices.length > 1 ? `, image ${state.position + 1} of ${stack.slices.length}` : "";
  return `${stack.study}: ${stack.label}${place}${marks ? `, ${marks}` : ""}`;
}

// The component

const VIEWERS = new WeakMap();

/** Mount, or update what is mounted. The clean-up of an older call never takes down a newer viewer. */
export default function mount(component) {
  const { parentElement } = component;
  const host = parentElement.querySelector(".medai-viewer-host") || parentElement;
  let held = VIEWERS.get(parentElement);
  if (!held || held.viewer.gone || !held.viewer.root.isConnected) {
    if (held && !held.viewer.gone) held.viewer.destroy();
    held = { viewer: new Viewer(host), calls: 0, fresh: true };
    VIEWERS.set(parentElement, held);
  }
  held.calls += 1;
  const call = held.calls;
  held.viewer.update(component);
  if (held.fresh && isNobodyFocused()) held.viewer.focus();
  held.fresh = false;
  return () => {
    if (held.calls === call && !held.viewer.gone) held.viewer.destroy();
  };
}

export {
  ACTIONS, VIEWERS, angleAt, captionLines, displayTable, edgeLetters, lengthBetween, measureLines, modalityTable,
  presetsOf, regionStatistics, warningMarks,
};
