"""The grey-scale pipeline against pydicom's own functions, against itself, and by its properties."""

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut, apply_windowing

from medai_core.domain.imaging import GrayscalePipeline, LookupTable, Window, WindowFunction
from medai_core.imaging import grayscale

FUNCTIONS = tuple(WindowFunction)
ANY = Window(0.5, 1.0, WindowFunction.LINEAR_EXACT)


def windows() -> st.SearchStrategy[Window]:
    """Windows of all three functions with a width that all of them allow."""
    return st.builds(
        Window,
        st.floats(-2000, 6000, allow_nan=False),
        st.floats(1, 8000, allow_nan=False),
        st.sampled_from(FUNCTIONS),
    )


def stored() -> st.SearchStrategy[NDArray[Any]]:
    """Small pictures of the types that frames have."""
    return st.sampled_from((np.uint8, np.uint16, np.int16)).flatmap(lambda kind: arrays(kind, (4, 5)))


def pipelines() -> st.SearchStrategy[GrayscalePipeline]:
    """Slope, intercept, window and inversion at random."""
    return st.builds(
        GrayscalePipeline,
        default_window=windows(),
        rescale_slope=st.sampled_from((1.0, 0.5, 2.0, 0.01)),
        rescale_intercept=st.sampled_from((0.0, -1024.0, 100.0)),
        inverted=st.booleans(),
    )


def reference(picture: NDArray[Any], pipeline: GrayscalePipeline, window: Window) -> NDArray[np.float64]:
    """pydicom's windowing, whose output range is that of the stored bits after rescale, brought to 0..1."""
    dataset = Dataset()
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsStored = picture.dtype.itemsize * 8
    dataset.PixelRepresentation = int(picture.dtype.kind == "i")
    dataset.RescaleSlope, dataset.RescaleIntercept = pipeline.rescale_slope, pipeline.rescale_intercept
    dataset.WindowCenter, dataset.WindowWidth = window.center, window.width
    dataset.VOILUTFunction = window.function.value
    values = apply_modality_lut(picture, dataset).astype(np.float64)
    with np.errstate(over="ignore"):
        shown = apply_windowing(values, dataset)
    bits, signed = dataset.BitsStored, dataset.PixelRepresentation
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    low = low * pipeline.rescale_slope + pipeline.rescale_intercept
    high = high * pipeline.rescale_slope + pipeline.rescale_intercept
    return (shown - low) / (high - low)


@settings(max_examples=150, deadline=None)
@given(stored(), pipelines(), windows())
def test_windows_equal_pydicom(picture: NDArray[Any], pipeline: GrayscalePipeline, window: Window) -> None:
    """Linear, linear exact and sigmoid, after rescale, to a part in ten thousand."""
    if window.function is WindowFunction.LINEAR and window.width == 1.0:
        return
    plain = GrayscalePipeline(ANY, pipeline.rescale_slope, pipeline.rescale_intercept)

    shown = grayscale.display_directly(picture, plain, window)

    np.testing.assert_allclose(shown, reference(picture, plain, window), atol=2e-4)


@settings(max_examples=100, deadline=None)
@given(stored(), pipelines())
def test_table_equals_arithmetic(picture: NDArray[Any], pipeline: GrayscalePipeline) -> None:
    """The table over all stored values says the same, bit for bit."""
    table = grayscale.display_table(pipeline, picture.dtype)
    direct = grayscale.display_directly(picture, pipeline)

    np.testing.assert_array_equal(table[picture.view(f"u{picture.dtype.itemsize}")], direct)


@settings(max_examples=100, deadline=None)
@given(stored(), pipelines())
def test_inverting_is_last_and_its_own_inverse(picture: NDArray[Any], pipeline: GrayscalePipeline) -> None:
    """MONOCHROME1 is one minus MONOCHROME2, so twice is the identity."""
    from dataclasses import replace

    plain = grayscale.display(picture, replace(pipeline, inverted=False))
    inverted = grayscale.display(picture, replace(pipeline, inverted=True))

    np.testing.assert_allclose(1.0 - inverted, plain, atol=1e-7)


@settings(max_examples=100, deadline=None)
@given(pipelines())
def test_grey_rises_with_the_stored_value(pipeline: GrayscalePipeline) -> None:
    """Monotone over every stored value, upwards for MONOCHROME2, downwards for MONOCHROME1; within 0..1."""
    table = grayscale.display_table(pipeline, np.dtype(np.uint16))
    steps = np.diff(table)

    assert table.min() >= 0
    assert table.max() <= 1
    assert (steps <= 0).all() if pipeline.inverted else (steps >= 0).all()


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        # PS3.3 C.11.2.1.2.1, note 2: c = 2048, w = 4096 takes 0 to black and 4095 to white
        (WindowFunction.LINEAR, 0, 0.0),
        (WindowFunction.LINEAR, 4095, 1.0),
        (WindowFunction.LINEAR, 2047.5, 0.5),
        (WindowFunction.LINEAR_EXACT, 0, 0.0),
        (WindowFunction.LINEAR_EXACT, 4096, 1.0),
        (WindowFunction.LINEAR_EXACT, 2048, 0.5),
        (WindowFunction.SIGMOID, 2048, 0.5),
        (WindowFunction.SIGMOID, 4096, 1 / (1 + np.exp(-2))),
    ],
)
def test_standard_worked_values(function: WindowFunction, value: float, expected: float) -> None:
    """The formulae at their ends and their middle."""
    shown = grayscale.apply_window(np.array([value], np.float64), Window(2048.0, 4096.0, function))

    assert shown[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("value", "expected"), [(99, 0.0), (100, 1.0)])
def test_window_of_width_one_is_a_step(value: int, expected: float) -> None:
    """LINEAR with w = 1: x <= c - 0.5 is black, all else white (C.11.2.1.2.1, note 1)."""
    assert grayscale.apply_window(np.array([float(value)]), Window(100.0, 1.0))[0] == expected


def test_modality_lut_equals_pydicom_and_wins_over_rescale() -> None:
    """Values below and above the table take its ends."""
    values = tuple(range(1000, 500, -5))
    item = Dataset()
    item.LUTDescriptor = [len(values), 50, 16]
    item.add_new(0x00283006, "US", list(values))
    item.ModalityLUTType = "OD"
    dataset = Dataset()
    dataset.ModalityLUTSequence = [item]
    picture = np.arange(0, 250, dtype=np.uint16).reshape(10, 25)
    pipeline = GrayscalePipeline(
        ANY, rescale_slope=7, modality_lut=LookupTable(first=50, values=values, bits=16)
    )

    ours = grayscale.modality_values(picture, pipeline)

    np.testing.assert_array_equal(ours, apply_modality_lut(picture, dataset))


def test_voi_lut_equals_pydicom_and_is_the_first_view_without_a_window() -> None:
    """Signed input, 12-bit output, ends held."""
    values = tuple((i * 16) % 4096 for i in range(200))
    item = Dataset()
    item.LUTDescriptor = [200, -50 & 0xFFFF, 12]
    item["LUTDescriptor"].VR = "SS"
    item["LUTDescriptor"].value = [200, -50, 12]
    item.add_new(0x00283006, "US", list(values))
    dataset = Dataset()
    dataset.VOILUTSequence = [item]
    dataset.BitsStored, dataset.PixelRepresentation = 16, 1
    picture = np.arange(-100, 300, dtype=np.int16).reshape(20, 20)
    table = LookupTable(first=-50, values=values, bits=12)
    pipeline = GrayscalePipeline(ANY, voi_luts=(table,))

    shown = grayscale.display(picture, pipeline)

    np.testing.assert_allclose(shown, apply_voi_lut(picture, dataset) / 4095, atol=1e-6)


def test_a_window_in_the_file_comes_before_its_voi_lut() -> None:
    """And either can be asked for."""
    table = LookupTable(first=0, values=tuple(range(256)), bits=8)
    window = Window(10.0, 20.0, WindowFunction.LINEAR_EXACT)
    pipeline = GrayscalePipeline(window, windows=(window,), voi_luts=(table,))

    assert grayscale.first_view(pipeline) == window
    picture = np.array([[5]], np.uint8)
    assert grayscale.display(picture, pipeline)[0, 0] == pytest.approx(0.25)
    assert grayscale.display(picture, pipeline, voi_lut=table)[0, 0] == pytest.approx(5 / 255)


def test_default_window_leaves_padding_out() -> None:
    """With a range limit, both ends count as padding."""
    picture = np.array([[-2000, -1990, 5, 300]], np.int16)
    pipeline = GrayscalePipeline(ANY, padding_value=-2000, padding_limit=-1990)

    window = grayscale.default_window(picture, pipeline)

    assert (window.center - window.width / 2, window.center + window.width / 2) == (5, 300)


def test_default_window_of_a_radiograph_ignores_a_marker() -> None:
    """One pixel in a thousand does not set the white point."""
    picture = np.linspace(1000, 2000, 100_000).astype(np.uint16).reshape(250, 400)
    picture[:5, :10] = 65535

    window = grayscale.default_window(picture, GrayscalePipeline(ANY), projection=True)

    assert 1900 < window.center + window.width / 2 < 2100


def test_negative_slope_keeps_black_at_the_lesser_modality_value() -> None:
    """The order is of modality values, not of stored ones."""
    picture = np.array([[0, 100]], np.uint8)
    pipeline = GrayscalePipeline(ANY, rescale_slope=-1.0)

    window = grayscale.default_window(picture, pipeline)

    assert (window.center, window.width) == (-50, 100)


def test_bytes_are_the_rounded_display() -> None:
    """Also for signed values and a MONOCHROME1 picture."""
    picture = np.arange(-300, 300, dtype=np.int16).reshape(20, 30)
    pipeline = GrayscalePipeline(Window(0.0, 400.0), inverted=True)

    expected = np.rint(grayscale.display_directly(picture, pipeline) * 255)

    np.testing.assert_array_equal(grayscale.display_bytes(picture, pipeline), expected)


def test_colour_is_left_alone() -> None:
    """Windowing is for single-channel images."""
    colour = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)

    np.testing.assert_array_equal(grayscale.display_bytes(colour, GrayscalePipeline(ANY)), colour)


def test_table_is_quicker_than_arithmetic_on_a_radiograph() -> None:
    """2,000 x 2,000 16-bit: the table way takes less than half of the direct one."""
    picture = np.random.default_rng(1).integers(0, 4096, (2000, 2000), dtype=np.uint16)
    pipeline = GrayscalePipeline(Window(2000.0, 3000.0, WindowFunction.SIGMOID))

    def best(work: Any) -> float:
        times = []
        for _ in range(3):
            began = time.perf_counter()
            work(picture, pipeline)
            times.append(time.perf_counter() - began)
        return min(times)

    assert best(grayscale.display_bytes) < best(grayscale.display_directly) / 2
