"""The writes of an import into the record; each is part of the one transaction that the caller holds.

known, past_digests, abouts, patients_of: what is there. insert, supersede, attach, link, correct: what
changes. paired, propose, merges: who is who. add_lines, count_unmapped: what is told of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from medai_core.domain.record import RecordLine, UnmappedCode
from medai_core.store import clock, tables
from medai_core.store.columns import key_hash
from medai_core.store.connection import CACHE_KIBIBYTES, Repository
from medai_core.store.ids import new_id
from medai_core.store.record_facts import forget_facts, set_facts
from medai_core.store.record_rows import value_rows, values_from
from medai_core.store.sealed import is_unlocked

_ENTRIES: Final = tables.record_entries.c
_LINKS: Final = tables.record_links.c
_VERSIONS: Final = tables.record_versions.c
_PAIRS: Final = tables.pair_reviews.c
_UNMAPPED: Final = tables.unmapped_codes.c
_BATCH: Final = 500
_ROOMY_KIBIBYTES: Final = 128 * 1024

CORRECTS: Final = "corrects"
ALIAS: Final = "alias"
SAME_FROM: Final = "same-from"
SAME_INTO: Final = "same-into"
"""What an entry says of another: see `tables.record_links`."""

MESSAGE: Final = "message"
SAME_KEY: Final = "same key"
"""Why two patients stand on the review queue."""

_KEPT: Final = (
    "patient_id", "lane", "status", "standing", "starts_at", "ends_at", "recorded", "digest", "content",
    "about", "import_id", "stored_at",
)  # fmt: skip
"""What a version keeps of an entry."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored under an identity, as far as it decides about what comes."""

    id: str
    identity: str
    patient_id: str | None
    digest: str
    recorded: datetime | None
    versions: int


class RecordWriter(Repository):
    """Writes the record of one store."""

    @property
    def is_sealed(self) -> bool:
        """Whether the store is encrypted, so that what waits beside it must be too."""
        with self._database.reading() as connection:
            return is_unlocked(connection.dialect)

    @contextmanager
    def roomy(self) -> Iterator[None]:
        """Inside the open transaction: room in memory for the pages of the indexes that a large import
        changes all over; SQLite would write each of them many times. PostgreSQL has its own."""
        with self._database.transaction() as connection:
            if connection.dialect.name != "sqlite":
                yield
                return
            connection.exec_driver_sql(f"PRAGMA cache_size = -{_ROOMY_KIBIBYTES}")
            try:
                yield
            finally:
                connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")

    # ---- what is there

    def known(self, identities: Iterable[str]) -> dict[str, Known]:
        """What is stored under these identities."""
        columns = [_ENTRIES[name] for name in Known.__slots__]
        found = {}
        with self._database.reading() as connection:
            for batch in _batches(identities):
                query = select(*columns).where(_ENTRIES.identity.in_(batch))
                for row in connection.execute(query).mappings():
                    found[row["identity"]] = Known(**row)
        return found

    def past_digests(self, entry_ids: Iterable[str]) -> dict[str, set[str]]:
        """The digests of what entries said before."""
        found: dict[str, set[str]] = {}
        with self._database.reading() as connection:
            for batch in _batches(entry_ids):
                query = select(_VERSIONS.entry_id, _VERSIONS.digest).where(_VERSIONS.entry_id.in_(batch))
                for entry_id, digest in connection.execute(query):
                    found.setdefault(entry_id, set()).add(digest)
        return found

    def contents(self, entry_ids: Iterable[str]) -> dict[str, str]:
        """The contents of entries, as they are stored."""
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for batch in _batches(entry_ids):
                query = select(_ENTRIES.id, _ENTRIES.content).where(_ENTRIES.id.in_(batch))
                found.update(connection.execute(query).all())
        return found

    def abouts(self, entry_ids: Iterable[str]) -> dict[str, str]:
        """The `about` of entries."""
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for batch in _batches(entry_ids):
                query = select(_ENTRIES.id, _ENTRIES.about).where(_ENTRIES.id.in_(batch))
                found.update(connection.execute(query).all())
        return found

    def patients_of(self, subjects: Iterable[str]) -> dict[str, str]:
        """The patients of those identities of Patient resources that are stored.

        One who is known under another key ("alias") is meant too, unless that key means several.
        """
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for batch in _batches(subjects):
                query = select(_LINKS.other, _ENTRIES.patient_id).join_from(
                    tables.record_links, tables.record_entries, _ENTRIES.id == _LINKS.entry_id
                )
                meant: dict[str, set[str]] = {}
                for name, patient in connection.execute(
                    query.where(_LINKS.other.in_(batch), _LINKS.kind == ALIAS)
                ):
                    if patient is not None:
                        meant.setdefault(name, set()).add(patient)
                found.update((name, patients.pop()) for name, patients in meant.items() if len(patients) == 1)
                own = select(_ENTRIES.identity, _ENTRIES.patient_id).where(
                    _ENTRIES.identity.in_(batch), _ENTRIES.patient_id.is_not(None)
                )
                found.update(connection.execute(own).all())
        return found

    # ---- what changes

    def insert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """New entries: rows with `id`, `patient_id`, `import_id`, `versions` and what a draft decides."""
        if not rows:
            return
        stamp = {"stored_at": clock.now(), "replaced_by": None, "coded": True}
        with self._database.transaction() as connection:
            connection.execute(insert(tables.record_entries), [{**row, **stamp} for row in rows])
            self._set_values(connection, rows)

    def supersede(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """New versions of entries that are there: `id` and what a new row holds; the old one is kept."""
        if not rows:
            return
        now = clock.now()
        with self._database.transaction() as connection:
            for batch in _batches(rows):
                ids = [row["id"] for row in batch]
                old = connection.execute(
                    select(_ENTRIES.id, _ENTRIES.versions, *(_ENTRIES[name] for name in _KEPT)).where(
                        _ENTRIES.id.in_(ids)
                    )
                ).mappings()
                before = {row["id"]: row for row in old}
                connection.execute(
                    insert(tables.record_versions),
                    [
                        {
                            "entry_id": row["id"],
                            "number": row["versions"],
                            "replaced_at": now,
                            **{name: row[name] for name in _KEPT},
                        }
                        for row in before.values()
                    ],
                )
                self._overwrite(connection, batch, before, now)

    def _overwrite(
        self,
        connection: Connection,
        rows: Sequence[Mapping[str, Any]],
        before: Mapping[str, Any],
        now: datetime,
    ) -> None:
        names = [name for name in rows[0] if name not in ("id", "identity", "versions")]
        query = (
            update(tables.record_entries)
            .where(_ENTRIES.id == bindparam("entry"))
            .values(stored_at=now, versions=bindparam("number"), coded=True)
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        values = [
            {
                "entry": row["id"],
                "number": before[row["id"]]["versions"] + 1,
                **{f"new_{name}": row[name] for name in names},
            }
            for row in rows
        ]
        connection.execute(query, values)
        ids = [row["id"] for row in rows]
        connection.execute(delete(tables.record_values).where(tables.record_values.c.entry_id.in_(ids)))
        connection.execute(delete(tables.record_links).where(_LINKS.entry_id.in_(ids)))
        forget_facts(connection, ids)
        self._set_values(connection, rows)

    def _set_values(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        values = [value for row in rows for value in value_rows(row["id"], values_from(row["about"]))]
        if values:
            connection.execute(insert(tables.record_values), values)
        set_facts(connection, rows)

    def confirm(self, times: Mapping[str, datetime]) -> None:
        """Entries whose sources said the same again, later: what is older than that never overwrites them."""
        query = update(tables.record_entries).where(_ENTRIES.id == bindparam("entry"))
        rows = [{"entry": entry_id, "at": at} for entry_id, at in times.items()]
        if rows:
            with self._database.transaction() as connection:
                connection.execute(query.values(recorded=bindparam("at")), rows)

    def attach(self, patients: Mapping[str, str]) -> int:
        """Give what waited for these subjects (`identity` to the patient's id) to them; how many it was."""
        count = 0
        with self._database.transaction() as connection:
            for batch in _batches(patients):
                waiting = _ENTRIES.patient_id.is_(None) & _ENTRIES.subject.in_(batch)
                found = connection.scalars(select(_ENTRIES.subject).where(waiting).distinct()).all()
                for subject in found:
                    query = update(tables.record_entries).where(
                        _ENTRIES.patient_id.is_(None), _ENTRIES.subject == subject
                    )
                    count += connection.execute(query.values(patient_id=patients[subject])).rowcount
        return count

    def link(self, links: Sequence[tuple[str, str, str]]) -> None:
        """Keep what entries (their ids) say of others (their identities), by kind."""
        with self._database.transaction() as connection:
            for batch in _batches(sorted(set(links))):
                entries = {entry for entry, _, _ in batch}
                query = select(_LINKS.entry_id, _LINKS.other, _LINKS.kind).where(_LINKS.entry_id.in_(entries))
                there = set(map(tuple, connection.execute(query)))
                rows = [
                    dict(zip(("entry_id", "other", "kind"), each, strict=True))
                    for each in batch
                    if each not in there
                ]
                if rows:
                    connection.execute(insert(tables.record_links), rows)

    def correct(self, links: Sequence[tuple[str, str]], identities: Iterable[str]) -> None:
        """Mark as replaced what new entries correct (`links`: their id, the other's identity), and those
        of `identities` that an entry which came before them corrects; never one of another patient."""
        marks = {other: entry for entry, other in links}
        with self._database.transaction() as connection:
            for batch in _batches(identities):
                query = select(_LINKS.other, _LINKS.entry_id).where(
                    _LINKS.other.in_(batch), _LINKS.kind == CORRECTS
                )
                marks.update(connection.execute(query).all())
            whose: dict[str, str | None] = {}
            for batch in _batches(set(marks.values())):
                owners = select(_ENTRIES.id, _ENTRIES.patient_id).where(_ENTRIES.id.in_(batch))
                whose.update(connection.execute(owners).all())
            for batch in _batches(marks):
                about = select(_ENTRIES.identity, _ENTRIES.id, _ENTRIES.patient_id)
                for row in connection.execute(about.where(_ENTRIES.identity.in_(batch))):
                    identity, entry_id, patient_id = row
                    strangers = patient_id and whose.get(marks[identity]) not in (None, patient_id)
                    if entry_id != marks[identity] and not strangers:
                        change = update(tables.record_entries).where(_ENTRIES.id == entry_id)
                        connection.execute(change.values(replaced_by=marks[identity]))

    # ---- who is who

    def paired(self, patient_id: str) -> tuple[str, ...]:
        """Patients who were found to share this one's key while they differ."""
        with self._database.reading() as connection:
            pairs = connection.execute(
                select(_PAIRS.patient_a, _PAIRS.patient_b)
                .where(_PAIRS.kind == SAME_KEY)
                .where((_PAIRS.patient_a == patient_id) | (_PAIRS.patient_b == patient_id))
                .order_by(_PAIRS.found_at, _PAIRS.id)
            )
            return tuple(two if one == patient_id else one for one, two in pairs)

    def propose(self, kind: str, stays: str, goes: str, reason: str) -> str | None:
        """Put two patients on the review queue, once; the review's id, None where it is there already."""
        two = (_PAIRS.patient_a == stays) & (_PAIRS.patient_b == goes)
        turned = (_PAIRS.patient_a == goes) & (_PAIRS.patient_b == stays)
        with self._database.transaction() as connection:
            if connection.execute(select(_PAIRS.id).where(_PAIRS.kind == kind, two | turned)).first():
                return None
            review_id = new_id()
            values: dict[str, Any] = {
                "id": review_id,
                "kind": kind,
                "patient_a": stays,
                "patient_b": goes,
                "weights": {},
            }
            values |= {"state": "open", "reason": reason, "found_at": clock.now()}
            connection.execute(insert(tables.pair_reviews).values(**values))
        return review_id

    def merges(self, entries: Mapping[str, str]) -> list[tuple[str, str]]:
        """Pairs (stays, goes) of patients that these Patient entries (id to identity), or others about
        them, say are the same."""
        said: list[tuple[str | None, str, str]] = []
        query = (
            select(_ENTRIES.patient_id, _LINKS.other, _LINKS.kind)
            .select_from(tables.record_links)
            .join(tables.record_entries, _ENTRIES.id == _LINKS.entry_id)
            .where(_LINKS.kind.in_((SAME_FROM, SAME_INTO)))
        )
        with self._database.reading() as connection:
            for batch in _batches(entries.items()):
                mine = _LINKS.entry_id.in_([entry for entry, _ in batch])
                theirs = _LINKS.other.in_([identity for _, identity in batch])
                said += connection.execute(query.where(mine | theirs)).all()
        others = {identity: each.patient_id for identity, each in self.known({o for _, o, _ in said}).items()}
        found: dict[tuple[str, str], None] = {}
        for one, name, kind in said:
            two = others.get(name)
            if one and two and one != two:
                found[(one, two) if kind == SAME_FROM else (two, one)] = None
        return list(found)

    # ---- what is told

    def add_lines(self, import_id: str, lines: Iterable[RecordLine]) -> None:
        """What became of each file and resource."""
        rows = [
            {
                "import_id": import_id,
                "number": number,
                **{name: getattr(line, name) for name in line.__slots__},
            }
            for number, line in enumerate(lines, 1)
        ]
        if rows:
            with self._database.transaction() as connection:
                connection.execute(insert(tables.record_import_lines), rows)

    def count_unmapped(self, import_id: str, codes: Iterable[UnmappedCode]) -> None:
        """Add to the counts of codes that nobody knows; those that are gone are forgotten."""
        with self._database.transaction() as connection:
            for batch in _batches(codes):
                by_id = {_code_id(code): code for code in batch}
                query = select(_UNMAPPED.id, _UNMAPPED["count"]).where(_UNMAPPED.id.in_(by_id))
                there = dict(connection.execute(query).all())
                new = [
                    _code_row(name, code, import_id)
                    for name, code in by_id.items()
                    if name not in there and code.count > 0
                ]
                if new:
                    connection.execute(insert(tables.unmapped_codes), new)
                for name, count in there.items():
                    change = update(tables.unmapped_codes).where(_UNMAPPED.id == name)
                    connection.execute(change.values({"count": count + by_id[name].count}))
            connection.execute(delete(tables.unmapped_codes).where(_UNMAPPED["count"] <= 0))


def _code_id(code: UnmappedCode) -> str:
    name = code.code
    return key_hash(
        code.source, code.resource_type, name.system, name.code, "" if name.code else name.display
    )


def _code_row(name: str, code: UnmappedCode, import_id: str) -> dict[str, Any]:
    return {
        "id": name,
        "source": code.source[:255],
        "resource_type": code.resource_type,
        "system": code.code.system,
        "code": code.code.code,
        "display": code.code.display,
        "count": code.count,
        "first_import_id": import_id,
    }


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(items)
    while batch := list(islice(waiting, _BATCH)):
        yield batch
