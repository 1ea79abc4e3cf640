"""Published scores from what a person wrote: text read, units converted, the score asked."""

import csv
import gzip
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import IO, Final

from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input, Value, plain
from medai_core.domain.record import Code
from medai_core.domain.refusal import Refusal
from medai_core.records.analytes import LOINC
from medai_core.scores.catalogue import LEFT_OUT, SCORES, score_named
from medai_core.scores.frame import POINTS, Answer, Score, evaluate
from medai_core.services.spreadsheet import safe_cell, write_lines

Line = dict[str, object]

COLUMNS: Final = (
    "score", "version", "value", "unit", "category", "interval", "missing", "refused", "cautions",
    "reference",
)  # fmt: skip
"""The keys of an answer, and the columns of a cohort's table."""

MOST_COLUMNS: Final = 5_000
DELIMITERS: Final = ",;\t"

_NUMBER: Final = re.compile(
    r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)((?:\s+\S|[^\d\s,.;]).*)?", re.ASCII | re.DOTALL
)
_NOTHING: Final = frozenset({"", "na", "n/a", "nan", "null", "none given", "missing", "unknown", "?"})
_YES: Final = frozenset({"yes", "y", "true", "t", "1", "1.0"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", "0.0"})


def scores() -> tuple[Score, ...]:
    """Every score that is shipped."""
    return SCORES


def list_lines() -> list[Line]:
    """Every score, then those left out with their reason."""
    shipped: list[Line] = [
        {"score": one.name, "version": one.version, "title": one.title, "unit": one.unit, "left_out": None}
        for one in SCORES
    ]
    return shipped + [
        {"score": one.name, "version": None, "title": one.title, "unit": None, "left_out": one.reason}
        for one in LEFT_OUT
    ]


def score_of(name: str) -> Score:
    """The score of a name; raises Refusal "usage" where there is none, or it was left out."""
    found = score_named(name)
    if found is not None:
        return found
    left_out = next((one for one in LEFT_OUT if one.name == name), None)
    raise Refusal(
        "usage",
        expected="the name of a score",
        found=f"one that was left out, because {left_out.reason}" if left_out else "a name that none has",
        what_to_do="score --list names them all.",
    )


def schema(score: Score) -> Line:
    """Keys, units and ranges of a score's inputs, and whom it is for."""
    return {
        "score": score.name,
        "version": score.version,
        "title": score.title,
        "unit": score.unit,
        "range": [score.low, score.high],
        "inputs": [_described(one) for one in score.inputs],
        "one_of": [list(group) for group in score.either],
        "use_for": score.use_for,
        "not_for": score.not_for,
        "missing": score.without,
        "validation": score.validation,
        "reference": score.reference,
    }


def _described(one: Input) -> Line:
    return {
        "key": one.key,
        "help": one.help,
        "type": {NUMBER: "number", YES_NO: "boolean", CHOICE: "choice"}[one.kind],
        "unit": one.unit or None,
        "range": None if one.low is None else [one.low, one.high],
        "minimum": one.low,
        "maximum": one.high,
        "choices": ["yes", "no"] if one.kind == YES_NO else list(one.choices) or None,
        "need": one.need.value,
        "required": one.need == "needed",
        "without": one.without or None,
        "also_units": [unit for unit in one.also if unit != one.unit],
        "aliases": list(one.aliases),
        "max_age_days": one.max_age_days,
        "changeable": one.changeable,
    }


# ---- one person


def answer(name: str, written: Mapping[str, str]) -> Line:
    """What score `name` says of values as they were written, for example ``{"age": "55"}``.

    Raises Refusal "usage" for a name that no score has; anything about the values is in the line.
    """
    score = score_of(name)
    found: dict[str, tuple[Input, str]] = {}
    problems: dict[str, str] = {}
    unused = []
    for key, text in written.items():
        one = score.input_of(key)
        if one is None and _known_elsewhere(key):
            unused.append(key)
        elif one is None:
            problems[key] = f"This score has no input of the name {key[:40]!r}."
        elif one.key in found and found[one.key][1] != text:
            problems[one.key] = f"{one.key} was given twice, with different values."
        else:
            found[one.key] = (one, text)
    line = as_line(_asked(score, found.values(), problems))
    if unused and line["refused"] is None:
        caution = f"Not an input of this score, and not used: {', '.join(unused)}."
        line["cautions"] = [*_listed(line["cautions"]), caution]
    return line


def _asked(
    score: Score, found: Iterable[tuple[Input, str]], problems: Mapping[str, str] | None = None
) -> Answer:
    """The score's answer to texts, each with its input; what cannot be read is a problem of its key."""
    values: dict[str, Value] = {}
    against = dict(problems or {})
    for one, text in found:
        value, problem = read_value(one, text)
        if problem is not None:
            against[one.key] = problem
        elif value is not None:
            values[one.key] = value
    return evaluate(score, values, against)


def _known_elsewhere(key: str) -> bool:
    """An input of another score is not a slip: one set of values may be put to several scores."""
    return any(score.input_of(key) is not None for score in SCORES)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def read_value(one: Input, text: str) -> tuple[Value | None, str | None]:
    """The value of an input as it was written, or why it cannot be read; both None where not given."""
    cell = text.strip()
    if cell.lower() in _NOTHING:
        return None, None
    if one.kind == NUMBER:
        return _number(one, cell)
    word = cell.lower()
    if one.kind == YES_NO:
        if word in _YES | _NO:
            return word in _YES, None
        return None, f"{one.key} is not yes or no."
    chosen = next((choice for choice in one.choices if choice.lower() == word), one.words.get(word))
    return (chosen, None) if chosen else (None, f"{one.key} is not one of: {one.range_text}.")


def _number(one: Input, cell: str) -> tuple[Value | None, str | None]:
    match = _NUMBER.fullmatch(cell)
    if match is None:
        return None, f"{one.key} is not a number with a decimal point, or a number and a unit."
    number, unit = float(match[1]), (match[2] or "").strip()
    if unit:
        converted = in_unit(one, number, unit)
        if converted is None:
            return None, f"{one.key} has a unit that cannot be converted to {one.unit or 'a plain number'}."
        return (converted, None) if one.holds(converted) else (None, _outside(one, converted))
    return (number, None) if one.holds(number) else (None, _outside(one, number, plainly=True))


def in_unit(one: Input, number: float, unit: str) -> float | None:
    """`number` in the unit of an input, None where the units are not the same quantity."""
    from medai_core.records.units import converted

    if unit.lower() == (one.unit or "1").lower():
        return number
    code = Code(LOINC, one.loinc[0]) if one.loinc else None
    return converted(number, unit, one.unit or "1", code=code)


def _outside(one: Input, number: float, *, plainly: bool = False) -> str:
    """Why a number is refused; and how to write it where it would fit in another unit."""
    sentence = f"{one.key} is outside the range of this score: {one.range_text}."
    if plainly:
        for unit in one.also:
            other = in_unit(one, number, unit) if unit != one.unit else None
            if other is not None and one.holds(other):
                how = f'{one.key}="{plain(number)} {unit}"'
                return f"{sentence} A value in {unit} is written with its unit, as {how}."
    return sentence


def as_line(one: Answer) -> Line:
    """In the fixed form of the command line."""
    return {
        "score": one.score,
        "version": one.version,
        "value": _points(one.value, one.unit),
        "unit": one.unit,
        "category": one.category,
        "interval": None if one.interval is None else [_points(end, one.unit) for end in one.interval],
        "missing": list(one.missing),
        "refused": one.refused,
        "cautions": list(one.cautions),
        "reference": one.reference,
    }


def _points(value: float | None, unit: str) -> float | int | None:
    """Whole points without a decimal."""
    return int(value) if value is not None and unit == POINTS and value.is_integer() else value


# ---- a cohort


def answer_table(name: str, table: str) -> Iterator[Line]:
    """One line a row of a CSV whose columns are the score's keys, in order, none dropped.

    Other columns are not looked at. Raises Refusal "usage" for an unknown score and "table-unreadable".
    """
    score = score_of(name)
    return _answered(score, table)


def _answered(score: Score, table: str) -> Iterator[Line]:
    try:
        with _opened(table) as file:
            first = file.readline()
            delimiter = max(DELIMITERS, key=first.count)
            rows = csv.reader(chain([first], file), delimiter=delimiter, strict=True)
            header = [cell.strip() for cell in next(rows, [])]
            places = _places(header, score)
            for row in rows:
                if row:
                    yield _row(score, places, len(header), row)
    except OSError:
        raise _unreadable("one that is missing, or that may not be read") from None
    except (csv.Error, EOFError):
        raise _unreadable("one that breaks the rules of CSV") from None


def _opened(table: str) -> IO[str]:
    """What is not UTF-8 becomes a sign that no number has: its row is refused, the others answered."""
    if table.endswith(".gz"):
        return gzip.open(table, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return open(table, encoding="utf-8-sig", errors="replace", newline="")


def _places(header: Sequence[str], score: Score) -> dict[int, Input]:
    """Which column is which input; a column with the input's own key goes before other names for it."""
    if len(header) > MOST_COLUMNS:
        raise _unreadable(f"one with more than {MOST_COLUMNS:,} columns")
    named = {place: one for place, name in enumerate(header) if (one := score.input_of(name)) is not None}
    own = {one.key for place, one in named.items() if header[place] == one.key}
    places = {place: one for place, one in named.items() if one.key not in own or header[place] == one.key}
    if len({one.key for one in places.values()}) < len(places):
        raise _unreadable("one with two columns for the same input")
    if not places:
        raise _unreadable("one without a column of this score; score NAME --schema names them")
    return places


def _row(score: Score, places: Mapping[int, Input], width: int, row: Sequence[str]) -> Line:
    if len(row) > width:
        return as_line(evaluate(score, {}, {"": "The row has more cells than the table has columns."}))
    return as_line(_asked(score, ((one, row[place]) for place, one in places.items() if place < len(row))))


def _unreadable(found: str) -> Refusal:
    return Refusal(
        "table-unreadable",
        expected="a CSV table in UTF-8 with a header and commas",
        found=found,
        what_to_do="Check the path and save the table as CSV (UTF-8).",
    )


def write_table(out: str, lines: Iterator[Line], *, table: str) -> int:
    """Write a cohort's lines as CSV, lists joined by '; '; how many. Raises Refusal "usage"."""
    return write_lines(out, lines, COLUMNS, _cell, table=table)


def _cell(value: object) -> str:
    """Lists joined; text that a spreadsheet would run made plain."""
    if isinstance(value, list):
        return safe_cell("; ".join(plain(one) if isinstance(one, float) else str(one) for one in value))
    return safe_cell(value)
