"""A file's bytes, from memory or from disk, without ever loading a large file whole."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from medai_core.domain.refusal import Refusal

_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file's bytes are: in memory or on disk."""

    content: bytes | Path

    @property
    def size(self) -> int:
        """Length in bytes. Raises OSError where the file is not there."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def open(self) -> BinaryIO:
        """A fresh, seekable reader at the start. Raises Refusal "file-unreadable"."""
        if isinstance(self.content, bytes):
            return BytesIO(self.content)
        try:
            return self.content.open("rb")
        except OSError:
            raise _unreadable() from None

    def head(self, length: int) -> bytes:
        """The first `length` bytes, or fewer."""
        if isinstance(self.content, bytes):
            return self.content[:length]
        with self.open() as reader:
            return reader.read(length)

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """`length` bytes from `offset`, or fewer at the end; memory is shared where it can be."""
        if isinstance(self.content, bytes):
            return memoryview(self.content)[offset : offset + length]
        with self.open() as reader:
            reader.seek(offset)
            return reader.read(length)

    def digest(self) -> str:
        """SHA-256 of the bytes, hex."""
        if isinstance(self.content, bytes):
            return hashlib.sha256(self.content).hexdigest()
        total = hashlib.sha256()
        with self.open() as reader:
            while chunk := reader.read(_CHUNK):
                total.update(chunk)
        return total.hexdigest()


def source_of(content: bytes | Path) -> Source:
    """Raises Refusal "file-unreadable" where a path is no readable file."""
    source = Source(content)
    if isinstance(content, Path):
        try:
            if not content.is_file():
                raise _unreadable()
        except OSError:
            raise _unreadable() from None
    return source


def _unreadable() -> Refusal:
    return Refusal(
        "file-unreadable",
        expected="a file that can be opened",
        found="none at this place, or one without permission to read",
        what_to_do="Check the path and its permissions.",
    )
