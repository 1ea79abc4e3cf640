"""What an import has read but not yet stored: a scratch database beside the store, gone with the import.

Staging(home): add, seal, groups, subjects, settle, tallies, problems, close. Its folder is for its owner
alone (0700, files 0600) and locked while it is used; `sweep` removes those whose process is gone. Beside an
encrypted store it is encrypted too, under a key that is in memory alone.
"""

import sqlite3
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from medai_core.domain.record import Code, Draft, Problem, Read, RecordLine, UnmappedCode
from medai_core.store.connection import private_file
from medai_core.store.ids import new_id
from medai_core.store.record_rows import columns_of
from medai_core.store.scratch import BEGINNING, Cover, claimed, removed

BATCH: Final = 500

ADDED: Final = 4
CHANGED: Final = 3
REFUSED: Final = 2
UNCHANGED: Final = 1
"""Outcomes by weight: a thing that was read in several drafts counts as the heaviest of them."""

_COLUMNS: Final = (
    "identity", "subject", "source", "resource_type", "lane", "status", "standing", "starts_at", "ends_at",
    "recorded", "digest", "content", "about",
)  # fmt: skip
_TALLY: Final = ("source", "resource", "read", "added", "changed", "unchanged", "refused")
_COVERED: Final = ("content", "about")
_MOMENTS: Final = ("starts_at", "ends_at", "recorded")
_TABLES: Final = f"""
CREATE TABLE lines (number INTEGER PRIMARY KEY, file TEXT, source TEXT, resource TEXT);
CREATE TABLE reads (number INTEGER PRIMARY KEY, line INTEGER, place TEXT, sentence TEXT);
CREATE TABLE drafts (seq INTEGER PRIMARY KEY, read INTEGER, {", ".join(f"{name} TEXT" for name in _COLUMNS)});
CREATE TABLE twice (identity TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE outcomes (seq INTEGER PRIMARY KEY, weight INTEGER, reason TEXT);
CREATE TABLE links (identity TEXT, other TEXT, kind TEXT);
CREATE TABLE subjects (identity TEXT PRIMARY KEY, patient_id TEXT) WITHOUT ROWID;
CREATE TABLE persons (identity TEXT, seq INTEGER, patient_id TEXT, PRIMARY KEY (identity, seq)) WITHOUT ROWID;
CREATE TABLE unmapped (source TEXT, resource_type TEXT, system TEXT, code TEXT, named TEXT, n INTEGER,
    display TEXT, PRIMARY KEY (source, resource_type, system, code, named)) WITHOUT ROWID;
CREATE TABLE cautions (sentence TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
"""

Link = tuple[str, str]
"""The `identity` of another entry, and what the one says of it."""


@dataclass(frozen=True, slots=True)
class Staged:
    """One draft as it waits: `values` holds the columns of its entry, moments as such."""

    seq: int
    values: dict[str, Any]


class Staging:
    """One import's scratch database; one thread at a time uses it."""

    def __init__(self, home: Path, *, sealed: bool = False) -> None:
        self._cover = Cover() if sealed else None
        folder = home / f"{BEGINNING}{new_id()}"
        lock = claimed(folder)
        private_file(folder / "drafts.sqlite3")
        self._connection = sqlite3.connect(
            folder / "drafts.sqlite3", check_same_thread=False, isolation_level=None
        )
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536", "temp_store = FILE"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_TABLES)
        self._lines: dict[tuple[str, str], int] = {}
        self._reads = 0
        self._finalizer = weakref.finalize(self, removed, self._connection, lock, folder)

    def close(self) -> None:
        """Take everything away; more than once does no harm."""
        self._finalizer()

    @property
    def closed(self) -> bool:
        """Whether it is gone."""
        return not self._finalizer.alive

    # ---- putting in

    def add(self, reads: Sequence[Read], source: str, links_of: Callable[[Draft], Iterable[Link]]) -> None:
        """Keep a batch of what was read, in this order. `source` is for what names none itself."""
        rows, drafts, links = [], [], []
        for read in reads:
            self._reads += 1
            shown = read.drafts[0].source if read.drafts else source
            rows.append((self._reads, self._line(read.file, shown, read.resource), read.where, read.refused))
            for draft in read.drafts:
                values = columns_of(draft)
                for name in _COVERED:
                    values[name] = self._covered(values[name])
                drafts.append((self._reads, *(_plain(values[name]) for name in _COLUMNS)))
                links += [(values["identity"], *link) for link in links_of(draft)]
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        with self._together():
            self._many("INSERT INTO reads VALUES (?, ?, ?, ?)", rows)
            self._many(f"INSERT INTO drafts (read, {', '.join(_COLUMNS)}) VALUES ({marks})", drafts)
            self._many("INSERT INTO links VALUES (?, ?, ?)", links)
            self._count_cautions([sentence for read in reads for sentence in read.cautions])

    def caution(self, sentence: str, count: int) -> None:
        """Note what a person should know; nothing where the count is zero."""
        if count:
            self._many(_COUNT_CAUTION, [(sentence, count)])

    def seal(self) -> None:
        """All is in: find what came more than once."""
        self._connection.execute("CREATE INDEX ix_drafts_identity ON drafts (identity)")
        self._connection.execute(
            "INSERT INTO twice SELECT identity FROM drafts GROUP BY identity HAVING count(*) > 1"
        )
        self._connection.execute("CREATE INDEX ix_links_identity ON links (identity)")

    # ---- going through

    def count(self) -> int:
        """How many drafts there are."""
        return int(self._connection.execute("SELECT count(*) FROM drafts").fetchone()[0])

    def groups(self, *, patients: bool) -> Iterator[list[list[Staged]]]:
        """Batches of groups; a group is all drafts of one identity in the order in which they came."""
        kind = "= 'Patient'" if patients else "<> 'Patient'"
        last = 0
        while rows := self._connection.execute(
            f"SELECT seq, {', '.join(_COLUMNS)} FROM drafts WHERE seq > ? AND resource_type {kind} "
            "AND identity NOT IN (SELECT identity FROM twice) ORDER BY seq LIMIT ?",
            (last, BATCH),
        ).fetchall():
            last = rows[-1][0]
            yield [[self._staged(row)] for row in rows]
        name = ""
        while names := self._connection.execute(
            "SELECT identity FROM twice WHERE identity > ? ORDER BY identity LIMIT ?", (name, BATCH)
        ).fetchall():
            name = names[-1][0]
            rows = self._connection.execute(
                f"SELECT seq, {', '.join(_COLUMNS)} FROM drafts WHERE resource_type {kind} "
                f"AND identity IN ({', '.join('?' * len(names))}) ORDER BY identity, seq",
                [found for (found,) in names],
            ).fetchall()
            if rows:
                grouped = groupby(map(self._staged, rows), lambda staged: staged.values["identity"])
                yield [list(group) for _, group in grouped]

    def subjects(self) -> Iterator[list[str]]:
        """Batches of the identities of patients of whom something is said."""
        last = ""
        query = (
            "SELECT DISTINCT subject FROM drafts WHERE subject > ? AND resource_type <> 'Patient' "
            "ORDER BY subject LIMIT ?"
        )
        self._connection.execute("CREATE INDEX IF NOT EXISTS ix_drafts_subject ON drafts (subject)")
        while rows := self._connection.execute(query, (last, BATCH)).fetchall():
            last = rows[-1][0]
            yield [name for (name,) in rows]

    def name_subjects(self, found: dict[str, str]) -> None:
        """Note which patients are meant: `identity` to the patient's id, or "" for one about to be added."""
        self._many("INSERT OR REPLACE INTO subjects VALUES (?, ?)", list(found.items()))

    def patient_of(self, subjects: Iterable[str | None]) -> dict[str, str]:
        """The patients of those identities that are known."""
        names, found = sorted({name for name in subjects if name}), dict[str, str]()
        for start in range(0, len(names), BATCH):
            batch = names[start : start + BATCH]
            marks = ", ".join("?" * len(batch))
            query = f"SELECT identity, patient_id FROM subjects WHERE identity IN ({marks})"
            found.update(self._connection.execute(query, batch).fetchall())
        return found

    def name_persons(self, identity: str, found: Sequence[tuple[int, str]]) -> None:
        """Note that one Patient's drafts, by their `seq`, are several persons: see `persons_of`."""
        self._many("INSERT OR REPLACE INTO persons VALUES (?, ?, ?)", [(identity, *each) for each in found])

    def persons_of(self, subjects: Iterable[str | None]) -> dict[str, list[tuple[int, str]]]:
        """Those of the identities that mean several persons: from which `seq` on who is meant, in order."""
        names, found = sorted({name for name in subjects if name}), dict[str, list[tuple[int, str]]]()
        for start in range(0, len(names), BATCH):
            batch = names[start : start + BATCH]
            marks = ", ".join("?" * len(batch))
            query = f"SELECT * FROM persons WHERE identity IN ({marks}) ORDER BY identity, seq"
            for identity, seq, patient_id in self._connection.execute(query, batch):
                found.setdefault(identity, []).append((seq, patient_id))
        return found

    def waiting(self) -> int:
        """How many drafts are about a patient whom nobody has named yet."""
        query = (
            "SELECT count(*) FROM drafts WHERE subject IS NOT NULL AND resource_type <> 'Patient' "
            "AND subject NOT IN (SELECT identity FROM subjects)"
        )
        return int(self._connection.execute(query).fetchone()[0])

    def links_of(self, identities: Sequence[str]) -> dict[str, set[Link]]:
        """What entries say of others."""
        found: dict[str, set[Link]] = {}
        marks = ", ".join("?" * len(identities))
        query = f"SELECT identity, other, kind FROM links WHERE identity IN ({marks})"
        for identity, other, kind in self._connection.execute(query, list(identities)):
            found.setdefault(identity, set()).add((other, kind))
        return found

    # ---- what becomes of it

    def restart(self) -> None:
        """Forget what was decided before."""
        for table in ("outcomes", "subjects", "persons", "unmapped"):
            self._connection.execute(f"DELETE FROM {table}")

    def settle(self, outcomes: Sequence[tuple[int, int, str]]) -> None:
        """Note what becomes of drafts: their `seq`, the outcome's weight, and the reason or ""."""
        with self._together():
            self._many("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)", outcomes)

    def count_unmapped(self, counts: dict[tuple[str, str, str, str, str], int]) -> None:
        """Add to the counts of codes, by source, resource type, system, code and display."""
        query = (
            "INSERT INTO unmapped VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET n = unmapped.n + excluded.n"
        )
        with self._together():
            self._many(
                query,
                [
                    (*key, self._named(display), count, self._covered(display))
                    for (*key, display), count in counts.items()
                ],
            )

    def unmapped(self, limit: int = -1) -> Iterator[UnmappedCode]:
        """Codes that no table of ours knows among what is new, the most frequent first."""
        query = "SELECT * FROM unmapped WHERE n <> 0 ORDER BY n DESC, code LIMIT ?"
        found = self._connection.execute(query, (limit,))
        for source, resource_type, system, code, _, count, display in found:
            yield UnmappedCode(source, resource_type, Code(system, code, self._shown(display)), count)

    def unmapped_count(self) -> int:
        """How many different such codes there are."""
        return int(self._connection.execute("SELECT count(*) FROM unmapped WHERE n <> 0").fetchone()[0])

    def cautions(self) -> dict[str, int]:
        """What a person should know, the most frequent first."""
        return dict(self._connection.execute("SELECT sentence, n FROM cautions ORDER BY n DESC, sentence"))

    def tallies(self) -> tuple[RecordLine, ...]:
        """What became of each file and resource, in the order in which they came."""
        reasons = self._reasons()
        heaviest = (
            "SELECT d.read AS read, max(o.weight) AS weight "
            "FROM drafts d JOIN outcomes o USING (seq) GROUP BY d.read"
        )
        query = (
            "SELECT l.number, l.file, l.source, l.resource, count(*), sum(w = 4), sum(w = 3), sum(w = 1), "
            "sum(w = 2) FROM (SELECT r.line AS line, max(coalesce(h.weight, 1), "
            f"CASE WHEN r.sentence <> '' THEN 2 ELSE 1 END) AS w FROM reads r LEFT JOIN ({heaviest}) h "
            "ON h.read = r.number) JOIN lines l ON l.number = line GROUP BY l.number ORDER BY l.number"
        )
        return tuple(
            RecordLine(
                file=self._shown(file),
                **dict(zip(_TALLY, row, strict=True)),
                reasons=reasons.get(number, {}),
            )
            for number, file, *row in self._connection.execute(query).fetchall()
        )

    def problems(self, *, limit: int = 1000) -> tuple[Problem, ...]:
        """The first things that were refused or left as they were, with their places."""
        query = (
            f"SELECT l.file, l.resource, r.place, s.sentence FROM ({_SENTENCES}) s "
            "JOIN reads r USING (number) JOIN lines l ON l.number = r.line ORDER BY r.number LIMIT ?"
        )
        found = self._connection.execute(query, (limit,))
        return tuple(Problem(self._shown(file), *rest) for file, *rest in found)

    def _reasons(self) -> dict[int, dict[str, int]]:
        found: dict[int, dict[str, int]] = {}
        query = (
            f"SELECT r.line, s.sentence, count(*) FROM ({_SENTENCES}) s JOIN reads r USING (number) "
            "GROUP BY 1, 2 ORDER BY 3 DESC, 2"
        )
        for line, sentence, count in self._connection.execute(query):
            found.setdefault(line, {})[sentence] = count
        return found

    def _staged(self, row: tuple[Any, ...]) -> Staged:
        values = dict(zip(_COLUMNS, row[1:], strict=True))
        for name in _MOMENTS:
            if values[name] is not None:
                values[name] = datetime.fromisoformat(values[name])
        for name in _COVERED:
            values[name] = self._shown(values[name])
        return Staged(row[0], values)

    def _covered(self, text: str) -> str | bytes:
        return self._cover.close(text) if self._cover else text

    def _named(self, text: str) -> str:
        """What stands for a text where texts are told apart."""
        return self._cover.named(text) if self._cover else text

    def _shown(self, kept: str | bytes) -> str:
        return self._cover.open(kept) if self._cover and isinstance(kept, bytes) else str(kept)

    def _line(self, file: str, source: str, resource: str) -> int:
        if (file, resource) not in self._lines:
            number = self._lines[file, resource] = len(self._lines) + 1
            row = (number, self._covered(file), source, resource)
            self._connection.execute("INSERT INTO lines VALUES (?, ?, ?, ?)", row)
        return self._lines[file, resource]

    def _count_cautions(self, sentences: list[str]) -> None:
        self._many(_COUNT_CAUTION, [(sentence, 1) for sentence in sentences])

    def _many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(query, rows)

    def _together(self) -> "_Together":
        return _Together(self._connection)


_SENTENCES: Final = f"""
SELECT number, sentence FROM reads WHERE sentence <> ''
UNION SELECT d.read AS number, o.reason AS sentence FROM outcomes o JOIN drafts d USING (seq)
WHERE o.reason <> '' AND d.read NOT IN (
    SELECT d.read FROM drafts d JOIN outcomes o USING (seq) WHERE o.weight > {REFUSED})
"""
"""Why things were refused, or left as they were as a whole: what brought something new needs no reason."""

_COUNT_CAUTION: Final = (
    "INSERT INTO cautions VALUES (?, ?) ON CONFLICT DO UPDATE SET n = cautions.n + excluded.n"
)


class _Together:
    """Several statements as one transaction: with the driver's own each would be one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN")

    def __exit__(self, kind: object, *_rest: object) -> None:
        self._connection.execute("COMMIT")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
