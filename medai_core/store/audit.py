"""Who did what: append-only, each line bound to the one before by an HMAC, the last one anchored in a file.

append(actor_id, action, object_id, detail); search(...); about(ids); count(...); actions(); verify().

The key (``audit.key``) and the anchor (``audit.head``) lie in the store's home, not in the database: whoever
can change the database alone can neither forge a line nor cut the last ones off unseen. Lines hold opaque ids
and words; never a name, a search text or a file's name.
"""

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Select, func, insert, select

from medai_core.domain.refusal import Refusal
from medai_core.store import clock, tables
from medai_core.store.connection import Database, Repository, private_file
from medai_core.store.rows import AuditEntry

_AUDIT: Final = tables.audit.c
_GENESIS: Final = "0" * 64
_KEY_BYTES: Final = 32
_ACTION: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST: Final = 200
_AT_ONCE: Final = 500


class Audit(Repository):
    """The audit log of one store."""

    def __init__(self, database: Database, home: Path) -> None:
        super().__init__(database)
        self._home = home
        self._key = _load_key(home / "audit.key")
        self._anchor = home / "audit.head"

    def append(
        self, actor_id: str, action: str, object_id: str = "", detail: dict[str, str] | None = None
    ) -> AuditEntry:
        """Add a line, in the same transaction as the change it tells of.

        `action` is kebab-case; `detail` holds words and opaque ids of at most 200 characters each.
        """
        _check(actor_id, action, object_id, detail or {})
        with self._database.transaction() as connection:
            last = _last(connection)
            seq, before = (last.seq + 1, last.mac) if last else (1, _GENESIS)
            anchor = self._read_anchor()
            if anchor is not None and anchor[0] >= seq:
                seq = anchor[0] + 1  # the last lines were cut off: the gap stays, for verify to find
            values: dict[str, Any] = {
                "seq": seq,
                "at": clock.now().astimezone(UTC).isoformat(timespec="microseconds"),
                "actor_id": actor_id,
                "action": action,
                "object_id": object_id,
                "detail": json.dumps(detail or {}, sort_keys=True),
            }
            values["mac"] = self._mac(before, values)
            connection.execute(insert(tables.audit).values(**values))
            self._database.after_commit(lambda: self._raise_anchor(seq, values["mac"]))
        return _entry(values)

    def search(
        self,
        actor: str | None = None,
        action: str | None = None,
        object_id: str | None = None,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[AuditEntry, ...]:
        """Lines that match all that is given, newest first."""
        query = _matching(select(tables.audit), actor, action, object_id)
        query = query.order_by(_AUDIT.seq.desc()).limit(limit).offset(offset)
        with self._database.reading() as connection:
            return tuple(_entry(row) for row in connection.execute(query).mappings())

    def about(self, objects: Sequence[str]) -> tuple[AuditEntry, ...]:
        """All lines about any of some objects, oldest first."""
        found: dict[int, AuditEntry] = {}
        with self._database.reading() as connection:
            for start in range(0, len(objects), _AT_ONCE):
                query = select(tables.audit).where(_AUDIT.object_id.in_(objects[start : start + _AT_ONCE]))
                found |= {row["seq"]: _entry(row) for row in connection.execute(query).mappings()}
        return tuple(found[seq] for seq in sorted(found))

    def count(self, actor: str | None = None, action: str | None = None, object_id: str | None = None) -> int:
        """How many lines match all that is given."""
        query = _matching(select(func.count()).select_from(tables.audit), actor, action, object_id)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def actions(self) -> tuple[str, ...]:
        """The actions that occur, in alphabetical order."""
        with self._database.reading() as connection:
            return tuple(connection.scalars(select(_AUDIT.action).distinct().order_by(_AUDIT.action)))

    def verify(self) -> list[str]:
        """What is wrong with the log, in sentences; empty where every line is as it was written."""
        anchor = self._read_anchor()  # before the lines: those written meanwhile only add to them
        problems: list[str] = []
        expected, before, anchored = 1, _GENESIS, False
        with self._database.reading() as connection:
            for row in connection.execute(select(tables.audit).order_by(_AUDIT.seq)).mappings():
                if row["seq"] != expected:
                    problems.append(_gap(expected, row["seq"] - 1))
                if not hmac.compare_digest(self._mac(before, dict(row)), row["mac"]):
                    problems.append(f"Audit line {row['seq']} or the one before it is not as it was written.")
                anchored = anchored or (row["seq"], row["mac"]) == anchor
                expected, before = row["seq"] + 1, row["mac"]
        return problems + self._check_anchor(anchor, anchored, last=expected - 1)

    def _check_anchor(self, anchor: tuple[int, str] | None, anchored: bool, *, last: int) -> list[str]:
        if anchor is None:
            empty = last == 0 and not self._anchor.exists()
            return [] if empty else ["The anchor of the audit log (audit.head) is missing or was changed."]
        if anchor[0] > last:
            return [_gap(last + 1, anchor[0])]
        return [] if anchored else [f"Audit line {anchor[0]} is not the one that was anchored."]

    def _mac(self, before: str, values: dict[str, Any]) -> str:
        names = ("seq", "at", "actor_id", "action", "object_id", "detail")
        text = json.dumps([before, *(values[name] for name in names)])
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def _anchor_mac(self, seq: int, mac: str) -> str:
        return hmac.new(self._key, f"head {seq} {mac}".encode(), hashlib.sha256).hexdigest()

    def _read_anchor(self) -> tuple[int, str] | None:
        """Number and code of the anchored line; None where the file is missing or not ours."""
        try:
            number, mac, proof = self._anchor.read_text(encoding="ascii").split()
            seq = int(number)
        except (OSError, ValueError):
            return None
        return (seq, mac) if hmac.compare_digest(self._anchor_mac(seq, mac), proof) else None

    def _raise_anchor(self, seq: int, mac: str) -> None:
        """Move the anchor to line `seq`, never back: another process may have been faster."""
        with _locked(self._home / "audit.lock"):
            anchor = self._read_anchor()
            if anchor is None and self._anchor.exists():
                return  # a changed anchor is evidence, and stays
            if anchor is not None and anchor[0] >= seq:
                return
            part = self._anchor.with_suffix(f".{secrets.token_hex(8)}")
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(f"{seq} {mac} {self._anchor_mac(seq, mac)}\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self._anchor)


def _last(connection: Connection) -> Any:
    query = select(_AUDIT.seq, _AUDIT.mac).order_by(_AUDIT.seq.desc()).limit(1)
    return connection.execute(query).first()


def _matching(
    query: Select[Any], actor: str | None, action: str | None, object_id: str | None
) -> Select[Any]:
    for column, wanted in ((_AUDIT.actor_id, actor), (_AUDIT.action, action), (_AUDIT.object_id, object_id)):
        if wanted:
            query = query.where(column == wanted)
    return query


def _entry(values: Any) -> AuditEntry:
    return AuditEntry(
        seq=values["seq"],
        at=datetime.fromisoformat(values["at"]),
        actor_id=values["actor_id"],
        action=values["action"],
        object_id=values["object_id"],
        detail=json.loads(values["detail"]),
    )


def _check(actor_id: str, action: str, object_id: str, detail: dict[str, str]) -> None:
    if not actor_id or not _ACTION.fullmatch(action):
        raise ValueError("an audit line needs an actor and an action in kebab-case")
    words = (actor_id, object_id, *detail.keys(), *detail.values())
    if any(len(word) > _LONGEST or not word.isprintable() for word in words):
        raise ValueError("an audit line holds opaque ids and words of at most 200 characters each")


def _gap(first: int, last: int) -> str:
    lines = f"line {first} is" if first >= last else f"lines {first} to {last} are"
    return f"Audit {lines} missing."


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock among processes and threads."""
    private_file(path)
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _load_key(path: Path) -> bytes:
    """The key beside the database, made at the first start; Refusal "audit-key" where it is damaged."""
    if not path.exists():
        part = path.with_suffix(f".{secrets.token_hex(8)}")
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # the first of two processes wins, and both read the same key
        except FileExistsError:
            pass
        finally:
            part.unlink()
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise Refusal(
            "audit-key",
            expected=f"a key of {_KEY_BYTES} bytes in audit.key",
            found=f"{len(key)} bytes",
            what_to_do="Restore audit.key from a backup.",
        )
    return key
