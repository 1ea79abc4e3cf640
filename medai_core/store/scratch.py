"""A folder beside the store for what is only needed for a while: its owner's alone, locked while it is used.

claimed(folder) locks it; sweep(home) removes those whose process is gone; Cover encrypts what lies there.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Final

from medai_core.store.connection import private_folder

BEGINNING: Final = "staging-"
"""How the name of such a folder begins."""

_UNNAMED: Final = "new-"
_YOUNG_SECONDS: Final = 60.0


class Cover:
    """Encrypts for as long as the process lives; nobody has the key."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._naming = os.urandom(32)

    def close(self, text: str) -> bytes:
        """The text, unreadable."""
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, text.encode("utf-8", "surrogatepass"), None)

    def named(self, text: str) -> str:
        """The same name for the same text, from which nobody without the key finds the text."""
        words = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(words, key=self._naming, digest_size=16).hexdigest()

    def open(self, kept: bytes) -> str:
        """The inverse of `close`."""
        return self._cipher.decrypt(kept[:12], kept[12:], None).decode("utf-8", "surrogatepass")


def sweep(home: Path) -> int:
    """Remove what killed imports left; how many there were. Those that still run hold their lock."""
    removed = 0
    for folder in sorted([*home.glob(f"{BEGINNING}*"), *home.glob(f"{_UNNAMED}{BEGINNING}*")]):
        lock = _try_lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
            removed += 1
    return removed


def claimed(folder: Path) -> int:
    """Make the folder and lock it; the lock. It gets its name once it is locked, so that `sweep` of another
    import never finds it free."""
    unnamed = folder.with_name(f"{_UNNAMED}{folder.name}")
    private_folder(unnamed)
    lock = os.open(unnamed / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unnamed.rename(folder)
    return lock


def _try_lock(folder: Path) -> int | None:
    """The lock of a folder whose process is gone; None where it runs or has only just begun."""
    try:
        is_made = folder.name.startswith(BEGINNING) and (folder / "lock").exists()
        if not is_made and time.time() - folder.stat().st_mtime < _YOUNG_SECONDS:
            return None
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def removed(connection: sqlite3.Connection, lock: int, folder: Path) -> None:
    """Close and take away everything."""
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
