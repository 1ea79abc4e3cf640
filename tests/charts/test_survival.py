"""Survival charts and the tables under them, from curves made by hand."""

import numpy as np
import pytest

from medai_core.charts import survival as charts
from medai_core.domain.survival import Landmark, SurvivalCurve
from medai_core.learning.survival_metrics import kaplan_meier

CURVE = SurvivalCurve(
    model="m", version="1", outcome="death from any cause", time_zero="diagnosis",
    years=(0.0, 1.0, 5.0, 10.0), survival=(1.0, 0.9, 0.62, 0.4), low=(1.0, 0.85, 0.55, 0.3),
    high=(1.0, 0.94, 0.69, 0.5), horizons={1.0: (0.9, 0.85, 0.94), 5.0: (0.62, 0.55, 0.69)}, risk_score=0.2,
    population=((0.0, 1.0, 1.0, 1.0, 100), (5.0, 0.7, 0.6, 0.8, 60), (10.0, 0.5, 0.4, 0.6, 20)),
    refused=None, cautions=(), missing=(),
)  # fmt: skip
REFUSED = SurvivalCurve(
    "m", "1", "death", "diagnosis", (), (), (), (), {}, None, (), "The row is broken.", (), ()
)  # fmt: skip


def test_a_person_s_curve_has_its_band_and_everybody_beside_it() -> None:
    figure = charts.person_chart(CURVE)
    named = {one.name: one for one in figure.data if one.name}
    assert list(named["this person"].y) == list(CURVE.survival)
    assert named["everybody in the study"].line.shape == "hv"
    band = [one for one in figure.data if one.fill == "tonexty"]
    assert [list(one.y) for one in band] == [list(CURVE.low)]
    assert {one.text for one in figure.layout.annotations} == {"this person", "everybody in the study"}
    assert tuple(figure.layout.yaxis.range)[0] == 0


def test_words_at_the_ends_do_not_lie_on_each_other() -> None:
    figure = charts.person_chart(CURVE, before=CURVE)
    heights = sorted(one.y for one in figure.layout.annotations)
    assert len(heights) == 3
    assert min(np.diff(heights)) >= 0.05


def test_a_refusal_is_said() -> None:
    assert "The row is broken." in charts.person_alt(REFUSED)
    assert not [one for one in charts.person_chart(REFUSED).data if one.name == "this person"]


def test_the_sentence_counts_people() -> None:
    said = charts.sentence(CURVE, 5.0).replace("\u202f", " ")
    assert said.startswith("About 62 of 100 people like this one (55 to 69)")
    assert said.endswith("without death from any cause 5 years after diagnosis.")
    assert "62" in charts.person_alt(CURVE)


def test_the_table_has_the_people_at_risk() -> None:
    first, second = charts.person_rows(CURVE)
    assert second["People at risk in the study"] == "60"
    assert first["Years from diagnosis"] == "1"


def test_groups_are_steps_with_bands_and_counts_as_data() -> None:
    time, event = np.array([1.0, 2, 2, 3, 4]), np.array([1.0, 1, 0, 0, 1])
    figure = charts.group_chart({"a <b>": kaplan_meier(time, event), "c": kaplan_meier(time, 1 - event)})
    names = [one.name for one in figure.data if one.name]
    assert names == ["a &lt;b&gt;", "c"]
    dashes = {one.line.dash for one in figure.data if one.name}
    assert len(dashes) == 2
    rows = charts.at_risk_rows({"a": (time.tolist(), event.tolist())}, [0, 2])
    assert rows == [
        {"Group": "a", "Time": "0", "At risk": 5, "Events so far": 0, "Lost so far": 0},
        {"Group": "a", "Time": "2", "At risk": 4, "Events so far": 2, "Lost so far": 1},
    ]


def test_visits_are_points_on_one_line() -> None:
    figure = charts.landmark_chart([Landmark(0.0, CURVE), Landmark(365.25, CURVE)], year=5.0)
    (line,) = [one for one in figure.data if one.name]
    assert list(line.x) == pytest.approx([0.0, 1.0])
    assert list(line.y) == pytest.approx([0.62, 0.62])
