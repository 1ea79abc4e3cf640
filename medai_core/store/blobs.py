"""Files under the SHA-256 of their bytes. What is put is on the disk before its digest is handed out.

put(bytes or stream) -> digest; open(digest); path(digest); has(digest); size(digest); sweep(keep, ...).
"""

import hashlib
import os
import secrets
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from medai_core.domain.refusal import Refusal
from medai_core.store.connection import private_folder

_CHUNK: Final = 1024 * 1024
_HEX: Final = frozenset("0123456789abcdef")


class Blobs:
    """A folder of files named by content: ``ab/abcdef…``, 0600, never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        private_folder(folder)

    def put(self, source: bytes | BinaryIO) -> str:
        """Keep the bytes (once) and return their digest. A stream is read to its end, 1 MiB at a time."""
        digest = hashlib.sha256()
        incoming = self._folder / "incoming"
        private_folder(incoming)
        part = incoming / secrets.token_hex(16)
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                for chunk in _chunks(source):
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            name = digest.hexdigest()
            self._place(part, name)
        finally:
            part.unlink(missing_ok=True)
        return name

    def _place(self, part: Path, digest: str) -> None:
        target = self.path(digest)
        if target.exists():
            os.utime(target)  # young again: a sweep leaves what is about to be used
            return
        private_folder(target.parent)
        os.replace(part, target)
        for folder in (target.parent, self._folder):
            _sync_folder(folder)

    def path(self, digest: str) -> Path:
        """Where the blob lies, or would lie; ValueError for what is no digest."""
        if len(digest) != 64 or not set(digest) <= _HEX:
            raise ValueError("a digest is 64 small hexadecimal digits")
        return self._folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Whether the blob is there."""
        return self.path(digest).is_file()

    def open(self, digest: str) -> BinaryIO:
        """The blob, to be read; raises Refusal "file-missing"."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError:
            raise Refusal(
                "file-missing",
                expected="the stored file of this image",
                found="none under its digest",
                what_to_do="Run python -m medai_core verify, and restore the file from a backup.",
            ) from None

    def read(self, digest: str) -> bytes:
        """All bytes of the blob; raises Refusal "file-missing"."""
        with self.open(digest) as file:
            return file.read()

    def size(self, digest: str) -> int:
        """Bytes of the blob; raises Refusal "file-missing"."""
        with self.open(digest) as file:
            return os.fstat(file.fileno()).st_size

    def digests(self) -> Iterator[str]:
        """All digests there are, in order."""
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(path.name for path in folder.iterdir() if len(path.name) == 64)

    def sweep(self, keep: Collection[str], *, older_than_seconds: float = 3600.0) -> int:
        """Remove what no row names and nobody has touched lately; the number of files removed."""
        before = time.time() - older_than_seconds
        unnamed = [self.path(digest) for digest in self.digests() if digest not in keep]
        unnamed += (self._folder / "incoming").glob("*")
        removed = 0
        for path in unnamed:
            try:
                if path.stat().st_mtime <= before:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:  # another process has tidied up its own
                continue
        return removed

    def remove(self, digest: str) -> bool:
        """Destroy the blob for good; whether there was one."""
        path = self.path(digest)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        _sync_folder(path.parent)
        return True

    def damaged(self, digest: str) -> bool:
        """Whether the blob is missing or its bytes are not those of its name."""
        if not self.has(digest):
            return True
        found = hashlib.sha256()
        with self.open(digest) as file:
            for chunk in _chunks(file):
                found.update(chunk)
        return found.hexdigest() != digest


def _chunks(source: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    while chunk := source.read(_CHUNK):
        yield chunk


def _sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
