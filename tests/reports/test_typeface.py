"""The font is chosen character by character; nothing comes out as an empty box."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.reports import typeface

FONTS = Path(typeface.__file__).parent / "fonts"


@pytest.fixture(autouse=True)
def _registered() -> None:
    typeface.register()


def test_runs_switch_fonts_where_the_script_does() -> None:
    assert typeface.runs("Li 李 김 Ж") == [
        (typeface.REGULAR, "Li "),
        (typeface.CJK, "李"),
        (typeface.REGULAR, " "),
        (typeface.CJK, "김"),
        (typeface.REGULAR, " Ж"),
    ]
    assert typeface.runs("Li", bold=True) == [(typeface.BOLD, "Li")]


@pytest.mark.parametrize(
    ("script", "first", "last"),
    [
        ("Latin", 0xA1, 0x17F), ("Vietnamese", 0x1EA0, 0x1EF9), ("Greek", 0x3AC, 0x3CE),
        ("Cyrillic", 0x400, 0x45F),
        ("Hebrew", 0x5D0, 0x5EA), ("Arabic", 0x621, 0x63A), ("Han", 0x4E00, 0x9FA5), ("kana", 0x3041, 0x3093),
        ("Hangul", 0xAC00, 0xD7A3),
    ],
)  # fmt: skip
def test_every_letter_of_a_script_is_held(script: str, first: int, last: int) -> None:
    missing = [code for code in range(first, last + 1) if "[U+" in typeface.runs(chr(code))[0][1]]
    assert missing == [], script


def test_what_no_font_holds_is_named() -> None:
    assert typeface.runs("\u0e01") == [(typeface.REGULAR, "[U+0E01]")]


def test_plain_composes_and_drops_controls() -> None:
    assert typeface.plain("e\u0301\r\na\rb\x00\x1b\u202e\ufeff") == "é\na\nb"


def test_markup_is_escaped() -> None:
    assert typeface.markup("<b>&") == f'<font name="{typeface.REGULAR}">&lt;b&gt;&amp;</font>'


@given(st.text(max_size=60))
def test_any_text_becomes_well_formed_markup(text: str) -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(f"<p>{typeface.markup(text)}</p>")
    assert {child.tag for child in root} <= {"font"}


def test_fonts_are_small_enough_and_carry_their_licences() -> None:
    assert sum(file.stat().st_size for file in FONTS.iterdir()) < 6 * 1024 * 1024
    assert "Apache License" in (FONTS / "LICENSE-DroidSansFallback.txt").read_text()
    assert "Bitstream Vera Fonts Copyright" in (FONTS / "LICENSE-DejaVu.txt").read_text()
    for font in FONTS.glob("*.ttf"):
        assert any(font.name in licence.read_text() for licence in FONTS.glob("LICENSE-*.txt")), font.name
