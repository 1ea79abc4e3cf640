"""Right-to-left words come in drawing order, letters joined."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.reports import bidi


@pytest.mark.parametrize(
    ("logical", "drawn"),
    [
        ("plain 12 (a)", "plain 12 (a)"),
        ("אבג", "גבא"),
        ("אב (גד) 12.5", "12.5 (דג) בא"),
        ("name אבג 12 end", "name 12 גבא end"),
        ("10 אב", "10 בא"),
        ("אבג abc", "גבא abc"),
        ("", ""),
    ],
)
def test_drawing_order_in_a_left_to_right_line(logical: str, drawn: str) -> None:
    assert bidi.visual(logical) == drawn


def test_drawing_order_in_a_right_to_left_line() -> None:
    assert bidi.visual("אבג abc 12", right_to_left=True) == "abc 12 גבא"
    assert bidi.visual("12% אב", right_to_left=True) == "בא 12%"


def test_arabic_letters_join() -> None:
    drawn = bidi.visual("محمد")
    assert [unicodedata.name(character).split()[-2] for character in drawn] == [
        "FINAL",
        "MEDIAL",
        "MEDIAL",
        "INITIAL",
    ]
    assert bidi.visual("لا") == "\ufefb"  # lam and alef always form one glyph
    assert bidi.visual("پ") == "\ufb56"  # Persian letters too


def test_a_non_joiner_parts_letters_and_is_not_drawn() -> None:
    assert bidi.visual("ب\u200cب") == "\ufe8f\ufe8f"


def test_marks_stay_on_their_letter() -> None:
    assert bidi.visual("ש\u05b8ל") == "לש\u05b8"


def test_explicit_overrides_have_no_effect() -> None:
    assert bidi.visual("\u202eabc\u202c \u2067x\u2069") == "abc x"


def test_direction_of_a_paragraph_is_its_first_letters() -> None:
    assert bidi.starts_right_to_left("12 (אב) abc")
    assert not bidi.starts_right_to_left("12 abc אב")
    assert not bidi.starts_right_to_left("12")
    assert bidi.has_right_to_left("abc אב")
    assert not bidi.has_right_to_left("abc")


def test_wrap_keeps_reading_order_and_width() -> None:
    lines = bidi.wrap("one two three four", 9, len)
    assert lines == ["one two", "three", "four"]
    assert bidi.wrap("", 9, len) == [""]


@given(st.text(alphabet="abc 12.(אבגד"), st.booleans())
def test_no_letter_is_lost(text: str, right_to_left: bool) -> None:
    drawn = bidi.visual(text, right_to_left=right_to_left)
    mirrored = drawn.replace(")", "(")
    assert sorted(mirrored) == sorted(text)


@given(st.text(alphabet="abc 12.(é", max_size=40))
def test_text_without_right_to_left_letters_is_untouched(text: str) -> None:
    assert bidi.visual(text) == text
