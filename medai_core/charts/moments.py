"""Times of the record in words: in the reader's zone, with what the source wrote beside."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from medai_core.charts import words
from medai_core.domain.record import When

_PARTS: Final = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}


def local(when: When, zone: tzinfo) -> datetime:
    """Where it stands on an axis of the reader's zone, without a zone; a date stays the same date."""
    if when.precision in _PARTS:
        return when.at.astimezone(UTC).replace(tzinfo=None)
    return when.at.astimezone(zone).replace(tzinfo=None)


def shown(when: When | None, zone: tzinfo) -> str:
    """``"2026-03-02"``, or ``"2026-03-02 08:05"`` in the reader's zone, as exact as the source was."""
    if when is None:
        return words.NOT_GIVEN
    form = _PARTS.get(when.precision, "%Y-%m-%d %H:%M")
    return local(when, zone).strftime(form).rjust(4, "0")


def day(when: When | None, zone: tzinfo) -> str:
    """The day alone, or less where the source said less."""
    return shown(when, zone)[:10] if when is not None else words.NOT_GIVEN


def original(when: When | None) -> str:
    """The same moment as the source wrote it, with its offset from UTC."""
    if when is None:
        return ""
    if when.precision in _PARTS:
        return f"{shown(when, UTC)}, the source gave no time of day"
    if when.offset_minutes is None:
        return f"{words.moment(when.at.astimezone(UTC))}, the source gave no time zone"
    return words.moment(when.at.astimezone(timezone(timedelta(minutes=when.offset_minutes))))


def span(starts: When | None, ends: When | None, ongoing: bool | None, zone: tzinfo) -> str:
    """From when to when; an end that nobody gave is said as what it is."""
    begin = day(starts, zone) if starts is not None else "start not given"
    if ends is not None:
        end = day(ends, zone)
        return begin if end == begin else f"{begin} to {end}"
    if ongoing is None:
        return begin
    return f"since {begin}" if ongoing else f"{begin}, end not given"
