"""Canvas pixels against the grey-scale reference: the browser and `imaging.grayscale` say the same."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from medai_core.domain.imaging import GrayscalePipeline, LookupTable, Window, WindowFunction
from medai_core.imaging import grayscale
from tests.viewer.harness import Bench, describe

pytestmark = pytest.mark.browser

ROWS, COLUMNS = 120, 150
FULL = Window(2047.5, 4095.0, WindowFunction.LINEAR_EXACT)


def _ramp(low: int, high: int, dtype: str) -> NDArray[Any]:
    values = np.linspace(low, high, ROWS * COLUMNS).round().astype(dtype).reshape(ROWS, COLUMNS)
    return np.ascontiguousarray(values[:, ::-1])


def _pipeline_json(pipeline: GrayscalePipeline) -> dict[str, Any]:
    def window(one: Window) -> dict[str, Any]:
        return {
            "center": one.center,
            "width": one.width,
            "function": one.function.value,
            "explanation": one.explanation,
        }

    def table(one: LookupTable) -> dict[str, Any]:
        return {"first": one.first, "values": list(one.values), "bits": one.bits, "explanation": ""}

    padding = None
    if pipeline.padding_value is not None:
        limit = pipeline.padding_value if pipeline.padding_limit is None else pipeline.padding_limit
        padding = sorted((pipeline.padding_value, limit))
    return {
        "slope": pipeline.rescale_slope,
        "intercept": pipeline.rescale_intercept,
        "modality_lut": table(pipeline.modality_lut) if pipeline.modality_lut else None,
        "windows": [window(one) for one in pipeline.windows],
        "default_window": window(pipeline.default_window),
        "voi_luts": [table(one) for one in pipeline.voi_luts],
        "inverted": pipeline.inverted,
        "padding": padding,
    }


def _part(bench: Bench) -> NDArray[np.uint8]:
    """The image's own pixels on the canvas, shown 1:1."""
    bench.run("oneToOne")
    place = bench.placed()
    assert (place["a"], place["d"], place["b"], place["c"]) == (1, 1, 0, 0)
    left, top = int(place["e"]), int(place["f"])
    return bench.canvas()[top : top + ROWS, left : left + COLUMNS]


def _close(shown: NDArray[np.uint8], bright: NDArray[np.float32]) -> None:
    """Equal after rounding; where the reference lies on a rounding edge both neighbours are right."""
    assert (shown == shown[..., :1]).all(), "grey must be grey"
    assert np.abs(shown[..., 0] - bright.astype(np.float64) * 255).max() <= 0.502
    assert len(np.unique(shown)) > 20, "a flat picture proves nothing"


def _windowed(*windows: Window, **others: Any) -> GrayscalePipeline:
    """As a file with windows is decoded: the first one is the first view."""
    return GrayscalePipeline(windows[0], windows=windows, **others)


GAMMA = LookupTable(0, tuple(int(round(65535 * (i / 1023) ** 0.6)) for i in range(1024)), 16)
TWELVE_BITS = LookupTable(-100, tuple(range(4095, -1, -1)), 12)

CASES = {
    "twelve bits, linear": (
        _ramp(0, 4095, "uint16"),
        _windowed(Window(2048, 4096)),
    ),
    "narrow linear": (_ramp(0, 4095, "uint16"), _windowed(Window(1500, 700))),
    "monochrome1": (
        _ramp(0, 4095, "uint16"),
        _windowed(Window(2000, 3000), inverted=True),
    ),
    "signed": (_ramp(-2000, 3000, "int16"), _windowed(Window(40, 4000))),
    "signed, rescale": (
        _ramp(-1024, 3071, "int16"),
        _windowed(Window(-50, 1400), rescale_slope=0.5, rescale_intercept=-300.25),
    ),
    "unsigned, rescale": (
        _ramp(0, 4095, "uint16"),
        _windowed(Window(400, 2000), rescale_intercept=-1024.0),
    ),
    "linear exact": (
        _ramp(0, 4095, "uint16"),
        _windowed(Window(2000.5, 255.0, WindowFunction.LINEAR_EXACT)),
    ),
    "sigmoid": (
        _ramp(0, 4095, "uint16"),
        _windowed(Window(2048, 1200, WindowFunction.SIGMOID)),
    ),
    "sigmoid, monochrome1": (
        _ramp(0, 4095, "uint16"),
        _windowed(Window(1000, 800, WindowFunction.SIGMOID), inverted=True),
    ),
    "voi lut": (_ramp(0, 1500, "uint16"), GrayscalePipeline(FULL, voi_luts=(GAMMA,))),
    "modality lut, then window": (
        _ramp(-300, 4200, "int16"),
        _windowed(Window(2048, 4096), modality_lut=TWELVE_BITS),
    ),
    "eight bits": (_ramp(0, 255, "uint8"), _windowed(Window(100, 120))),
    "no window in the file": (_ramp(100, 3500, "uint16"), GrayscalePipeline(Window(1800, 3400))),
    "sixteen bits": (
        _ramp(0, 65535, "uint16"),
        _windowed(Window(33000, 60000)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_first_view_is_the_reference(bench: Bench, name: str) -> None:
    stored, pipeline = CASES[name]
    bench.show(describe(bench.host, stored, **_pipeline_json(pipeline)))
    _close(_part(bench), grayscale.display(stored, pipeline))


@pytest.mark.parametrize("inverted", [False, True])
def test_the_readers_inversion_comes_after_the_files_own(bench: Bench, inverted: bool) -> None:
    stored = _ramp(0, 4095, "uint16")
    pipeline = _windowed(Window(1500, 2500), inverted=inverted)
    bench.show(describe(bench.host, stored, **_pipeline_json(pipeline)))
    plain = _part(bench)
    bench.run("invert")
    assert np.abs(plain.astype(int) + bench_part(bench) - 255).max() <= 1
    bench.run("invert")
    assert (bench_part(bench) == plain).all()


def bench_part(bench: Bench) -> NDArray[np.uint8]:
    """As `_part`, without touching the zoom."""
    place = bench.placed()
    left, top = int(place["e"]), int(place["f"])
    return bench.canvas()[top : top + ROWS, left : left + COLUMNS]


def test_numbers_typed_are_the_window_shown(bench: Bench) -> None:
    stored = _ramp(0, 4095, "uint16")
    pipeline = _windowed(Window(2048, 4096))
    bench.show(describe(bench.host, stored, **_pipeline_json(pipeline)))
    bench.page.get_by_label("Window width").fill("900")
    bench.page.get_by_label("Window width").press("Enter")
    bench.page.get_by_label("Window centre (level)").fill("1200")
    bench.page.get_by_label("Window centre (level)").press("Enter")
    _close(_part(bench), grayscale.display(stored, pipeline, Window(1200, 900)))


def test_a_second_window_of_the_file_is_key_two(bench: Bench) -> None:
    stored = _ramp(0, 4095, "uint16")
    pipeline = _windowed(Window(2048, 4096), Window(900, 500))
    bench.show(describe(bench.host, stored, **_pipeline_json(pipeline)))
    bench.page.keyboard.press("2")
    _close(_part(bench), grayscale.display(stored, pipeline, Window(900, 500)))
    bench.page.keyboard.press("1")
    _close(_part(bench), grayscale.display(stored, pipeline))


def test_full_range_leaves_padding_out(bench: Bench) -> None:
    stored = _ramp(200, 1200, "int16")
    stored[:10] = -2000
    pipeline = GrayscalePipeline(Window(700, 1000), padding_value=-2000)
    bench.show(describe(bench.host, stored, **_pipeline_json(pipeline)))
    bench.page.evaluate("viewer.preset(viewer.presets().findIndex(one => one.name === 'Full range'))")
    expected = Window(
        (float(stored[10:].min()) + float(stored[10:].max())) / 2,
        float(stored[10:].max()) - float(stored[10:].min()),
        WindowFunction.LINEAR_EXACT,
    )
    shown = bench.page.evaluate("viewer.active.window")
    assert shown["center"] == pytest.approx(expected.center)
    assert shown["width"] == pytest.approx(expected.width)


def test_colour_is_shown_as_stored(bench: Bench) -> None:
    stored = np.random.default_rng(5).integers(0, 256, (ROWS, COLUMNS, 3), dtype=np.uint8)
    bench.show(describe(bench.host, stored))
    assert (_part(bench) == stored).all()


def test_a_drag_changes_width_sideways_and_centre_up_and_down(bench: Bench) -> None:
    stored = _ramp(0, 4095, "uint16")
    pipeline = _windowed(Window(2048, 4096))
    bench.show(describe(bench.host, stored, **_pipeline_json(pipeline)))
    middle = bench.on_screen(COLUMNS / 2, ROWS / 2)
    bench.drag(middle, (middle[0] - 100, middle[1]))
    after = bench.page.evaluate("viewer.active.window")
    assert after["width"] == pytest.approx(4096 - 100 * 4096 / 400)
    assert after["center"] == pytest.approx(2048)
    bench.drag(middle, (middle[0], middle[1] + 50))
    after = bench.page.evaluate("viewer.active.window")
    assert after["center"] == pytest.approx(2048 + 50 * 4096 / 400)
    window = Window(after["center"], after["width"])
    _close(_part(bench), grayscale.display(stored, pipeline, window))
    assert bench.events() == []


def test_reset_returns_to_exactly_the_first_view(bench: Bench) -> None:
    stored = _ramp(0, 4095, "uint16")
    pipeline = _windowed(Window(1800, 3000), inverted=True)
    bench.show(describe(bench.host, stored, **_pipeline_json(pipeline)))
    first = bench.canvas()
    middle = bench.on_screen(COLUMNS / 2, ROWS / 2)
    bench.drag(middle, (middle[0] + 80, middle[1] - 60))
    bench.drag(middle, (middle[0] + 30, middle[1] + 20), button="middle")
    bench.drag(middle, (middle[0], middle[1] - 70), button="right")
    bench.run("invert", "flip", "rotateRight", "zoomIn")
    assert (bench.canvas() != first).any()
    bench.page.keyboard.press("Space")
    bench.settle()
    assert (bench.canvas() == first).all()


def test_a_minified_picture_is_an_average(bench: Bench) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (2400, 2400), dtype=np.uint8)
    stored = noise.astype(np.uint16) * 16
    bench.show(
        describe(
            bench.host,
            stored,
            default_window={"center": 2040, "width": 4080, "function": "LINEAR_EXACT", "explanation": ""},
        )
    )
    bench.page.evaluate("viewer.setZoom(0.25)")
    bench.settle()
    whole = bench.canvas()[..., 0].astype(float)
    middle, centre = whole.shape[0] // 2, whole.shape[1] // 2
    shown = whole[middle - 120 : middle + 120, centre - 200 : centre + 200]
    assert shown.mean() == pytest.approx(127.5, abs=1.0)
    assert shown.std() < 30, "single values would spread by 74"
