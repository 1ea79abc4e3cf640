"""How two records of people agree, field by field, as levels; for many pairs at once.

Every field has levels from full agreement to none; a level is an index into the field's `levels`, -1 where
one of the two says nothing. The levels are counted and weighed in `records.linkage`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.records.blocking import Pairs
from medai_core.records.people import Person

ALIKE: Final = 0.92
SOMEWHAT: Final = 0.80
"""Jaro-Winkler similarity, 0..1, from which two names are called alike, and somewhat alike."""
LINE_ALIKE: Final = 0.90

Levels = NDArray[np.int8]
"""Shape (n pairs, fields): the level of every field, -1 where it is missing in one of the two."""


@dataclass(frozen=True, slots=True)
class Field:
    """A compared field with its levels, full agreement first."""

    name: str
    levels: tuple[str, ...]


_NAME: Final = ("the same", "one of several names", "alike", "somewhat alike", "different")
FIELDS: Final = (
    Field("family name", (*_NAME[:2], "swapped with the given name", *_NAME[2:])),
    Field("given names", (*_NAME[:2], "an initial", *_NAME[2:])),
    Field(
        "birth date",
        ("the same", "day and month swapped", "one digit off", "the same year", "different"),
    ),
    Field("sex", ("the same", "different")),
    Field("identifier", ("a shared one", "one character off", "different")),
    Field("telephone", ("the same", "different")),
    Field(
        "address",
        ("the same", "a line alike, the same postal code", "the postal code alone", "different"),
    ),
)
"""The fields in the order of `Levels`. Address line and postal code are one field: they go together."""

NAMES: Final = tuple(one.name for one in FIELDS)
SWAPPED: Final = 2
MOST_WORDS: Final = 4
"""Of a longer name the first words are compared one by one; the likeness is that of all."""

_Codes = NDArray[np.int64]
_Scores = NDArray[np.float64]


class _Words:
    """One text column as codes (0 is missing): a pair of values that occurs often is compared once."""

    def __init__(self, texts: Sequence[str]) -> None:
        place: dict[str, int] = {"": 0}
        self.codes = np.fromiter((place.setdefault(text, len(place)) for text in texts), np.int64, len(texts))
        self.values = list(place)

    def of(self, pairs: Pairs) -> NDArray[np.int64]:
        """The codes of both sides, shape (n, 2)."""
        return self.codes[pairs]

    @cached_property
    def parts(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Of each value its first `MOST_WORDS` words: their codes (0 is none), their first letters, and
        whether they are a letter alone; each of shape (n values, MOST_WORDS)."""
        place: dict[str, int] = {}
        shape = (len(self.values), MOST_WORDS)
        codes, letters = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        alone = np.zeros(shape, dtype=bool)
        for row, value in enumerate(self.values):
            for column, word in enumerate(value.split()[:MOST_WORDS]):
                codes[row, column] = place.setdefault(word, len(place) + 1)
                letters[row, column], alone[row, column] = ord(word[0]), len(word) == 1
        return codes, letters, alone

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """Of each value a code of the numbers in it."""
        place: dict[str, int] = {}
        texts = (" ".join(filter(str.isdigit, value.split())) for value in self.values)
        return np.fromiter((place.setdefault(text, len(place)) for text in texts), np.int64, len(self.values))


class Columns:
    """The compared fields of many persons, taken apart once."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.family = _Words([one.family for one in people])
        self.given = _Words([one.given for one in people])
        ordered = (sorted((one.family, one.given)) for one in people)
        self.whole = _Words([f"{first}|{second}" if first else "" for first, second in ordered])
        self.sex = _Words([one.sex for one in people])
        self.phone = _Words([one.phone for one in people])
        self.line = _Words([one.line for one in people])
        self.postal = _Words([one.postal for one in people])
        kinds = sorted({name for one in people for name, _ in one.strong})
        self.strong = [_Words([dict(one.strong).get(kind, "") for one in people]) for kind in kinds]
        self.digits = np.zeros((len(people), 8), dtype=np.int8)
        self.born = np.zeros(len(people), dtype=bool)
        for place, one in enumerate(people):
            if one.birth_date is not None:
                self.born[place] = True
                self.digits[place] = [int(letter) for letter in one.birth_date.isoformat().replace("-", "")]


def compared(columns: Columns, pairs: Pairs) -> Levels:
    """The levels of every pair; symmetric in the two persons."""
    found = [
        *_names(columns, pairs),
        _birth_dates(columns, pairs),
        _equal(columns.sex, pairs),
        _identifiers(columns, pairs),
        _equal(columns.phone, pairs),
        _addresses(columns, pairs),
    ]
    return np.stack(found, axis=1).astype(np.int8)


def jaro_winkler(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Jaro-Winkler similarity of each pair of words, 0..1 (Winkler 1990; prefix weight 0.1)."""
    from rapidfuzz.distance import JaroWinkler
    from rapidfuzz.process import cpdist

    return np.asarray(cpdist(first, second, scorer=JaroWinkler.similarity, dtype=np.float64))


def _equal(words: _Words, pairs: Pairs) -> NDArray[np.int8]:
    """0 the same, 1 different."""
    codes = words.of(pairs)
    level: NDArray[np.int8] = np.asarray(codes[:, 0] != codes[:, 1], dtype=np.int8)
    level[(codes == 0).any(axis=1)] = -1
    return level


def _names(columns: Columns, pairs: Pairs) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Levels of family and given names. Swapped ones count with the family name alone."""
    family = _by_value(columns.family, pairs, _family_level)
    given = _by_value(columns.given, pairs, _given_level)
    whole = columns.whole.of(pairs)
    swapped = (whole[:, 0] == whole[:, 1]) & (whole != 0).all(axis=1) & (family > 0) & (given > 0)
    family[swapped] = SWAPPED
    given[swapped] = -1
    return family, given


_Level = Callable[[_Words, _Codes, _Codes, _Scores], NDArray[np.int8]]


def _by_value(words: _Words, pairs: Pairs, level: _Level) -> NDArray[np.int8]:
    """0 for equal values, -1 for missing ones, else what `level` says of each distinct pair of values."""
    codes = np.sort(words.of(pairs), axis=1)
    found = np.zeros(len(pairs), dtype=np.int8)
    missing = codes[:, 0] == 0
    differ = ~missing & (codes[:, 0] != codes[:, 1])
    found[missing] = -1
    if differ.any():
        size = len(words.values)
        distinct, back = np.unique(codes[differ, 0] * size + codes[differ, 1], return_inverse=True)
        first, second = distinct // size, distinct % size
        texts = [[words.values[code] for code in side.tolist()] for side in (first, second)]
        found[differ] = level(words, first, second, jaro_winkler(*texts))[back]
    return found


def _by_likeness(alike: _Scores, first_level: int) -> NDArray[np.int8]:
    """Alike, somewhat alike, different, from `first_level` on."""
    return np.asarray(first_level + (alike < ALIKE) + (alike < SOMEWHAT), dtype=np.int8)


def _family_level(words: _Words, first: _Codes, second: _Codes, alike: _Scores) -> NDArray[np.int8]:
    level = _by_likeness(alike, 3)
    level[_part_of(words, first, second)] = 1
    return level


def _given_level(words: _Words, first: _Codes, second: _Codes, alike: _Scores) -> NDArray[np.int8]:
    level = _by_likeness(alike, 3)
    level[_initials(words, first, second)] = 2
    level[_part_of(words, first, second)] = 1
    return level


def _part_of(words: _Words, first: _Codes, second: _Codes) -> NDArray[np.bool_]:
    """Whether all words of one name are words of the other, with more than initials among them."""
    codes, _, alone = words.parts
    one, other = codes[first], codes[second]
    same = (one[:, :, None] == other[:, None, :]) & (one[:, :, None] > 0)
    whole = (same & ~alone[first][:, :, None]).any(axis=(1, 2))
    inside = ((same.any(axis=2) | (one == 0)).all(axis=1)) | ((same.any(axis=1) | (other == 0)).all(axis=1))
    part: NDArray[np.bool_] = inside & whole
    return part


def _initials(words: _Words, first: _Codes, second: _Codes) -> NDArray[np.bool_]:
    """Whether word by word one is the same as the other or its first letter, with an initial among them."""
    codes, letters, alone = words.parts
    both = (codes[first] > 0) & (codes[second] > 0)
    short = (alone[first] | alone[second]) & both
    fits = (codes[first] == codes[second]) | (short & (letters[first] == letters[second]))
    found: NDArray[np.bool_] = (fits | ~both).all(axis=1) & short.any(axis=1)
    return found


def _birth_dates(columns: Columns, pairs: Pairs) -> NDArray[np.int8]:
    first, second = columns.digits[pairs[:, 0]], columns.digits[pairs[:, 1]]
    off = first != second
    same_year = ~off[:, :4].any(axis=1)
    swapped = same_year & (first[:, 4:6] == second[:, 6:8]).all(axis=1)
    swapped &= (first[:, 6:8] == second[:, 4:6]).all(axis=1)
    level = np.full(len(pairs), 4, dtype=np.int8)
    level[same_year] = 3
    level[_one_slip(first, second, off)] = 2
    level[swapped] = 1
    level[~off.any(axis=1)] = 0
    level[~columns.born[pairs].all(axis=1)] = -1
    return level


def _one_slip(first: NDArray[Any], second: NDArray[Any], off: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """One digit differs, or two neighbours have changed places."""
    count = off.sum(axis=1)
    turned = np.zeros(len(off), dtype=bool)
    for place in range(first.shape[1] - 1):
        here = off[:, place] & off[:, place + 1]
        here &= (first[:, place] == second[:, place + 1]) & (first[:, place + 1] == second[:, place])
        turned |= here
    one_slip: NDArray[np.bool_] = (count == 1) | ((count == 2) & turned)
    return one_slip


def _identifiers(columns: Columns, pairs: Pairs) -> NDArray[np.int8]:
    """The best level of all kinds that both have."""
    level = np.full(len(pairs), -1, dtype=np.int8)
    for words in columns.strong:
        mine = _by_value(words, pairs, _identifier_level)
        level = np.where((level < 0) | ((mine >= 0) & (mine < level)), mine, level)
    return level.astype(np.int8)


def _identifier_level(words: _Words, first: _Codes, second: _Codes, alike: _Scores) -> NDArray[np.int8]:
    level = np.full(len(first), 2, dtype=np.int8)
    for place in np.flatnonzero(alike >= SOMEWHAT):
        if _slip(words.values[first[place]], words.values[second[place]]):
            level[place] = 1
    return level


def _slip(one: str, other: str) -> bool:
    """One character is another one, or two neighbours have changed places."""
    if len(one) != len(other):
        return False
    off = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(off) == 2 and off[1] == off[0] + 1:
        return one[off[0]] == other[off[1]] and one[off[1]] == other[off[0]]
    return len(off) == 1


def _addresses(columns: Columns, pairs: Pairs) -> NDArray[np.int8]:
    line = _by_value(columns.line, pairs, _line_level)
    postal = _equal(columns.postal, pairs)
    level = np.full(len(pairs), 3, dtype=np.int8)
    level[postal == 0] = 2
    level[(line == 1) & (postal != 1)] = 1
    level[(line == 0) & (postal != 1)] = 0
    level[(line < 0) & (postal < 0)] = -1
    return level


def _line_level(words: _Words, first: _Codes, second: _Codes, alike: _Scores) -> NDArray[np.int8]:
    """The numbers must be the same: neighbours are not alike."""
    level: NDArray[np.int8] = np.where(
        (alike >= LINE_ALIKE) & (words.numbers[first] == words.numbers[second]), 1, 2
    ).astype(np.int8)
    return level
