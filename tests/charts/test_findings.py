"""The findings chart says the same as its words."""

from dataclasses import replace
from html import escape

import plotly.graph_objects as go
import pytest

from medai_core.charts import findings, template, words
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.prevalence import LocalFinding, Localised, Origin

FLAGGED = Finding("pneumonia", 0.87, 0.79, 0.93, 0.37)
BELOW = Finding("viral", 0.004, 0.0, 0.03, 0.52)
ANSWER = Prediction("m", "1", "a" * 64, "b" * 64, None, (FLAGGED, BELOW), ())
REFUSED = Prediction("m", "1", "a" * 64, "b" * 64, "Expected a chest film; found a CT.", (), ())


def written(figure: go.Figure) -> str:
    return " | ".join(annotation.text for annotation in figure.layout.annotations)


def test_each_finding_has_name_probability_interval_and_operating_point_in_words() -> None:
    text = written(findings.findings_chart(ANSWER))
    for words_expected in (
        "\u25b2 <b>Pneumonia</b>",
        "<b>87\u202f%</b> (79 to 93\u202f%)",
        "operating point 37\u202f%",
        "at or above",
        "\u25bd <b>Viral</b>",
        "<b>fewer than 1 in 100</b> (under 1 to 3\u202f%)",
        "operating point 52\u202f%",
        "below",
    ):
        assert words_expected in text


def test_bars_lines_and_ticks_stand_at_the_values() -> None:
    _, bars, intervals, points = findings.findings_chart(ANSWER).data
    assert list(bars.x) == [0.87, 0.004]
    assert list(bars.y) == [1, 0]
    assert list(intervals.x) == [0.79, 0.93, None, 0.0, 0.03, None]
    assert list(points.x) == [0.37, 0.52]
    bands = findings.findings_chart(ANSWER).layout.shapes
    assert [(band.x0, band.x1, band.opacity) for band in bands] == [(0.79, 0.93, 0.2), (0.0, 0.03, 0.2)]


def test_flagged_differs_by_fill_and_shape_not_by_hue_alone() -> None:
    bars = findings.findings_chart(ANSWER).data[1]
    solid, hollow = bars.marker.color
    assert solid.startswith("#")
    assert hollow.startswith("rgba")
    assert words.FLAG_SHAPES[True] != words.FLAG_SHAPES[False]


def test_the_chosen_finding_is_marked() -> None:
    text = written(findings.findings_chart(ANSWER, chosen="viral"))
    assert "<b>Viral</b> \u25c9 heat map" in text
    assert "<b>Pneumonia</b> \u25c9" not in text


def test_a_refusal_draws_no_bar_and_no_number() -> None:
    figure = findings.findings_chart(REFUSED)
    assert len(figure.data) == 0
    assert "not assessed" in written(figure)
    assert not any(character.isdigit() for character in written(figure))
    assert findings.findings_table(REFUSED) == []
    assert findings.findings_alt(REFUSED) == "No answer: Expected a chest film; found a CT."


def test_a_finding_exactly_at_its_operating_point_is_flagged() -> None:
    at = Finding("viral", 0.5, 0.4, 0.6, 0.5)
    answer = Prediction("m", "1", "a", "b", None, (at,), ())
    assert findings.findings_table(answer)[0]["Position"] == "\u25b2 at or above the operating point"


def test_table_and_alt_carry_all_that_is_drawn() -> None:
    rows = findings.findings_table(ANSWER)
    assert rows[0] == {
        "Finding": "Pneumonia",
        "Probability": "87\u202f%",
        "Interval": "79 to 93\u202f% (95\u202f% interval)",
        "Operating point": "37\u202f%",
        "Position": "\u25b2 at or above the operating point",
    }
    alt = findings.findings_alt(ANSWER)
    assert "Pneumonia: 87\u202f%" in alt
    assert "Viral: fewer than 1 in 100" in alt


def test_natural_frequency_names_count_interval_and_population() -> None:
    said = findings.natural_frequency(FLAGGED)
    assert said.startswith(
        "Of 100 images with this answer, about 87 would be expected to show pneumonia (79 to 93)"
    )
    assert "training" in said
    assert "fewer than 1 would" in findings.natural_frequency(BELOW)


def test_labels_are_text_never_markup() -> None:
    hostile = "<img src=x>"
    answer = Prediction("m", "1", "a", "b", None, (Finding(hostile, 0.5, 0.4, 0.6, 0.5),), ())
    figure = findings.findings_chart(answer, names={hostile: hostile})
    drawn = written(figure) + " ".join(figure.data[1].hovertext)
    assert hostile not in drawn
    assert drawn.count(escape(hostile)) == 2


@pytest.mark.parametrize("prediction", [ANSWER, REFUSED])
def test_the_theme_keeps_its_paper_and_fonts(prediction: Prediction) -> None:
    layout = findings.findings_chart(prediction).layout
    assert layout.paper_bgcolor is None
    assert layout.plot_bgcolor is None
    assert layout.font.family is None
    assert layout.title.text is None
    assert layout.height < 300


def test_layout_keeps_zoom_by_an_opaque_key() -> None:
    layout = template.layout(x_title="time (h)", time_axis=True, uirevision="abc")
    assert layout.uirevision == "abc"
    assert layout.hovermode == "x unified"
    assert layout.xaxis.title.text == "time (h)"
    assert layout.xaxis.rangeslider.visible is False
    assert template.layout().uirevision is None


def test_mode_bar_holds_reset_and_download_alone() -> None:
    assert template.CONFIG["displaylogo"] is False
    assert template.CONFIG["modeBarButtons"] == [["resetScale2d", "toImage"]]


def test_the_themes_text_colour_is_still_streamlits_stand_in() -> None:
    from streamlit.elements.lib import streamlit_plotly_theme

    assert template.THEME_TEXT == streamlit_plotly_theme.GRAY_90


def test_an_operating_point_keeps_its_number_at_any_prevalence() -> None:
    here = LocalFinding(
        FLAGGED.label, 0.4, 0.3, 0.5, FLAGGED.probability, FLAGGED.threshold, 0.2, True, 0.5, 0.1, Origin.SITE
    )
    local = Localised(ANSWER.model, ANSWER.version, "ward", False, "", "", (here,))
    moved = replace(FLAGGED, probability=0.4, low=0.3, high=0.5, threshold=0.2)
    answer = replace(ANSWER, findings=(moved,))
    said = f"operating point {words.probability(FLAGGED.threshold)} as trained"
    figure = findings.findings_chart(answer, local=local)
    assert said in written(figure)
    assert figure.data[3].x[0] == 0.2
    assert f"({words.probability(FLAGGED.threshold)} as trained)" in findings.findings_alt(
        answer, None, local
    )
    (row,) = findings.findings_table(answer, None, local)
    assert row["Operating point"] == f"{words.probability(FLAGGED.threshold)} as trained"
    assert findings.natural_frequency(moved, None, local).endswith("as frequent as here.")
    assert findings.natural_frequency(FLAGGED).endswith("as frequent as they were in training.")
