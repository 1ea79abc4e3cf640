"""Prognosis: when survival has fallen to a half, and which visits a record holds."""

from datetime import UTC, datetime, timedelta

import pytest

from medai_core.domain.inputs import CHOICE, Input, Value
from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.domain.survival import SurvivalCurve
from medai_core.services import prognosis
from medai_core.store.database import Store
from tests.services.test_why import PERSON
from tests.support import estimates
from tests.support.record_years import observation
from tests.support.records import about, brought_in, id_of, person

INPUTS = (
    Input("age", "age", unit="years", low=0, high=120),
    Input("sex", "sex", CHOICE, choices=("female", "male")),
    Input("bili", "bilirubin", unit="mg/dL", low=0.1, high=80, loinc=("1975-2",)),
    Input("bili_trend", "yearly change of bilirubin", low=-10, high=10),
)


def curve(survival: tuple[float, ...], width: float = 0.1) -> SurvivalCurve:
    """One point a year."""
    return SurvivalCurve(
        model="made", version="1", outcome="death", time_zero="diagnosis",
        years=tuple(float(n) for n in range(len(survival))), survival=survival,
        low=tuple(max(0.0, one - width) for one in survival),
        high=tuple(min(1.0, one + width) for one in survival),
        horizons={}, risk_score=0.0, population=(), refused=None, cautions=(), missing=(),
    )  # fmt: skip


def test_the_median_lies_straight_between_the_points() -> None:
    middle, soonest, latest = prognosis.reached(curve((1.0, 0.8, 0.6, 0.2)))
    assert middle == pytest.approx(2.25)
    assert soonest == pytest.approx(2.0)
    assert latest == pytest.approx(2.5)


def test_a_curve_that_stays_above_a_half_has_no_median() -> None:
    assert prognosis.reached(curve((1.0, 0.9, 0.8))) == (None, None, None)
    assert prognosis.reached(curve((1.0, 0.7, 0.55)))[1] == pytest.approx(1 + 0.1 / 0.15)


def test_only_predictors_of_survival_have_a_curve() -> None:
    with pytest.raises(Refusal, match="a predictor of survival"):
        prognosis.curve_of(estimates.of_score("pce_ascvd", PERSON))


@pytest.fixture
def visits_model(monkeypatch: pytest.MonkeyPatch) -> RiskEstimate:
    from medai_core.serving import survival

    monkeypatch.setattr(survival, "inputs", lambda name: INPUTS)
    values: dict[str, Value] = {"age": 61.0, "sex": "female", "bili": 3.0}
    return RiskEstimate("made", "Made", Kind.SURVIVAL, "1", "1", "death", "Liver", INPUTS, values)


def test_visits_are_the_days_of_the_record(store: Store, reader: Caller, visits_model: RiskEstimate) -> None:
    subject, now = about("anna"), datetime.now(UTC)
    first, last = now - timedelta(days=730), now - timedelta(days=10)
    brought_in(
        store,
        reader,
        person(),
        observation(subject, "a", "1975-2", "Bilirubin", 17.1, "umol/L", first, []),
        observation(subject, "b", "1975-2", "Bilirubin", 2.5, "mg/dL", last, []),
        observation(subject, "c", "8867-4", "Heart rate", 70, "/min", last, []),
        observation(subject, "d", "1975-2", "Bilirubin", 9.0, "mg/dL", now, [], status="entered-in-error"),
    )
    found = prognosis.visits_of(store, reader, id_of(store), visits_model)
    assert [one["day"] for one in found] == [0.0, 720.0]
    assert found[0]["bili"] == pytest.approx(1.0, abs=0.01)
    assert found[1] == {"day": 720.0, "bili": 2.5}
    assert found[0]["sex"] == "female"
    assert float(found[0]["age"]) == pytest.approx(61 - 730 / 365.25, abs=0.01)


def test_a_record_without_such_values_has_no_visits(
    store: Store, reader: Caller, visits_model: RiskEstimate
) -> None:
    brought_in(store, reader, person())
    assert prognosis.visits_of(store, reader, id_of(store), visits_model) == ()


def test_a_trend_is_not_asked_for_at_a_visit(visits_model: RiskEstimate) -> None:
    assert prognosis.reads_visits("made")
    assert [one.key for one in prognosis.visit_inputs("made")] == ["age", "sex", "bili"]
