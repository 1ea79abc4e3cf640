"""Folding: what a person types finds what is stored, however it is written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.store.search import folded_word, query_words, search_text

LETTERS = st.text(st.characters(categories=("L", "N"), codec="utf-8"), min_size=1, max_size=12)


def found(query: str, *values: str) -> bool:
    text = search_text(*values)
    words = query_words(query)
    return bool(words) and all(word in text for word in words)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("muller", "Müller Jörg"),
        ("MÜLLER jorg", "Müller Jörg"),
        ("tarou yamada", "Yamada Tarou"),
        ("山田太郎", "山田 太郎"),
        ("太郎", "山田 太郎"),
        ("王小", "王 小明"),
        ("やまだ", "ヤマダ タロウ"),
        ("ﾔﾏﾀﾞ", "ヤマダ タロウ"),
        ("홍길동", "홍 길동"),
        ("иванов", "ИВАНОВ Пётр"),
        ("петр", "ИВАНОВ Пётр"),
        ("pat-0012", "PAT 0012"),
        ("PAT0012", "pat-0012"),
        ("0012", "PAT-0012"),
        ("００１２", "PAT-0012"),
        ("obrien", "O'Brien Sean"),
        ("strasse", "Straße"),
        ("lodz", "Łódź"),
        ("Σοφία", "ΣΟΦΙΑ"),
    ],
)
def test_is_found(query: str, value: str) -> None:
    assert found(query, value)


@pytest.mark.parametrize(
    ("query", "value"), [("mueller", "Müller"), ("%", "50 %"), ("_", "a_b"), ("山本", "山田")]
)
def test_is_not_found(query: str, value: str) -> None:
    assert not found(query, value)


def test_values_do_not_run_together() -> None:
    assert not found("ab cd".replace(" ", ""), "ab", "cd")


@given(LETTERS)
def test_folding_twice_changes_nothing(word: str) -> None:
    assert folded_word(folded_word(word)) == folded_word(word)


@given(LETTERS, LETTERS)
def test_every_word_is_found_in_any_case_and_form(first: str, second: str) -> None:
    value = f"{first} {second}"
    for word in (first, second, first + second, unicodedata.normalize("NFD", first)):
        assert not folded_word(word) or found(word, value)
    assert set(query_words(value)) <= set(search_text(value).replace("\n", " ").split())
