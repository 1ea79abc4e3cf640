"""Lengths, regions, sides and overlays: where things lie and how long they are."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from medai_core.domain.prediction import HeatMap
from medai_core.ui.viewer import heat_map_data
from tests.viewer.harness import Bench, describe

pytestmark = pytest.mark.browser

CALIBRATED = {"row_mm": 0.4, "column_mm": 0.2, "kind": "calibrated"}
DETECTOR = {"row_mm": 0.4, "column_mm": 0.2, "kind": "at detector"}
NONE = {"row_mm": None, "column_mm": None, "kind": "none"}


def _noise(rows: int = 300, columns: int = 400) -> NDArray[np.uint16]:
    return np.random.default_rng(1).integers(0, 4096, (rows, columns)).astype(np.uint16)


def _words(bench: Bench) -> list[list[str]]:
    """The lines of every measurement on the picture."""
    found: list[list[str]] = bench.page.evaluate(
        "viewer.active.measuresHere().map(one => parts.measureLines(viewer.active.image, one, "
        "viewer.active.frame.pixels, viewer.active.modality))"
    )
    return found


def _place(bench: Bench, action: str, *points: tuple[float, float]) -> None:
    """Put a measurement by single clicks at image points."""
    bench.run(action)
    for point in points:
        bench.page.mouse.move(*bench.on_screen(*point))
        bench.page.mouse.click(*bench.on_screen(*point))
    bench.settle()


def _number(words: str) -> float:
    return float(re.findall(r"[\d.]+", words)[0])


@pytest.mark.parametrize(
    ("spacing", "across", "down", "unit"),
    [
        (CALIBRATED, 40.0, 40.0, "mm"),
        (DETECTOR, 40.0, 40.0, "mm at detector"),
        (NONE, 200.0, 100.0, "px"),
    ],
)
def test_a_length_counts_unequal_spacing(
    bench: Bench, spacing: dict[str, Any], across: float, down: float, unit: str
) -> None:
    bench.show(describe(bench.host, _noise(), spacing=spacing))
    _place(bench, "toolLength", (100, 150), (300, 150))
    _place(bench, "toolLength", (200, 100), (200, 200))
    (first,), (second,) = _words(bench)
    assert first.endswith(f"\u2009{unit}")
    assert second.endswith(f"\u2009{unit}")
    assert _number(first) == pytest.approx(across, abs=across * 0.01)
    assert _number(second) == pytest.approx(down, abs=down * 0.01)


def test_a_length_by_a_drag_equals_the_formula(bench: Bench) -> None:
    bench.show(describe(bench.host, _noise(), spacing=CALIBRATED))
    bench.run("toolLength")
    bench.drag(bench.on_screen(50, 60), bench.on_screen(250, 210))
    (points,) = bench.page.evaluate("viewer.active.measuresHere().map(one => one.points)")
    length = bench.page.evaluate("parts.lengthBetween(viewer.active.image, [50, 60], [250, 210])")
    assert length == pytest.approx(np.hypot(200 * 0.2, 150 * 0.4))
    assert np.abs(np.array(points) - [[50, 60], [250, 210]]).max() < 0.5
    assert _number(_words(bench)[0][0]) == pytest.approx(length, abs=0.3)


def test_an_angle_is_true_where_pixels_are_not_square(bench: Bench) -> None:
    bench.show(describe(bench.host, _noise(), spacing=CALIBRATED))
    _place(bench, "toolAngle", (240, 100), (40, 100), (240, 200))
    assert _number(_words(bench)[0][0]) == pytest.approx(45.0, abs=0.5)


def test_pixels_that_are_not_square_are_shown_so(bench: Bench) -> None:
    bench.show(describe(bench.host, _noise(), spacing=CALIBRATED))
    place = bench.placed()
    assert place["d"] == pytest.approx(2 * place["a"])
    bench.run("rotateRight")
    place = bench.placed()
    assert abs(place["c"]) == pytest.approx(2 * abs(place["b"]))


def test_a_rectangle_gives_the_statistics_of_the_modality_values(bench: Bench) -> None:
    stored = _noise()
    stored[100, 100] = 0
    image = describe(bench.host, stored, slope=2.0, intercept=-1000.0, padding=[0, 0], modality="CT")
    bench.show(image)
    found = bench.page.evaluate(
        "parts.regionStatistics(viewer.active.image, viewer.active.frame.pixels, viewer.active.modality, "
        "'rectangle', [[160, 140], [80, 90]])"
    )
    part = stored[90:140, 80:160].astype(float) * 2 - 1000
    kept = part[stored[90:140, 80:160] != 0]
    assert found["n"] == kept.size
    assert found["mean"] == pytest.approx(kept.mean())
    assert found["sd"] == pytest.approx(kept.std(ddof=1))
    assert (found["min"], found["max"]) == (kept.min(), kept.max())
    bench.run("toolRectangle")
    bench.drag(bench.on_screen(80, 90), bench.on_screen(160, 140))
    assert "HU" in _words(bench)[0][0]


def test_an_ellipse_takes_the_pixels_whose_centre_is_inside(bench: Bench) -> None:
    stored = _noise()
    bench.show(describe(bench.host, stored))
    found = bench.page.evaluate(
        "parts.regionStatistics(viewer.active.image, viewer.active.frame.pixels, viewer.active.modality, "
        "'ellipse', [[80, 90], [160, 140]])"
    )
    row, column = np.mgrid[0:300, 0:400] + 0.5
    inside = ((column - 120) / 40) ** 2 + ((row - 115) / 25) ** 2 <= 1
    assert found["n"] == inside.sum()
    assert found["mean"] == pytest.approx(stored[inside].mean())
    assert found["sd"] == pytest.approx(stored[inside].astype(float).std(ddof=1))


def test_deleting_takes_the_chosen_measurement(bench: Bench) -> None:
    bench.show(describe(bench.host, _noise()))
    _place(bench, "toolLength", (50, 50), (150, 50))
    _place(bench, "toolLength", (50, 150), (150, 150))
    bench.page.keyboard.press("Delete")
    (points,) = bench.page.evaluate("viewer.active.measuresHere().map(one => one.points[0][1])")
    assert points == pytest.approx(50, abs=1)
    bench.page.keyboard.press("Delete")
    assert _words(bench) == []


# An L-marked phantom: where is the corner mark after turning?

_STEPS: dict[str, tuple[list[str], str]] = {
    "as stored": ([], "top left"),
    "right": (["rotateRight"], "top right"),
    "twice right": (["rotateRight", "rotateRight"], "bottom right"),
    "left": (["rotateLeft"], "bottom left"),
    "flipped": (["flip"], "top right"),
    "flipped, right": (["flip", "rotateRight"], "bottom right"),
    "right, flipped": (["rotateRight", "flip"], "top left"),
    "left, flipped, left": (["rotateLeft", "flip", "rotateLeft"], "top right"),
}


def _marked() -> NDArray[np.uint16]:
    """An L in the upper left corner: a long stroke down, a short one to the right at its foot."""
    stored = np.full((200, 200), 200, dtype=np.uint16)
    stored[10:60, 10:20] = 4000
    stored[50:60, 10:40] = 4000
    return stored


def _bright_centre(bench: Bench) -> tuple[float, float]:
    """Centre of the bright pixels in shares of the image's screen box: x, y in 0..1."""
    picture = bench.canvas()[..., 0]
    corners = bench.page.evaluate(
        "(() => { const p = viewer.active.place; const f = (x, y) => [p.a * x + p.c * y + p.e, "
        "p.b * x + p.d * y + p.f]; return [f(0, 0), f(200, 200)] })()"
    )
    (x0, y0), (x1, y1) = np.sort(np.array(corners), axis=0)
    rows, columns = np.nonzero(picture > 200)
    return float((columns.mean() - x0) / (x1 - x0)), float((rows.mean() - y0) / (y1 - y0))


@pytest.mark.parametrize("name", _STEPS)
def test_a_marker_moves_with_the_picture_and_the_letters_with_it(bench: Bench, name: str) -> None:
    steps, corner = _STEPS[name]
    bench.show(describe(bench.host, _marked(), orientation=["L", "F"], laterality="L"))
    bench.run(*steps)
    x, y = _bright_centre(bench)
    assert ("top" if y < 0.5 else "bottom", "left" if x < 0.5 else "right") == tuple(corner.split())
    letters = bench.page.evaluate("parts.edgeLetters(viewer.active.image.orientation, viewer.active.view.m)")
    across, down = corner.split()[1], corner.split()[0]
    # The marked corner is the one between the patient's right and head, wherever it lies now.
    assert {letters[across], letters[down]} == {"R", "H"}
    opposite = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
    assert {letters[opposite[across]], letters[opposite[down]]} == {"L", "F"}


def test_a_mirrored_picture_says_so_and_the_laterality_stays(bench: Bench) -> None:
    bench.show(describe(bench.host, _marked(), orientation=["L", "F"], laterality="L"))
    marks = "parts.warningMarks(viewer.active.image, viewer.active.view)"
    caption = "parts.captionLines(viewer.active.image, true)"
    before = bench.page.evaluate(caption)
    assert bench.page.evaluate(marks) == []
    bench.run("flip")
    assert "FLIPPED" in bench.page.evaluate(marks)
    assert bench.page.evaluate(caption) == before
    assert any("Laterality: left" in line for line in before)
    bench.run("rotateRight", "rotateRight", "flip")
    assert "FLIPPED" not in bench.page.evaluate(marks)
    assert "FLIPPED" not in str(bench.page.locator("canvas.picture").nth(1).get_attribute("aria-label"))


def test_unknown_orientation_shows_no_letter(bench: Bench) -> None:
    bench.show(describe(bench.host, _marked()))
    letters = bench.page.evaluate("parts.edgeLetters(viewer.active.image.orientation, viewer.active.view.m)")
    assert set(letters.values()) == {""}


@pytest.mark.parametrize("name", _STEPS)
def test_the_heat_map_lies_on_its_region_however_the_picture_is_turned(bench: Bench, name: str) -> None:
    steps, _ = _STEPS[name]
    stored = np.full((320, 240), 1000, dtype=np.uint16)
    image = describe(
        bench.host,
        stored,
        spacing=CALIBRATED,
        default_window={"center": 1000, "width": 1000, "function": "LINEAR_EXACT", "explanation": ""},
    )
    values = np.zeros((8, 6), dtype=np.float32)
    values[2, 1] = 1.0
    bench.show(image)
    bench.run(*steps, "zoomIn")
    plain = bench.canvas().astype(int)
    bench.show(image, heat_map=heat_map_data(HeatMap("pneumonia", values), "image"))
    coloured = bench.canvas().astype(int)
    weight = np.abs(coloured - plain).sum(axis=2)
    rows, columns = np.nonzero(weight > 0)
    assert rows.size > 100
    mass = weight[rows, columns]
    centre = np.average(columns, weights=mass) + 0.5, np.average(rows, weights=mass) + 0.5
    place = bench.placed()
    x, y = (1 + 0.5) * 240 / 6, (2 + 0.5) * 320 / 8
    expected = (
        place["a"] * x + place["c"] * y + place["e"],
        place["b"] * x + place["d"] * y + place["f"],
    )
    assert np.abs(np.array(centre) - expected).max() < 2.0
    share = np.abs(coloured - plain).max() / 255
    assert share <= 0.45


def test_the_heat_map_belongs_to_one_image_alone(bench: Bench) -> None:
    one = describe(bench.host, _noise(), image_id="one")
    bench.show(one)
    plain = bench.canvas()
    heat = heat_map_data(HeatMap("pneumonia", np.ones((4, 4), dtype=np.float32)), "another")
    bench.show(one, heat_map=heat)
    assert (bench.canvas() == plain).all()


def test_opacity_stops_at_its_limit(bench: Bench) -> None:
    stored = np.full((100, 100), 0, dtype=np.uint16)
    image = describe(
        bench.host,
        stored,
        default_window={"center": 500, "width": 1000, "function": "LINEAR_EXACT", "explanation": ""},
    )
    heat = heat_map_data(HeatMap("pneumonia", np.ones((4, 4), dtype=np.float32)), "image")
    bench.show(image, heat_map=heat)
    bench.page.evaluate("viewer.setOpacity(1)")
    bench.settle()
    assert bench.canvas().max() <= round(254 * 0.45) + 1


def test_linked_sides_zoom_and_pan_together(bench: Bench) -> None:
    current = describe(bench.host, _noise(400, 400), image_id="now")
    prior = describe(bench.host, _noise(200, 200), image_id="before", study_label="prior 2025-03-01")
    bench.show(current, prior, layout="pair")
    assert bench.page.evaluate("viewer.viewports.map(one => one.stack.id)") == ["before", "now"]
    bench.run("zoomIn", "zoomIn", "panLeft")
    scales = bench.page.evaluate("viewer.viewports.map(one => one.place.scale)")
    assert scales[0] == pytest.approx(2 * scales[1])
    centres = bench.page.evaluate("viewer.viewports.map(one => one.view.center)")
    assert np.array(centres[0]) * 2 == pytest.approx(np.array(centres[1]))
    bench.run("link", "zoomIn")
    after = bench.page.evaluate("viewer.viewports.map(one => one.place.scale)")
    assert after[0] == pytest.approx(scales[0])
    assert after[1] == pytest.approx(scales[1] * 1.25)
