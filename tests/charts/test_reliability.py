"""The charts of a card show what it holds, and nothing where it holds nothing."""

import json
from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from medai_core.charts import cards, reliability
from medai_core.domain.shares import wilson

BINS = [{"predicted": 0.05, "observed": 0.03, "n": 180}, {"predicted": 0.9, "observed": 0.85, "n": 60}]
CARD: dict[str, Any] = {
    "labels": ["pneumonia", "viral"],
    "results": {
        "official test": {
            "pneumonia": {
                "auroc": {"value": 0.981, "low": 0.97, "high": 0.99, "n": 624},
                "reliability": BINS,
                "roc": {"fpr": [0, 0.1, 1], "tpr": [0, 0.95, 1]},
            },
            "viral": {
                "roc": [
                    {"threshold": 0.9, "sensitivity": 0.2, "specificity": 0.95},
                    {"threshold": 0.5, "sensitivity": 0.8, "specificity": 0.7},
                ]
            },
        }
    },
    "operating_points": {
        "pneumonia": {
            "threshold": 0.37,
            "sensitivity": {"value": 0.96, "low": 0.9, "high": 0.98},
            "specificity": 0.9,
        }
    },
    "subgroups": {
        "age": {"1 year": {"auroc": {"value": 0.97, "low": 0.93, "high": 0.99, "n": 120}}},
        "view": [{"group": "AP", "auroc": {"value": 0.98, "low": 0.97, "high": 0.99, "n": 500}}],
    },
}


def row_names(chart: go.Figure) -> list[str]:
    """Names of the rows, lowest row first."""
    return [annotation.text.split("<br>")[0] for annotation in chart.layout.annotations]


def test_reliability_draws_the_bins_with_wilson_intervals() -> None:
    chart = reliability.reliability_chart(CARD)
    assert chart is not None
    (trace,) = chart.data
    assert list(trace.x) == [0.05, 0.9]
    assert list(trace.y) == [0.03, 0.85]
    low, high = wilson(0.03, 180)
    assert trace.error_y.array[0] == pytest.approx(high - 0.03)
    assert trace.error_y.arrayminus[0] == pytest.approx(0.03 - low)
    assert trace.name == "Pneumonia"


def test_roc_draws_curves_of_both_forms_and_the_operating_point() -> None:
    chart = reliability.roc_chart(CARD)
    assert chart is not None
    pneumonia, viral, point = chart.data
    assert list(pneumonia.x) == [0, 0.1, 1]
    assert [round(x, 9) for x in viral.x] == [0.05, 0.3]
    assert list(viral.y) == [0.2, 0.8]
    assert pneumonia.line.dash != viral.line.dash
    assert (round(point.x[0], 9), point.y[0]) == (0.1, 0.96)
    assert point.marker.color == pneumonia.line.color
    assert "Pneumonia: at the operating point 37\u202f% sensitivity 96\u202f%" in reliability.roc_alt(CARD)


def test_subgroups_draw_rows_with_n_and_intervals() -> None:
    chart = reliability.subgroups_chart(CARD)
    assert chart is not None
    assert row_names(chart) == ["View, AP, n = 500", "Age, 1 year, n = 120"]
    assert list(chart.data[0].x) == [0.98, 0.97]
    assert chart.data[0].error_x.array[1] == pytest.approx(0.02)
    assert reliability.subgroups_table(CARD)[0] == {
        "Subgroup": "Age, 1 year",
        "Figure": "AUROC",
        "Value": "0.970",
        "95\u202f% interval": "0.930 to 0.990",
        "Images": "120",
    }
    assert reliability.subgroups_chart(CARD, metric="brier") is None


def test_labels_take_the_cards_words() -> None:
    worded = {**CARD, "labels": {"pneumonia": "Any pneumonia", "viral": {"title": "Viral pneumonia"}}}
    chart = reliability.roc_chart(worded)
    assert chart is not None
    assert [trace.name for trace in chart.data[:2]] == ["Any pneumonia", "Viral pneumonia"]


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"reliability": []},
        {"calibration": [{"predicted": None, "observed": 0.5}, "text", 3]},
        {"roc": {"fpr": [0], "tpr": ["x"]}},
        {"roc": [{"sensitivity": float("nan"), "specificity": 1}]},
        {"subgroups": {"age": {"1": {"auroc": {"value": None}}}}},
        {"subgroups": [{"group": 3, "auroc": 0.9}]},
        {"labels": [1, None, {"title": "x"}], "operating_points": ["0.5"]},
        {"labels": "pneumonia"},
    ],
)
def test_a_card_with_missing_parts_shows_nothing(card: dict[str, Any]) -> None:
    assert reliability.reliability_chart(card) is None
    assert reliability.roc_chart(card) is None
    assert reliability.subgroups_chart(card) is None
    assert reliability.subgroups_table(card) == []
    for said in (
        reliability.reliability_alt(card),
        reliability.roc_alt(card),
        reliability.subgroups_alt(card),
    ):
        assert said.startswith("The card holds no")


KEYS = st.sampled_from(
    "labels roc reliability calibration subgroups auroc value low n group threshold sensitivity specificity "
    "predicted observed fpr tpr name".split()
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(0, 1) | st.integers(0, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)


@given(st.dictionaries(KEYS, JSON, max_size=6))
@example({"subgroups": {"value": 0.5}})
def test_no_card_breaks_a_chart(card: dict[str, Any]) -> None:
    for chart in (
        reliability.reliability_chart(card),
        reliability.roc_chart(card),
        reliability.subgroups_chart(card),
    ):
        if chart is not None:
            json.dumps(chart.to_plotly_json(), default=str)
    reliability.roc_alt(card)
    reliability.reliability_alt(card)
    reliability.subgroups_table(card)


def test_a_figure_reads_as_its_value() -> None:
    assert cards.number({"value": 0.5, "low": 0.4}) == 0.5
    assert cards.number(True) is None
    assert cards.number("0.5") is None
    assert cards.number(float("inf")) is None


def estimate(value: float, n: int = 600) -> dict[str, float]:
    return {"value": value, "low": value - 0.02, "high": value + 0.01, "n": n, "patients": n // 2}


MEASURED: dict[str, Any] = {
    "labels": ["pneumonia", "viral"],
    "thresholds": {"pneumonia": 0.62, "viral": 0.33},
    "operating_points": {"pneumonia": "the highest that keeps the sensitivity", "frozen": "once"},
    "results": {
        "all": {
            "as they are": {
                "pneumonia": {
                    "auroc": estimate(0.98),
                    "sensitivity": estimate(0.96),
                    "specificity": estimate(0.9),
                },
                "viral": {
                    "auroc": estimate(0.88),
                    "sensitivity": estimate(0.8),
                    "specificity": estimate(0.79),
                },
            },
            "perturbed": {"pneumonia": {"auroc": estimate(0.97), "sensitivity": estimate(0.95)}},
        }
    },
    "subgroups": {
        "flagged for pneumonia": {
            "normal": {"as they are": estimate(0.08)},
            "viral": {"as they are": estimate(0.96)},
        },
        "bacterial against viral, AUROC": estimate(0.86),
        "age, sex, equipment": "not recorded in the set",
    },
    "calibration": {
        "maps": [1.2, 0.3],
        "labels": {"pneumonia": {"brier": 0.04, "bins": [[0.05, 0.03, 180], [0.9, 0.85, 60]]}},
    },
}


def test_a_card_as_evaluate_writes_it() -> None:
    points = reliability.roc_chart(MEASURED)
    assert points is not None
    assert [(round(p.x[0], 9), p.y[0]) for p in points.data] == [(0.1, 0.96), (0.21, 0.8)]
    assert points.data[0].error_y.array[0] == pytest.approx(0.01)
    assert points.data[0].error_x.array[0] == pytest.approx(0.02)  # 1 - specificity turns the ends round
    bins = reliability.reliability_chart(MEASURED)
    assert bins is not None
    assert [trace.name for trace in bins.data] == ["Pneumonia"]
    assert reliability.subgroup_metrics(MEASURED) == ("flagged for pneumonia", "auroc")
    flagged = reliability.subgroups_chart(MEASURED, metric="flagged for pneumonia")
    assert flagged is not None
    assert row_names(flagged) == [
        "Viral, as they are, n = 600",
        "Normal, as they are, n = 600",
    ]
    assert flagged.layout.xaxis.range[0] <= 0.06
    assert flagged.layout.annotations[0].text.endswith("<br><b>0.960</b> (0.940 to 0.970)")
    apart = reliability.subgroups_chart(MEASURED)
    assert apart is not None
    assert row_names(apart) == ["Bacterial against viral, n = 600"]


def test_the_cards_own_words_for_labels_come_first() -> None:
    worded = {**MEASURED, "label_names": {"viral": "Viral pneumonia"}}
    assert cards.label_names(worded) == {"viral": "Viral pneumonia"}
    assert "Viral pneumonia: at the operating point 33" in reliability.roc_alt(worded)
