// One picture area: a canvas for the image, one for the marks over it, a notice where there is no image.

const LENS_CSS_PIXELS = 105;
const LENS_GROWTH = 2.5;

class Viewport {
  constructor(viewer, index) {
    this.viewer = viewer;
    this.index = index;
    this.stack = null;
    this.frame = null;
    this.wanted = "";
    this.cursor = null;
    this.pending = null;
    this.chosen = null;
    this.measured = new WeakMap();
    this.scratch = new Scratch();
    this.lensScratch = new Scratch();
    this.dirty = { image: false, marks: false, quick: false };
    this.lookKey = "";
    this.drawMs = 0;
    this.build();
  }

  build() {
    this.picture = make("canvas", { className: "picture" });
    this.picture.setAttribute("role", "img");
    this.marks = make("canvas", { className: "marks", "aria-hidden": "true" });
    this.sentence = make("p", { className: "sentence" });
    this.bar = make("progress", { max: 1, value: 0, "aria-label": "Image on its way" });
    this.retry = make("button", { type: "button", textContent: "Try again", onclick: () => this.load() });
    this.notice = make("div", { className: "notice", role: "status", hidden: true }, this.sentence, this.bar, this.retry);
    this.element = make("div", { className: "viewport" }, this.picture, this.marks, this.notice);
    this.context = this.picture.getContext("2d", { alpha: false });
    this.marksContext = this.marks.getContext("2d");
    attachTools(this);
  }

  // What is shown

  get state() {
    return this.viewer.states.of(this.stack);
  }

  get view() {
    return this.state.view;
  }

  get slice() {
    return this.stack ? this.stack.slices[this.state.position] : null;
  }

  get image() {
    return this.slice.image;
  }

  get voi() {
    const { voi } = this.view;
    const usable = voi && (voi.lut === undefined || this.image.voi_luts[voi.lut]);
    return usable ? voi : firstVoi(this.image);
  }

  /** The window that fields show and drags start from. */
  get window() {
    return asWindow(this.image, this.voi);
  }

  get modality() {
    return this.viewer.modalityOf(this.image);
  }

  get place() {
    return placement(this.image, this.view, this.picture.width, this.picture.height);
  }

  get ratio() {
    return window.devicePixelRatio || 1;
  }

  setStack(stack) {
    this.stack = stack;
    this.pending = null;
    this.chosen = null;
    this.load();
  }

  show(position) {
    const last = this.stack.slices.length - 1;
    const next = Math.min(Math.max(position, 0), last);
    if (next === this.state.position) return;
    this.state.position = next;
    this.pending = null;
    this.viewer.changed(this);
    this.load();
  }

  // Loading

  async load() {
    const { image, frame } = this.slice;
    const wanted = this.viewer.frames.key(image, frame);
    this.wanted = wanted;
    this.frame = this.viewer.frames.peek(image, frame);
    if (this.frame) return this.arrived();
    this.say("Loading the image", { progress: true });
    this.redraw();
    const told = (received, expected) => {
      if (this.wanted === wanted) this.bar.value = received / expected;
    };
    try {
      const found = await this.viewer.frames.load(image, frame, told);
      if (this.wanted !== wanted) return undefined;
      this.frame = found;
      this.arrived();
    } catch (error) {
      if (this.wanted !== wanted || error.name === "AbortError") return undefined;
      const known = error instanceof PixelError;
      this.say(known ? error.message : "The image cannot be drawn. Try again.", { retry: true, bad: true });
      if (!known) console.error(error);
      this.viewer.refresh();
    }
    return undefined;
  }

  arrived() {
    this.notice.hidden = true;
    this.redraw(this.viewer.playing);
    this.viewer.refresh();
    this.viewer.prefetch(this);
  }

  /** Forget the picture; say why. */
  blank(sentence) {
    this.wanted = "";
    this.frame = null;
    this.say(sentence, { retry: true, bad: true });
    this.redraw();
  }

  say(sentence, { progress = false, retry = false, bad = false } = {}) {
    this.sentence.textContent = sentence;
    this.bar.hidden = !progress;
    this.bar.value = 0;
    this.retry.hidden = !retry;
    this.notice.classList.toggle("bad", bad);
    this.notice.hidden = false;
  }

  // Drawing, at most once a screen frame

  redraw(quick = false) {
    this.dirty.quick = quick;
    this.dirty.image = true;
    this.dirty.marks = true;
    this.viewer.schedule();
  }

  redrawImage(quick) {
    this.dirty.quick = quick;
    this.dirty.image = true;
    if (this.viewer.tool === "toolMagnifier") this.dirty.marks = true;
    this.viewer.schedule();
  }

  redrawMarks() {
    this.dirty.marks = true;
    this.viewer.schedule();
  }

  /** Follow the size of the element; true where it changed. */
  fitCanvas() {
    const width = Math.max(1, Math.round(this.element.clientWidth * this.ratio));
    const height = Math.max(1, Math.round(this.element.clientHeight * this.ratio));
    if (this.picture.width === width && this.picture.height === height) return false;
    for (const canvas of [this.picture, this.marks]) {
      canvas.width = width;
      canvas.height = height;
    }
    return true;
  }

  draw() {
    if (!this.stack) return;
    if (this.dirty.image) {
      this.dirty.image = false;
      const start = performance.now();
      this.drawImage(this.dirty.quick);
      this.drawMs = performance.now() - start;
    }
    if (this.dirty.marks) {
      this.dirty.marks = false;
      this.drawMarks(this.marksContext, this.marks.width, this.marks.height, { named: true });
    }
  }

  drawImage(quick) {
    const { context } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.picture.width, this.picture.height);
    if (!this.frame) return;
    const rect = [0, 0, this.picture.width, this.picture.height];
    paintImage(context, this.scratch, this.frame, this.look(), this.place, rect, quick);
    const heat = this.viewer.heatOf(this.slice);
    if (heat) paintHeat(context, heat.canvas, this.image, this.place, this.viewer.opacity);
  }

  /** Tables of the present window; computed again only when something in it changed. */
  look() {
    const { image, voi } = this;
    const key = `${this.viewer.pipelineKey(image)} ${JSON.stringify(voi)} ${this.view.invert}`;
    if (key !== this.lookKey) {
      this.lookKey = key;
      const grey = image.samples === 3 ? colourTable(voi, this.view.invert) : displayTable(image, this.modality, voi, this.view.invert);
      this.lookNow = { grey, words: wordTable(grey) };
    }
    return this.lookNow;
  }

  drawMarks(context, width, height, { named }) {
    const { ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (named) context.clearRect(0, 0, width, height);
    context.family = this.viewer.fontFamily;
    context.rim = 3 * ratio;
    if (!this.slice) return;
    const place = this.place;
    if (this.frame) {
      this.drawMeasures(context, place);
      drawLetters(context, edgeLetters(this.image.orientation, this.view.m), width, height, ratio);
      drawRuler(context, this.image, place, width, height, ratio);
      const heat = this.viewer.heatOf(this.slice);
      if (heat) drawHeatLegend(context, heat.label, this.viewer.opacity, height, ratio);
      if (named && this.viewer.tool === "toolMagnifier" && this.cursor) this.drawLens(context);
    }
    this.drawCorners(context, width, named);
  }

  drawCorners(context, width, named) {
    const { ratio, stack, state } = this;
    context.font = `600 ${13 * ratio}px ${context.family}`;
    const marks = warningMarks(this.image, this.view);
    marks.forEach((mark, i) => {
      writeText(context, mark, width - 12 * ratio, (22 + i * 18) * ratio, { align: "right", ink: "#FFD60A" });
    });
    const taken = marks.map((mark) => context.measureText(mark).width + 24 * ratio);
    context.font = `${13 * ratio}px ${context.family}`;
    const lines = captionLines(this.image, named);
    if (stack.slices.length > 1) lines.push(`Image ${state.position + 1} of ${stack.slices.length}`);
    lines.forEach((line, i) => {
      const words = shortened(context, line, width - (taken[i] || 0) - 24 * ratio);
      writeText(context, words, 12 * ratio, (22 + i * 18) * ratio);
    });
  }

  drawMeasures(context, place) {
    for (const measure of this.measuresHere()) {
      drawMeasure(context, measure, this.linesOf(measure), place, measure === this.chosen, this.ratio);
    }
    if (this.pending) {
      const done = this.pending.points.length === POINTS_OF[this.pending.type];
      const lines = done ? this.linesOf(this.pending) : [];
      if (this.pending.points.length > 1) drawMeasure(context, this.pending, lines, place, true, this.ratio);
    }
  }

  /** The words of a measurement, computed again only when its points moved. */
  linesOf(measure) {
    const points = JSON.stringify(measure.points);
    let known = this.measured.get(measure);
    if (!known || known.points !== points) {
      known = { points, lines: measureLines(this.image, measure, this.frame.pixels, this.modality) };
      this.measured.set(measure, known);
    }
    return known.lines;
  }

  measuresHere() {
    const { image, frame } = this.slice;
    return this.state.measures.filter((one) => one.image === image.id && one.frame === frame);
  }

  drawLens(context) {
    const [x, y] = this.cursor;
    const radius = LENS_CSS_PIXELS * this.ratio;
    const place = this.place;
    const grown = { ...place };
    for (const name of ["a", "b", "c", "d"]) grown[name] *= LENS_GROWTH;
    grown.e = x + (place.e - x) * LENS_GROWTH;
    grown.f = y + (place.f - y) * LENS_GROWTH;
    context.save();
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.clip();
    context.fillStyle = "#000";
    context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    const rect = [x - radius, y - radius, x + radius, y + radius];
    paintImage(context, this.lensScratch, this.frame, this.look(), grown, rect, true);
    context.restore();
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = INK;
    context.lineWidth = 1.5 * this.ratio;
    context.stroke();
  }

  /** The viewport as PNG data URL, at most `limit` pixels on its longer side, without anything that names. */
  snapshot(limit) {
    if (this.dirty.image || this.dirty.quick) this.drawImage(false);
    const { width, height } = this.picture;
    const whole = make("canvas", { width, height });
    const context = whole.getContext("2d", { alpha: false });
    context.drawImage(this.picture, 0, 0);
    this.drawMarks(context, width, height, { named: false });
    const shrink = Math.min(1, limit / Math.max(width, height));
    if (shrink === 1) return whole.toDataURL("image/png");
    const small = make("canvas", { width: Math.round(width * shrink), height: Math.round(height * shrink) });
    const smaller = small.getContext("2d", { alpha: false });
    smaller.imageSmoothingQuality = "high";
    smaller.drawImage(whole, 0, 0, small.width, small.height);
    return small.toDataURL("image/png");
  }

  // Changes of the view

  /** Screen point of a pointer event, device pixels. */
  pointOf(event) {
    const box = this.picture.getBoundingClientRect();
    return [(event.clientX - box.left) * this.ratio, (event.clientY - box.top) * this.ratio];
  }

  /** Multiply the zoom, keeping the image point at `at` (screen) where it is. */
  zoomBy(factor, at = [this.picture.width / 2, this.picture.height / 2]) {
    const before = this.place;
    const held = toImage(before, ...at);
    this.view.scale = Math.min(Math.max(before.scale * factor, 0.02), 40);
    this.holdPoint(held, at);
  }

  setScale(scale) {
    const middle = [this.picture.width / 2, this.picture.height / 2];
    const held = toImage(this.place, ...middle);
    this.view.scale = Math.min(Math.max(scale, 0.02), 40);
    this.holdPoint(held, middle);
  }

  /** Move the view so that image point `held` lies at screen point `at`. */
  holdPoint(held, at) {
    const centered = { ...this.view, center: held };
    const place = placement(this.image, centered, this.picture.width, this.picture.height);
    const [dx, dy] = [at[0] - this.picture.width / 2, at[1] - this.picture.height / 2];
    const middle = toImage(place, this.picture.width / 2 - dx, this.picture.height / 2 - dy);
    this.view.center = middle.map((value, i) => Math.min(Math.max(value, 0), [this.image.columns, this.image.rows][i]));
  }

  panBy(dx, dy) {
    const place = this.place;
    this.view.scale = place.scale;
    const middle = [this.picture.width / 2, this.picture.height / 2];
    const from = this.view.center || [this.image.columns / 2, this.image.rows / 2];
    const [x0, y0] = toImage(place, ...middle);
    const [x1, y1] = toImage(place, middle[0] - dx, middle[1] - dy);
    this.view.center = [
      Math.min(Math.max(from[0] + x1 - x0, 0), this.image.columns),
      Math.min(Math.max(from[1] + y1 - y0, 0), this.image.rows),
    ];
  }

  turn(orientation) {
    this.view.m = combine(orientation, this.view.m);
  }

  setWindow(center, width) {
    const { function: kind } = this.window;
    const least = kind === "LINEAR" ? 1 : 1e-6;
    this.view.voi = { center, width: Math.max(width, least), function: kind };
  }

  /** Words for the strip: pixel under the cursor, or empty. */
  pixelWords() {
    if (!this.frame || !this.cursor) return "";
    const { image } = this;
    const [x, y] = toImage(this.place, ...this.cursor).map(Math.floor);
    if (x < 0 || y < 0 || x >= image.columns || y >= image.rows) return "";
    const at = y * image.columns + x;
    const where = `column ${x}, row ${y}`;
    if (image.samples === 3) return `${where}: RGB ${[0, 1, 2].map((s) => this.frame.pixels[at * 3 + s]).join(", ")}`;
    const pattern = this.frame.pixels[at];
    const stored = storedValue(image, pattern);
    if (isPadding(image, stored)) return `${where}: ${figure(stored)} (padding)`;
    const value = this.modality[pattern];
    const unit = unitOf(image) && `\u2009${unitOf(image)}`;
    const same = value === stored && !unit;
    return `${where}: ${figure(stored)}${same ? "" : ` → ${figure(value)}${unit}`}`;
  }
}

/** The brightness table of colour: each channel alone through the window. */
function colourTable(voi, invert) {
  const grey = new Uint8Array(256);
  for (let value = 0; value < 256; value++) {
    const bright = windowed(value, voi);
    grey[value] = Math.floor((invert ? 1 - bright : bright) * TOP_GREY + 0.5);
  }
  return grey;
}
