"""Excel workbooks (.xlsx): dates stay dates, so that one in a column of numbers is seen and refused."""

import logging
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

from medai_core.records.tables.cells import Cell
from medai_core.records.tables.opening import MOST_COLUMNS, Row, Table, fitted, header_names, not_a_table

_LOG: Final = logging.getLogger(__name__)
_UNPACKED_BYTES: Final = 2 * 1024**3
_RATIO: Final = 200
_RATIO_FROM_BYTES: Final = 32 * 1024**2


def open_workbook(open_: Callable[[], BinaryIO]) -> Table:
    """The first sheet that holds something, and every further one with the same header.

    Raises
    ------
    Refusal
        "table-unreadable" for what is no workbook, or one that unpacks without measure.
    """
    _measure(open_)
    first = next((row for row in _all_rows(open_) if row.cells), None)
    if first is None:
        raise not_a_table("an empty workbook")
    columns = header_names(first.cells)

    def rows() -> Iterator[Row]:
        sheet, fits = None, True
        for row in _all_rows(open_):
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
    if size > _UNPACKED_BYTES or (size > _RATIO_FROM_BYTES and size > _RATIO * packed):
        raise not_a_table("a workbook that unpacks to far more than any table")


def _all_rows(open_: Callable[[], BinaryIO]) -> Iterator[Row]:
    """Rows of all sheets that hold something. The sheet is named where there are several."""
    from openpyxl import load_workbook

    with open_() as file:
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            try:
                yield from _rows_of(book)
            finally:
                book.close()
        except GeneratorExit:
            raise
        except Exception as error:  # a damaged workbook ends openpyxl in as many ways as XML can be wrong
            _LOG.info("a workbook could not be read (%s)", type(error).__name__)
            raise not_a_table("a workbook that is damaged or ends too early") from error


def _rows_of(book: Any) -> Iterator[Row]:
    sheets = book.worksheets
    for number, sheet in enumerate(sheets, start=1):
        sheet.reset_dimensions()
        name = f"sheet {number}" if len(sheets) > 1 else ""
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = tuple(values[: MOST_COLUMNS + 1])
            if any(cell not in (None, "") for cell in cells):
                yield Row(line, cells, sheet=name)
