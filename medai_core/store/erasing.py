"""Destroying all that is held of a person: content and files go, digests and the audit log stay.

doomed(patient_id), erase(patient_id, ...), of_patient(patient_id), compact().

What hangs on the person's records is found through the tables' own references, so that a new table is not
forgotten. What stays is hollow: the record itself, and studies with the signed readings that the audit names.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, delete, insert, select, tuple_, update

from medai_core.domain.record import Code, UnmappedCode
from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id
from medai_core.store.merged import together
from medai_core.store.record_rows import identity_of, unmapped_from
from medai_core.store.record_writing import RecordWriter
from medai_core.store.rows import Erased
from medai_core.store.search import query_words, search_text

_PATIENTS: Final = tables.patients.c
_STUDIES: Final = tables.studies.c
_READINGS: Final = tables.readings.c
_IMAGES: Final = tables.images.c
_AT_ONCE: Final = 500
_LEAST_LETTERS: Final = 3
_OWN_NAME: Final = "(erased)"
_FILE: Final = re.compile(r"\bBinary/([A-Za-z0-9.\-]{1,64})")
_URN: Final = re.compile(r"\burn:(?:uuid|oid):[0-9A-Za-z.\-]+")
_STREAMED: Final = 1000

_HOLLOW: Final[dict[str, dict[str, Any]]] = {
    "patients": {
        "issuer": "", "name_alphabetic": "", "name_ideographic": "", "name_phonetic": "", "birth_date": None,
        "sex": None, "restricted": True, "search": "",
    },
    "studies": {
        "study_uid": "", "accession_number": "", "description": "", "study_date": None, "study_time": None,
        "search": "", "model_state": "", "raised": False, "raised_by": "", "image_count": 0,
        "claimed_by": None, "claimed_at": None,
    },
    "readings": {
        "first_impression": "", "report": "", "comment": "", "verdict": None, "image_id": None,
        "prediction_id": None, "signed_content": None, "prevalence_choice": None, "prevalence": None,
    },
    "import_lines": {
        "study_id": None, "image_id": None, "name": _OWN_NAME, "note": "", "expected": "", "found": "",
        "what_to_do": "",
    },
}  # fmt: skip
"""What is left in rows that stay. Import lines stay because they count the files of an import."""

_KEPT: Final = frozenset({"erasures"})
Rows = dict[str, set[Any]]
Shared = dict[str, tuple[str | None, str]]
"""Ids of entries that stay, and to which other patient (or waiting subject) they belong then."""


class Erasing(Repository):
    """Erases the persons of one store."""

    def doomed(self, patient_id: str) -> dict[str, int]:
        """How many rows of each table would go or become hollow, the person's merged records included."""
        with self._database.reading() as connection:
            found, _ = _hanging_on(connection, _group(connection, patient_id))
        return {name: len(keys) for name, keys in found.items() if keys}

    def erase(self, patient_id: str, *, reason: str, erased_by: str) -> Erased:
        """Destroy the content, in the open transaction; the files' digests are handed back to be removed."""
        now = clock.now()
        with self._database.transaction() as connection:
            group = _group(connection, patient_id)
            words = _words(connection, group)
            found, shared = _hanging_on(connection, group)
            _hand_over(connection, shared)
            digests, codes = _digests(connection, found), _unmapped(connection, found["record_entries"])
            hollow: dict[str, Any] = {"erased_at": now}
            for one in sorted(group):
                values = _HOLLOW["patients"] | hollow | {"identifier": f"erased {one}"}
                connection.execute(update(tables.patients).where(_PATIENTS.id == one).values(**values))
            signed = _signed(connection, found["readings"])
            for keys in _parts(signed):
                values = _HOLLOW["readings"] | hollow
                connection.execute(update(tables.readings).where(_READINGS.id.in_(keys)).values(**values))
            read = _studies_of(connection, signed)
            for keys in _parts(read):
                query = update(tables.studies).where(_STUDIES.id.in_(keys))
                connection.execute(query.values(**_HOLLOW["studies"]))
            _remove(connection, found, {"patients": group, "studies": read, "readings": signed})
            _forget_file_names(connection, words)
            RecordWriter(self._database).count_unmapped("", codes)
            counts = {name: len(keys) for name, keys in found.items() if keys}
            values = {"id": new_id(), "patient_id": patient_id, "reason": reason, "erased_by": erased_by}
            values |= {"erased_at": now, "digests": digests, "counts": counts}
            connection.execute(insert(tables.erasures).values(**values))
        return Erased(patient_id, frozenset(group), frozenset(signed), digests, counts)

    def of_patient(self, patient_id: str) -> tuple[Erased, ...]:
        """What was destroyed of a person: digests and counts alone."""
        query = select(tables.erasures).where(tables.erasures.c.patient_id == patient_id)
        with self._database.reading() as connection:
            return tuple(
                Erased(patient_id, frozenset({patient_id}), frozenset(), row["digests"], row["counts"])
                for row in connection.execute(query).mappings()
            )

    def compact(self) -> bool:
        """Write the database anew without what was deleted; False where others were in the way.

        Then the bytes are gone from the database's own files. Copies elsewhere are in nobody's reach here.
        """
        if self._database.file is None:
            self._database.maintain([f"VACUUM FULL {table.name}" for table in tables.metadata.sorted_tables])
            return True
        *_, (busy, *_) = self._database.maintain(["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"])
        return not busy


def _group(connection: Connection, patient_id: str) -> set[str]:
    """Ids of all records of the person."""
    return {str(row[0]) for row in connection.execute(together(patient_id))}


def _unmapped(connection: Connection, entries: set[Any]) -> list[UnmappedCode]:
    """What the entries' going takes off the counts of codes that nobody knows, which may be free text."""
    counts: Counter[tuple[str, str, Code]] = Counter()
    columns = tables.record_entries.c
    for keys in _parts(entries):
        query = select(columns.source, columns.resource_type, columns.about).where(columns.id.in_(keys))
        for source, resource_type, about in connection.execute(query):
            counts.update((source, resource_type, code) for code in unmapped_from(about))
    return [UnmappedCode(*which, -count) for which, count in counts.items()]


def _hanging_on(connection: Connection, group: set[str]) -> tuple[Rows, Shared]:
    """Keys of all rows that name the person's records, directly or through others, by table.

    A key is the id, or all parts of a primary key that has several. Files that others name too stay, and
    are handed back with those others.
    """
    shared: Shared = {}
    found: Rows = {table.name: set() for table in tables.metadata.sorted_tables}
    found["patients"] = set(group)
    for table in tables.metadata.sorted_tables:
        if table.name in _KEPT or table is tables.patients:
            continue
        for column, target in _references(table):
            for keys in _parts(found[target.name]):
                query = select(*table.primary_key).where(column.in_(keys))
                found[table.name] |= {
                    row[0] if len(row) == 1 else tuple(row) for row in connection.execute(query)
                }
        if table is tables.record_entries:
            found[table.name] |= _files_of(connection, found[table.name])
            shared = _shared(connection, found[table.name])
            found[table.name] -= set(shared)
    versions = tables.record_versions.name
    found[versions] = {key for key in found[versions] if key[0] not in shared}
    return found, shared


def _files_of(connection: Connection, entries: set[Any]) -> set[Any]:
    """Files that stand in the record by themselves, naming nobody, and that these entries name as theirs."""
    columns = tables.record_entries.c
    names: set[str] = set()
    sources: set[str] = set()
    for keys in _parts(entries):
        query = select(columns.source, columns.content).where(columns.id.in_(keys))
        for source, content in connection.execute(query):
            if found := _named(source, content):
                names |= found
                sources.add(source)
    alone = columns.patient_id.is_(None) & columns.subject.is_(None) & (columns.resource_type == "Binary")
    files = select(columns.id, columns.identity, columns.source, columns.about)
    files = files.where(alone, columns.source.in_(sources)).execution_options(yield_per=_STREAMED)
    mine: set[Any] = set()
    for row in connection.execute(files).mappings():
        if names & {row["identity"], row["source"] + _address(row["about"])}:
            mine.add(row["id"])
    return mine


def _named(source: str, content: str) -> set[str]:
    """What a resource names that may be a file: identities of Binary resources, and addresses of entries."""
    files = {identity_of(source, "Binary", key) for key in _FILE.findall(content)}
    return files | {source + address for address in _URN.findall(content)}


def _address(about: str) -> str:
    """The address by which others of its bundle name an entry."""
    said = json.loads(about)
    return str(said.get("address") or f"urn:uuid:{said['key']}")


def _shared(connection: Connection, doomed: set[Any]) -> Shared:
    """Files among these entries that do not say whose they are and that others' entries name, too."""
    columns = tables.record_entries.c
    named: dict[str, str] = {}
    sources: set[str] = set()
    for keys in _parts(doomed):
        query = select(columns.id, columns.identity, columns.source, columns.content, columns.about)
        query = query.where(columns.id.in_(keys), columns.resource_type == "Binary")
        for entry_id, identity, source, content, about in connection.execute(query):
            if "Patient" not in json.dumps(json.loads(content).get("securityContext")):
                sources.add(source)
                named[identity] = named[source + _address(about)] = entry_id
    found: Shared = {}
    if not named:
        return found
    query = select(columns.id, columns.source, columns.content, columns.patient_id, columns.subject)
    query = query.where(columns.source.in_(sources), columns.subject.is_not(None))
    rows = connection.execute(query.order_by(columns.id).execution_options(yield_per=_STREAMED))
    for entry_id, source, content, *owner in rows:
        if entry_id in doomed:
            continue
        for name in _named(source, content) & set(named):
            found.setdefault(named[name], (owner[0], owner[1]))
    return found


def _hand_over(connection: Connection, shared: Shared) -> None:
    """What another patient's entries name is theirs from now on, with its versions."""
    for entry_id, (patient_id, subject) in shared.items():
        mine = update(tables.record_entries).where(tables.record_entries.c.id == entry_id)
        connection.execute(mine.values(patient_id=patient_id, subject=subject))
        old = update(tables.record_versions).where(tables.record_versions.c.entry_id == entry_id)
        connection.execute(old.values(patient_id=patient_id))


def _references(table: Table) -> Iterator[tuple[Column[Any], Table]]:
    """Columns that name rows of tables about persons, other than rows of their own table."""
    for key in table.foreign_keys:
        if key.column.table is not table:
            yield key.parent, key.column.table


def _remove(connection: Connection, found: Rows, staying: Rows) -> None:
    """Delete children before parents; what names a row that goes without being the person's lets go of it."""
    for table in reversed(tables.metadata.sorted_tables):
        keys = found[table.name] - staying.get(table.name, set())
        if table.name in _KEPT or not keys:
            continue
        for part in _parts(keys):
            if table is tables.import_lines:
                query = update(table).where(_has_key(table, part))
                connection.execute(query.values(**_HOLLOW["import_lines"]))
                continue
            for reference in table.foreign_keys:
                if reference.column.table is table:
                    mine = update(table).where(reference.parent.in_(part))
                    connection.execute(mine.values({reference.parent: None}))
            connection.execute(delete(table).where(_has_key(table, part)))


def _has_key(table: Table, keys: list[Any]) -> Any:
    columns = list(table.primary_key)
    if len(columns) == 1:
        return columns[0].in_(keys)
    return tuple_(*columns).in_(keys)


def _digests(connection: Connection, found: Rows) -> dict[str, list[str]]:
    """What proves, later, that something was once held: digests of files and of signed contents."""
    named: dict[str, list[str]] = {"images": [], "readings": [], "key_images": []}
    for keys in _parts(found["images"]):
        named["images"] += connection.scalars(select(_IMAGES.digest).where(_IMAGES.id.in_(keys)))
    for keys in _parts(found["readings"]):
        signed = _READINGS.id.in_(keys) & _READINGS.signed_at.is_not(None)
        for content, picture in connection.execute(
            select(_READINGS.content_digest, _READINGS.key_image_digest).where(signed)
        ):
            named["readings"].append(content)
            named["key_images"] += [picture] if picture else []
    return {name: sorted(set(values)) for name, values in named.items()}


def _signed(connection: Connection, readings: set[Any]) -> set[Any]:
    found: set[Any] = set()
    for keys in _parts(readings):
        query = select(_READINGS.id).where(_READINGS.id.in_(keys), _READINGS.signed_at.is_not(None))
        found |= set(connection.scalars(query))
    return found


def _studies_of(connection: Connection, readings: set[Any]) -> set[Any]:
    found: set[Any] = set()
    for keys in _parts(readings):
        found |= set(connection.scalars(select(_READINGS.study_id).where(_READINGS.id.in_(keys))))
    return found


def _words(connection: Connection, group: set[str]) -> frozenset[str]:
    """Folded words of names and identifiers, by which file names are told to be about the person."""
    names = ("name_alphabetic", "name_ideographic", "name_phonetic", "identifier")
    query = select(*(_PATIENTS[name] for name in names)).where(_PATIENTS.id.in_(group))
    text = " ".join(search_text(*row) for row in connection.execute(query))
    return frozenset(word for word in text.split() if len(word) >= _LEAST_LETTERS)


def _forget_file_names(connection: Connection, words: frozenset[str]) -> None:
    """Files are often named after the person that they are about, also those that were refused."""
    if not words:
        return
    for table, name in ((tables.import_lines, "name"), (tables.record_import_lines, "file")):
        keys = list(table.primary_key)
        mine = [
            tuple(row[:-1])
            for row in connection.execute(select(*keys, table.c[name]))
            if any(word in folded for folded in query_words(row[-1]) for word in words)
        ]
        for part in _parts(mine):
            connection.execute(update(table).where(_has_key(table, part)).values({name: _OWN_NAME}))


def _parts(keys: Iterable[Any]) -> Iterator[list[Any]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
