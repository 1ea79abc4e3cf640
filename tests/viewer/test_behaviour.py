"""Keys, faults, states and what Python is told."""

import base64

import numpy as np
import pytest
from numpy.typing import NDArray

from medai_core.domain.prediction import HeatMap
from medai_core.ui.viewer import heat_map_data
from tests.viewer.harness import Bench, describe

pytestmark = pytest.mark.browser


def _film(seed: int = 1, rows: int = 240, columns: int = 200) -> NDArray[np.uint16]:
    return np.random.default_rng(seed).integers(0, 4096, (rows, columns)).astype(np.uint16)


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "signed out"), (403, "may not see"), (404, "not in the store"), (500, "answer 500")],
)
def test_a_refused_picture_says_so_in_the_picture(bench: Bench, status: int, words: str) -> None:
    bench.host.status["image"] = status
    bench.show(describe(bench.host, _film()))
    notice = bench.page.locator(".notice:visible")
    assert words in notice.inner_text()
    assert bench.canvas().max() == 0
    bench.host.status.clear()
    bench.page.get_by_role("button", name="Try again").click()
    bench.wait()
    assert bench.page.locator(".notice:visible").count() == 0
    assert bench.canvas().max() > 0


def test_a_short_answer_is_not_drawn(bench: Bench) -> None:
    image = describe(bench.host, _film())
    bench.host.pixels["image"] = [bench.host.pixels["image"][0][:-20]]
    bench.show(image)
    assert "bytes expected" in bench.page.locator(".notice:visible").inner_text()


def test_no_server_is_said(bench: Bench) -> None:
    image = describe(bench.host, _film(), url="http://127.0.0.1:9/pixels/")
    bench.show(image)
    assert "cannot be reached" in bench.page.locator(".notice:visible").inner_text()


def test_keys_do_nothing_while_one_types(bench: Bench) -> None:
    bench.show(describe(bench.host, _film()))
    before = bench.canvas()
    field = bench.page.get_by_label("Window width")
    field.focus()
    for key in ("i", "r", "n", "f", "Delete", "2", "a"):
        bench.page.keyboard.press(key)
    bench.settle()
    assert (bench.canvas() == before).all()
    assert bench.events() == []
    bench.page.keyboard.press("Escape")
    bench.page.keyboard.press("n")
    assert bench.events() == [["next_case", 1]]


def test_keys_do_not_leave_the_viewer(bench: Bench) -> None:
    bench.show(describe(bench.host, _film()))
    bench.page.evaluate("document.addEventListener('keydown', e => window.leaked = e.key)")
    for key in ("r", "c", "w", "Space"):
        bench.page.keyboard.press(key)
    bench.page.get_by_label("Window width").press("c")
    assert bench.page.evaluate("window.leaked === undefined")


def test_case_keys_and_model_keys_are_told(bench: Bench) -> None:
    bench.show(describe(bench.host, _film()))
    for key in ("n", "Shift+N", "PageDown", "PageUp", "a", "m"):
        bench.page.keyboard.press(key)
    assert bench.events() == [
        ["next_case", 1],
        ["next_case", -1],
        ["next_case", 1],
        ["next_case", -1],
        ["toggle_ai", True],
        ["toggle_heat_map", True],
    ]


def test_m_hides_a_heat_map_at_once(bench: Bench) -> None:
    image = describe(bench.host, _film())
    bench.show(image)
    plain = bench.canvas()
    bench.show(image, heat_map=heat_map_data(HeatMap("viral", np.ones((3, 3), np.float32)), "image"))
    assert (bench.canvas() != plain).any()
    bench.page.keyboard.press("m")
    bench.settle()
    assert (bench.canvas() == plain).all()
    assert bench.events() == [["toggle_heat_map", True]]


def test_the_end_of_the_list_is_not_asked_for(bench: Bench) -> None:
    bench.show(describe(bench.host, _film()), has_next=False, has_previous=False)
    bench.page.keyboard.press("n")
    bench.page.keyboard.press("PageUp")
    assert bench.events() == []


def test_a_key_can_be_changed_and_a_clash_is_refused(bench: Bench) -> None:
    bench.show(describe(bench.host, _film()))
    bench.page.keyboard.press("F1")
    dialog = bench.page.get_by_role("dialog")
    bench.page.get_by_label("Change the key of Invert", exact=True).click()
    bench.page.keyboard.press("w")
    assert 'W is already "Window / level"' in dialog.inner_text()
    bench.page.get_by_label("Change the key of Invert", exact=True).click()
    bench.page.keyboard.press("4")
    assert "preset key" in dialog.inner_text()
    bench.page.get_by_label("Change the key of Invert", exact=True).click()
    bench.page.keyboard.press("u")
    bench.page.keyboard.press("Escape")
    assert dialog.count() == 0
    bench.page.keyboard.press("i")
    assert bench.page.evaluate("viewer.active.view.invert") is False
    bench.page.keyboard.press("u")
    assert bench.page.evaluate("viewer.active.view.invert") is True
    bench.open()
    bench.show(describe(bench.host, _film()))
    assert bench.page.evaluate("viewer.keys.actionOf('U')") == "invert"
    bench.page.keyboard.press("F1")
    bench.page.get_by_role("button", name="Restore all keys").click()
    assert bench.page.evaluate("[viewer.keys.actionOf('U'), viewer.keys.actionOf('I')]") == [None, "invert"]


def test_no_two_actions_share_a_default_key(bench: Bench) -> None:
    keys = bench.page.evaluate("Object.values(parts.ACTIONS).flatMap(([, keys]) => keys)")
    assert len(keys) == len(set(keys))


def test_a_reload_brings_the_same_view_back(bench: Bench) -> None:
    image = describe(bench.host, _film())
    bench.show(image)
    bench.page.get_by_label("Window width").fill("777")
    bench.page.get_by_label("Window width").press("Enter")
    bench.run("rotateRight", "zoomIn", "panUp", "toolLength")
    bench.drag(bench.on_screen(40, 60), bench.on_screen(120, 60))
    before = bench.canvas()
    state = bench.page.evaluate("viewer.active.state")
    bench.open()
    bench.show(image)
    assert (bench.canvas() == before).all()
    assert bench.page.evaluate("viewer.active.state") == state
    assert bench.page.evaluate("viewer.tool") == "toolLength"


def test_a_rerun_changes_nothing(bench: Bench) -> None:
    image = describe(bench.host, _film())
    bench.show(image)
    bench.run("invert", "zoomIn")
    before = bench.canvas()
    bench.show(image, ai_on=True)
    bench.page.evaluate("void (window.cleanup0 = window.cleanup)")
    bench.show(image, ai_on=False)
    bench.page.evaluate("window.cleanup0()")
    bench.settle()
    assert (bench.canvas() == before).all()
    assert len(bench.host.asked) == 1, "pixels are fetched once"


def test_another_case_starts_with_its_own_first_view(bench: Bench) -> None:
    one, two = (describe(bench.host, _film(seed), image_id=f"case{seed}") for seed in (1, 2))
    bench.show(two)
    fresh = bench.canvas()
    bench.show(one)
    bench.run("invert", "zoomIn")
    bench.show(two)
    assert (bench.canvas() == fresh).all()
    bench.show(one)
    assert bench.page.evaluate("viewer.active.view.invert") is True


def test_nothing_of_a_patient_is_kept_in_the_browser(bench: Bench) -> None:
    bench.show(describe(bench.host, _film(), label="DOE JANE chest"))
    bench.run("invert", "toolLength")
    bench.page.evaluate("viewer.states.write()")
    kept = bench.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "image" in kept
    assert "DOE" not in kept
    assert "chest" not in kept


def test_strange_things_in_the_browsers_store_do_no_harm(bench: Bench) -> None:
    bench.page.evaluate(
        """() => { sessionStorage.setItem("medai.viewer.views", JSON.stringify({image: {
        view: {voi: {center: "x"}, scale: -3, center: [1], m: [5, 5, 5, 5], invert: "yes"},
        position: 99, measures: [{type: "length", points: "no"}]}}));
        localStorage.setItem("medai.viewer.keys", "not json") }"""
    )
    bench.show(describe(bench.host, _film()))
    assert bench.page.evaluate("viewer.active.state") == {
        "view": {"voi": None, "invert": False, "scale": None, "center": None, "m": [1, 0, 0, 1]},
        "position": 0,
        "measures": [],
    }


def test_frames_scroll_by_wheel_keys_and_slider(bench: Bench) -> None:
    frames = [np.full((60, 80), 100 * (i + 1), dtype=np.uint16) for i in range(5)]
    window = {"center": 500, "width": 1000, "function": "LINEAR_EXACT", "explanation": ""}
    bench.show(describe(bench.host, frames, default_window=window))

    def shown() -> int:
        bench.wait()
        bench.settle()
        picture = bench.canvas()
        return round(float(picture[picture.shape[0] // 2, picture.shape[1] // 2, 0]) / 25.5)

    assert shown() == 1
    bench.page.mouse.move(*bench.on_screen(40, 30))
    bench.page.mouse.wheel(0, 100)
    assert shown() == 2
    bench.page.keyboard.press("ArrowDown")
    assert shown() == 3
    bench.page.keyboard.press("End")
    assert shown() == 5
    bench.page.keyboard.press("ArrowUp")
    assert shown() == 4
    bench.page.keyboard.press("Home")
    assert shown() == 1
    bench.page.get_by_label("Image in the stack").fill("3")
    assert shown() == 3
    bench.page.keyboard.press("Space")


def test_cine_runs_at_the_files_rate_and_stops(bench: Bench) -> None:
    frames = [np.full((60, 80), i, dtype=np.uint8) for i in range(10)]
    bench.show(describe(bench.host, frames, frame_time_ms=50.0))
    assert bench.page.evaluate("viewer.rate()") == 20
    bench.page.wait_for_function("viewer.frames.frames.size === 10")
    bench.page.evaluate(
        "() => { window.seen = []; const show = viewer.active.show.bind(viewer.active);"
        " viewer.active.show = (p) => { window.seen.push([p, performance.now()]); show(p) } }"
    )
    bench.page.keyboard.press("c")
    bench.page.wait_for_function("window.seen.length >= 21")
    bench.page.keyboard.press("c")
    count = bench.page.evaluate("window.seen.length")
    seen = bench.page.evaluate("window.seen")
    assert [position for position, _ in seen[:12]] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]
    rate = 20_000 / (seen[20][1] - seen[0][1])
    assert 12 < rate < 23
    bench.page.wait_for_timeout(150)
    assert bench.page.evaluate("window.seen.length") == count


def test_a_heartbeat_needs_a_hand_and_comes_once(bench: Bench) -> None:
    bench.show(describe(bench.host, _film()), csrf="token")
    bench.page.evaluate("viewer.root.dispatchEvent(new KeyboardEvent('keydown', {key: 'i', bubbles: true}))")
    bench.page.wait_for_timeout(100)
    assert bench.host.heartbeats == []
    for key in ("i", "i", "h"):
        bench.page.keyboard.press(key)
    bench.page.wait_for_timeout(200)
    assert bench.host.heartbeats == ["token"]


def test_a_dead_session_empties_the_picture(bench: Bench) -> None:
    bench.host.heartbeat_status = 401
    bench.show(describe(bench.host, _film()), csrf="token")
    assert bench.canvas().max() > 0
    bench.page.keyboard.press("i")
    bench.page.wait_for_selector(".notice:visible")
    bench.settle()
    assert bench.canvas().max() == 0
    assert bench.page.evaluate("viewer.frames.frames.size") == 0
    assert ["signed_out", True] in bench.events()


def test_a_key_image_is_a_png_of_the_viewport(bench: Bench) -> None:
    bench.page.set_viewport_size({"width": 1800, "height": 1100})
    bench.show(describe(bench.host, _film(), label="DOE JANE"))
    bench.run("keyImage")
    ((name, sent),) = bench.events()
    assert (name, sent["image"], sent["frame"]) == ("key_image", "image", 0)
    png = base64.b64decode(sent["png"].removeprefix("data:image/png;base64,"))
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert max(width, height) == 1024


def test_choosing_a_series_is_told(bench: Bench) -> None:
    one = describe(bench.host, _film(1), image_id="one")
    two = describe(bench.host, _film(2, 100, 90), image_id="two", label="lateral")
    bench.show(one, two)
    bench.page.locator("select[aria-label=Series]").select_option(index=1)
    bench.wait()
    bench.page.wait_for_function("window.events.length > 0")
    assert bench.events() == [["image", "two"]]


def test_leaving_lets_go_of_everything(bench: Bench) -> None:
    bench.show(describe(bench.host, _film()))
    bench.page.evaluate("window.cleanup()")
    assert bench.page.evaluate("[viewer.gone, viewer.frames.frames.size, viewer.root.isConnected]") == [
        True,
        0,
        False,
    ]


def test_labels_are_text_never_markup(bench: Bench) -> None:
    bad = "<img src=x onerror='window.broken = true'>"
    one = describe(bench.host, _film(1), image_id="one", label=bad)
    two = describe(bench.host, _film(2, 90, 80), image_id="two", label=bad)
    bench.show(one, two)
    bench.page.wait_for_timeout(100)
    assert bench.page.evaluate("window.broken === undefined")
    assert bench.page.evaluate("viewer.root.querySelectorAll('img').length") == 0


def test_every_control_has_a_name_and_room_for_a_finger(bench: Bench) -> None:
    frames = [_film(i) for i in range(3)]
    bench.show(describe(bench.host, frames), ai_on=True)
    controls = bench.page.evaluate(
        """[...viewer.root.querySelectorAll("button, input, select")].filter(one => one.offsetParent)
        .map(one => [one.getAttribute("aria-label") || one.textContent, one.offsetWidth, one.offsetHeight])"""
    )
    assert len(controls) > 30
    assert [name for name, width, height in controls if not name or width < 24 or height < 24] == []


def test_a_click_can_do_what_a_drag_does(bench: Bench) -> None:
    bench.show(describe(bench.host, _film()))
    bench.run("toolPan")
    bench.page.mouse.click(*bench.on_screen(50, 70))
    assert bench.page.evaluate("viewer.active.view.center") == pytest.approx([50, 70], abs=0.5)
    bench.run("toolZoom")
    before = bench.placed()["scale"]
    bench.page.mouse.click(*bench.on_screen(50, 70))
    assert bench.placed()["scale"] == pytest.approx(before * 1.25)


def test_the_strip_says_what_lies_under_the_pointer(bench: Bench) -> None:
    stored = np.arange(240 * 200, dtype=np.uint16).reshape(240, 200)
    bench.show(describe(bench.host, stored, intercept=-1024.0, modality="CT"))
    bench.page.mouse.move(*bench.on_screen(30.5, 20.5))
    bench.settle()
    assert "column 30, row 20: 4030 → 3006\u2009HU" in bench.facts()
