"""Every served predictor can be asked why, what if and what would tell most, and keeps to its answer."""

import numpy as np
import pytest

from medai_core.domain.inputs import Value
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.services import what_if, why, worth
from medai_core.services.asking import asked, decoded, trained
from medai_core.services.risk import again
from medai_core.serving.registry import SURVIVAL, TABLE, available

NAMES = [one.name for kind in (TABLE, SURVIVAL) for one in available(kind)]


def somebody(name: str, share: float) -> RiskEstimate:
    """A made-up person of a predictor's population, about `share` of the inputs known."""
    columns = trained(again(name, {}))
    row = columns.population.sample(1, np.random.default_rng(11))[0]
    known = np.random.default_rng(12).permutation(len(row)) < np.ceil(share * len(row))
    values: dict[str, Value] = {
        one.key: value
        for one, code, there in zip(columns.inputs, row, known, strict=True)
        if there and (value := decoded(one, float(code))) is not None
    }
    return again(name, values)


def trained_gaps(estimate: RiskEstimate) -> set[str]:
    """What the predictor reads and was not given."""
    return {one.key for one in trained(estimate).inputs} - set(estimate.values)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [1.0, 0.7])
def test_why_adds_up_to_the_answer_that_is_shown(name: str, share: float) -> None:
    estimate = somebody(name, share)
    assert estimate.value is not None
    found = why.explain(estimate)
    assert found.value == pytest.approx(estimate.value, abs=1e-9)
    assert found.base + sum(part.amount for part in found.parts) == pytest.approx(found.value, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_an_unchanged_person_has_the_answer_that_is_shown(name: str) -> None:
    estimate = somebody(name, 0.7)
    assert estimate.value is not None
    assert asked(estimate).answer(estimate.values) == pytest.approx(estimate.value, abs=1e-9)
    told = what_if.answer(estimate, {})
    assert told.value == pytest.approx(estimate.value, abs=1e-9)
    assert told.flagged in (None, estimate.flagged)


@pytest.mark.parametrize("name", NAMES)
def test_sliders_hold_the_person_and_curves_pass_through(name: str) -> None:
    estimate = somebody(name, 1.0)
    for handle in what_if.handles(estimate):
        if not handle.is_number or handle.value is None:
            continue
        assert handle.low <= float(handle.value) <= handle.high
        curve = what_if.curve(estimate, handle.key, {})
        single = what_if.answer(estimate, {handle.key: curve.at[7]})
        assert single.value == pytest.approx(curve.answers[7], abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_ranked(name: str) -> None:
    estimate = somebody(name, 0.7)
    found = worth.worth(estimate)
    if not trained_gaps(estimate):
        assert found is None
        return
    assert found is not None
    assert {one.key for one in found.missing} == set(estimate.missing)
    widths = [one.width for one in found.missing]
    assert widths == sorted(widths)
    assert all(0.0 <= width <= 1.1 * found.width + 1e-9 for width in widths)
    kinds = {one.changes is None for one in found.missing}
    assert kinds == {estimate.kind is Kind.SURVIVAL or estimate.threshold is None}
