"""Which entries of the record are current: said to be so, and corrected by no other."""

from sqlalchemy import ColumnElement, and_

from medai_core.domain.record import Standing
from medai_core.store import tables


def is_current() -> ColumnElement[bool]:
    """What alone is shown as current and fed to models and scores."""
    entries = tables.record_entries.c
    return and_(entries.standing == Standing.CURRENT.value, entries.replaced_by.is_(None))
