"""The timeline and the small charts: what is drawn, what is a gap, what is not current, in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from medai_core.charts import moments, words
from medai_core.charts.small_multiples import (
    beyond_words,
    number_words,
    range_words,
    small_multiple,
    small_multiple_alt,
    trend_words,
    unit_words,
    value_words,
)
from medai_core.charts.timeline import timeline, timeline_alt
from medai_core.domain.overview import Bin, Curve, Line, Point, Stretch
from medai_core.domain.record import Code, Lane, Standing, When

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, tzinfo=BERLIN)


def point(day: float, number: float | None, **more: object) -> Point:
    """A value some days after the start."""
    given = {"low": 3.5, "high": 5.1, **more}
    return Point(f"e{day}", When(START + timedelta(days=day), 60), number, **given)  # type: ignore[arg-type]


def curve(*points: Point, unit: str = "mmol/L", stretches: tuple[Stretch, ...] = ()) -> Curve:
    """Potassium."""
    code = Code("http://loinc.org", "2823-3", "Potassium")
    return Curve(code, Lane.LABORATORY, unit, points, len(points), stretches)


def line(key: str, lane: Lane, **more: object) -> Line:
    """An entry that began at the start."""
    given = {"starts": When(START), **more}
    return Line(key, lane, "X", f"title {key}", "hospital", **given)  # type: ignore[arg-type]


def test_missing_time_is_a_gap() -> None:
    figure = small_multiple(curve(*(point(day, 4.0) for day in (0, 1, 2, 3, 40, 41))), zone=UTC)
    assert figure is not None
    drawn = next(trace for trace in figure.data if trace.mode == "lines" and None in trace.y)
    assert list(drawn.y) == [4.0, 4.0, 4.0, 4.0, None, 4.0, 4.0]
    assert drawn.connectgaps is False


def test_what_is_not_current_is_a_cross_and_in_no_line() -> None:
    withdrawn = point(1, 45.0, standing=Standing.WITHDRAWN)
    figure = small_multiple(curve(point(0, 4.0), withdrawn, point(2, 4.2)), zone=UTC, hidden=True)
    assert figure is not None
    assert all(45.0 not in list(trace.y) for trace in figure.data if trace.mode == "lines")
    crosses = [trace for trace in figure.data if trace.marker.symbol == "x-thin"]
    assert [list(trace.y) for trace in crosses] == [[45.0]]
    assert "withdrawn" in crosses[0].hovertext[0]
    hidden = small_multiple(curve(point(0, 4.0), withdrawn), zone=UTC)
    assert hidden is not None
    assert all(45.0 not in list(trace.y) for trace in hidden.data)


def test_values_beyond_the_range_have_shapes_and_words() -> None:
    points = (
        point(0, 4.0),
        point(1, 5.9),
        point(2, 3.0),
        point(3, 5.9, comparator="<"),
        point(4, 6.0, high=None),
    )
    figure = small_multiple(curve(*points), zone=UTC)
    assert figure is not None
    markers = next(trace for trace in figure.data if trace.mode == "markers")
    assert list(markers.marker.symbol) == ["circle", "triangle-up", "triangle-down", "circle-open", "circle"]
    assert [beyond_words(one) for one in points] == [
        "", "\u25b2 above the reference range", "\u25bc below the reference range", "", "",
    ]  # fmt: skip


def test_a_range_that_changes_is_drawn_in_steps() -> None:
    points = (point(0, 4.0), point(1, 4.0), point(2, 4.0, low=3.6), point(3, 4.0, low=3.6))
    figure = small_multiple(curve(*points), zone=UTC)
    assert figure is not None
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert [min(trace.y) for trace in bands] == [3.5, 3.6]


def test_no_number_is_no_chart_and_missing_is_never_zero() -> None:
    assert small_multiple(curve(point(0, None, text="positive")), zone=UTC) is None
    assert value_words(point(0, None, text="positive"), "") == "positive"
    assert value_words(point(0, None), "mmol/L") == "no value given"
    figure = small_multiple(curve(point(0, 4.0), point(1, None, text="haemolysed")), zone=UTC)
    assert figure is not None
    assert all(0 not in list(trace.y) for trace in figure.data)


def test_older_months_are_bars_from_lowest_to_highest() -> None:
    months = (Stretch(2025, 6, 40, 3.1, 6.2), Stretch(2025, 7, 2, None, None))
    figure = small_multiple(curve(point(0, 4.0), stretches=months), zone=UTC)
    assert figure is not None
    bars = next(trace for trace in figure.data if trace.mode == "lines+markers")
    assert list(bars.y) == [3.1, 6.2, None]
    assert "40 values" in bars.hovertext[0]


@pytest.mark.parametrize(
    ("unit", "printed"),
    [("mm[Hg]", "mmHg"), ("Cel", "\u00b0C"), ("10*3/uL", "10\u00b3/\u00b5L"), ("1", ""), ("mmol/L", "mmol/L"),
     ("{beats}/min", "beats/min"), ("mL/min/{1.73_m2}", "mL/min/1.73 m2"), ("Uhu", "Uhu"), ("", "")],
)  # fmt: skip
def test_units_are_printed_as_people_write_them(unit: str, printed: str) -> None:
    assert unit_words(unit) == printed


def test_numbers_ranges_and_trends_in_words() -> None:
    assert number_words(-0.5) == "\u22120.5"
    assert number_words(None) == "no number"
    assert range_words(point(0, 4.0, low=None), "mmol/L") == "up to 5.1\u202fmmol/L"
    assert range_words(point(0, 4.0, low=None, high=None), "mmol/L") == ""
    assert trend_words(curve(point(0, 4.0), point(1, 4.5)), UTC) == "\u2197 +0.5 since 2026-01-01"
    assert trend_words(curve(point(0, 4.0), point(1, 4.5, comparator="<")), UTC) == ""
    assert trend_words(curve(point(0, 4.0)), UTC) == ""
    assert "lowest 4, highest 4.5" in small_multiple_alt(curve(point(0, 4.0), point(1, 4.5)), UTC)


def test_times_are_in_the_readers_zone_and_keep_the_sources() -> None:
    late = When(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), -300)
    assert moments.shown(late, BERLIN) == "2026-07-02 00:30"
    assert moments.original(late) == "2026-07-01 17:30 UTC\u221205:00"
    day = When(datetime(2026, 7, 1, tzinfo=UTC), None, "day")
    assert moments.shown(day, ZoneInfo("America/New_York")) == "2026-07-01"
    assert "no time of day" in moments.original(day)
    assert moments.shown(When(datetime(1850, 1, 1, tzinfo=UTC), None, "year"), BERLIN) == "1850"
    assert "no time zone" in moments.original(When(START))
    assert moments.span(None, None, True, BERLIN) == "since start not given"
    assert moments.span(day, None, None, BERLIN) == "2026-07-01"


def test_the_timeline_draws_lanes_bars_and_crosses() -> None:
    lines = {
        Lane.PROBLEM: (
            line("p1", Lane.PROBLEM, ongoing=True),
            line("p2", Lane.PROBLEM, ends=When(START + timedelta(days=10))),
            line("p3", Lane.PROBLEM, standing=Standing.WITHDRAWN, status="refuted"),
        ),
        Lane.LABORATORY: tuple(line(f"l{number}", Lane.LABORATORY) for number in range(12)),
        Lane.DOCUMENT: (line("d", Lane.DOCUMENT, starts=None),),
    }
    figure = timeline(lines, [Bin(Lane.LABORATORY, 2025, 3, 70)], now=NOW)
    assert figure is not None
    assert list(figure.layout.yaxis.ticktext) == ["Problems", "Laboratory"]
    ids = {one for trace in figure.data for one in (trace.customdata if trace.customdata is not None else ())}
    assert {"p1", "p2", "p3", "l0", ""} == ids
    texts = [text for trace in figure.data for text in (trace.hovertext or ())]
    assert any("12 entries" in text and "and 4 more" in text for text in texts)
    assert any("withdrawn: refuted" in text for text in texts)
    assert any("2025-03: laboratory, 70" in text for text in texts)
    arrows = [trace for trace in figure.data if trace.marker.symbol == "triangle-right"]
    assert [len(trace.x) for trace in arrows] == [1]
    assert "problems 3" in timeline_alt(lines, {})


def test_a_timeline_without_dates_is_none_and_markup_has_no_effect() -> None:
    assert timeline({Lane.DOCUMENT: (line("d", Lane.DOCUMENT, starts=None),)}, now=NOW) is None
    evil = replace(line("x", Lane.PROBLEM), title="<img src=x onerror=alert(1)>")
    figure = timeline({Lane.PROBLEM: (evil,)}, now=NOW)
    assert figure is not None
    assert all("<img" not in text for trace in figure.data for text in (trace.hovertext or ()))


def test_an_age_that_nobody_reached_is_over_89() -> None:
    from datetime import date

    assert words.age(words.age_between(date(1831, 1, 1), date(2131, 1, 1))) == "over 89 years"
    assert words.age(words.age_between(date(1931, 1, 1), date(2026, 1, 1))) == "95 years"
