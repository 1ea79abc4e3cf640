"""Finding patients among all of the store: by the beginnings of words of name and identifier, by birth date.

Records that were merged into another one are found by their own words too, and stand for the one that stayed.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true, union_all

from medai_core.domain.people import Patient
from medai_core.store import tables
from medai_core.store.connection import Repository
from medai_core.store.merged import hidden
from medai_core.store.patients import patient_of
from medai_core.store.search import query_words

MOST_COUNTED: Final = 1000
"""Above so many matches the number is said as "more than": counting on helps nobody."""

_PATIENTS: Final = tables.patients.c
_WORDS: Final = tables.patient_words.c
_ENTRIES: Final = tables.record_entries.c
_STUDIES: Final = tables.studies.c
_LAST: Final = "\U0010ffff"
_LONGEST_SEARCH: Final = 12
_DAY: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})|(\d{1,2})\.(\d{1,2})\.(\d{4})")
_YEAR: Final = re.compile(r"(18|19|20)\d{2}")


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient as a line of the list. `last` is the newest entry or image, None without any.

    `also` are the identifiers of records that were merged into this one.
    """

    patient: Patient
    entries: int = 0
    studies: int = 0
    last: datetime | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visible:
    """Whose patients may be found: `caller_id`'s, and restricted ones only where they are listed."""

    caller_id: str | None = None
    all_restricted: bool = False


class PatientSearch(Repository):
    """Looks through all patients of one store."""

    def page(
        self, text: str, visible: Visible, *, limit: int, offset: int = 0
    ) -> tuple[list[PatientRow], int]:
        """Patients that match all words of `text`, by name (without words: the newest first), and how many.

        The number stops at `MOST_COUNTED` + 1.
        """
        words = [one for word in text.split()[:_LONGEST_SEARCH] if (one := _word(word)) is not None]
        if text.strip() and not words:
            return [], 0
        with self._database.reading() as connection:
            ids = _matching(connection, words, visible)
            shown = ids[offset : offset + limit]
            if words and len(ids) <= MOST_COUNTED:
                shown = _by_name(connection, ids, limit=limit, offset=offset)
            return _rows(connection, shown, visible), len(ids)


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of a search: the beginnings that it folds to, and the birth dates that it may mean."""

    begins: tuple[str, ...]
    days: tuple[date, date] | None

    @property
    def length(self) -> int:
        """How much it says: the longer, the fewer it fits."""
        return max((len(begin) for begin in self.begins), default=0) + 8 * (self.days is not None)


def _word(word: str) -> _Word | None:
    """One word of a search; None for punctuation alone."""
    begins = tuple(folded[: tables.LONGEST_WORD] for folded in query_words(word))
    days = birth_days(word)
    return _Word(begins, days) if begins or days else None


def birth_days(word: str) -> tuple[date, date] | None:
    """The first and last birth date that a word of a search may mean: a day or a year; None for others."""
    found = _DAY.fullmatch(word)
    if found:
        year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
        with suppress(ValueError):
            one = date(int(year), int(month), int(day))
            return one, one
    if _YEAR.fullmatch(word):
        return date(int(word), 1, 1), date(int(word), 12, 31)
    return None


def _matching(connection: Connection, words: Sequence[_Word], visible: Visible) -> list[str]:
    """Ids of patients that hold all words, `MOST_COUNTED` + 1 at most; without words the newest first.

    The word that says most is looked up, the others are asked of each patient found; so a search costs what
    its rarest word costs. A record that was merged stands for the one that stayed.
    """
    kept = select(_PATIENTS.id, _PATIENTS.merged_into)
    if words:
        first, *others = sorted(words, key=lambda word: word.length, reverse=True)
        found = _holding(first).subquery()
        kept = kept.join(found, found.c.id == _PATIENTS.id).distinct()
        kept = kept.where(*(_holds(word) for word in others))
    else:
        # Not "is null": SQLite would walk through its index and then sort all patients by their time.
        own = func.coalesce(_PATIENTS.merged_into, "") == ""
        kept = kept.where(own).order_by(_PATIENTS.created_at.desc())
    rows = connection.execute(kept.where(*_allowed(visible)).limit(MOST_COUNTED + 1))
    return list(dict.fromkeys(merged_into or patient_id for patient_id, merged_into in rows))


def _by_name(connection: Connection, ids: list[str], *, limit: int, offset: int) -> list[str]:
    """A part of the patients in the order of their names."""
    order = (_PATIENTS.name_alphabetic, _PATIENTS.name_ideographic, _PATIENTS.birth_date, _PATIENTS.id)
    query = select(_PATIENTS.id).where(_PATIENTS.id.in_(ids)).order_by(*order)
    return list(connection.scalars(query.limit(limit).offset(offset)))


def _holding(word: _Word) -> Any:
    """Ids of all records that hold a word, or whose birth date it may be."""
    parts: list[Any] = [select(_WORDS.patient_id.label("id")).where(_begins(begin)) for begin in word.begins]
    if word.days is not None:
        parts.append(select(_PATIENTS.id).where(_PATIENTS.birth_date.between(*word.days)))
    return parts[0] if len(parts) == 1 else union_all(*parts)


def _holds(word: _Word) -> ColumnElement[bool]:
    """Whether a record holds a word, or has a birth date that it may be."""
    tests: list[ColumnElement[bool]] = [
        select(_WORDS.word).where(_WORDS.patient_id == _PATIENTS.id, _begins(begin)).exists()
        for begin in word.begins
    ]
    if word.days is not None:
        tests.append(_PATIENTS.birth_date.between(*word.days))
    return or_(*tests)


def _begins(begin: str) -> ColumnElement[bool]:
    return and_(_WORDS.word >= begin, _WORDS.word < begin + _LAST)


def _allowed(visible: Visible) -> list[Any]:
    """Restricted patients only for those on their list."""
    if visible.all_restricted:
        return [_PATIENTS.erased_at.is_(None)]
    return [_PATIENTS.id.not_in(hidden(visible.caller_id))]


def _rows(connection: Connection, ids: list[str], visible: Visible) -> list[PatientRow]:
    """The lines of the chosen patients, in their order."""
    condition = or_(_PATIENTS.id.in_(ids), _PATIENTS.merged_into.in_(ids) & and_(true(), *_allowed(visible)))
    found = list(connection.execute(select(tables.patients).where(condition)).mappings())
    owner = {row["id"]: row["merged_into"] or row["id"] for row in found}
    entries, newest = _entries(connection, owner)
    studies, last_study = _studies(connection, owner)
    rows = {row["id"]: row for row in found}
    lines = []
    for patient_id in ids:
        also = [row for row in found if row["merged_into"] == patient_id]
        moments = [one for one in (newest.get(patient_id), last_study.get(patient_id)) if one is not None]
        lines.append(
            PatientRow(
                patient_of(rows[patient_id]),
                entries.get(patient_id, 0),
                studies.get(patient_id, 0),
                max(moments, default=None),
                tuple(sorted(row["identifier"] for row in also)),
            )
        )
    return lines


def _entries(connection: Connection, owner: dict[str, str]) -> tuple[dict[str, int], dict[str, datetime]]:
    query = select(_ENTRIES.patient_id, func.count(), func.max(_ENTRIES.starts_at))
    query = query.where(_ENTRIES.patient_id.in_(list(owner))).group_by(_ENTRIES.patient_id)
    return _summed(connection.execute(query), owner)


def _studies(connection: Connection, owner: dict[str, str]) -> tuple[dict[str, int], dict[str, datetime]]:
    query = select(_STUDIES.patient_id, func.count(), func.max(_STUDIES.received_at))
    query = query.where(_STUDIES.patient_id.in_(list(owner))).group_by(_STUDIES.patient_id)
    return _summed(connection.execute(query), owner)


def _summed(found: Any, owner: dict[str, str]) -> tuple[dict[str, int], dict[str, datetime]]:
    """Counts and newest moments of merged records under the one that survived."""
    counts: dict[str, int] = {}
    newest: dict[str, datetime] = {}
    for record_id, count, last in found:
        patient_id = owner[record_id]
        counts[patient_id] = counts.get(patient_id, 0) + count
        if last is not None:
            newest[patient_id] = max(last, newest.get(patient_id, last))
    return counts, newest
