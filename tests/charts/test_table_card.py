"""What a card of a table model shows: inputs, who is refused, calibration by group, methods compared."""

from typing import Any, Final

from medai_core.charts import table_card, words
from medai_core.domain.inputs import YES_NO, Input

COLUMNS: Final = (
    Input("AGE", "age", unit="years", low=0, high=120, max_age_days=365),
    Input("SMOKES", "smokes", YES_NO),
)


def _estimate(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high, "n": 100, "patients": 90}


def _card() -> dict[str, Any]:
    fine = {"observed_to_expected": _estimate(1.02, 0.9, 1.1), "slope": _estimate(0.98, 0.8, 1.2)}
    return {
        "labels": ["event"],
        "inputs": {
            "columns": [{"key": "AGE"}],
            "trained_on": {"AGE": [30.0, 79.5]},
            "refuse": [
                {"column": "AGE", "when": "< 18", "sentence": "For adults."},
                {"column": "AGE", "when": "> 110", "sentence": "For adults."},
            ],
        },
        "calibration": {"labels": {"event": {"bins": [], **fine}}},
        "calibration_within": {
            "sex": {
                "men": {"n": 60, "expected": 0.1, "observed": 0.12, "measured": True, "holds": True, **fine},
                "women": {"n": 9, "expected": 0.05, "measured": False, "why": "fewer than 10 with it"},
                "others": {
                    "n": 40,
                    "expected": 0.1,
                    "observed": 0.3,
                    "measured": True,
                    "holds": False,
                    **fine,
                },
            }
        },
        "compared": {
            "Line": {"auroc": _estimate(0.8, 0.7, 0.9), "served": True},
            "Trees": {"auroc": _estimate(0.7, 0.6, 0.8), "served": False},
        },
    }


def test_inputs_stand_with_what_is_possible_and_what_was_trained_on() -> None:
    age, smokes = table_card.inputs_table(_card(), COLUMNS)
    assert age["Possible"] == "0 to 120 years"
    assert age["In training"] == "30 to 79.5 years"
    assert age["Oldest"] == "365 days"
    assert smokes["Possible"] == "yes or no"
    assert smokes["In training"] == "any of these"
    assert smokes["Oldest"] == "no limit"
    assert table_card.refusals(_card()) == ("For adults.",)


def test_groups_are_judged_in_words() -> None:
    men, women, others = table_card.within(_card())
    assert men["Calibrated"] == "\u2713 yes"
    assert men["Observed over expected"] == "1.020 (0.900 to 1.100)"
    assert women["Calibrated"] == "too few: fewer than 10 with it"
    assert women["Observed"] == words.NOT_GIVEN
    assert others["Calibrated"] == "\u2717 no"
    assert men["Rows"] == "60"
    assert table_card.overall(_card())[0]["Calibration slope"] == "0.980 (0.800 to 1.200)"


def test_the_served_method_is_named_among_those_compared() -> None:
    line, trees = table_card.compared(_card())
    assert line == {"Method": "Line (served)", "AUROC": "0.800 (0.700 to 0.900)"}
    assert trees["Method"] == "Trees"


def test_rows_are_not_called_images() -> None:
    assert table_card.counted(_card()) == "Rows"
    assert table_card.counted({**_card(), "counted": "Exams"}) == "Exams"
    assert table_card.counted({"inputs": {}}) == "Images"
    said = " ".join(table_card.explained(_card()).values())
    assert "images" not in said
    assert "rows" in said
    assert table_card.explained({"inputs": {}}) == words.EXPLAINED


def test_a_card_without_these_parts_has_none_of_them() -> None:
    assert table_card.overall({}) == table_card.within({}) == table_card.compared({}) == []
    assert table_card.refusals({"inputs": {}}) == ()
