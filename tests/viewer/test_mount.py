"""The Python side of the viewer: what goes to the browser, and what is believed of what comes back."""

import base64
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.prediction import HeatMap
from medai_core.ui import viewer

IMAGES: list[dict[str, Any]] = [
    {"id": "prior", "study_label": "prior 2025-03-01"},
    {"id": "one", "study_label": "current"},
    {"id": "two", "study_label": "current"},
]


def _png(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _url(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def test_a_quiet_run_has_no_events() -> None:
    events = viewer._events({}, IMAGES)
    assert events == viewer.ViewerEvents(current_image="one")


def test_no_image_is_no_current_image() -> None:
    assert viewer._events({}, []).current_image is None


def test_events_are_taken_over() -> None:
    picture = _png(8, 4)
    sent = {
        "next_case": -1,
        "toggle_ai": True,
        "toggle_heat_map": True,
        "signed_out": True,
        "image": "two",
        "key_image": {"image": "two", "frame": 0, "png": _url(picture)},
    }
    events = viewer._events(sent, IMAGES)
    assert events == viewer.ViewerEvents(-1, True, True, picture, "two", "two", True)


@pytest.mark.parametrize("step", [0, 2, -5, "1", None, True, [1]])
def test_only_one_case_on_or_back_is_believed(step: object) -> None:
    assert viewer._events({"next_case": step}, IMAGES).next_case == 0


@pytest.mark.parametrize("image", ["prior", "another patient's", 7, None, {"id": "one"}])
def test_only_an_image_of_this_study_becomes_current(image: object) -> None:
    assert viewer._events({"image": image}, IMAGES).current_image == "one"


@pytest.mark.parametrize(
    "sent",
    [
        "text",
        {"image": "one"},
        {"image": "one", "png": 5},
        {"image": "one", "png": "data:text/html;base64,AAAA"},
        {"image": "one", "png": "data:image/png;base64,AAAA"},
        {"image": "one", "png": "data:image/png;base64,####"},
        {"image": "one", "png": _url(b"\x89PNG\r\n\x1a\n")},
        {"image": "one", "png": _url(_png(1025, 4))},
        {"image": "one", "png": _url(_png(4, 4).replace(b"IHDR", b"XXXX"))},
        {"image": "someone else's", "png": _url(_png(4, 4))},
        {"image": ["one"], "png": _url(_png(4, 4))},
    ],
)
def test_a_strange_key_image_is_none(sent: object) -> None:
    events = viewer._events({"key_image": sent}, IMAGES)
    assert events.key_image is None
    assert events.key_image_of is None


def test_a_huge_key_image_is_none() -> None:
    huge = "data:image/png;base64," + "A" * (9 * 1024 * 1024)
    assert viewer._png(huge) is None


def test_a_heat_map_goes_as_bytes() -> None:
    values = np.array([[0.0, 0.5, 1.0], [np.nan, 2.0, -1.0]], dtype=np.float32)
    sent = viewer.heat_map_data(HeatMap("pneumonia", values), "one")
    assert (sent["image"], sent["frame"], sent["label"]) == ("one", 0, "pneumonia")
    assert (sent["rows"], sent["columns"]) == (2, 3)
    assert list(base64.b64decode(sent["values"])) == [0, 128, 255, 0, 255, 0]


def test_numbers_that_are_none_travel_as_null() -> None:
    assert viewer._finite({"a": [float("nan"), 1.5], "b": (float("inf"),)}) == {"a": [None, 1.5], "b": [None]}


def test_the_script_is_all_of_the_files_and_uses_no_markup() -> None:
    folder = Path(viewer.__file__).parent
    assert {path.name for path in folder.glob("*.js")} == set(viewer._SCRIPTS)
    source = viewer.script()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", source)
    assert not re.search(r"https?://(?!www\.w3\.org/)", source), "nothing is fetched from elsewhere"


def test_squeezing_leaves_out_comments_alone() -> None:
    source = "// words\n/** more\n * and more\n */\nconst a = 1; // kept\n  const b = a *\n    2;\n"
    assert viewer._squeezed(source) == "const a = 1; // kept\nconst b = a *\n2;"
    code = [line for line in viewer.script().splitlines() if re.match(r"\s*\* ", line)]
    assert all(re.match(r" \* ", line) for line in code), "a line of code may not begin with a star"


def test_it_mounts_where_there_is_no_browser() -> None:
    def page() -> None:
        import streamlit as st

        from medai_core.ui.viewer import viewer as mount

        events = mount([{"id": "one", "url": "/pixels/one/"}], key="viewer", csrf="")
        st.text(f"{events.current_image} {events.next_case}")

    for _ in range(2):  # every AppTest is a runtime of its own
        tested = AppTest.from_function(page).run(timeout=20)
        assert not tested.exception
        assert tested.text[0].value == "one 0"


def test_addresses_follow_the_prefix_that_the_app_is_served_under(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}

    def mounted(*, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        sent.update(data)
        return {}

    monkeypatch.setattr(viewer, "_component", lambda: mounted)
    monkeypatch.setattr(viewer.runtime, "base_path", lambda: "/reading-room")
    image = {"id": "one", "url": "/pixels/one/", "study_label": "current"}
    viewer.viewer([image], key="viewer", csrf="token")
    assert sent["images"][0]["url"] == "/reading-room/pixels/one/"
    assert sent["heartbeat"] == "/reading-room/auth/heartbeat"
    assert image["url"] == "/pixels/one/", "the page's own descriptors stay as they are"
