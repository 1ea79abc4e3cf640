"""A file as a header and rows, whatever its encoding, delimiter or packing; long files are streamed."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from medai_core.domain.refusal import Refusal
from medai_core.records.tables.cells import Cell

LONGEST_RECORD_LINES: Final = 500
"""How many lines one quoted cell may run over; past that, a quotation mark was not closed."""
MOST_COLUMNS: Final = 4_096
UNPACKED_BYTES: Final = 4 * 1024**3
_SNIFFED: Final = 60
_BLOCK: Final = 1 << 20
_DELIMITERS: Final = (",", ";", "\t", "|")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line at which it begins (the header's is 1 where nothing stands above it), its cells, and
    the sentence that says why it could not be taken apart."""

    line: int
    cells: tuple[Cell, ...] = ()
    refused: str = ""
    sheet: str = ""
    has_open_formula: bool = False
    """Whether a cell holds a formula whose result is not stored in the workbook; it is a gap then."""

    @property
    def where(self) -> str:
        """The place for a person: ``"line 12"``, with the sheet in front where there are several."""
        return f"{self.sheet}, line {self.line}" if self.sheet else f"line {self.line}"


@dataclass(frozen=True, slots=True)
class Table:
    """The header, and the rows below it; `rows` starts again at each call."""

    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]


def not_a_table(found: str) -> Refusal:
    """A file whose content is no table."""
    return Refusal(
        "table-unreadable",
        expected="a table with a header line: CSV with commas, semicolons or tabs, or an Excel workbook",
        found=found,
        what_to_do="Export the table again, as CSV (UTF-8) or .xlsx.",
    )


def open_table(open_: Callable[[], BinaryIO], name: str) -> Table:
    """The table in a file, by its content; `name` is not looked at but for a workbook's.

    Raises
    ------
    Refusal
        "table-unreadable" for what is no table.
    """
    with open_() as file:
        head = file.read(8)
    if head.startswith(b"PK\x03\x04"):
        from medai_core.records.tables.workbook import open_workbook

        return open_workbook(open_)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise not_a_table("an Excel workbook of the old kind (.xls)")
    unpacked = _unpacking(open_) if head.startswith(b"\x1f\x8b") else open_
    encoding = _encoding(unpacked)
    delimiter = _delimiter(unpacked, encoding)
    header = next(_records(unpacked, encoding, delimiter), None)
    if header is None:
        raise not_a_table("an empty file")
    if header.refused:
        raise not_a_table("a header line with a quotation mark that is not closed")
    columns = header_names(header.cells)

    def rows() -> Iterator[Row]:
        records = _records(unpacked, encoding, delimiter)
        next(records, None)
        for row in records:
            yield fitted(row, len(columns))

    return Table(columns, rows)


def header_names(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """Names of columns: one each, never empty.

    Raises
    ------
    Refusal
        "table-unreadable" where the first line is no header.
    """
    texts = [" ".join(str(cell).split()) if cell is not None else "" for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if not texts:
        raise not_a_table("no header line")
    if len(texts) > MOST_COLUMNS:
        raise not_a_table("more columns than any table of patients has")
    if all(not any(sign.isalpha() for sign in text) for text in texts):
        raise not_a_table("a first line without words, so no header")
    seen: dict[str, int] = {}
    names = []
    for place, text in enumerate(texts, start=1):
        name = text[:200] or f"column {place}"
        seen[name.lower()] = seen.get(name.lower(), 0) + 1
        names.append(name if seen[name.lower()] == 1 else f"{name} ({seen[name.lower()]})")
    return tuple(names)


def fitted(row: Row, width: int) -> Row:
    """A row of the header's width: missing cells at its end are gaps, further ones refuse it."""
    if row.refused or len(row.cells) == width:
        return row
    if any(cell not in (None, "") for cell in row.cells[width:]):
        return Row(row.line, refused="Expected as many cells as the header has; found more.", sheet=row.sheet)
    cells = row.cells[:width] + (None,) * (width - len(row.cells))
    return replace(row, cells=cells)


def _unpacking(open_: Callable[[], BinaryIO]) -> Callable[[], BinaryIO]:
    def unpacked() -> BinaryIO:
        return io.BufferedReader(_Unpacked(open_()), _BLOCK)

    return unpacked


class _Unpacked(io.RawIOBase):
    """A gzip file that refuses in words and does not unpack without end."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed, self._file, self._count = packed, gzip.GzipFile(fileobj=packed), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            block = self._file.read1(len(view))
        except (OSError, EOFError, zlib.error) as error:
            raise not_a_table("a packed file that is damaged or ends too early") from error
        self._count += len(block)
        if self._count > UNPACKED_BYTES:
            raise not_a_table("a packed file that unpacks to more than 4 GB")
        view[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._file.close()
        self._packed.close()
        super().close()


def _encoding(open_: Callable[[], BinaryIO]) -> str:
    """UTF-8 with or without a mark, UTF-16, or Windows-1252; the whole file is looked at, in blocks."""
    with open_() as file:
        head = file.read(4096)
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name
        if not head:
            raise not_a_table("an empty file")
        if (wide := _wide(head)) is not None:
            return wide
        decoder = codecs.getincrementaldecoder("utf-8")()
        block = head
        is_utf8 = True
        while block:
            if b"\0" in block:
                raise not_a_table("bytes that are no text")
            if is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
            block = file.read(_BLOCK)
        return "utf-8" if is_utf8 else "cp1252"


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of Latin text is zero."""
    pairs = len(head) // 2
    if pairs < 4:
        return None
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if odd > 0.8 * pairs and not even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.8 * pairs and not odd else None


def _lines(open_: Callable[[], BinaryIO], encoding: str) -> Iterator[str]:
    """Lines of the text with their ends; a Refusal where a byte is none of the encoding's."""
    with open_() as file:
        try:
            with io.TextIOWrapper(file, encoding, newline="") as text:
                while line := text.readline(_BLOCK):
                    yield line
        except UnicodeError as error:
            raise not_a_table("bytes that are no text") from error


def _delimiter(open_: Callable[[], BinaryIO], encoding: str) -> str:
    """The sign by which most lines fall into as many cells as the header; Excel's "sep=" line is believed."""
    head: list[str] = []
    for line in _lines(open_, encoding):
        if line.strip():
            head.append(line)
        if len(head) >= _SNIFFED:
            break
    if not head:
        raise not_a_table("an empty file")
    if (told := _told(head[0])) is not None:
        return told
    best, most = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(head, delimiter=delimiter) if cells]
        except csv.Error:
            continue
        same = sum(width == widths[0] for width in widths) / len(widths) if widths else 0
        score = same * widths[0] if widths and widths[0] > 1 else 0
        if score > most:
            best, most = delimiter, score
    return best


def _told(line: str) -> str | None:
    plain = line.strip().strip('"').lower()
    return line.strip().strip('"')[4] if plain.startswith("sep=") and len(plain) == 5 else None


class _Feed:
    """Lines for the CSV reader, which can be given back when a record was none."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._again = lines, list[str]()
        self.taken: list[str] = []
        self.line = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= LONGEST_RECORD_LINES:
            raise csv.Error("a record without end")
        line = self._again.pop() if self._again else next(self._lines)
        self.taken.append(line)
        self.line += 1
        return line

    def give_back(self) -> None:
        """All lines of the record in hand but its first."""
        self._again.extend(reversed(self.taken[1:]))
        self.line -= len(self.taken) - 1


def _records(open_: Callable[[], BinaryIO], encoding: str, delimiter: str) -> Iterator[Row]:
    """Rows that hold something; one that cannot be taken apart is refused, and the next line is tried."""
    feed = _Feed(_lines(open_, encoding))
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.taken = []
        begins = feed.line + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            feed.give_back()
            yield Row(begins, refused="Expected a line of cells; found a quotation mark that does not fit.")
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
            continue
        if begins == 1 and len(feed.taken) == 1 and _told(feed.taken[0]) is not None:
            continue
        if any(cell.strip() for cell in cells):
            yield Row(begins, tuple(cells))
