// Top strip (tools) and bottom strip (facts). Built once; refreshed from the viewer's state.

const TOOL_ORDER = ["toolWindow", "toolPan", "toolZoom", "toolMagnifier", "toolLength", "toolAngle", "toolRectangle", "toolEllipse"];

class Toolbar {
  constructor(viewer) {
    this.viewer = viewer;
    this.buttons = {};
    this.element = make("div", { className: "tools", role: "group", "aria-label": "Viewer tools" });
    this.element.append(
      this.group("Tools", ...this.buttonsOf(...TOOL_ORDER, "deleteMeasure")),
      this.group("Window", ...this.windowParts()),
      this.group("Zoom", ...this.zoomParts()),
      this.group("Turn", ...this.buttonsOf("rotateLeft", "rotateRight", "flip")),
      (this.stackGroup = this.group("Images", ...this.stackParts())),
      (this.seriesGroup = this.group("Series", ...this.seriesParts())),
      this.group("Model", ...this.modelParts()),
      this.group("Case", ...this.buttonsOf("keyImage", "reset", "previousCase", "nextCase", "help")),
    );
    this.strip = make("div", { className: "strip" });
    this.facts = {};
    for (const name of ["image", "window", "zoom", "pixel"]) {
      this.facts[name] = make("span", { className: `fact ${name}` });
      this.strip.append(this.facts[name]);
    }
    this.live = make("div", { className: "unseen", role: "status", "aria-live": "polite" });
    this.strip.append(this.live);
  }

  group(name, ...parts) {
    return make("div", { className: "group", role: "group", "aria-label": name }, ...parts);
  }

  button(action) {
    const button = make("button", { type: "button", className: "tool" }, iconOf(action));
    button.setAttribute("aria-label", ACTIONS[action][0]);
    button.onpointerdown = (event) => {
      event.preventDefault();
      this.viewer.focus();
    };
    button.onclick = () => this.viewer.run(action);
    this.buttons[action] = button;
    return button;
  }

  buttonsOf(...actions) {
    return actions.map((action) => this.button(action));
  }

  /** A labelled number, its letter before it or its unit behind; `use` gets the number when it is committed. */
  number(words, use, { before = "", behind = "" }) {
    const input = make("input", { type: "number", step: "any", "aria-label": words, title: words });
    input.onchange = () => {
      const value = Number(input.value);
      if (input.value !== "" && Number.isFinite(value)) use(value);
      this.viewer.refresh();
    };
    const label = make("label", { className: "field", title: words }, input);
    if (before) label.prepend(make("span", { textContent: before }));
    if (behind) label.append(make("span", { textContent: behind }));
    return [label, input];
  }

  windowParts() {
    this.presets = make("select", { "aria-label": "Window preset", title: "Window preset (keys 1 to 9)" });
    this.presets.onchange = () => {
      this.viewer.preset(Number(this.presets.value));
      this.viewer.focus();
    };
    const [width, widthInput] = this.number("Window width", (value) => this.viewer.setWindow(null, value), { before: "W" });
    const [center, centerInput] = this.number(
      "Window centre (level)", (value) => this.viewer.setWindow(value, null), { before: "L" },
    );
    this.widthInput = widthInput;
    this.centerInput = centerInput;
    return [this.presets, width, center, this.button("invert")];
  }

  zoomParts() {
    const words = "Zoom in percent; 100 is one pixel to one pixel";
    const [zoom, input] = this.number(words, (value) => this.viewer.setZoom(value / 100), { behind: "%" });
    this.zoomInput = input;
    return [this.button("zoomOut"), zoom, this.button("zoomIn"), ...this.buttonsOf("fit", "oneToOne")];
  }

  stackParts() {
    this.slider = make("input", { type: "range", min: 1, step: 1, className: "stack", "aria-label": "Image in the stack" });
    this.slider.oninput = () => this.viewer.active.show(Number(this.slider.value) - 1);
    const [rate, input] = this.number("Images a second", (value) => this.viewer.setRate(value), { behind: "fps" });
    this.rateInput = input;
    return [...this.buttonsOf("first", "previous"), this.slider, ...this.buttonsOf("next", "last", "cine"), rate];
  }

  seriesParts() {
    this.series = make("select", { "aria-label": "Series", title: "Series" });
    this.series.onchange = () => {
      this.viewer.chooseStack(Number(this.series.value));
      this.viewer.focus();
    };
    return [this.series, ...this.buttonsOf("compare", "link")];
  }

  modelParts() {
    this.opacity = make("input", { type: "range", min: 0, max: 45, step: 1, className: "opacity" });
    this.opacity.setAttribute("aria-label", "Opacity of the heat map");
    this.opacity.title = "Opacity of the heat map";
    this.opacity.oninput = () => this.viewer.setOpacity(Number(this.opacity.value) / 100);
    return [...this.buttonsOf("ai", "heatMap"), this.opacity];
  }

  // Refreshing

  refresh() {
    this.refreshButtons();
    const { active } = this.viewer;
    const usable = Boolean(active.frame);
    for (const input of [this.presets, this.widthInput, this.centerInput, this.zoomInput]) input.disabled = !usable;
    if (active.stack) {
      this.refreshPresets();
      this.refreshStack();
    }
    this.refreshSeries();
    this.opacity.hidden = this.buttons.heatMap.hidden;
    this.opacity.disabled = !this.viewer.heatShown();
    this.write(this.opacity, Math.round(this.viewer.opacity * 100));
    this.refreshNumbers();
  }

  refreshNumbers() {
    const { active } = this.viewer;
    if (!active.stack) return;
    const { center, width } = active.window;
    this.write(this.widthInput, round(width));
    this.write(this.centerInput, round(center));
    if (active.frame) this.write(this.zoomInput, Math.round(active.place.scale * 1000) / 10);
    this.presets.value = String(this.viewer.presetNow());
    this.refreshFacts();
  }

  write(input, value) {
    if (this.viewer.root.getRootNode().activeElement === input && input.type === "number") return;
    if (input.value !== String(value)) input.value = String(value);
  }

  refreshButtons() {
    const { viewer } = this;
    const { active } = viewer;
    for (const [action, button] of Object.entries(this.buttons)) {
      const key = viewer.keys.words(action);
      button.title = key ? `${ACTIONS[action][0]} (${key})` : ACTIONS[action][0];
    }
    const pressed = {
      invert: active.stack ? active.view.invert : false,
      flip: active.stack ? isMirrored(active.view.m) : false,
      cine: viewer.playing,
      compare: viewer.paired,
      link: viewer.linked,
      ai: viewer.data.ai_on === true,
      heatMap: viewer.heatShown(),
    };
    for (const tool of TOOL_ORDER) pressed[tool] = viewer.tool === tool;
    for (const [action, on] of Object.entries(pressed)) this.buttons[action].setAttribute("aria-pressed", String(on));
    this.buttons.cine.replaceChildren(iconOf(viewer.playing ? "stop" : "cine"));
    this.buttons.ai.hidden = viewer.data.ai_on === null || viewer.data.ai_on === undefined;
    this.buttons.heatMap.hidden = viewer.data.heat_map_available === false;
    this.buttons.nextCase.disabled = viewer.data.has_next === false;
    this.buttons.previousCase.disabled = viewer.data.has_previous === false;
    for (const action of ["deleteMeasure", "keyImage", "heatMap"]) this.buttons[action].disabled = !active.frame;
    this.buttons.link.disabled = !viewer.paired;
    this.buttons.compare.hidden = viewer.stacks.length < 2;
  }

  refreshPresets() {
    const list = this.viewer.presets();
    const names = list.map((preset, i) => (i < 9 ? `${i + 1}  ${preset.name}` : preset.name));
    const words = JSON.stringify(names);
    if (words === this.presetWords) return;
    this.presetWords = words;
    this.presets.replaceChildren(
      make("option", { value: "-1", textContent: "Own window", hidden: true }),
      ...names.map((name, i) => make("option", { value: String(i), textContent: name })),
    );
  }

  refreshStack() {
    const { active } = this.viewer;
    const count = active.stack.slices.length;
    this.stackGroup.hidden = count < 2;
    this.slider.max = count;
    this.write(this.slider, active.state.position + 1);
    this.slider.setAttribute("aria-valuetext", `${active.state.position + 1} of ${count}`);
    this.write(this.rateInput, this.viewer.rate());
  }

  refreshSeries() {
    const { stacks, active } = this.viewer;
    this.seriesGroup.hidden = stacks.length < 2;
    const names = stacks.map(({ study, label, slices }) => `${study}: ${label}${slices.length > 1 ? ` (${slices.length})` : ""}`);
    const words = JSON.stringify(names);
    if (words !== this.seriesWords) {
      this.seriesWords = words;
      this.series.replaceChildren(...names.map((name, i) => make("option", { value: String(i), textContent: name })));
    }
    this.series.value = String(stacks.indexOf(active.stack));
  }

  refreshFacts() {
    const { active } = this.viewer;
    const { image } = active;
    const { center, width } = active.window;
    const unit = unitOf(image) && `\u2009${unitOf(image)}`;
    const lut = active.voi.lut === undefined ? "" : " (table)";
    const place = active.stack.slices.length > 1 ? `, ${active.state.position + 1} of ${active.stack.slices.length}` : "";
    this.facts.image.textContent = [image.view, `${image.columns} × ${image.rows}`].filter(Boolean).join(" · ") + place;
    this.facts.window.textContent = `W ${figure(width)} L ${figure(center)}${unit}${lut}`;
    this.facts.zoom.textContent = active.frame ? `Zoom ${Math.round(active.place.scale * 100)}\u2009%` : "";
    this.refreshPixel();
  }

  refreshPixel() {
    this.facts.pixel.textContent = this.viewer.active.stack ? this.viewer.active.pixelWords() : "";
  }

  /** Say something once, politely, to those who listen. */
  announce(words) {
    this.live.textContent = words;
  }
}

/** A number for a field: at most two decimals, no tail of noughts. */
function round(value) {
  const places = Math.abs(value) >= 100 ? 1 : 100;
  return Math.round(value * places) / places;
}
