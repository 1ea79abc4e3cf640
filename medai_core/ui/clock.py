"""Moments in the zone of the person who looks at them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from medai_core.charts import words


def zone() -> ZoneInfo:
    """The time zone of the browser; UTC where it tells none."""
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else ZoneInfo("UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def now() -> datetime:
    """This moment, in the person's zone."""
    return datetime.now(zone())


def moment(value: datetime | None) -> str:
    """A stored moment (UTC) in the person's zone, in words."""
    if value is None:
        return words.moment(None)
    known = value if value.tzinfo else value.replace(tzinfo=UTC)
    return words.moment(known.astimezone(zone()))


def waiting(since: datetime) -> str:
    """How long ago a stored moment was, in words."""
    known = since if since.tzinfo else since.replace(tzinfo=UTC)
    return words.waiting((datetime.now(UTC) - known).total_seconds())
