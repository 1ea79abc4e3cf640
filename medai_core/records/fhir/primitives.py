"""FHIR's primitive types (R4, 2.24.0.1) as JSON values: what each must look like.

Every check gives None where the value is right, else how wrong it is and what was expected. It never says
what the value was.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import IntEnum
from typing import Final

from medai_core.records.fhir.values import finite


class Grade(IntEnum):
    """How wrong a value is."""

    LOOSE = 1
    """Understood all the same (a time without seconds or offset): let through with a caution."""
    DOUBT = 2
    """Not certain here: the published model decides."""
    WRONG = 3
    """Of another type: refused."""


Verdict = tuple[Grade, str] | None
Check = Callable[[object], Verdict]

_YEAR: Final = r"(?!0000)\d{4}"
_DATE: Final = re.compile(rf"({_YEAR})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?"
_ZONE: Final = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_DATETIME: Final = re.compile(
    rf"({_YEAR})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])(?:T{_CLOCK}{_ZONE})?)?)?", re.ASCII
)
_INSTANT: Final = re.compile(rf"({_YEAR})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T{_CLOCK}{_ZONE}", re.ASCII)
_LOOSE_TIME: Final = re.compile(
    rf"({_YEAR})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    rf"T(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d+)?)?{_ZONE}?",
    re.ASCII,
)
_TIME: Final = re.compile(_CLOCK, re.ASCII)
_CODE: Final = re.compile(r"\S+(?: \S+)*")
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_URL: Final = re.compile(r"[A-Za-z0-9+.\-]+:\S+")
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SMALLEST: Final = -(2**31)
_LARGEST: Final = 2**31 - 1


def _boolean(value: object) -> Verdict:
    return None if isinstance(value, bool) else (Grade.WRONG, "true or false")


def _decimal(value: object) -> Verdict:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Grade.WRONG, "a number"
    return None if finite(value) is not None else (Grade.WRONG, "a number that is finite")


def _whole(smallest: int, expected: str) -> Check:
    def check(value: object) -> Verdict:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Grade.WRONG, expected
        if isinstance(value, int) and smallest <= value <= _LARGEST:
            return None
        return Grade.DOUBT, expected

    return check


def _string(value: object) -> Verdict:
    if not isinstance(value, str):
        return Grade.WRONG, "text"
    return (Grade.DOUBT, "text that is not empty") if not value or value.isspace() else None


def _any_text(value: object) -> Verdict:
    return None if isinstance(value, str) else (Grade.WRONG, "text")


def _pattern(pattern: re.Pattern[str], expected: str) -> Check:
    def check(value: object) -> Verdict:
        if not isinstance(value, str):
            return Grade.WRONG, expected
        return None if pattern.fullmatch(value) else (Grade.DOUBT, expected)

    return check


def _on_calendar(found: re.Match[str]) -> bool:
    year, month, day = found.group(1, 2, 3)
    if day is None or day <= "28":
        return True
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _time(pattern: re.Pattern[str], expected: str, *, loose: bool) -> Check:
    def check(value: object) -> Verdict:
        if not isinstance(value, str):
            return Grade.WRONG, expected
        if (found := pattern.fullmatch(value)) is not None:
            return None if _on_calendar(found) else (Grade.WRONG, "a day that the calendar has")
        if loose and (found := _LOOSE_TIME.fullmatch(value)) is not None and _on_calendar(found):
            return Grade.LOOSE, "a time with seconds and offset; UTC is assumed where there is none"
        return Grade.WRONG, expected

    return check


CHECKS: Final[Mapping[str, Check]] = {
    "boolean": _boolean,
    "decimal": _decimal,
    "integer": _whole(_SMALLEST, "a whole number"),
    "unsignedInt": _whole(0, "a whole number from 0"),
    "positiveInt": _whole(1, "a whole number from 1"),
    "string": _string,
    "markdown": _any_text,
    "xhtml": _any_text,
    "uri": _any_text,
    "canonical": _any_text,
    "url": _pattern(_URL, "an address"),
    "oid": _pattern(re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+", re.ASCII), "an OID"),
    "uuid": _pattern(re.compile(r"(?!)"), "a UUID"),
    "code": _pattern(_CODE, "a code"),
    "id": _pattern(_ID, "an id of letters, digits, '-' and '.', at most 64"),
    "base64Binary": _pattern(_BASE64, "base64"),
    "date": _time(_DATE, "a date as YYYY, YYYY-MM or YYYY-MM-DD", loose=False),
    "dateTime": _time(_DATETIME, "a date or a time with offset", loose=True),
    "instant": _time(_INSTANT, "a time with seconds and offset", loose=True),
    "time": _pattern(_TIME, "a time of day as hh:mm:ss"),
}
"""One check for each primitive type; `uuid` is always left to the published model."""
