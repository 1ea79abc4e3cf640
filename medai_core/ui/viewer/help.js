// The help: every action, its keys, a way to change them.

class Help {
  constructor(viewer) {
    this.viewer = viewer;
    this.waiting = null;
    this.list = make("div", { className: "rows" });
    this.words = make("p", { className: "said", role: "status", "aria-live": "polite" });
    const close = make("button", { type: "button", textContent: "Close", onclick: () => this.close() });
    const restore = make("button", { type: "button", textContent: "Restore all keys", onclick: () => this.restore() });
    const panel = make("div", { className: "panel", role: "dialog", "aria-modal": "true", "aria-label": "Help and keys" },
      make("h2", { textContent: "Keys and mouse" }),
      make("p", { textContent: MOUSE_WORDS }),
      this.words, this.list, make("div", { className: "ends" }, restore, close));
    this.closeButton = close;
    this.element = make("div", { className: "help", hidden: true }, panel);
    this.element.onclick = (event) => {
      if (event.target === this.element) this.close();
    };
    this.element.onkeydown = (event) => this.key(event);
  }

  get open() {
    return !this.element.hidden;
  }

  show() {
    this.waiting = null;
    this.words.textContent = "";
    this.draw();
    this.element.hidden = false;
    this.closeButton.focus();
  }

  close() {
    this.waiting = null;
    this.element.hidden = true;
    this.viewer.refresh();
    this.viewer.focus();
  }

  restore() {
    this.viewer.keys.restore();
    this.waiting = null;
    this.words.textContent = "All keys are as they were delivered.";
    this.draw();
  }

  draw() {
    const rows = Object.entries(ACTIONS).map(([action, [words]]) => {
      const keys = this.viewer.keys.keys[action].map((key) => make("kbd", { textContent: keyWords(key) }));
      const change = make("button", {
        type: "button",
        textContent: this.waiting === action ? "Press a key" : "Change",
        "aria-label": `Change the key of ${words}`,
        onclick: () => this.wait(action),
      });
      change.dataset.action = action;
      return make("div", { className: "row" }, make("span", { textContent: words }), make("span", { className: "keys" }, ...keys), change);
    });
    const presets = make("div", { className: "row" },
      make("span", { textContent: "Window presets" }),
      make("span", { className: "keys" }, make("kbd", { textContent: "1" }), " to ", make("kbd", { textContent: "9" })),
      make("span", { className: "fixed", textContent: "fixed" }));
    this.list.replaceChildren(presets, ...rows);
  }

  wait(action) {
    this.waiting = action;
    this.words.textContent = `Press the new key for "${ACTIONS[action][0]}". Escape leaves it as it is.`;
    this.draw();
    this.list.querySelector(`[data-action=${action}]`).focus();
  }

  key(event) {
    event.stopPropagation();
    const name = keyName(event);
    if (this.waiting && name) {
      event.preventDefault();
      this.take(name);
    } else if (name === "Escape" || (name && this.viewer.keys.actionOf(name) === "help")) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Tab") this.hold(event);
  }

  take(name) {
    const action = this.waiting;
    this.waiting = null;
    const refused = name === "Escape" && action !== "cancel" ? null : this.viewer.keys.assign(action, name);
    if (refused === null) this.words.textContent = "Nothing changed.";
    else this.words.textContent = refused || `"${ACTIONS[action][0]}" is now ${keyWords(name)}.`;
    this.draw();
    this.list.querySelector(`[data-action=${action}]`).focus();
  }

  /** Tab stays inside the dialog. */
  hold(event) {
    const buttons = [...this.element.querySelectorAll("button")];
    const now = buttons.indexOf(event.composedPath()[0]);
    const next = (now + (event.shiftKey ? buttons.length - 1 : 1)) % buttons.length;
    event.preventDefault();
    buttons[next].focus();
  }
}

const MOUSE_WORDS =
  "Left drag: the chosen tool (window: sideways width, up and down centre). Middle drag: pan. Right drag: zoom. " +
  "Wheel: through a stack, else zoom; with Ctrl always zoom. Double click: fit. Without dragging: number fields and " +
  "buttons; with Pan a click centres a point; with Zoom a click steps in, Shift and click out; measurements can be " +
  "placed by single clicks.";
