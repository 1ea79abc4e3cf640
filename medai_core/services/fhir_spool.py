"""Pages of a FHIR server during a pull, in a file without a name; encrypted beside an encrypted store."""

import io
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, cast

from medai_core.store.scratch import Cover

_LENGTH: Final = 8


class Spool:
    """Lines that are written once and read as one stream, as often as wanted. Use it as a context manager.

    `size` is the number of characters in it. `sealed` encrypts each line under a key that is in memory alone.
    """

    def __init__(self, home: Path, *, sealed: bool) -> None:
        self._cover = Cover() if sealed else None
        self._file = tempfile.TemporaryFile(dir=home)
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, line: str) -> None:
        """Keep a line of ASCII, its end included."""
        kept = self._cover.close(line) if self._cover else line.encode("ascii")
        self._file.write(len(kept).to_bytes(_LENGTH, "big") + kept)
        self.size += len(line)

    def open(self) -> BinaryIO:
        """All lines from the first, with a position of its own."""
        self._file.flush()
        return cast(BinaryIO, io.BufferedReader(_Lines(self)))

    def line_at(self, position: int) -> tuple[bytes, int]:
        """The line that begins at a place of the file, and where the next one begins; empty at the end."""
        number = self._file.fileno()
        length = int.from_bytes(os.pread(number, _LENGTH, position), "big")
        begin, end = position + _LENGTH, position + _LENGTH + length
        kept = bytearray()
        while len(kept) < length:
            piece = os.pread(number, length - len(kept), begin + len(kept))
            if not piece:
                raise EOFError
            kept += piece
        return (self._cover.open(bytes(kept)).encode("ascii") if self._cover and kept else bytes(kept)), end


class _Lines(io.RawIOBase):
    """The lines of a spool as a stream."""

    def __init__(self, spool: Spool) -> None:
        super().__init__()
        self._spool, self._position, self._rest = spool, 0, memoryview(b"")

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; 0 at the end."""
        if not self._rest:
            line, self._position = self._spool.line_at(self._position)
            self._rest = memoryview(line)
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)
