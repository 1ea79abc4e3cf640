"""Cells: numbers, dates and gaps as people and spreadsheets write them."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.records.fhir.times import when
from medai_core.records.tables.cells import (
    Cell,
    CellProblem,
    Number,
    date_orders,
    decimal_signs,
    looks_like_calendar,
    number_of,
    text_of,
    time_of,
)


@pytest.mark.parametrize(
    "gap", ["", "  ", "n/a", "NA", "NaN", "-", "--", "NULL", "#N/A", None, ".", "\u00a0"]
)
def test_gaps_are_none_and_never_zero(gap: Cell) -> None:
    assert text_of(gap) is None
    assert number_of(gap, ".") is None
    assert time_of(gap, "") is None


@pytest.mark.parametrize(
    ("written", "decimal", "value"),
    [
        ("4,5", ",", 4.5),
        ("4.5", ".", 4.5),
        ("1.234,5", ",", 1234.5),
        ("1,234.5", ".", 1234.5),
        ("1 234,5", ",", 1234.5),
        ("1\u202f234", ".", 1234),
        ("1'234.5", ".", 1234.5),
        ("-3", ".", -3),
        ("\u22123", ".", -3),
        ("+.5", ".", 0.5),
        ("5.", ".", 5),
        ("1e3", ".", 1000),
        ("007", ".", 7),
        ("4,5", "", 4.5),
        ("4.5", "", 4.5),
        ("12", "", 12),
        (3.25, "", 3.25),
        (7, ",", 7),
    ],
)
def test_numbers(written: Cell, decimal: str, value: float) -> None:
    assert number_of(written, decimal) == Number(value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<5", Number(5, "<")),
        ("<= 0.1", Number(0.1, "<=")),
        ("\u2265 3", Number(3, ">=")),
        (">100", Number(100, ">")),
        ("5.4 mg/dL", Number(5.4, "", "mg/dL")),
        ("98%", Number(98, "", "%")),
        ("trace", "trace"),
        ("1+", "1+"),
        ("325-650", "325-650"),
        ("A 5", "A 5"),
        ("12 sheep", "12 sheep"),
        (True, "yes"),
    ],
)
def test_comparators_units_and_words(written: Cell, expected: object) -> None:
    assert number_of(written, ".") == expected


@pytest.mark.parametrize(
    "spoilt",
    [
        datetime(2024, 10, 9),
        date(2024, 10, 9),
        time(9, 10),
        "9-Oct",
        "09. Okt",
        "9. Okt",
        "Oct-09",
        "Okt 09",
        "9 Oct 2024",
        "Sep-10",
        "10-M\u00e4r",
    ],
)
def test_a_dose_that_became_a_date_is_refused(spoilt: Cell) -> None:
    with pytest.raises(CellProblem, match=r"found a date, as spreadsheets make of 9\.10"):
        number_of(spoilt, ".")


@pytest.mark.parametrize(
    ("written", "decimal"), [("4,5", "."), ("1.2.3", "."), ("1,23,4", "."), ("1,234", "")]
)
def test_digits_in_another_notation_are_refused(written: str, decimal: str) -> None:
    with pytest.raises(CellProblem, match="expected a number"):
        number_of(written, decimal)


def test_an_error_of_the_spreadsheet_is_no_value() -> None:
    with pytest.raises(CellProblem, match="arithmetic"):
        number_of("#DIV/0!", ".")


def test_which_decimal_sign_a_number_may_have() -> None:
    assert decimal_signs("1.5") == {"."}
    assert decimal_signs("1.234") == {".", ","}
    assert decimal_signs("1.234.567") == {","}
    assert decimal_signs("15") == set()


@pytest.mark.parametrize(
    ("written", "order", "said"),
    [
        ("2164-10-23 21:09:00", "", "2164-10-23T21:09:00"),
        ("2020-04-03T07:05", "", "2020-04-03T07:05:00"),
        ("2020-04-03T07:05:10.250+02:00", "", "2020-04-03T07:05:10+02:00"),
        ("2020-04-03 07:05Z", "", "2020-04-03T07:05:00Z"),
        ("20200403", "", "2020-04-03"),
        ("202004030705", "", "2020-04-03T07:05:00"),
        ("2020-04", "", "2020-04"),
        ("2020", "", "2020"),
        (2020, "", "2020"),
        ("2020/4/3", "", "2020-04-03"),
        ("03.04.2020", "", "2020-04-03"),
        ("03/04/2020", "DMY", "2020-04-03"),
        ("03/04/2020", "MDY", "2020-03-04"),
        ("13/04/2020", "", "2020-04-13"),
        ("04/13/2020", "", "2020-04-13"),
        ("03/03/2020 7:05 PM", "DMY", "2020-03-03T19:05:00"),
        ("3 Mar 2020", "", "2020-03-03"),
        ("Mar 3, 2020", "", "2020-03-03"),
        ("03-M\u00e4r-2020", "", "2020-03-03"),
        ("12. Dezember 2020", "", "2020-12-12"),
        ("12/31/2020 12:30 am", "MDY", "2020-12-31T00:30:00"),
        (datetime(2020, 4, 3, 7, 5), "", "2020-04-03T07:05:00"),
        (datetime(2020, 4, 3), "", "2020-04-03"),
        (date(1899, 12, 31), "", "1899-12-31"),
    ],
)
def test_times(written: Cell, order: str, said: str) -> None:
    found = time_of(written, order)
    assert found == said
    assert when(found) is not None


@pytest.mark.parametrize(
    ("written", "order", "why"),
    [
        ("03/04/2020", "", "day and month can be exchanged"),
        ("03/04/2020", "YMD", "can be exchanged"),
        ("13/04/2020", "MDY", "none in this order"),
        ("3/5/94", "DMY", "year of four digits"),
        ("30/02/2020", "DMY", "no calendar has"),
        ("yesterday", "", "found something else"),
        (43910, "", "bare number"),
        (3.5, "", "bare number"),
        ("2020-04-03 25:00", "", "no clock"),
        ("2020-04-03 noon", "", "time of day"),
        ("2020-13", "", "no calendar has"),
        ("2020-04-03 07:05+25:00", "", "no place has"),
    ],
)
def test_what_is_no_date_or_may_be_two(written: Cell, order: str, why: str) -> None:
    with pytest.raises(CellProblem, match=why):
        time_of(written, order)


def test_an_offset_is_added_only_where_none_is_said() -> None:
    assert time_of("2020-04-03 07:05", "", "+01:00") == "2020-04-03T07:05:00+01:00"
    assert time_of("2020-04-03 07:05Z", "", "+01:00") == "2020-04-03T07:05:00Z"
    assert time_of("2020-04-03", "", "+01:00") == "2020-04-03"


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)), st.sampled_from(["DMY", "MDY"]))
def test_a_date_written_in_an_order_is_read_in_it(day: date, order: str) -> None:
    first, second = (day.day, day.month) if order == "DMY" else (day.month, day.day)
    text = f"{first:02d}/{second:02d}/{day.year}"
    assert time_of(text, order) == day.isoformat()
    assert order in date_orders(text)


@given(st.floats(-1e9, 1e9, allow_nan=False), st.sampled_from([".", ","]))
def test_a_number_written_with_a_sign_is_read_with_it(number: float, decimal: str) -> None:
    text = f"{number:.4f}".replace(".", decimal)
    found = number_of(text, decimal)
    assert isinstance(found, Number)
    assert found.value == round(number, 4)


@given(st.text(max_size=40), st.sampled_from(["", ".", ","]), st.sampled_from(["", "YMD", "DMY", "MDY"]))
def test_no_text_breaks_a_cell(text: str, decimal: str, order: str) -> None:
    looks_like_calendar(text)
    for read in (lambda: number_of(text, decimal), lambda: time_of(text, order)):
        try:
            found = read()
        except CellProblem as problem:
            found = str(problem)
        assert found is None or isinstance(found, str | Number)
