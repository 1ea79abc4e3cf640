"""No cell of an export is run by a spreadsheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.services.spreadsheet import safe_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+2",
        "+1+2",
        "-1+2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20A",
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("http://x")',
        "-",
        "+49 89 1",
        "--1",
        "\x00=1",
    ],
)
def test_what_begins_a_formula_is_text(text: str) -> None:
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize(
    "text", ["", "Asthma", "5", "-5", "+5.5", "-1e-3", "7,25", "a=b", "mm[Hg]", "'=1", "1-2"]
)
def test_what_is_harmless_stays(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    ("value", "cell"), [(None, ""), (-5, "-5"), (-0.5, "-0.5"), (1e-9, "1e-09"), (True, "True")]
)
def test_other_values(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


@given(st.text(max_size=20))
def test_nothing_is_lost_but_zero_characters(text: str) -> None:
    cell = safe_cell(text)
    assert cell.removeprefix("'") == text.replace("\0", "").removeprefix("'") or cell == f"'{text}"
    assert not cell.lstrip(" \u00a0").startswith(("=", "@"))
