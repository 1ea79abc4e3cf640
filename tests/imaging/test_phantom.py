"""The computed chest: its physics, its marks, and the small pictures for flips and spacing."""

import numpy as np
import pytest

from medai_core.imaging import patterns, phantom
from medai_core.imaging.decode import decode
from medai_core.imaging.grayscale import display_bytes


@pytest.fixture(scope="module")
def chests() -> tuple[np.ndarray, np.ndarray]:
    """Without and with an opacity, small."""
    return (
        phantom.chest_phantom(opacity=False, size=300),
        phantom.chest_phantom(opacity=True, size=300),
    )


def region(picture: np.ndarray, x_cm: float, y_cm: float) -> float:
    """Median of a square centimetre at (x from the midline, y from the top)."""
    scale = picture.shape[0] / phantom.FIELD_CM[0]
    column, row = int(picture.shape[1] / 2 + x_cm * scale), int(y_cm * scale)
    half = max(1, int(scale / 2))
    return float(np.median(picture[row - half : row + half, column - half : column + half]))


def test_dense_is_bright_in_the_order_of_the_body(chests: tuple[np.ndarray, np.ndarray]) -> None:
    """Air < lung < heart < spine over the heart; all within 14 bits."""
    plain = chests[0]

    assert plain.dtype == np.uint16
    assert plain.shape == (300, 250)
    assert plain.max() < 2**14
    air, lung, heart = region(plain, -16.8, 1.5), region(plain, -8.5, 15.0), region(plain, 3.5, 22.5)
    assert air < lung < heart < region(plain, 0.0, 31.0)


def test_opacity_is_in_the_right_lower_zone_alone(chests: tuple[np.ndarray, np.ndarray]) -> None:
    """Left on the picture; the other lung differs by noise and texture only."""
    plain, opaque = chests

    assert region(opaque, -7.4, 22.4) > region(plain, -7.4, 22.4) + 300
    assert abs(region(opaque, 8.0, 16.0) - region(plain, 8.0, 16.0)) < 100


def test_path_length_through_a_ball_is_the_analytic_one() -> None:
    """2 sqrt(r² - d²), and the volume comes out of the sum."""
    canvas = phantom._Canvas(600)
    ball = canvas.ellipsoid((1.0, 20.0), (3.0, 3.0, 3.0))

    assert ball.max() == pytest.approx(6.0, abs=0.01)
    assert ball.sum() * canvas.cm**2 == pytest.approx(4 / 3 * np.pi * 27, rel=0.01)
    turned = canvas.ellipsoid((1.0, 20.0), (4.0, 2.0, 3.0), 30)
    assert turned.sum() * canvas.cm**2 == pytest.approx(4 / 3 * np.pi * 24, rel=0.01)


def test_same_seed_same_picture() -> None:
    first = phantom.chest_phantom(opacity=True, size=120, seed=4)

    np.testing.assert_array_equal(first, phantom.chest_phantom(opacity=True, size=120, seed=4))
    assert (first != phantom.chest_phantom(opacity=True, size=120, seed=5)).any()


def test_file_is_marked_virtual_everywhere() -> None:
    """Name, image type, phantom flag, burned-in words."""
    content = phantom.phantom_dicom(opacity=True, size=300)
    scan = decode(content)

    assert scan.header.virtual
    assert scan.header.patient is not None
    assert scan.header.patient.name.alphabetic.startswith("VIRTUAL")
    assert (scan.header.modality, scan.header.view_position) == ("DX", "PA")
    assert scan.header.patient_orientation == ("L", "F")
    shown = display_bytes(scan.frame(0), scan.pipeline)
    assert (shown[:14, :150] > 250).sum() > 100
    assert (shown[5:40, 225:] > 250).sum() > 20
    assert content == phantom.phantom_dicom(opacity=True, size=300)


def test_orientation_phantom_shows_every_flip_and_turn() -> None:
    """All eight differ."""
    picture = patterns.orientation_phantom(64, 64)
    turned = [np.rot90(side, times) for side in (picture, np.fliplr(picture)) for times in range(4)]

    assert len({view.tobytes() for view in turned}) == 8


def test_disc_phantom_has_its_true_area_in_millimetres() -> None:
    """On pixels of 0.4 x 0.8 mm."""
    disc = patterns.disc_phantom(row_mm=0.4, column_mm=0.8, diameter_mm=40)

    assert (disc == 3000).sum() * 0.4 * 0.8 == pytest.approx(np.pi * 400, rel=0.01)
