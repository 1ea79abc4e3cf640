"""Statistics of pictures: ranges, what moves them and what does not, and the histograms for a card."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from medai_core.imaging.decode import decode
from medai_core.imaging.statistics import (
    NAMES,
    SHAPE,
    bin_counts,
    describe,
    describe_picture,
    reference,
    reference_of_names,
    references,
)
from medai_core.imaging.wrap import wrap_as_dx

RANGES = {
    "mean_grey": (0, 1),
    "contrast": (0, 0.5),
    "sharpness": (0, 4),
    "entropy": (0, 6),
    "black_share": (0, 1),
    "white_share": (0, 1),
    "edge_grey": (0, 1),
    "symmetry": (-1, 1),
}


def _chest(side: int) -> np.ndarray:
    rows, columns = np.mgrid[0:side, 0:side] / side
    lungs = np.exp(-(((columns - 0.3) / 0.12) ** 2 + ((rows - 0.5) / 0.28) ** 2))
    lungs += np.exp(-(((columns - 0.7) / 0.12) ** 2 + ((rows - 0.5) / 0.28) ** 2))
    return (0.75 - 0.55 * lungs + 0.05 * np.sin(rows * 60)).astype(np.float32)


@settings(deadline=None)
@given(arrays(np.float32, (96, 80), elements=st.floats(0, 1, width=32)))
def test_every_statistic_is_finite_and_in_its_range(grey: np.ndarray) -> None:
    found = describe_picture(grey)
    assert set(found) == set(NAMES)
    for name, (low, high) in RANGES.items():
        assert low - 1e-6 <= found[name] <= high + 1e-6, name
    assert found["width_to_height"] == pytest.approx(80 / 96, abs=1e-4)
    assert found["short_side"] == 80


def test_a_uniform_picture_is_described_too() -> None:
    found = describe_picture(np.full((64, 64), 0.5, np.float32))
    assert found["contrast"] == found["sharpness"] == found["entropy"] == found["symmetry"] == 0


def test_size_alone_changes_little() -> None:
    small, large = describe_picture(_chest(256)), describe_picture(_chest(1024))
    for name in RANGES:
        assert small[name] == pytest.approx(large[name], abs=0.02, rel=0.05), name


def test_each_statistic_sees_its_own_change() -> None:
    plain = _chest(256)
    base = describe_picture(plain)
    rough = plain + np.random.default_rng(1).normal(0, 0.1, plain.shape).astype(np.float32)
    bordered = plain.copy()
    bordered[:, :20] = 0
    assert describe_picture(plain * 0.7)["mean_grey"] < base["mean_grey"]
    assert describe_picture(plain * 0.5)["contrast"] < base["contrast"]
    assert describe_picture(np.clip(rough, 0, 1))["sharpness"] > 2 * base["sharpness"]
    assert describe_picture(bordered)["black_share"] > base["black_share"] + 0.05
    assert describe_picture(bordered)["edge_grey"] < base["edge_grey"]
    assert describe_picture(np.clip(plain * 2, 0, 1))["white_share"] > base["white_share"]
    assert describe_picture(plain**4)["entropy"] < base["entropy"]
    assert describe_picture(plain * np.linspace(1, 0, 256, dtype=np.float32))["symmetry"] < base["symmetry"]
    assert describe_picture(plain[:, :128])["width_to_height"] == 0.5


def test_a_film_is_described_as_it_is_shown() -> None:
    grey = (_chest(1100) * 4000).astype(np.uint16)
    light, dark = (
        describe(decode(wrap_as_dx(values, bits_stored=12, photometric=photometric)))
        for values, photometric in ((grey, "MONOCHROME2"), (4095 - grey, "MONOCHROME1"))
    )
    assert light["short_side"] == 1100
    for name in RANGES:
        assert light[name] == pytest.approx(dark[name], abs=0.01), name


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300))
def test_a_reference_holds_all_its_values(values: list[float]) -> None:
    found = reference(values)
    assert sum(found["shares"]) == pytest.approx(1, abs=1e-4)
    assert len(found["edges"]) == len(found["shares"]) + 1 >= 3
    assert np.all(np.diff(found["edges"]) > 0)
    again = bin_counts(np.array(values), found["edges"]) / len(values)
    assert again == pytest.approx(found["shares"], abs=1e-5)


def test_a_reference_of_many_values_has_ten_even_bins() -> None:
    found = reference(np.random.default_rng(0).normal(size=5000))
    assert found["n"] == 5000
    assert found["shares"] == pytest.approx([0.1] * 10, abs=0.002)


def test_values_outside_fall_into_the_outer_bins() -> None:
    assert bin_counts(np.array([-9.0, 0.0, 0.5, 1.0, 9.0]), [0, 0.5, 1]).tolist() == [2, 3]


@pytest.mark.parametrize("values", [[], [float("nan")], [1.0, float("inf")]])
def test_a_reference_needs_finite_values(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite values"):
        reference(values)


def test_references_leave_the_shape_out_where_films_were_resized() -> None:
    described = [describe_picture(_chest(128) * factor) for factor in np.linspace(0.5, 1, 30)]
    assert set(references(described)) == set(NAMES)
    assert set(references(described, shape=False)) == set(NAMES) - set(SHAPE)


def test_a_reference_of_names() -> None:
    found = reference_of_names(["PA", "AP", "PA", "PA"])
    assert found == {"categories": ["AP", "PA"], "shares": [0.25, 0.75], "n": 4}
    with pytest.raises(ValueError, match="needs values"):
        reference_of_names([])
