"""The one preprocessing function: shape, tone, refusals, and a DICOM file equal to its own picture."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import medai_core.services
from medai_core.domain.imaging import Window, WindowFunction
from medai_core.domain.refusal import Refusal
from medai_core.imaging.decode import decode
from medai_core.imaging.preprocess import MINIMUM_SIDE, model_input, rank_normalise, square_input, squeeze
from medai_core.imaging.wrap import wrap_as_dx

FILMS = Path(medai_core.services.__file__).parent / "demo_films"


def _film(name: str = "pneumonia") -> np.ndarray:
    with Image.open(FILMS / f"{name}.jpeg") as image:
        return np.asarray(image.convert("L"))


def _grey(rows: int = 300, columns: int = 420, seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    small = generator.random((12, 14)).astype(np.float32)
    return np.asarray(Image.fromarray(small).resize((columns, rows), Image.Resampling.BICUBIC)).clip(0, 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(MINIMUM_SIDE, 900), st.integers(MINIMUM_SIDE, 900), st.sampled_from([96, 192, 224]))
def test_any_shape_becomes_a_model_input(rows: int, columns: int, size: int) -> None:
    result = square_input(_grey(rows, columns), size)
    assert result.shape == (size, size, 1)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert 0.0 <= result.min() <= result.max() <= 1.0


@pytest.mark.parametrize(
    "tone",
    [
        lambda x: x**0.6,
        lambda x: x**1.6,
        lambda x: 0.2 + 0.5 * x,
        lambda x: 1 / (1 + np.exp(-5 * (x - 0.45))),
    ],
)
def test_any_tone_curve_gives_the_same_input(tone: Callable[[np.ndarray], np.ndarray]) -> None:
    grey = _film().astype(np.float32) / 255
    before, after = square_input(grey, 192), square_input(tone(grey).astype(np.float32), 192)
    assert np.abs(before - after).mean() < 0.03


def test_order_of_greys_is_kept() -> None:
    ramp = np.tile(np.linspace(0, 1, 100, dtype=np.float32), (100, 1))
    assert (np.diff(rank_normalise(ramp)[50]) >= 0).all()


def test_large_pictures_are_averaged_not_sampled() -> None:
    """A pattern finer than an output pixel becomes its mean."""
    stripes = np.zeros((2000, 2000), dtype=np.float32)
    stripes[:, ::2] = 1.0
    assert squeeze(stripes, 192) == pytest.approx(0.5, abs=0.02)


def test_large_and_small_copies_agree() -> None:
    small = _film().astype(np.float32) / 255
    large = np.asarray(Image.fromarray(small).resize((2000, 1500), Image.Resampling.BICUBIC)).clip(0, 1)
    assert np.abs(square_input(small, 192) - square_input(large, 192)).mean() < 0.015


def test_orientation_is_kept() -> None:
    grey = _grey() * 0.3
    grey[:60, :80] = 1.0
    result = square_input(grey, 96)[..., 0]
    assert result[:15, :15].mean() > 0.9 > result[-15:, -15:].mean()


@pytest.mark.parametrize("shape", [(MINIMUM_SIDE - 1, 300), (300, MINIMUM_SIDE - 1), (1, 1)])
def test_too_small_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(Refusal, match="pixels") as caught:
        square_input(np.ones(shape, dtype=np.float32), 192)
    assert caught.value.code == "image-too-small"


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_blank_is_refused(level: float) -> None:
    blank = np.full((200, 200), level, dtype=np.float32)
    blank[:10] = 1 - level  # a border does not make it a picture
    with pytest.raises(Refusal, match="nearly uniform") as caught:
        square_input(blank, 192)
    assert caught.value.code == "image-blank"


def test_colour_is_refused() -> None:
    colours = np.zeros((100, 100, 3), dtype=np.uint8)
    colours[:50, :, 0] = 200
    buffer = BytesIO()
    Image.fromarray(colours).save(buffer, "PNG")
    with pytest.raises(Refusal, match="colour"):
        model_input(decode(buffer.getvalue()), 192)


def _picture(film: np.ndarray, form: str) -> bytes:
    buffer = BytesIO()
    Image.fromarray(film).save(buffer, form, **({"quality": 92} if form == "JPEG" else {}))
    return buffer.getvalue()


def _forms(film: np.ndarray) -> dict[str, bytes]:
    """The same film as a DICOM file in many ways."""
    wide, narrow = Window(127.5, 400.0), Window(118.0, 210.0)
    twelve, sixteen = film.astype(np.uint16) * 16 + 8, film.astype(np.uint16) * 200 + 1000
    ways: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
        "8 bits, no window": (film, {}),
        "8 bits, full window": (film, {"windows": [Window(128.0, 256.0)]}),
        "8 bits, wide window": (film, {"windows": [wide]}),
        "8 bits, narrow window": (film, {"windows": [narrow]}),
        "8 bits, sigmoid": (film, {"windows": [Window(128.0, 256.0, WindowFunction.SIGMOID)]}),
        "MONOCHROME1": (255 - film, {"photometric": "MONOCHROME1"}),
        "MONOCHROME1 with window": (
            255 - film,
            {"photometric": "MONOCHROME1", "windows": [Window(128.0, 256.0)]},
        ),
        "12 bits, no window": (twelve, {"bits_stored": 12}),
        "12 bits, window": (twelve, {"bits_stored": 12, "windows": [Window(2048.0, 4096.0)]}),
        "16 bits, no window": (sixteen, {}),
        "16 bits, rescale": (sixteen, {"rescale": (0.5, -500.0), "windows": [Window(12750.0, 25500.0)]}),
        "signed": ((film.astype(np.int16) - 128), {"windows": [Window(0.0, 256.0)]}),
    }
    return {name: wrap_as_dx(grey, **changes) for name, (grey, changes) in ways.items()}


@pytest.mark.parametrize("name", ["normal", "pneumonia"])
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_dicom_and_its_own_picture_give_the_same_input(name: str, form: str) -> None:
    film = _film(name)
    picture = model_input(decode(_picture(film, form)), 192)
    for way, source in _forms(film).items():
        difference = np.abs(model_input(decode(source), 192) - picture).mean()
        assert difference < (0.04 if "narrow" in way or "sigmoid" in way else 0.02), way


@pytest.mark.parametrize("name", ["normal", "pneumonia"])
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_dicom_and_its_own_picture_score_within_two_hundredths(name: str, form: str) -> None:
    from medai_core.serving.predict import predict_batch

    film = _film(name)
    files = [_picture(film, form), *_forms(film).values()]
    first, *others = predict_batch([decode(one) for one in files], "paediatric_pneumonia")
    assert first.refused is None
    for way, other in zip(_forms(film), others, strict=True):
        assert other.refused is None, way
        for ours, theirs in zip(first.findings, other.findings, strict=True):
            assert abs(ours.probability - theirs.probability) <= 0.02, (way, ours.label)
