"""A survival curve in words and rows."""

from medai_core.charts.survival_words import (
    at_risk_csv,
    at_risk_rows,
    landmark_alt,
    landmark_rows,
    median_sentence,
    years_words,
)
from medai_core.domain.survival import Landmark, SurvivalCurve


def curve(survival: tuple[float, ...]) -> SurvivalCurve:
    """One point a year, and forty times of the study."""
    return SurvivalCurve(
        model="made", version="1", outcome="death", time_zero="diagnosis",
        years=tuple(float(n) for n in range(len(survival))), survival=survival,
        low=tuple(one - 0.1 for one in survival), high=tuple(min(1.0, one + 0.1) for one in survival),
        horizons={}, risk_score=0.0,
        population=tuple((n / 4, 1 - n / 100, 0.5, 1.0, 1000 - 20 * n) for n in range(40)),
        refused=None, cautions=(), missing=("stage",),
    )  # fmt: skip


def test_times_are_said_in_months_under_a_year() -> None:
    said = [years_words(one) for one in (0.01, 0.09, 0.5, 1.0, 7.25)]
    assert said == ["less than a month", "1 month", "6 months", "1.0 years", "7.2 years"]


def test_the_median_with_the_times_of_the_band() -> None:
    one = curve((1.0, 0.6, 0.3))
    assert median_sentence(one, 1.4, 1.1, None) == (
        "Half are expected to be without it for 1.4 years (1.1 years to more than 2.0 years)."
    )
    assert median_sentence(one, None, 1.9, None) == (
        "More than half are expected to be without it for longer than the 2.0 years that the model reaches."
    )


def test_numbers_at_risk_are_data() -> None:
    rows = at_risk_rows(curve((1.0, 0.6)))
    assert rows[0] == {
        "Years from diagnosis": "0", "At risk": "1,000", "Without the event": "more than 99 in 100",
        "95\u202f% band": "50 to over 99\u202f%",
    }  # fmt: skip
    assert 10 <= len(rows) <= 14
    lines = at_risk_csv(curve((1.0, 0.6))).splitlines()
    assert lines[:3] == ["years,at_risk,survival,low,high", "0,1000,1,0.5,1", "0.25,980,0.99,0.5,1"]
    assert len(lines) == 41


def test_a_visit_is_a_row_and_a_refused_one_has_no_number() -> None:
    none = SurvivalCurve(
        "made", "1", "death", "diagnosis", (), (), (), (), {}, None, (), "No.", (), ()
    )  # fmt: skip
    found = [Landmark(0.0, curve((1.0, 0.8))), Landmark(365.0, none)]
    rows = landmark_rows(found, 1.0)
    assert [row["Without the event 1 years later"] for row in rows] == ["80\u202f%", "not assessed"]
    assert "day 365" not in landmark_alt(found, 1.0)
    assert "day 0: 80\u202f%" in landmark_alt(found, 1.0)
