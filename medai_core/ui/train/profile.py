"""What the columns of a table hold and what is wrong with them, as a table and sentences."""

from collections.abc import Sequence
from typing import Final

from medai_core.domain.training import NOTE, STOP, ColumnProfile, Issue, Kind, TableProfile
from medai_core.ui import markup, panels

MOST_ROWS: Final = 80
_SIGNS: Final = {STOP: "\u2717", NOTE: "\u2022"}


def draw(profile: TableProfile) -> None:
    """The table's own sentences, then a line a column; columns with something to say come first."""
    tell(profile.issues)
    ordered = sorted(profile.columns, key=lambda one: not one.issues)
    shown = ordered[:MOST_ROWS]
    rows = [_row(one) for one in shown]
    more = len(ordered) - len(shown)
    caption = f"{profile.rows:,} rows, {len(profile.columns):,} columns" + (
        f"; the first {MOST_ROWS} are shown, those with remarks before the others" if more else ""
    )
    heads = ["Column", "Holds", "Missing", "Distinct", "Values", "Remarks"]
    markup.draw(markup.table(heads, rows, caption=caption, numbers=(2, 3)))


def tell(issues: Sequence[Issue]) -> None:
    """Sentences about the table: what is to be decided as a caution, what was done as a note."""
    panels.caution_box([one.text for one in issues if one.severity != NOTE])
    notes = [one.text for one in issues if one.severity == NOTE]
    if notes:
        panels.note_box("How it was read", " ".join(notes))


def _row(one: ColumnProfile) -> list[str]:
    remarks = " ".join(f"{_SIGNS.get(issue.severity, '!')} {issue.text}" for issue in one.issues)
    return [one.name, str(one.kind.value), f"{one.missing:,}", f"{one.distinct:,}", _values(one), remarks]


def _values(one: ColumnProfile) -> str:
    """The range and the median of numbers, the commonest words of others; nothing of free text."""
    if one.kind in (Kind.TEXT, Kind.DATE, Kind.EMPTY):
        return ""
    if (
        one.kind is not Kind.YES_NO
        and one.low is not None
        and one.high is not None
        and one.middle is not None
    ):
        return f"{one.low:g} to {one.high:g}, median {one.middle:g} {one.unit}".rstrip()
    return ", ".join(f"{text} ({count:,})" for text, count in one.top[:4]) + (
        ", \u2026" if len(one.top) > 4 else ""
    )
