"""The radiology viewer: a component in plain JavaScript that windows, zooms and measures in the browser."""

import base64
import binascii
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import streamlit as st

from medai_core.domain.prediction import HeatMap
from medai_core.ui import runtime

_FOLDER: Final = Path(__file__).parent
_SCRIPTS: Final = (
    "pipeline.js",
    "geometry.js",
    "pixels.js",
    "render.js",
    "marks.js",
    "icons.js",
    "keys.js",
    "state.js",
    "tools.js",
    "viewport.js",
    "toolbar.js",
    "help.js",
    "actions.js",
    "main.js",
)
_HTML: Final = '<div class="medai-viewer-host"></div>'
_EVENTS: Final = ("next_case", "toggle_ai", "toggle_heat_map", "key_image", "signed_out")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_URL: Final = "data:image/png;base64,"
_MOST_PNG_BYTES: Final = 6 * 1024 * 1024
_MOST_PNG_PIXELS: Final = 1024


@dataclass(frozen=True, slots=True)
class ViewerEvents:
    """What the reader asked for since the last run; all but the two `current` fields hold for one run.

    Attributes
    ----------
    next_case : int
        1 next case, -1 previous case, 0 neither.
    toggle_ai, toggle_heat_map : bool
        The model's answer or the heat map is to be switched on or off.
    key_image : bytes or None
        A PNG of the viewport, at most 1024 pixels a side, measurements in it, no text that names anyone.
    key_image_of : str or None
        Id of the image that the key image shows.
    current_image : str or None
        Id of the image of the current study that the right (or only) picture area shows or last showed.
    signed_out : bool
        The heartbeat was refused: the session is gone or locked.
    """

    next_case: int = 0
    toggle_ai: bool = False
    toggle_heat_map: bool = False
    key_image: bytes | None = None
    key_image_of: str | None = None
    current_image: str | None = None
    signed_out: bool = False


def script() -> str:
    """The viewer's JavaScript as one module: its files in order."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)


def style() -> str:
    """The viewer's style sheet."""
    return (_FOLDER / "viewer.css").read_text(encoding="utf-8")


@cache
def _component() -> Callable[..., Any]:
    """Registered once a process; the files are read then."""
    return st.components.v2.component("medai_viewer", html=_HTML, css=style(), js=_squeezed(script()))


def _squeezed(source: str) -> str:
    """The same script without indentation and comment lines: it travels with every mount."""
    lines = (line.strip() for line in source.splitlines())
    kept = (line for line in lines if line and not line.startswith(("//", "/**", "* ", "*/")))
    return "\n".join(kept)


def heat_map_data(
    heat_map: HeatMap, image_id: str, *, label: str | None = None, frame: int = 0
) -> dict[str, Any]:
    """A heat map as the viewer takes it: 0..1 in 255 steps, over the whole of one frame of one image."""
    values = np.clip(np.nan_to_num(heat_map.values), 0.0, 1.0)
    return {
        "image": image_id,
        "frame": frame,
        "label": label or heat_map.label,
        "rows": int(values.shape[0]),
        "columns": int(values.shape[1]),
        "values": base64.b64encode(np.rint(values * 255).astype(np.uint8).tobytes()).decode("ascii"),
    }


def viewer(
    images: list[dict[str, Any]],
    *,
    key: str,
    csrf: str,
    heat_map: dict[str, Any] | None = None,
    layout: Literal["single", "pair"] = "single",
    ai_on: bool | None = False,
    heat_map_available: bool = True,
    has_next: bool = True,
    has_previous: bool = True,
    offset_px: int = 180,
) -> ViewerEvents:
    """Mount the viewer.

    Parameters
    ----------
    images : list of dict
        Descriptors (`services.descriptors.descriptor`), the current study first; the
        `study_label` of a prior is not "current".
    key : str
        One for the page, the same for all cases: the viewer then stays mounted and keeps the keyboard.
    csrf : str
        Token for the heartbeat; empty: no heartbeat.
    heat_map : dict or None
        From `heat_map_data`; shown while it is given.
    layout : "single" or "pair"
        How a study opens: one picture, or the prior left of the current one. The reader can change it.
    ai_on : bool or None
        State of the model's button; None hides the button, and the heat map's with it.
    heat_map_available : bool
        Whether a heat map can be had for this study; else its button is hidden.
    has_next, has_previous : bool
        Whether there is another case to go to.
    offset_px : int
        Height of what stands above and below the viewer; it takes the rest of the window (480 px at least).
    """
    base = runtime.base_path()
    data = {  # lists and dictionaries as tuples: Streamlit loads pandas to find out whether one is a table
        "images": tuple(_finite(image) | {"url": f"{base}{image['url']}"} for image in images),
        "heat_map": () if heat_map is None else (heat_map,),
        "csrf": csrf,
        "heartbeat": f"{base}/auth/heartbeat",
        "layout": layout,
        "ai_on": ai_on,
        "heat_map_available": heat_map_available and ai_on is not None,
        "has_next": has_next,
        "has_previous": has_previous,
        "offset_px": offset_px,
    }
    callbacks = {f"on_{name}_change": _nothing for name in (*_EVENTS, "image")}
    return _events(_component()(data=data, key=key, **callbacks), images)


def _nothing() -> None:
    """Events are read from the result of the mount, not by callbacks."""


def _finite(value: Any) -> Any:
    """JSON knows no NaN: such numbers become null."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _events(result: Any, images: list[dict[str, Any]]) -> ViewerEvents:
    """What came from the browser, checked: a browser can send anything."""
    known = [str(image["id"]) for image in images]
    current_study = [str(image["id"]) for image in images if _is_current(image)]
    step = result.get("next_case")
    picture = result.get("key_image")
    taken = _png(picture.get("png")) if isinstance(picture, dict) else None
    shown = picture.get("image") if isinstance(picture, dict) else None
    if shown not in known:
        taken = None
    current = result.get("image")
    return ViewerEvents(
        next_case=step if type(step) is int and step in (1, -1) else 0,
        toggle_ai=result.get("toggle_ai") is True,
        toggle_heat_map=result.get("toggle_heat_map") is True,
        key_image=taken,
        key_image_of=shown if taken is not None else None,
        current_image=current if current in current_study else next(iter([*current_study, *known]), None),
        signed_out=result.get("signed_out") is True,
    )


def _is_current(image: dict[str, Any]) -> bool:
    """Whether an image belongs to the study that is read, not to a prior."""
    return bool(image.get("study_label", "current") == "current")


def _png(url: object) -> bytes | None:
    """The bytes of a PNG data URL, or None where it is none or too large."""
    if not isinstance(url, str) or not url.startswith(_PNG_URL) or len(url) > _MOST_PNG_BYTES * 4 // 3:
        return None
    text = url[len(_PNG_URL) :]
    if not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text):
        return None
    try:
        picture = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return picture if _is_small_png(picture) else None


def _is_small_png(picture: bytes) -> bool:
    """A PNG whose header says at most 1024 x 1024."""
    if not picture.startswith(_PNG) or len(picture) < 24 or picture[12:16] != b"IHDR":
        return False
    sides = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    return all(0 < side <= _MOST_PNG_PIXELS for side in sides)
