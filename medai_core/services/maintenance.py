"""Proof that nothing was changed, backup and restore."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.security.access import require
from medai_core.settings import settings
from medai_core.store import backup as archives
from medai_core.store.connection import Database, database_url, file_of
from medai_core.store.database import Store
from medai_core.store.schema import upgrade
from medai_core.store.sealed import keys_of
from medai_core.store.sealing import rotate

SPOT: Final = 100
"""Stored files whose bytes a quick `verify` reads."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, whether it holds, and what was found."""

    name: str
    holds: bool
    text: str


def verify(home: Path, url: str | None = None, *, every_file: bool = True) -> list[Check]:
    """Every model's digests and golden outputs, and the store under `home`, where there is one.

    With `every_file` the bytes of all stored files are read, else of `SPOT` of them. What a killed import
    left behind is cleared away.
    """
    from medai_core.serving.verify import verify_models

    checks = [_check("models", verify_models(), "all weights and golden outputs are as their cards say")]
    if not archives.has_store(database_url(home, url)):
        return [*checks, Check("store", True, "there is none yet under MEDAI_HOME")]
    store = Store(home, url)
    try:
        lines = store.audit.count()
        checks.append(_check("audit log", store.audit.verify(), f"{lines:,} lines, each as it was written"))
        checks.append(_check("signed readings", store.readings.verify(), "all are as they were signed"))
        checks.append(_files(store, every_file=every_file))
    finally:
        store.close()
    return checks


def backup(store: Store, caller: Caller, file: Path, url: str | None = None) -> int:
    """Write tables, audit key and every stored file to one new archive; how many files it holds.

    May run while the app is in use: it holds the store as it was at one moment. `url` is that of the
    store's tables where they lie elsewhere. Raises Refusal "backup-exists" or "backup-unwritable".
    """
    require(caller, Role.ADMINISTRATOR)
    store.audit.append(caller.user_id, "backup-taken")
    try:
        return archives.backup(store.home, file, url)
    except OSError:
        raise Refusal(
            "backup-unwritable",
            expected="a place with room where a file can be written",
            found="one that does not take it",
            what_to_do="Check folder, permissions and room on the disk.",
        ) from None


def restore(file: Path, home: Path, caller: Caller, url: str | None = None) -> tuple[int, list[str]]:
    """Bring a backup into an empty `home`, to the present form of the tables; all sessions end.

    Where `url` names a database of a server, the tables go there; it must be empty.

    Gives the number of stored files, and what the proof of the restored store finds wrong, in sentences.
    Raises Refusal "home-not-empty", "backup-unreadable", "backup-damaged", "store-newer" or "database-url".
    """
    require(caller, Role.ADMINISTRATOR)
    if url is not None and file_of(database_url(home, url)) is not None:
        raise Refusal(
            "database-url",
            expected="a restore of tables and files into MEDAI_HOME",
            found="MEDAI_DATABASE_URL set to another place",
            what_to_do="Unset it, restore, then move the tables where they belong.",
        )
    problems = archives.restore(file, home, url)
    store = Store(home, url)
    try:
        with store.transaction():
            for account in store.accounts.all():
                store.sessions.revoke_all(account.id)
            store.audit.append(caller.user_id, "store-restored")
        return len(store.images.digests() | store.readings.key_images()), problems
    finally:
        store.close()


def rotate_keys(home: Path, caller: Caller, url: str | None, say: Callable[[str], None]) -> int:
    """Bring a store that is not in use under the first key of MEDAI_ENCRYPTION_KEY; how many rows changed.

    Then the database is written anew, so that nothing stays in its files under an older key or none.
    Raises Refusal "backup-no-store", "encryption-key-missing" or "encryption-key-wrong".
    """
    require(caller, Role.ADMINISTRATOR)
    address = database_url(home, url)
    if not archives.has_store(address):
        raise Refusal(
            "backup-no-store",
            expected="a store under MEDAI_HOME",
            found="none",
            what_to_do="A new store is encrypted by itself where the key is set.",
        )
    database = Database(address)
    try:
        upgrade(database)
        count = rotate(database, keys_of(settings().encryption_key), say)
    finally:
        database.close()
    store = Store(home, url)
    try:
        store.audit.append(caller.user_id, "keys-rotated", detail={"rows": str(count)})
        if not store.erasing.compact():
            say("The database is in use: what it held before may still lie in its file.")
    finally:
        store.close()
    return count


def _check(name: str, problems: list[str], fine: str) -> Check:
    return Check(name, not problems, " ".join(problems) if problems else fine)


def _files(store: Store, *, every_file: bool) -> Check:
    digests = sorted(store.images.digests() | store.readings.key_images())
    step = 1 if every_file else max(1, len(digests) // SPOT)
    looked_at = digests[::step]
    damaged = [digest for digest in looked_at if store.blobs.damaged(digest)]
    missing = [digest for digest in digests if step > 1 and not store.blobs.has(digest)]
    problems = [f"Stored file {digest} is missing or damaged." for digest in dict.fromkeys(damaged + missing)]
    fine = f"{len(looked_at):,} of {len(digests):,} read, each whole"
    if left_behind := store.sweep():
        fine += f"; {left_behind:,} left behind by a broken-off import cleared away"
    return _check("stored files", problems, fine)
