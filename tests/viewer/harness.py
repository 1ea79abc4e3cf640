"""The viewer outside Streamlit: a page that mounts its script, and a server that gives it pixels."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medai_core.ui import viewer

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>viewer</title></head>
<body style="margin:0;background:var(--st-background-color)"><div id="host"></div><script type="module">
import mount, * as parts from "/viewer.js";
const root = document.getElementById("host").attachShadow({mode: "open"});
const outer = document.createElement("div");
outer.innerHTML = '<div class="medai-viewer-host"></div>';
const style = document.createElement("style");
style.textContent = await (await fetch("/viewer.css")).text();
outer.append(style);
root.append(outer);
window.parts = parts;
window.events = [];
window.show = (data) => {
  window.cleanup = mount({data, parentElement: root, key: "k", name: "viewer",
    setStateValue: (name, value) => window.events.push([name, value]),
    setTriggerValue: (name, value) => window.events.push([name, value])});
  window.viewer = parts.VIEWERS.get(root).viewer;
};
window.settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
window.ready = true;
</script></body></html>"""

DARK = {
    "--st-background-color": "#0E1116",
    "--st-secondary-background-color": "#171C23",
    "--st-text-color": "#E6EAF0",
    "--st-border-color": "#6B7684",
    "--st-primary-color": "#2A78C8",
}
LIGHT = {
    "--st-background-color": "#FFFFFF",
    "--st-secondary-background-color": "#F2F5F8",
    "--st-text-color": "#14181D",
    "--st-border-color": "#6B7684",
    "--st-primary-color": "#0B5CAD",
}


@dataclass
class Host:
    """What the server gives, and what it was asked."""

    pixels: dict[str, list[bytes]] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    heartbeats: list[str] = field(default_factory=list)
    heartbeat_status: int = 204
    asked: list[str] = field(default_factory=list)
    url: str = ""


def describe(
    host: Host, stored: NDArray[Any] | list[NDArray[Any]], *, image_id: str = "image", **changes: Any
) -> dict[str, Any]:
    """A descriptor of stored values, which the server then gives under its id."""
    frames = stored if isinstance(stored, list) else [stored]
    first = frames[0]
    host.pixels[image_id] = [np.ascontiguousarray(frame).tobytes() for frame in frames]
    top = float(max(int(frame.max()) for frame in frames))
    low = float(min(int(frame.min()) for frame in frames))
    plain = {
        "id": image_id,
        "url": f"/pixels/{image_id}/",
        "rows": first.shape[0],
        "columns": first.shape[1],
        "frames": len(frames),
        "samples": 3 if first.ndim == 3 else 1,
        "dtype": str(first.dtype),
        "slope": 1.0,
        "intercept": 0.0,
        "modality_lut": None,
        "windows": [],
        "default_window": {
            "center": (low + top) / 2,
            "width": max(top - low, 1.0),
            "function": "LINEAR_EXACT",
            "explanation": "range of this image",
        },
        "voi_luts": [],
        "inverted": False,
        "padding": None,
        "spacing": {"row_mm": None, "column_mm": None, "kind": "none"},
        "lossy": False,
        "lossy_ratio": None,
        "frame_time_ms": None,
        "laterality": "",
        "view": "",
        "orientation": [],
        "label": "chest",
        "study_label": "current",
        "virtual": False,
    }
    return plain | changes


def _handler(host: Host) -> type[BaseHTTPRequestHandler]:
    texts: dict[str, tuple[str, Callable[[], str]]] = {
        "/": ("text/html", lambda: PAGE),
        "/viewer.js": ("text/javascript", lambda: viewer._squeezed(viewer.script())),
        "/viewer.css": ("text/css", viewer.style),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in texts:
                kind, text = texts[self.path]
                return self.answer(200, text().encode(), kind)
            if not self.path.startswith("/pixels/"):
                return self.answer(404, b"")
            host.asked.append(self.path)
            _, _, image_id, frame = self.path.split("/")
            status = host.status.get(image_id, 200)
            frames = host.pixels.get(image_id)
            if status != 200 or frames is None:
                return self.answer(status if status != 200 else 404, b"")
            return self.answer(200, frames[int(frame)], "application/octet-stream")

        def do_POST(self) -> None:
            host.heartbeats.append(self.headers.get("X-CSRF-Token", ""))
            self.answer(host.heartbeat_status, b"")

        def answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests read `asked`, not a log."""

    return Handler


@contextmanager
def serving(host: Host) -> Iterator[Host]:
    """The server on a free port of this machine, while the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(host))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()


class Bench:
    """A browser page with the viewer in it, and the questions tests ask of it."""

    def __init__(self, page: Any, host: Host) -> None:
        self.page = page
        self.host = host
        self.errors: list[str] = []
        page.on("pageerror", self._failed)
        self.open()

    def _failed(self, error: object) -> None:
        self.errors.append(str(error))

    def close(self) -> None:
        """Leave the page for the next test."""
        self.page.remove_listener("pageerror", self._failed)
        self.page.goto("about:blank")

    def open(self) -> None:
        """Load the page (again)."""
        self.page.goto(self.host.url)
        self.page.wait_for_function("window.ready")

    def show(
        self,
        *images: dict[str, Any],
        wait: bool = True,
        heat_map: dict[str, Any] | None = None,
        **data: Any,
    ) -> None:
        """Mount or update, and wait until a picture (or a sentence) stands."""
        whole = {
            "images": list(images),
            "heat_map": [] if heat_map is None else [heat_map],
            "csrf": "",
            "layout": "single",
            "heartbeat": "/auth/heartbeat",
            "ai_on": False,
            "heat_map_available": True,
            **data,
        }
        self.page.evaluate("data => window.show(data)", whole)
        if wait:
            self.wait()

    def wait(self) -> None:
        """Until no picture area waits for pixels, then two screen frames."""
        self.page.wait_for_function(
            "() => viewer.viewports.every(one => !one.stack || one.frame || !one.retry.hidden)"
        )
        self.settle()

    def settle(self) -> None:
        """Two screen frames."""
        self.page.evaluate("settled()")

    def run(self, *actions: str) -> None:
        """Call actions of the viewer by name."""
        for action in actions:
            self.page.evaluate("action => viewer.run(action)", action)
        self.settle()

    def canvas(self, index: int = 1) -> NDArray[np.uint8]:
        """What a picture area shows: (height, width, 3)."""
        answer = self.page.evaluate(
            """index => { const c = viewer.viewports[index].picture;
            const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
            let text = ""; for (let i = 0; i < d.length; i += 32768)
              text += String.fromCharCode(...d.subarray(i, i + 32768));
            return [c.height, c.width, btoa(text)]; }""",
            index,
        )
        height, width, text = answer
        words = np.frombuffer(base64.b64decode(text), dtype=np.uint8)
        return words.reshape(height, width, 4)[..., :3]

    def placed(self, index: int = 1) -> dict[str, float]:
        """The transform image -> screen."""
        found: dict[str, float] = self.page.evaluate("index => viewer.viewports[index].place", index)
        return found

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """Page coordinates of an image point of the right area."""
        box = self.page.evaluate(
            "(() => { const r = viewer.viewports[1].picture.getBoundingClientRect(); return [r.x, r.y] })()"
        )
        place = self.placed()
        return (
            box[0] + place["a"] * x + place["c"] * y + place["e"],
            box[1] + place["b"] * x + place["d"] * y + place["f"],
        )

    def drag(self, start: tuple[float, float], end: tuple[float, float], button: str = "left") -> None:
        """A pointer drag between two page points."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down(button=button)
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        mouse.move(*end)
        mouse.up(button=button)
        self.settle()

    def events(self) -> list[Any]:
        """What was told to Python since the page stands."""
        found: list[Any] = self.page.evaluate("window.events")
        return found

    def facts(self) -> str:
        """The bottom strip in words."""
        words: str = self.page.evaluate("viewer.toolbar.strip.innerText")
        return words

    def theme(self, colours: dict[str, str]) -> None:
        """Set Streamlit's CSS variables."""
        self.page.evaluate(
            "colours => { for (const [n, v] of Object.entries(JSON.parse(colours)))"
            " document.documentElement.style.setProperty(n, v) }",
            json.dumps(colours),
        )
