"""Single cells: numbers, dates and gaps as people and spreadsheets write them; missing is never zero."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from medai_core.domain.exact_json import measured

Cell = str | int | float | bool | date | datetime | time | None
"""What a cell holds: text alone in CSV; numbers and dates too in a workbook."""

_MISSING: Final = frozenset(
    "|na|n/a|n.a.|nan|null|none|nil|-|--|---|.|..|?|missing|not done|not available|n. a.|k.a.|#n/a|"
    "(null)|\\n|unknown|unk|nd".split("|")
)
_SHEET_ERRORS: Final = ("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janv janvier ene enero", "feb february februar fev fevrier febrero",
            "mar march mars marz maerz marzo mrz", "apr april avr avril abr abril", "may mai mayo",
            "jun june juni juin junio", "jul july juli juil juillet julio", "aug august aout ago agosto",
            "sep sept september septembre septiembre", "oct october okt oktober octobre octubre",
            "nov november novembre noviembre", "dec december dez dezember decembre diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_PLAIN_TEXT: Final = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2019": "'"}
)
_COMPARED: Final = re.compile(r"(<=|>=|<|>|\u2264|\u2265)?\s*(.*)", re.DOTALL)
_POINT: Final = re.compile(
    r"[+-]?(?:\d+|[1-9]\d{0,2}(?:[,' ]\d{3})+)?(?:(?<=\d)\.\d*|\.\d+)?(?:[eE][+-]?\d{1,2})?", re.ASCII
)
_COMMA: Final = re.compile(
    r"[+-]?(?:\d+|[1-9]\d{0,2}(?:[.' ]\d{3})+)?(?:(?<=\d),\d*|,\d+)?(?:[eE][+-]?\d{1,2})?", re.ASCII
)
_NUMERIC: Final = re.compile(r"[+-]?[\d.,' ]*\d[\d.,' ]*(?:[eE][+-]?\d+)?", re.ASCII)
_TRAILING: Final = re.compile(r"([+-]?[\d.,' ]*\d)\s*([^\d\s.,'+-].*)", re.ASCII)
_CALENDAR: Final = re.compile(
    r"(?:\d{1,2}[.\s/-]{1,2}([A-Za-z\u00c0-\u017f]{3,9})\.?|([A-Za-z\u00c0-\u017f]{3,9})\.?[\s/-]\d{1,2})"
    r"(?:[.\s/-]\d{2,4})?"
)


class CellProblem(ValueError):
    """A cell that cannot be what its column is; the sentence says why without the cell's value."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, what it is compared by ("", "<", "<=", ">", ">="), and a unit in the same cell."""

    value: float
    comparator: str = ""
    unit: str = ""


def text_of(cell: Cell) -> str | None:
    """A cell as text; None for a gap. Whole numbers of a workbook lose their ".0"."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    text = str(cell).translate(_PLAIN_TEXT).strip()
    if text.upper() in _SHEET_ERRORS:
        raise CellProblem("expected a value; found an error of the spreadsheet's own arithmetic")
    return None if text.lower() in _MISSING else text


def number_of(cell: Cell, decimal: str) -> Number | str | None:
    """A number; the words where a cell holds words; None for a gap.

    Raises
    ------
    CellProblem
        For a date, and for digits that cannot be read with this decimal sign.

    >>> number_of("1.234,5", ","), number_of("<5", "."), number_of("n/a", "."), number_of("trace", ".")
    (Number(value=1234.5, comparator='', unit=''), Number(value=5.0, comparator='<', unit=''), None, 'trace')
    """
    if isinstance(cell, datetime | date | time):
        raise CellProblem(_DATE_FOR_NUMBER)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return Number(float(cell))
    text = text_of(cell)
    if text is None:
        return None
    if looks_like_calendar(text):
        raise CellProblem(_DATE_FOR_NUMBER)
    comparator, rest = _COMPARED.fullmatch(text).groups()  # type: ignore[union-attr]
    comparator = {"\u2264": "<=", "\u2265": ">="}.get(comparator or "", comparator or "")
    unit = ""
    if not _NUMERIC.fullmatch(rest):
        trailing = _TRAILING.fullmatch(rest)
        if trailing is None or not _is_unit(trailing.group(2)):
            return text
        rest, unit = trailing.group(1), trailing.group(2).strip()
    return Number(_value(rest.strip(), decimal), comparator, unit)


_DATE_FOR_NUMBER: Final = (
    "expected a number; found a date, as spreadsheets make of 9.10; the number is lost in this file"
)


def _is_unit(text: str) -> bool:
    from medai_core.records.ucum import read_unit

    return read_unit(text) is not None


def _value(text: str, decimal: str) -> float:
    if not decimal and decimal_signs(text) == {".", ","}:
        raise CellProblem("expected a number; found one that can be read with a decimal comma or point")
    decimal = decimal or next(iter(decimal_signs(text)), ".")
    pattern, thousands = (_COMMA, ".") if decimal == "," else (_POINT, ",")
    if not pattern.fullmatch(text) or not any(sign.isdigit() for sign in text):
        word = "comma" if decimal == "," else "point"
        raise CellProblem(f"expected a number with a decimal {word}; found digits that are none")
    plain = text.replace(thousands, "").replace("'", "").replace(" ", "").replace(",", ".")
    value = measured(plain)
    if value is None or value in (float("inf"), float("-inf")):
        raise CellProblem("expected a number; found one too large")
    return value


def decimal_signs(text: str) -> set[str]:
    """Which decimal signs a number can be read with; both for ``1,234`` and for a whole number none.

    >>> decimal_signs("1,5"), decimal_signs("1.234,5"), sorted(decimal_signs("1,234")), decimal_signs("12")
    ({','}, {','}, [',', '.'], set())
    """
    text = text.strip()
    if "." not in text and "," not in text:
        return set()
    return {sign for sign, pattern in ((".", _POINT), (",", _COMMA)) if pattern.fullmatch(text)}


def looks_like_calendar(text: str) -> bool:
    """Whether a text is a day and a month in words, as a spreadsheet writes what it took for a date."""
    found = _CALENDAR.fullmatch(text)
    if found is None:
        return False
    return _month(found.group(1) or found.group(2)) is not None


def _month(word: str) -> int | None:
    plain = word.lower().translate(str.maketrans("\u00e4\u00e9\u00fb\u00e8", "aeue"))
    return _MONTHS.get(plain)


_ISO: Final = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?(?:(?:T|\s+)(.+))?", re.ASCII | re.IGNORECASE
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(?:T|\s*)(\d{2})(\d{2})(\d{2})?)?", re.ASCII)
_TURNED: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:(?:T|,?\s+)(.+))?", re.ASCII)
_NAMED: Final = re.compile(
    r"(?:(\d{1,2})\.?[-/\s]*([A-Za-z\u00c0-\u017f]{3,9})\.?|([A-Za-z\u00c0-\u017f]{3,9})\.?\s*(\d{1,2}),?)"
    r"[-/,\s]+(\d{4})(?:,?\s+(.+))?"
)
_CLOCK: Final = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|[+-]\d{2}:?\d{2})?"
    r"(?:\s*UTC)?"
)


def time_of(cell: Cell, order: str, offset: str = "") -> str | None:
    """A date or time as FHIR writes it, as precise as it was written; None for a gap.

    Parameters
    ----------
    order : str
        "DMY", "MDY", or else dates that can be read both ways are refused.
    offset : str
        The offset of times that do not say theirs; "" keeps it open.

    Raises
    ------
    CellProblem
        For what is no date, has a year of two digits, or can be read in two ways.

    >>> time_of("13/04/2020 7:05 pm", "DMY"), time_of("2020-04", ""), time_of("3 Mar 2020", "")
    ('2020-04-13T19:05:00', '2020-04', '2020-03-03')
    """
    if isinstance(cell, datetime):
        midnight = not (cell.hour or cell.minute or cell.second or cell.microsecond)
        return cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds") + offset
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool | int | float | time):
        if not (isinstance(cell, int) and not isinstance(cell, bool) and 1850 <= cell <= 2300):
            raise CellProblem("expected a date; found a bare number")
    text = text_of(cell)
    return None if text is None else _time_in(text, order, offset)


def _time_in(text: str, order: str, offset: str) -> str:
    if found := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second = found.groups()
        clock = f"{hour}:{minute}:{second or '00'}" if hour else None
        return _joined(int(year), int(month), int(day), clock, offset)
    if found := _ISO.fullmatch(text):
        year, _, month, day, clock = found.groups()
        if clock and not day:
            raise CellProblem(_NO_DATE)
        return _joined(int(year), int(month) if month else None, int(day) if day else None, clock, offset)
    if (found := _NAMED.fullmatch(text)) and (number := _month(found.group(2) or found.group(3))):
        day, clock = found.group(1) or found.group(4), found.group(6)
        return _joined(int(found.group(5)), number, int(day), clock, offset)
    if found := _TURNED.fullmatch(text):
        return _turned(found, order, offset)
    raise CellProblem(_NO_DATE)


_NO_DATE: Final = "expected a date; found something else"


def _turned(found: re.Match[str], order: str, offset: str) -> str:
    first, sign, second, year, clock = found.groups()
    if len(year) == 2:
        raise CellProblem("expected a date with a year of four digits; found one of two")
    orders = date_orders(found.group())
    wanted = order if order in ("DMY", "MDY") else ("DMY" if sign == "." else "")
    if not wanted and len(orders) > 1:
        raise CellProblem("expected a date; found one in which day and month can be exchanged")
    use = wanted or next(iter(orders), "")
    if use not in orders:
        raise CellProblem("expected a date; found one that is none in this order of day and month")
    day, month = (first, second) if use == "DMY" else (second, first)
    return _joined(int(year), int(month), int(day), clock, offset)


def date_orders(text: str) -> set[str]:
    """Which orders a date of the form 3/4/2020 can be read in; none for other texts and for 3/3/2020 both."""
    found = _TURNED.fullmatch(text.strip())
    if found is None:
        return set()
    first, second = int(found.group(1)), int(found.group(3))
    orders = {"DMY"} if first <= 31 and 1 <= second <= 12 else set()
    return orders | ({"MDY"} if second <= 31 and 1 <= first <= 12 else set())


def _joined(year: int, month: int | None, day: int | None, clock: str | None, offset: str) -> str:
    try:
        checked = date(year, month or 1, day or 1)
    except ValueError as error:
        raise CellProblem("expected a date; found one that no calendar has") from error
    if month is None:
        return f"{year:04d}"
    if day is None:
        return f"{year:04d}-{month:02d}"
    return checked.isoformat() + ("T" + _clock(clock.strip(), offset) if clock and clock.strip() else "")


def _clock(text: str, offset: str) -> str:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise CellProblem("expected a time of day; found something else")
    hour, minute, second = int(found.group(1)), int(found.group(2)), int(found.group(3) or 0)
    if half := found.group(5):
        if not 1 <= hour <= 12:
            raise CellProblem("expected a time of day; found one that no clock shows")
        hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise CellProblem("expected a time of day; found one that no clock shows")
    zone = found.group(6) or ""
    if len(zone) == 5:
        zone = zone[:3] + ":" + zone[3:]
    if not zone and text.upper().endswith("UTC"):
        zone = "Z"
    if zone not in ("", "Z") and (int(zone[1:3]) > 14 or int(zone[4:6]) > 59):
        raise CellProblem("expected a time of day; found an offset that no place has")
    return f"{hour:02d}:{minute:02d}:{second:02d}{zone or offset}"
