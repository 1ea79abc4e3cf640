"""Random changes keep to the form of a model input, and repeat for a seed."""

import numpy as np
import pytest
from PIL import Image

from medai_core.learning.augment import PERTURBED, STRONG, WIDE, Strength, augmented_input


def _picture(columns: int = 200, rows: int = 160) -> Image.Image:
    across, down = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    grey = 120 + 100 * np.sin(9 * across) * np.cos(7 * down)
    return Image.fromarray(grey.astype(np.uint8))


@pytest.mark.parametrize("strength", [STRONG, WIDE, PERTURBED])
@pytest.mark.parametrize("own_aspect", [None, 0.8, 2.4])
def test_every_version_is_a_model_input(strength: Strength, own_aspect: float | None) -> None:
    generator = np.random.default_rng(4)
    for _ in range(40):
        version = augmented_input(_picture(), 96, strength, generator, own_aspect=own_aspect)
        assert version.shape == (96, 96, 1)
        assert version.dtype == np.float32
        assert np.isfinite(version).all()
        assert 0.0 <= version.min() <= version.max() <= 1.0


def test_the_generator_decides() -> None:
    first, again, other = (
        augmented_input(_picture(), 64, WIDE, np.random.default_rng(seed), own_aspect=1.2)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_own_aspect_is_taken_out() -> None:
    """A disc squeezed from a wide and from a narrow film comes out with the same shape on average."""
    still = Strength(
        zoom_in=1.0001, zoom_out=1.3, degrees=0.0, blur=0, sharpen=0, recompress=0, shrink=0, noise=0,
        erase=0, tone=0, flip=0, aspect=(1.2, 1.2001),
    )  # fmt: skip
    ratios = []
    for aspect in (0.9, 1.2, 1.6):
        across, down = np.meshgrid(np.linspace(-1, 1, 224), np.linspace(-1, 1, 224))
        # the disc has radius 0.3 of the height; squeezing the width by `aspect` makes it an ellipse
        inside = (across * aspect) ** 2 + down**2 < 0.3**2
        film = Image.fromarray(np.where(inside, 220, 40).astype(np.uint8))
        version = augmented_input(film, 128, still, np.random.default_rng(7), own_aspect=aspect)[..., 0] > 0.7
        ratios.append(
            np.ptp(np.flatnonzero(version.any(axis=0))) / np.ptp(np.flatnonzero(version.any(axis=1)))
        )
    assert ratios == pytest.approx([1 / 1.2] * 3, rel=0.08)
