"""Files to look at, from paths and ZIP archives, one at a time; nothing is unpacked to disk."""

import io
import os
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Final

from medai_core.domain.refusal import Refusal

_SKIPPED_NAMES: Final = frozenset({"thumbs.db", "desktop.ini", "__macosx", "dicomdir", "license", "readme"})
_SKIPPED_ENDINGS: Final = frozenset(
    """.txt .md .rst .csv .tsv .json .jsonl .xml .html .htm .css .js .py .pyc .ipynb .log .pdf .doc .docx .xls
    .xlsx .ppt .pptx .rtf .exe .dll .so .sh .bat .cmd .ini .cfg .inf .toml .yaml .yml .db .sqlite .sqlite3
    .npy .npz .h5 .keras .tflite .pt .mp3 .wav .mp4 .avi .mov .lnk .url .ico .svg .part""".split()
)

_RECORD_ENDINGS: Final = frozenset(".csv .tsv .json .jsonl .xls .xlsx .txt .xml".split())
_WORKBOOK: Final = re.compile(
    rb"\[Content_Types\]\.xml|_rels/|xl/|docProps/|customXml/|mimetypeapplication/vnd\.oasis"
)


@dataclass(frozen=True, slots=True)
class FileSource:
    """One file: its name for the person, its size in bytes, and how to open it.

    `open` gives a fresh reader at the start. It, and reading from it, raises Refusal where the file cannot
    be had: encrypted, damaged, or larger than it says.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What archives may ask for, which names are passed over, and who is told of them."""

    limits: "ArchiveLimits"
    skipped: Callable[[str], bool]
    passed: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What one ZIP may ask of the machine.

    The ratio of unpacked to packed size is only looked at above `ratio_from_bytes`: a blank picture packs
    very well.
    """

    members: int = 50_000
    member_bytes: int = 2 * 1024**3
    total_bytes: int = 16 * 1024**3
    ratio: int = 200
    ratio_from_bytes: int = 32 * 1024**2


DEFAULT_LIMITS: Final = ArchiveLimits()

DEMO_LIMITS: Final = ArchiveLimits(members=500, member_bytes=200 * 1024**2, total_bytes=200 * 1024**2)
"""For the demo, which anybody may use."""


def is_skipped(name: str) -> bool:
    """Whether a file or folder of this name, met inside a folder or archive, is passed over.

    Hidden ones and known non-images; a file that a person names directly is never passed over.
    """
    plain = name.rstrip("/").lower()
    stem, ending = os.path.splitext(plain)
    return (
        plain.startswith((".", "~$"))
        or plain in _SKIPPED_NAMES
        or (stem in _SKIPPED_NAMES and not ending)
        or ending in _SKIPPED_ENDINGS
    )


def is_no_record(name: str) -> bool:
    """`is_skipped` where not only images are wanted but all that says something of patients.

    HL7 v2 often comes as text files: what such a file is, its content decides.
    """
    stem, ending = os.path.splitext(name.rstrip("/").lower())
    no_data = name.startswith((".", "~$")) or stem in _SKIPPED_NAMES
    return is_skipped(name) and (no_data or ending not in _RECORD_ENDINGS)


def is_workbook(head: bytes) -> bool:
    """Whether a file that begins so is a ZIP that begins as an Excel or OpenDocument workbook does."""
    if not head.startswith(b"PK\x03\x04") or head[128:132] == b"DICM":
        return False
    return _WORKBOOK.match(head[30:90]) is not None


def open_sources(
    *sources: str | Path | FileSource,
    limits: ArchiveLimits = DEFAULT_LIMITS,
    skipped: Callable[[str], bool] = is_skipped,
    passed: Callable[[str], None] = lambda name: None,
) -> Iterator[FileSource]:
    """Every file that `sources` mean, in order: files, folders (recursed, sorted), ZIP archives opened.

    A `FileSource` (an upload) that holds a ZIP is opened too. What cannot be had is a source whose `open`
    raises Refusal, so that one bad file never stops the others. Names are the paths as given, and
    ``archive.zip/inner/name`` for archives; `skipped` says which are passed over inside folders and archives,
    `passed` is told the name of each of them (of a folder that is passed over: its own, ending in "/").
    """
    rules = _Rules(limits, skipped, passed)
    for source in sources:
        if isinstance(source, FileSource):
            yield from _expanded(source, rules)
        elif os.path.isdir(source):
            yield from _folder(str(source), rules)
        else:
            yield from _expanded(_file(str(source)), rules)


def from_bytes(name: str, content: bytes) -> FileSource:
    """A source over bytes in memory, such as an upload."""
    return FileSource(name, len(content), lambda: io.BytesIO(content))


def _file(path: str) -> FileSource:
    try:
        return FileSource(path, os.stat(path).st_size, lambda: _opened(path))
    except OSError:
        return _refused(path, 0, _missing())


def _opened(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError:
        raise _missing() from None


def _missing() -> Refusal:
    return Refusal(
        "file-unreadable",
        expected="a file that can be opened",
        found="none at this place, or one without permission to read",
        what_to_do="Check the path and its permissions.",
    )


def _folder(folder: str, rules: _Rules) -> Iterator[FileSource]:
    """Sorted by name at each level; links to folders are not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield _refused(folder, 0, _missing())
        return
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        if rules.skipped(entry.name):
            rules.passed(_printable(entry.path) + "/" * is_folder)
        elif is_folder:
            yield from _folder(entry.path, rules)
        elif entry.is_file():
            yield from _expanded(_file(entry.path), rules)
        else:  # a link to a folder or to nothing, a pipe, a device
            rules.passed(_printable(entry.path))


def _expanded(source: FileSource, rules: _Rules) -> Iterator[FileSource]:
    """The source itself, or the members of the archive that it is."""
    if _is_archive(source):
        yield from _members(source, rules)
    else:
        yield source


def _is_archive(source: FileSource) -> bool:
    """By content; a DICOM preamble may hold anything, so DICM at 128 decides against it. No workbook."""
    try:
        with source.open() as reader:
            head = reader.read(132)
    except (Refusal, OSError):
        return False
    is_zip = head[:4] in (b"PK\x03\x04", b"PK\x05\x06") and head[128:132] != b"DICM"
    return is_zip and not is_workbook(head)


class _Archive:
    """One ZIP whose directory is read once for all who hold it; closed when the last one lets go.

    Whoever holds it after that reads it anew, so that a member can be opened at any time.
    """

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._holders = 0
        self._outer: BinaryIO | None = None
        self._zip: zipfile.ZipFile | None = None

    def hold(self) -> zipfile.ZipFile:
        """The open archive; to be given back with `release`. Raises Refusal or as `zipfile` does."""
        with self._lock:
            if self._zip is None:
                outer = self._source.open()
                try:
                    self._zip = zipfile.ZipFile(outer)
                except BaseException:
                    outer.close()
                    raise
                self._outer = outer
            self._holders += 1
            return self._zip

    def release(self) -> None:
        """What `hold` gave is needed no more."""
        with self._lock:
            self._holders -= 1
            if self._holders or self._zip is None or self._outer is None:
                return
            self._zip.close()
            self._outer.close()
            self._zip = self._outer = None

    def member(self, info: zipfile.ZipInfo) -> BinaryIO:
        """A reader of one member; it holds the archive until it is closed. Raises Refusal."""
        try:
            archive = self.hold()
            try:
                member = archive.open(info)
            except BaseException:
                self.release()
                raise
        except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError, EOFError):
            raise _damaged() from None
        return io.BufferedReader(_MemberReader(self, member))


def _members(source: FileSource, rules: _Rules) -> Iterator[FileSource]:
    archive, limits = _Archive(source), rules.limits
    try:
        infos = [info for info in archive.hold().infolist() if not info.is_dir()]
    except Refusal as refusal:
        yield _refused(source.name, source.size, refusal)
        return
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, MemoryError):
        yield _refused(source.name, source.size, _damaged())
        return
    try:
        if len(infos) > limits.members or sum(info.file_size for info in infos) > limits.total_bytes:
            yield _refused(source.name, source.size, _too_much(limits))
            return
        for info in sorted(infos, key=lambda info: info.filename):
            yield from _member(source, archive, info, rules)
    finally:
        archive.release()


def _member(
    source: FileSource,
    archive: _Archive,
    info: zipfile.ZipInfo,
    rules: _Rules,
) -> Iterator[FileSource]:
    inner = info.filename.replace("\\", "/")
    parts = PurePosixPath(inner).parts
    name = f"{source.name}/{_printable(inner)}"
    if ".." in parts or inner.startswith("/") or ":" in inner.split("/")[0]:
        yield _refused(name, info.file_size, _traversal())
    elif any(rules.skipped(part) for part in parts):
        rules.passed(name)
    elif info.flag_bits & 0x1:
        yield _refused(name, info.file_size, _encrypted())
    elif _is_bomb(info, rules.limits):
        yield _refused(name, info.file_size, _bomb())
    elif inner.lower().endswith(".zip"):
        yield _refused(name, info.file_size, _nested())
    else:
        yield FileSource(name, info.file_size, lambda: archive.member(info))


def _is_bomb(info: zipfile.ZipInfo, limits: ArchiveLimits) -> bool:
    if info.file_size > limits.member_bytes:
        return True
    return info.file_size > limits.ratio_from_bytes and info.file_size > limits.ratio * max(
        info.compress_size, 1
    )


def _printable(name: str) -> str:
    """A member's name without control characters, at most 300 characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:300]


class _MemberReader(io.RawIOBase):
    """A ZIP member as a stream; damage inside turns into a Refusal; lets go of the archive when closed."""

    def __init__(self, archive: _Archive, member: IO[bytes]) -> None:
        super().__init__()
        self._archive = archive
        self._member = member

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            part = self._member.read(len(view))
        except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError):
            raise _damaged() from None
        except Exception as error:  # zlib.error, lzma.LZMAError: the codecs' own, without a common base
            if type(error).__module__ not in ("zlib", "_lzma"):
                raise
            raise _damaged() from None
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._member.close()
            self._archive.release()
        super().close()


def _refused(name: str, size: int, refusal: Refusal) -> FileSource:
    def fail() -> BinaryIO:
        raise Refusal(
            refusal.code, expected=refusal.expected, found=refusal.found, what_to_do=refusal.what_to_do
        )

    return FileSource(name, size, fail)


def _damaged() -> Refusal:
    return Refusal(
        "archive-damaged",
        expected="a readable ZIP archive",
        found="one that is damaged, cut off or packed in an unusual way",
        what_to_do="Make the archive again, or hand over the files themselves.",
    )


def _bomb() -> Refusal:
    return Refusal(
        "archive-too-large",
        expected="an archive that unpacks to a size that images have",
        found="content that would unpack to far more than its packed size allows",
        what_to_do="Hand over the files themselves, without the archive.",
    )


def _too_much(limits: ArchiveLimits) -> Refusal:
    return Refusal(
        "archive-too-large",
        expected=f"an archive of at most {limits.members:,} files that unpack to at most "
        f"{limits.total_bytes // 1024**2:,} MB",
        found="one of more files, or of larger ones",
        what_to_do="Hand over a part of the files at a time.",
    )


def _traversal() -> Refusal:
    return Refusal(
        "archive-name",
        expected="a name inside the archive",
        found="a name that points outside of it",
        what_to_do="Make the archive again with an ordinary program.",
    )


def _encrypted() -> Refusal:
    return Refusal(
        "archive-encrypted",
        expected="an archive without a password",
        found="an encrypted file",
        what_to_do="Unpack it first and hand over the files.",
    )


def _nested() -> Refusal:
    return Refusal(
        "archive-nested",
        expected="image files in the archive",
        found="another archive inside it",
        what_to_do="Unpack the outer archive and hand over the inner one.",
    )
