"""Which missing value is worth measuring: the interval shrinks most for what matters most."""

from pathlib import Path

import pytest

from medai_core.domain.inputs import Value
from medai_core.domain.refusal import Refusal
from medai_core.services.worth import worth
from medai_core.serving import registry
from tests.services.test_why import PERSON
from tests.support import estimates


@pytest.fixture
def predictor(monkeypatch: pytest.MonkeyPatch, made_up: Path) -> None:
    monkeypatch.setattr(registry, "MODELS", made_up)


def _without(*absent: str) -> dict[str, Value]:
    return {key: value for key, value in estimates.PERSON.items() if key not in absent}


def test_what_matters_most_is_worth_most(predictor: None) -> None:
    found = worth(estimates.of_predictor(_without("CURSMOKE", "BMI", "DIABP")))
    assert found is not None
    assert found.missing[0].key == "CURSMOKE"
    widths = [one.width for one in found.missing]
    assert widths == sorted(widths)
    assert max(widths) < 1.05 * found.width
    assert found.missing[0].width < 0.9 * found.width
    assert worth(estimates.of_predictor(_without("CURSMOKE", "BMI", "DIABP"))) == found


def test_knowing_the_only_missing_value_leaves_what_the_refits_differ_by(predictor: None) -> None:
    found = worth(estimates.of_predictor(_without("CURSMOKE")))
    complete = [estimates.of_predictor({**estimates.PERSON, "CURSMOKE": smokes}) for smokes in (True, False)]
    spread = sum((one.high or 0.0) - (one.low or 0.0) for one in complete) / 2
    assert found is not None
    assert found.missing[0].width == pytest.approx(spread, rel=0.5)
    assert found.missing[0].width < found.width


def test_how_likely_the_decision_changes(predictor: None) -> None:
    near = {**_without("CURSMOKE"), "SYSBP": 124.0, "DIABP": 78.0, "age": 52.0, "BMI": 25.0}
    smoker, other = (estimates.of_predictor({**near, "CURSMOKE": answer}) for answer in (True, False))
    assert smoker.flagged is True
    assert other.flagged is False
    found = worth(estimates.of_predictor(near))
    assert found is not None
    assert found.missing[0].changes is not None
    assert 0.2 < found.missing[0].changes < 0.8
    far = worth(estimates.of_predictor({**near, "age": 80.0, "SYSBP": 190.0}))
    assert far is not None
    assert far.missing[0].changes == 0.0


def test_nothing_missing_or_nothing_known(predictor: None) -> None:
    assert worth(estimates.of_predictor(estimates.PERSON)) is None
    assert worth(estimates.of_score("pce_ascvd", PERSON)) is None


def test_of_a_published_score_the_range_that_is_left() -> None:
    values = {key: value for key, value in PERSON.items() if key not in ("systolic_bp", "smoker")}
    found = worth(estimates.of_score("pce_ascvd", values))
    assert found is not None
    assert {one.key for one in found.missing} == {"systolic_bp", "smoker"}
    assert found.missing[0].key == "systolic_bp"
    assert all(one.width < found.width for one in found.missing)
    assert all(one.changes is None for one in found.missing)
    ends = [
        estimates.of_score("pce_ascvd", {**values, "systolic_bp": pressure, "smoker": smokes}).value
        for pressure, smokes in ((90.0, False), (200.0, True))
    ]
    assert (found.low, found.high) == pytest.approx(ends)


def test_inputs_that_stand_for_one_another_are_asked_for_once() -> None:
    values: dict[str, Value] = {
        "confusion": False, "respiratory_rate": 18.0, "systolic_bp": 120.0, "diastolic_bp": 80.0, "age": 70.0,
    }  # fmt: skip
    found = worth(estimates.of_score("curb65", values))
    assert found is not None
    assert [one.key for one in found.missing] == ["urea"]
    assert (found.low, found.high) == (1.0, 2.0)
    assert found.missing[0].width == 0.0


def test_too_much_missing_is_refused() -> None:
    with pytest.raises(Refusal, match="at most 4 missing values") as refused:
        worth(estimates.of_score("pce_ascvd", {"age": 62.0, "sex": "male"}))
    assert refused.value.code == "no-worth"
