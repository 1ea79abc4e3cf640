"""Excel workbooks (.xlsx): dates stay dates, so that one in a column of numbers is seen and refused."""

import logging
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO, Final

from medai_core.domain.refusal import Refusal
from medai_core.records.tables.cells import Cell
from medai_core.records.tables.opening import MOST_COLUMNS, Row, Table, fitted, header_names, not_a_table

_LOG: Final = logging.getLogger(__name__)
_MEGABYTE: Final = 1024**2
UNPACKED_BYTES: Final = 512 * _MEGABYTE
"""What all parts of a workbook may unpack to. Sheets are read row by row."""
HELD_BYTES: Final = 64 * _MEGABYTE
"""What the parts may unpack to that are held in memory as a whole: texts, styles, and the book itself."""
MOST_ROWS: Final = 1_048_576
"""Excel's own limit of rows on a sheet."""
_RATIO: Final = 200
_RATIO_FROM_BYTES: Final = 32 * _MEGABYTE
_BLOCK: Final = 1 << 20
_LONGEST_CELL: Final = 64 * 1024
_OPEN_FORMULA: Final = re.compile(
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*"
    rb"</(?:\w+:)?c>"
)


def open_workbook(open_: Callable[[], BinaryIO]) -> Table:
    """The first sheet that holds something, and every further one with the same header.

    Raises
    ------
    Refusal
        "table-unreadable" for what is no workbook, or one that unpacks without measure.
    """
    _measure(open_)
    twice = _has_open_formulas(open_)
    first = next((row for row in _all_rows(open_, twice) if row.cells), None)
    if first is None:
        raise not_a_table("an empty workbook")
    columns = header_names(first.cells)

    def rows() -> Iterator[Row]:
        sheet, fits = None, True
        for row in _all_rows(open_, twice):
            if row.sheet != sheet:
                sheet = row.sheet
                fits = _is_header(row.cells, columns)
                if not fits:
                    yield Row(row.line, refused=_OTHER_SHEET, sheet=row.sheet)
                continue
            if fits:
                yield fitted(row, len(columns))

    return Table(columns, rows)


_OTHER_SHEET: Final = (
    "Expected the header of the first sheet on every sheet; found another one: save this sheet as a file."
)


def _is_header(cells: tuple[Cell, ...], columns: tuple[str, ...]) -> bool:
    names = [" ".join(str(cell).split()).lower() for cell in cells if cell is not None]
    return names == [name.lower() for name in columns[: len(names)]] and len(names) > 0


def _measure(open_: Callable[[], BinaryIO]) -> None:
    """Look at what the packed parts say of their size before anything is unpacked."""
    try:
        with open_() as file, zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise not_a_table("a workbook that is damaged or ends too early") from error
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise not_a_table("a ZIP archive that is no workbook")
    size = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    if size > _RATIO_FROM_BYTES and size > _RATIO * packed:
        raise not_a_table("a workbook that unpacks to far more than any table")
    held = sum(part.file_size for part in parts if not part.filename.startswith(_SHEETS))
    if size > UNPACKED_BYTES or held > HELD_BYTES:
        raise Refusal(
            "table-too-large",
            expected=f"a workbook that unpacks to at most {UNPACKED_BYTES // _MEGABYTE} MB, with at most "
            f"{HELD_BYTES // _MEGABYTE} MB of texts",
            found=f"one of {size / _MEGABYTE:.0f} MB, {held / _MEGABYTE:.0f} MB of them texts",
            what_to_do="Save its sheets as CSV files, which may be of any length, or divide it.",
        )


_SHEETS: Final = "xl/worksheets/"


def _has_open_formulas(open_: Callable[[], BinaryIO]) -> bool:
    """Whether a sheet holds a formula without its result, as programs write that do not calculate."""
    try:
        with open_() as file, zipfile.ZipFile(file) as archive:
            sheets = [part for part in archive.infolist() if part.filename.startswith(_SHEETS)]
            return any(_says_open_formula(archive, part) for part in sheets)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise not_a_table("a workbook that is damaged or ends too early") from error


def _says_open_formula(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    rest = b""
    with archive.open(part) as sheet:
        while block := sheet.read(_BLOCK):
            text = rest + block
            if _OPEN_FORMULA.search(text) is not None:
                return True
            rest = text[-_LONGEST_CELL:]
    return False


def _all_rows(open_: Callable[[], BinaryIO], twice: bool) -> Iterator[Row]:
    """Rows of all sheets that hold something. The sheet is named where there are several.

    With `twice` the formulas are read beside their results, so that one without a result is seen.
    """
    if not twice:
        yield from _read_rows(open_, results=True)
        return
    formulas = _read_rows(open_, results=False)
    row = next(formulas, None)
    for found in _read_rows(open_, results=True, bare=True):
        while row is not None and (row.sheet, row.line) != (found.sheet, found.line):
            row = next(formulas, None)
        cells = row.cells if row is not None else ()
        is_open = any(
            value is None and isinstance(formula, str) and formula.startswith("=")
            for value, formula in zip(found.cells, cells, strict=False)
        )
        if is_open or any(cell not in (None, "") for cell in found.cells):
            yield replace(found, has_open_formula=is_open)


def _read_rows(open_: Callable[[], BinaryIO], *, results: bool, bare: bool = False) -> Iterator[Row]:
    """Rows with the results of formulas, or with the formulas; `bare` gives the empty ones too."""
    from openpyxl import load_workbook

    with open_() as file:
        try:
            book = load_workbook(file, read_only=True, data_only=results, keep_links=False)
            try:
                yield from _rows_of(book, bare=bare)
            finally:
                book.close()
        except (GeneratorExit, Refusal):
            raise
        except Exception as error:  # a damaged workbook ends openpyxl in as many ways as XML can be wrong
            _LOG.info("a workbook could not be read (%s)", type(error).__name__)
            raise not_a_table("a workbook that is damaged or ends too early") from error


def _rows_of(book: Any, *, bare: bool) -> Iterator[Row]:
    sheets = book.worksheets
    for number, sheet in enumerate(sheets, start=1):
        sheet.reset_dimensions()
        name = f"sheet {number}" if len(sheets) > 1 else ""
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            if line > MOST_ROWS:
                raise not_a_table(f"a sheet of more than {MOST_ROWS:,} rows")
            cells = tuple(values[: MOST_COLUMNS + 1])
            if bare or any(cell not in (None, "") for cell in cells):
                yield Row(line, cells, sheet=name)
