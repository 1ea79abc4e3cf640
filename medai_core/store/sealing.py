"""Whether a store is encrypted, under which key, and how it comes under another one.

open_seal(database, keys) at every start; rotate(database, keys) when the key changes, or is given first.
"""

import base64
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, insert, select, tuple_, update

from medai_core.domain.refusal import Refusal
from medai_core.store import tables
from medai_core.store.connection import Database
from medai_core.store.sealed import Sealed, SealedJson, SealedWord, SealedWords, Sealer, is_sealed, key_id
from medai_core.store.triggers import forgotten, never_changed

_STORE: Final = "store"
_PLACE: Final = "sealing.hash_key"
_BATCH: Final = 500
_NOTHING: Final = b"\0" * 32


def open_seal(database: Database, keys: Sequence[bytes]) -> None:
    """Unlock an encrypted store; encrypt a new one from its first row on where there is a key.

    Raises Refusal "encryption-key-missing", "encryption-key-wrong", "encryption-unfinished" or
    "store-not-encrypted".
    """
    with database.reading() as connection:
        row = connection.execute(select(tables.sealing)).mappings().first()
    if row is None and not keys:
        return
    if row is None:
        with database.transaction() as connection:
            row = connection.execute(select(tables.sealing)).mappings().first()
            if row is None:
                _require_new(connection)
                _write(connection, keys[0], secrets.token_bytes(32), unfinished=False)
                row = connection.execute(select(tables.sealing)).mappings().one()
    if row["unfinished"]:
        raise _unfinished()
    database.unlock(_sealer(row, keys))


def rotate(database: Database, keys: Sequence[bytes], say: Callable[[str], None]) -> int:
    """Bring everything under the first key: from plain text, or from under one of the others.

    In batches; interrupted, it goes on where it was when it is called again. The store must not be in use.
    Returns how many values were written anew. Raises Refusal as `open_seal` does.
    """
    if not keys:
        raise _missing()
    with database.transaction() as connection:
        row = connection.execute(select(tables.sealing)).mappings().first()
        hash_key = _hash_key(row, keys) if row else secrets.token_bytes(32)
        _write(connection, keys[0], hash_key, unfinished=True)
    sealer = Sealer(keys, hash_key)
    count = 0
    for table in tables.metadata.sorted_tables:
        columns = [column.name for column in table.columns if _renewed(column.type)]
        if columns:
            changed = sum(_batches(database, table, columns, sealer))
            count += changed
            if changed:
                say(f"{table.name}: {changed:,} rows")
    with database.transaction() as connection:
        _write(connection, keys[0], hash_key, unfinished=False)
    return count


def _batches(database: Database, table: Table, columns: list[str], sealer: Sealer) -> Iterator[int]:
    """Rows changed, batch by batch, in the order of the primary key; each batch is permanent by itself."""
    keys = list(table.primary_key)
    after: tuple[Any, ...] | None = None
    while True:
        query = select(table).order_by(*keys).limit(_BATCH)
        if after is not None:
            query = query.where(tuple_(*keys) > tuple_(*after) if len(keys) > 1 else keys[0] > after[0])
        with database.transaction() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
            if not rows:
                return
            yield _renew(connection, table, columns, rows, sealer)
        after = tuple(rows[-1][key.name] for key in keys)


def _renew(
    connection: Connection, table: Table, columns: list[str], rows: list[dict[str, Any]], sealer: Sealer
) -> int:
    changed = 0
    lifted = False
    for row in rows:
        values = {}
        for name in columns:
            new = _new_value(table.c[name].type, row[name], sealer)
            if new != row[name]:
                values[name] = new
        if not values:
            continue
        if table.name in _GUARDED and not lifted:
            lifted = True
            _run(connection, forgotten(connection.dialect.name))
        condition = [key == row[key.name] for key in table.primary_key]
        connection.execute(update(table).where(*condition).values(**values))
        changed += 1
    if lifted:
        _run(connection, never_changed(connection.dialect.name))
    return changed


_GUARDED: Final = frozenset({"readings", "predictions", "audit"})
"""Their triggers forbid what a new key needs; they are gone inside the one transaction alone."""


def _new_value(kind: object, value: Any, sealer: Sealer) -> Any:
    """A raw value as it stands under the key in use."""
    if value is None:
        return None
    if isinstance(kind, SealedWords):
        return sealer.words(value)
    if isinstance(kind, SealedWord):
        return value if value.startswith("~") else sealer.word(value)
    if isinstance(kind, Sealed):
        if sealer.in_use(value):
            return value
        clear = sealer.open(value, kind.place) if is_sealed(value) else value
        return sealer.seal(clear, kind.place, lookup=kind.lookup)
    assert isinstance(kind, SealedJson)
    if isinstance(value, str) and is_sealed(value):
        return value if sealer.in_use(value) else sealer.seal(sealer.open(value, kind.place), kind.place)
    return sealer.seal(json.dumps(value, ensure_ascii=False), kind.place)


def _renewed(kind: object) -> bool:
    return isinstance(kind, Sealed | SealedJson | SealedWord | SealedWords)


def _run(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def _write(connection: Connection, key: bytes, hash_key: bytes, *, unfinished: bool) -> None:
    """Keep under which key the store is, and the hashes' key, itself sealed."""
    wrapped = Sealer([key], _NOTHING).seal(base64.b64encode(hash_key).decode(), _PLACE)
    values = {"name": _STORE, "key_id": key_id(key), "hash_key": wrapped, "unfinished": unfinished}
    connection.execute(delete(tables.sealing))
    connection.execute(insert(tables.sealing).values(**values))


def _sealer(row: Any, keys: Sequence[bytes]) -> Sealer:
    """The sealer of a store: under its own key, whichever place that has among the given ones."""
    hash_key = _hash_key(row, keys)
    own = next(key for key in keys if key_id(key) == row["key_id"])
    return Sealer([own, *(key for key in keys if key is not own)], hash_key)


def _hash_key(row: Any, keys: Sequence[bytes]) -> bytes:
    own = next((key for key in keys if key_id(key) == row["key_id"]), None)
    if own is None:
        raise _missing() if not keys else _wrong()
    return base64.b64decode(Sealer([own], _NOTHING).open(row["hash_key"], _PLACE))


def _require_new(connection: Connection) -> None:
    for table in (tables.users, tables.patients, tables.record_entries, tables.imports):
        if connection.execute(select(1).select_from(table).limit(1)).first() is not None:
            raise Refusal(
                "store-not-encrypted",
                expected="an encrypted store, as MEDAI_ENCRYPTION_KEY is set",
                found="one that was written without a key",
                what_to_do="Stop MedAI and run python -m medai_core rotate-keys, or unset the key.",
            )


def _missing() -> Refusal:
    return Refusal(
        "encryption-key-missing",
        expected="the key of this encrypted store as MEDAI_ENCRYPTION_KEY",
        found="none",
        what_to_do="Set the key. Without it nobody can read the store, MedAI included.",
    )


def _wrong() -> Refusal:
    return Refusal(
        "encryption-key-wrong",
        expected="the key under which this store was encrypted among those of MEDAI_ENCRYPTION_KEY",
        found="other keys",
        what_to_do="Add the right one: newest first, separated by commas.",
    )


def _unfinished() -> Refusal:
    return Refusal(
        "encryption-unfinished",
        expected="a store whose change of key was finished",
        found="one where it was interrupted",
        what_to_do="Run python -m medai_core rotate-keys again: it goes on where it was.",
    )
