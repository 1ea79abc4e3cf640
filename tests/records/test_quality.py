"""Limits, robust distances, histograms and repairs of numbers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.record import Code
from medai_core.records.plausible import LIMITS, LOINC, Limits, limits_of
from medai_core.records.quality import (
    Numbers,
    bin_edges,
    drift,
    histogram,
    in_one_unit,
    outside,
    robust_z,
    score,
    z_histogram,
)
from medai_core.records.repairing import proposals
from medai_core.records.thresholds import SCORE, beyond, beyond_z
from medai_core.records.units import ucum

_VALUES = st.lists(st.floats(-1e4, 1e4, allow_nan=False), min_size=1, max_size=60)
POTASSIUM = Code(LOINC, "2823-3")


def _numbers(code: Code, raw: list[float], unit: str, **more: object) -> Numbers:
    size = len(raw)
    limits = limits_of(code)
    into = limits.unit if limits else unit
    nan = np.full(size, np.nan)
    values: dict[str, object] = {
        "code": code, "unit": into, "raw": np.array(raw), "units": (unit,) * size,
        "number": in_one_unit(np.array(raw), (unit,) * size, into, code),
        "patient": np.zeros(size, dtype=np.int64), "source": np.zeros(size, dtype=np.int64),
        "sources": ("a",), "age_years": np.full(size, 50.0), "moment": np.arange(size, dtype=float),
        "low": nan, "high": nan, "keys": tuple((f"e{n}", 0) for n in range(size)),
    }  # fmt: skip
    return Numbers(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("limits", LIMITS, ids=lambda one: one.name)
def test_every_limit_has_a_source_a_known_unit_and_room(limits: Limits) -> None:
    assert limits.source
    assert ucum(limits.unit) == limits.unit
    assert limits.low < limits.high
    assert limits.usual is None or limits.low <= limits.usual <= limits.high
    for code in limits.codes:
        assert limits_of(Code(LOINC, code)) is limits
    if limits.child:
        assert limits.of_age(5.0) == limits.of_age(None) == limits.child[:2]
        assert limits.of_age(18.0) == (limits.low, limits.high)


@pytest.mark.parametrize("limits", LIMITS, ids=lambda one: one.name)
def test_both_limits_are_edges_of_bins(limits: Limits) -> None:
    for values in ([limits.low, limits.high], [limits.low - 7.7, limits.high * 3.3]):
        edges = bin_edges(np.array(values), limits)
        step = edges[1] - edges[0]
        assert len(edges) < 950
        for end in (limits.low, limits.high):
            assert np.abs(edges - end).min() < 1e-6 * step


def test_a_code_of_another_system_has_no_limits() -> None:
    assert limits_of(Code("http://snomed.info/sct", "2823-3")) is None


@given(values=_VALUES)
def test_every_value_has_its_bin_and_limits_are_edges(values: list[float]) -> None:
    for limits in (limits_of(POTASSIUM), None):
        edges = bin_edges(np.array(values), limits)
        found = histogram(np.array(values), edges)
        assert sum(found["counts"]) + found["under"] + found["over"] == len(values)
        assert (np.diff(edges) > 0).all()
        if limits is not None:
            assert np.abs(edges - limits.low).min() < 1e-9
            assert np.abs(edges - limits.high).min() < 1e-9
        low, high = float(edges[1]), float(edges[-2])
        close = 1e-6 * (edges[1] - edges[0])
        exact = sum(value < low or value >= high for value in values)
        near = sum(abs(value - low) < close or abs(value - high) < close for value in values)
        assert abs(beyond(found, edges.tolist(), low, high) - exact) <= near


@given(values=_VALUES, shift=st.floats(-100, 100), scale=st.floats(0.1, 10))
@settings(max_examples=50)
def test_robust_z_does_not_ask_for_the_unit(values: list[float], shift: float, scale: float) -> None:
    numbers = np.round(np.array(values), 2)
    groups = np.zeros(len(numbers), dtype=np.int64)
    one = robust_z(numbers, groups, fewest=3)
    other = robust_z(numbers * scale + shift, groups, fewest=3)
    known = np.isfinite(one) & np.isfinite(other)
    assert np.allclose(one[known], other[known], rtol=1e-4, atol=1e-4)


def test_robust_z_of_a_known_example() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
    z = robust_z(values, np.zeros(5, dtype=np.int64), fewest=5)
    assert z == pytest.approx([(value - 3.0) / 1.4826 for value in values])
    assert np.isnan(robust_z(values, np.zeros(5, dtype=np.int64), fewest=6)).all()
    assert np.isnan(robust_z(np.array([1.0, 1, 1, 1, 9]), np.zeros(5, dtype=np.int64), fewest=5)).all()


@given(st.lists(st.floats(0, 40), max_size=50))
def test_counts_of_z_answer_every_threshold(z: list[float]) -> None:
    found = z_histogram(np.array(z))
    for step in range(61):
        assert beyond_z(found, step / 2) == sum(one >= step / 2 for one in z)


def test_units_become_one_and_other_quantities_are_not_numbers() -> None:
    found = in_one_unit(
        np.array([98.6, 37.0, 5.0, 36.0]), ("[degF]", "Cel", "kg", ""), "Cel", Code(LOINC, "8310-5")
    )
    assert found[:2] == pytest.approx([37.0, 37.0])
    assert math.isnan(found[2])
    assert found[3] == 36.0
    glucose = in_one_unit(np.array([5.551]), ("mmol/L",), "mg/dL", Code(LOINC, "2345-7"))
    assert glucose == pytest.approx([100.0], rel=1e-3)


@pytest.mark.parametrize(
    ("code", "raw", "unit", "number", "kind"),
    [
        ("8310-5", 98.6, "Cel", 37.0, "unit"),
        ("8310-5", 310.2, "Cel", 37.05, "unit"),
        ("8310-5", 367.0, "Cel", 36.7, "decimal"),
        ("8302-2", 67.5, "cm", 171.0, "unit"),
        ("8302-2", 1.72, "cm", 172.0, "unit"),
        ("29463-7", 7.9, "kg", 79.0, "decimal"),
        ("2823-3", 45.0, "mmol/L", 4.5, "decimal"),
        ("2951-2", 1410.0, "mmol/L", 141.0, "decimal"),
        ("718-7", 141.0, "g/dL", 14.1, "unit"),
    ],
)
def test_repairs_by_the_usual_value_alone(code: str, raw: float, unit: str, number: float, kind: str) -> None:
    numbers = _numbers(Code(LOINC, code), [raw], unit)
    (one,) = proposals(numbers, limits_of(Code(LOINC, code)))
    assert one.number == raw
    assert one.new_number == pytest.approx(number, rel=1e-3)
    assert one.kind == kind
    assert "outside" in one.reason


@given(st.lists(st.floats(3.0, 6.0), min_size=1, max_size=30))
@settings(max_examples=50)
def test_plausible_numbers_are_left_alone(raw: list[float]) -> None:
    assert proposals(_numbers(POTASSIUM, raw, "mmol/L"), limits_of(POTASSIUM)) == []


def test_nothing_is_proposed_where_nothing_fits() -> None:
    assert proposals(_numbers(POTASSIUM, [700_000.0], "mmol/L"), limits_of(POTASSIUM)) == []
    without = Code(LOINC, "99999-9")
    assert proposals(_numbers(without, [1.0, 2.0, 3000.0], "mg/dL"), None) == []


def test_a_low_weight_of_an_adult_is_read_as_pounds_only_where_it_fits() -> None:
    weight = Code(LOINC, "29463-7")
    found = proposals(_numbers(weight, [80.0, 81.0, 82.0, 80.5, 81.5, 179.0], "kg"), limits_of(weight))
    assert [(one.number, one.new_number, one.kind) for one in found] == [(179.0, 81.2, "unit")]
    assert proposals(_numbers(weight, [80.0, 81.0, 82.0, 80.5, 81.5, 120.0], "kg"), limits_of(weight)) == []


def test_children_are_judged_by_wider_limits() -> None:
    height = Code(LOINC, "8302-2")
    numbers = _numbers(height, [68.0], "cm", age_years=np.array([0.7]))
    assert not outside(numbers, limits_of(height)).any()
    assert outside(_numbers(height, [68.0], "cm"), limits_of(height)).all()


def test_drift_tells_a_source_in_another_unit() -> None:
    generator = np.random.default_rng(3)
    raw = np.concatenate([generator.normal(4.2, 0.4, 300), generator.normal(4.2, 0.4, 300),
                          generator.normal(6.0, 0.4, 300)])  # fmt: skip
    numbers = _numbers(
        POTASSIUM, raw.tolist(), "mmol/L", source=np.repeat([0, 1, 2], 300), sources=("a", "b", "c")
    )
    states = {row["source"]: row["state"] for row in drift(numbers)}
    assert states["c"] == "different"
    alike = _numbers(
        POTASSIUM, raw[:600].tolist(), "mmol/L", source=np.repeat([0, 1], 300), sources=("a", "b")
    )
    assert {row["state"] for row in drift(alike)} == {"alike"}


_COUNTS = st.integers(0, 50).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(st.dictionaries(st.sampled_from([name for name, _ in SCORE]), _COUNTS))
def test_a_score_is_between_0_and_100_and_falls_with_each_fault(parts: dict[str, tuple[int, int]]) -> None:
    found = score(parts)
    if found["score"] is None:
        assert not any(of for _, of in parts.values())
        return
    assert 0 <= found["score"] <= 100
    for name, (bad, of) in parts.items():
        if of and bad < of:
            assert score({**parts, name: (bad + 1, of)})["score"] < found["score"]
