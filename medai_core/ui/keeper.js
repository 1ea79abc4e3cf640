// Two things that only the browser knows: that a person is really there (one heartbeat a minute of real
// input), and that a text field holds something its page has not heard of yet (told after two quiet seconds,
// so that a lock never loses what was typed).
const MINUTE = 60000;
const PAUSE = 2000;
const kept = { csrf: "", url: "", last: 0, timer: 0, started: false };

function beat(event) {
  const now = Date.now();
  if (!event.isTrusted || !kept.csrf || now - kept.last < MINUTE) return;
  kept.last = now;
  fetch(kept.url, { method: "POST", credentials: "same-origin", headers: { "X-CSRF-Token": kept.csrf } }).catch(
    () => { kept.last = 0; },
  );
}

function tell(event) {
  const field = event.target;
  const isText = field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && field.type === "text");
  if (!event.isTrusted || !isText) return;
  clearTimeout(kept.timer);
  kept.timer = setTimeout(() => {
    if (field.isConnected) field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }, PAUSE);
}

export default function ({ data }) {
  kept.csrf = data.csrf;
  kept.url = data.url;
  if (kept.started) return;
  kept.started = true;
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    document.addEventListener(name, beat, { passive: true, capture: true });
  }
  document.addEventListener("input", tell, { passive: true, capture: true });
}
