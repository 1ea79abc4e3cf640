"""What if, drawn: the changed answer in dashed outline, curves with gaps, sentences of association."""

import pytest

from medai_core.charts import what_if as charts
from medai_core.charts.worth import worth_chart, worth_sentence, worth_table
from medai_core.domain.explained import Answered, Change, Curve, Move, Worth, WorthKnowing
from medai_core.domain.risk import Kind, RiskEstimate


def estimate(kind: Kind = Kind.PREDICTOR, unit: str = "1", value: float = 0.21) -> RiskEstimate:
    return RiskEstimate(
        "made", "Made up", kind, "1", unit, "an outcome", "topic", (), {}, value=value, threshold=0.2
    )


def curve(answers: tuple[float | None, ...]) -> Curve:
    return Curve(
        "sbp", "Systolic blood pressure", "mmHg", tuple(100.0 + 20 * n for n in range(len(answers))), answers
    )


def test_the_changed_answer_is_a_dashed_outline() -> None:
    figure = charts.before_after(estimate(), Answered(0.14))
    (filled,) = figure.data
    outline, threshold = figure.layout.shapes
    assert list(filled.x) == [21.0]
    assert (outline.x1, outline.line.dash) == (pytest.approx(14.0), "dash")
    assert (threshold.x0, threshold.line.dash) == (20.0, "dot")
    said = [note.text for note in figure.layout.annotations]
    assert said == ["now: <b>21\u202f%</b>", "with the changes: <b>14\u202f%</b>"]


def test_a_refused_answer_has_no_outline() -> None:
    figure = charts.before_after(estimate(), Answered(None, refused="No."))
    assert len(figure.layout.shapes) == 1
    assert "not assessed" in charts.before_after_alt(estimate(), Answered(None))


def test_the_curve_leaves_gaps_and_marks_where_the_person_is() -> None:
    start, other = curve((0.1, 0.2, None, 0.4)), curve((0.05, 0.15, None, 0.3))
    figure = charts.curve_chart(estimate(), other, start=start, at=110.0, was=120.0, uirevision="x")
    first, second, was, now = figure.data
    assert list(first.y) == [10.0, 20.0, None, 40.0]
    assert (first.connectgaps, first.line.dash, second.line.dash) == (False, "solid", "dash")
    assert (was.marker.symbol, was.y[0]) == ("circle", 20.0)
    assert (now.marker.symbol, now.y[0]) == ("circle-open", pytest.approx(10.0))


def test_a_value_within_a_gap_is_not_marked() -> None:
    start = curve((0.1, None, 0.4))
    figure = charts.curve_chart(estimate(), start, start=start, at=None, was=110.0, uirevision="x")
    assert len(figure.data) == 1


MOVES = (
    Move("sbp", "Systolic blood pressure", "168 mmHg", "134 mmHg", 134.0, 1.9),
    Move("smoker", "Smokes", "yes", "no", False, 1.0),
)


def test_a_trained_predictor_speaks_of_association() -> None:
    said = charts.change_sentence(Change(MOVES, 0.21, 0.16, 0.2, MOVES), estimate())
    assert said == (
        "People like this one but with systolic blood pressure 168 mmHg \u2192 134 mmHg and smokes yes "
        "\u2192 no have a predicted risk of 16\u202f% instead of 21\u202f%, below 20\u202f%. This is an "
        "association in the training data, not the effect of changing it."
    )
    published = charts.change_sentence(Change(MOVES, 0.21, 0.16, 0.2, MOVES), estimate(Kind.SCORE))
    assert "the formula gives 16\u202f% instead of 21\u202f%" in published
    assert "association" not in published


def test_none_found_is_said() -> None:
    said = charts.change_sentence(Change((), 0.5, None, 0.2, MOVES, 0.31), estimate())
    assert said == (
        "None found: no realistic change of up to three of systolic blood pressure and smokes leads below "
        "20\u202f%; the lowest that was found is 31\u202f%."
    )
    assert "no input that can change is known" in charts.change_sentence(
        Change((), 0.5, None, 0.2, ()), estimate()
    )


TESTS = WorthKnowing(
    "1",
    0.1,
    0.3,
    "the middle",
    (Worth("tc", "Cholesterol", 0.08, 0.25), Worth("hr", "Heart rate", 0.19, 0.0)),
    100,
)


def test_the_most_telling_value_is_said_first() -> None:
    assert worth_sentence(TESTS, estimate()) == (
        "The interval is 20.0 points wide now. Cholesterol would tell most: known, the interval is expected "
        "to be 8.0 points wide. The decision would then be another one with a chance of 25\u202f%."
    )
    heads, rows = worth_table(TESTS, estimate())
    assert rows[0] == ("Cholesterol", "8.0 points", "60\u202f%", "25\u202f%")
    assert rows[1][3] == "fewer than 1 in 100"
    assert rows[-1][1] == "20.0 points (10\u202f% to 30\u202f%)"
    assert len(heads) == len(rows[0])
    (bars,) = worth_chart(TESTS, estimate()).data
    assert list(bars.x) == pytest.approx([20.0, 8.0, 19.0])


def test_a_value_that_tells_little_is_not_praised() -> None:
    little = WorthKnowing("1", 0.1, 0.3, "the middle", (Worth("hr", "Heart rate", 0.199, None),), 100)
    assert "no single missing value" in worth_sentence(little, estimate())
