"""FHIR dates and times (R4, 2.24.0.1): as precise as they were written, and no more."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from medai_core.domain.record import Json, When

_TIME: Final = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})"
    r"(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?",
    re.ASCII,
)
_LAST_MICROSECOND: Final = 999_999


def when(text: object) -> When | None:
    """A FHIR date, dateTime or instant; None where there is none or it is no time.

    A time without an offset is taken as UTC; the leap second 60 is the second before it. The first instant
    of a partial date stands for it.
    """
    return _when(text) if isinstance(text, str) else None


@lru_cache(maxsize=8192)
def _when(text: str) -> When | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    offset = _offset_minutes(zone)
    microsecond = min(int((fraction or "0")[:6].ljust(6, "0")), _LAST_MICROSECOND)
    try:
        local = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0),
            min(int(second or 0), 59), microsecond, timezone(timedelta(minutes=offset or 0)),
        )  # fmt: skip
        at = local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return When(at, offset, _precision(month, day, hour, second))


def _precision(month: str | None, day: str | None, hour: str | None, second: str | None) -> str:
    for part, precision in ((month, "year"), (day, "month"), (hour, "day"), (second, "minute")):
        if part is None:
            return precision
    return "second"


def _offset_minutes(zone: str | None) -> int | None:
    if zone is None or zone == "-00:00":  # RFC 3339, 4.3: UTC, and the place's own offset is not known
        return None
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes


def day_of(text: object) -> date | None:
    """The day of a FHIR date; None where it is less precise than a day."""
    found = when(text)
    if found is None or found.precision in ("year", "month") or not isinstance(text, str):
        return None
    return date.fromisoformat(text[:10])


def period_of(value: object) -> tuple[When | None, When | None]:
    """Beginning and end of a FHIR Period."""
    if not isinstance(value, dict):
        return None, None
    return when(value.get("start")), when(value.get("end"))


def choice(resource: Json, name: str) -> tuple[When | None, When | None]:
    """Beginning and end of a `name[x]` element: a dateTime, an instant, a Period or a Timing."""
    for kind in ("DateTime", "Instant", "Date"):
        if (at := when(resource.get(name + kind))) is not None:
            return at, None
    start, end = period_of(resource.get(f"{name}Period"))
    if start or end:
        return start, end
    return timing_of(resource.get(f"{name}Timing"))


def timing_of(value: object) -> tuple[When | None, When | None]:
    """First and last event of a FHIR Timing, or the period that bounds it."""
    if not isinstance(value, dict):
        return None, None
    events = [at for text in value.get("event") or () if (at := when(text)) is not None]
    if events:
        ordered = sorted(events, key=lambda each: each.at)
        return ordered[0], ordered[-1] if len(ordered) > 1 else None
    repeat = value.get("repeat")
    return period_of(repeat.get("boundsPeriod")) if isinstance(repeat, dict) else (None, None)
