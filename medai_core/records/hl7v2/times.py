"""HL7 times (DT, TM, DTM, TS) as FHIR dates and dateTimes, as precise as they were written."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_COMPACT: Final = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,9}))?)?)?)?)?)?\s*([+-]\d{4}|Z)?",
    re.ASCII,
)
_DASHED: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*([+-]\d{2}:?\d{2}|Z)?)?",
    re.ASCII,
)
_CLOCK: Final = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.\d{1,4})?)?)?(?:[+-]\d{4})?", re.ASCII)
_FARTHEST: Final = 14 * 60


@dataclass(frozen=True, slots=True)
class Time:
    """A point in time: `iso` as FHIR writes it; `assumed` where no offset was known and UTC was taken."""

    iso: str
    at: datetime
    assumed: bool = False

    @property
    def day(self) -> str:
        """The date alone, as precise as it is known."""
        return self.iso[:10]

    @property
    def timed(self) -> bool:
        """Whether it has a time of day."""
        return "T" in self.iso


def offset_minutes(zone: str | None) -> int | None:
    """Minutes east of UTC of +0530, -05:00 or Z; None where there is none or no place on earth has it."""
    if not zone:
        return None
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return None if minutes > _FARTHEST or int(digits[2:]) > 59 else -minutes if zone[0] == "-" else minutes


def sender_offset(text: str) -> int | None:
    """The offset that a DTM carries."""
    found = _COMPACT.fullmatch(text.strip()) or _DASHED.fullmatch(text.strip())
    return offset_minutes(found[8]) if found else None


def time_of(text: str, default: int | None = None) -> Time | None:
    """A DT, DTM or TS; None where it is none. `default` is the offset, in minutes, of times without one.

    Zeros for a month or day that is not known end the precision there; a leap second is the second before.
    """
    found = _COMPACT.fullmatch(text.strip()) or _DASHED.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if month in (None, "00"):
        return _partial(year, "", "") if (day or "00") == "00" and not (hour or "").strip("0") else None
    if day in (None, "00"):
        return _partial(year, month, "") if not (hour or "").strip("0") else None
    if hour is None or (zone is None and not any((hour + (minute or "0") + (second or "0")).strip("0"))):
        return _partial(year, month, day)
    return _exact((year, month, day, hour, minute, second), fraction, zone, default)


def _partial(year: str, month: str, day: str) -> Time | None:
    try:
        at = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    except ValueError:
        return None
    return Time("-".join(filter(None, (year, month, day))), at)


def _exact(
    parts: tuple[str, ...], fraction: str | None, zone: str | None, default: int | None
) -> Time | None:
    offset = offset_minutes(zone)
    if zone and offset is None:
        return None
    known = offset if offset is not None else default
    year, month, day, hour, minute, second = (int(each or 0) for each in parts)
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(
            year, month, day, hour, minute, min(second, 59), micro, timezone(timedelta(minutes=known or 0))
        )
        at = local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if second > 60:
        return None
    timespec = "microseconds" if micro % 1000 else "milliseconds" if micro else "seconds"
    return Time(local.isoformat(timespec=timespec), at, known is None)


def clock_of(text: str) -> str | None:
    """A TM as hh:mm:ss; None where it is none."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second = (int(each or 0) for each in found.groups())
    return f"{hour:02d}:{minute:02d}:{second:02d}" if hour < 24 and minute < 60 and second < 60 else None
