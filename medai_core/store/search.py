"""Text without case, accents, width, kana and punctuation: for finding, never for showing."""

import unicodedata
from typing import Final

_COMBINING: Final = range(0x0300, 0x0370)
_KATAKANA: Final = range(0x30A1, 0x30F7)
_TO_HIRAGANA: Final = 0x60
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)


def folded_word(word: str) -> str:
    """One word's letters and digits, folded; empty where it holds neither."""
    text = word
    for _ in range(2):  # a compatibility form may decompose into capitals, which casefold changes again
        text = unicodedata.normalize("NFKD", text).casefold()
    kept = (
        _hiragana(letter)
        for letter in text
        if ord(letter) not in _COMBINING and unicodedata.category(letter)[0] in "LMN"
    )
    return unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS)


def _hiragana(letter: str) -> str:
    return chr(ord(letter) - _TO_HIRAGANA) if ord(letter) in _KATAKANA else letter


def query_words(text: str) -> tuple[str, ...]:
    """The words that must all be found."""
    return tuple(word for word in map(folded_word, text.split()) if word)


def search_text(*values: str) -> str:
    """What a search looks through: each value's words, and each value with its spaces taken out.

    A name in ideographs is found with and without the space between its parts, an identifier with and
    without its punctuation.
    """
    lines = []
    for value in values:
        words = query_words(value)
        lines.append(" ".join((*words, "".join(words)) if len(words) > 1 else words))
    return "\n".join(line for line in lines if line)
