"""Plain measures of a picture: too small, blank, mostly at one end of the scale."""

import numpy as np
import pytest

from medai_core.imaging.preprocess import MINIMUM_SIDE, squeeze
from medai_core.imaging.quality import MOST_CLIPPED, problems, quality_of
from tests.support.films import chest


def _codes(grey: np.ndarray) -> list[str]:
    grey = grey.astype(np.float32)
    return [one.code for one in problems(quality_of(squeeze(grey, 128), *grey.shape))]


def _film(rows: int = 256, columns: int = 300) -> np.ndarray:
    return chest(rows=rows, columns=columns).astype(np.float32) / 255


def test_a_film_has_no_problem_at_any_ordinary_exposure() -> None:
    film = _film()
    for changed in (film, film * 0.5, film * 0.5 + 0.5, film**2, film**0.5, np.clip(film * 1.3 - 0.15, 0, 1)):
        assert _codes(changed) == []


@pytest.mark.parametrize("shape", [(MINIMUM_SIDE - 1, 300), (300, MINIMUM_SIDE - 1)])
def test_a_short_side_is_too_small(shape: tuple[int, int]) -> None:
    assert _codes(_film(*shape)) == ["image-too-small"]
    assert _codes(_film(MINIMUM_SIDE, MINIMUM_SIDE)) == []


def test_nothing_is_blank_even_with_a_frame_around_it() -> None:
    blank = np.full((200, 200), 0.4)
    blank[:8] = 1.0
    assert _codes(blank) == ["image-blank"]
    assert _codes(np.zeros((40, 200))) == ["image-too-small", "image-blank"]


@pytest.mark.parametrize(("level", "end"), [(0.0, "black"), (1.0, "white")])
def test_what_is_mostly_at_one_end_is_said_so(level: float, end: str) -> None:
    film = _film()
    film[: int(256 * (MOST_CLIPPED + 0.1))] = level
    found = problems(quality_of(squeeze(film.astype(np.float32), 128), *film.shape))
    assert [one.code for one in found] == ["image-exposure"]
    assert f"mostly {end}" in found[0].sentence


def test_black_borders_outside_the_middle_do_not_count() -> None:
    film = np.pad(_film(), 25)
    assert _codes(film) == []
