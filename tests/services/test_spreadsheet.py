"""Cells that no spreadsheet runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.services.spreadsheet import safe_cell


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "\n=x", "  =x", "\uff1dx", "=HYPERLINK(1)", "-", "+"],
)
def test_what_begins_a_formula_is_made_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-3", "+4.5", "1e-05", "-1,5", "12", "plain", "a=b", "2024-01-01", ""])
def test_numbers_and_plain_words_stay(text: str) -> None:
    assert safe_cell(text) == text


def test_a_gap_is_an_empty_cell() -> None:
    assert safe_cell(None) == ""
    assert safe_cell(0) == "0"
    assert safe_cell(-2.5) == "-2.5"


@given(st.text(max_size=30))
def test_no_text_stays_a_formula(text: str) -> None:
    cell = safe_cell(text).lstrip()
    number = cell.lstrip("+-").replace(",", ".", 1)
    is_number = number[:1].isdigit() and all(sign.isdigit() or sign in ".eE+-" for sign in number)
    assert is_number or not cell.startswith(("=", "+", "-", "@"))
