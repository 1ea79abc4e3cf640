"""Small tables for the tests, and what is read of them."""

import io
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from medai_core.domain.record import Draft, Read
from medai_core.records.tables.mapping import Mapping
from medai_core.records.tables.reading import columns_of, guess_mapping, read_table

LABS = """patient_id,name,dob,sex,test,value,unit,date
P1,"Muster, Erika",1964-08-12,F,Potassium,4.5,mmol/L,2024-03-01 08:15
P1,"Muster, Erika",1964-08-12,F,Glucose,<40,mg/dL,2024-03-01 08:15
P2,"Beispiel, Max",1950-01-03,M,Creatinine,n/a,mg/dL,2024-03-02
"""


def opened(content: bytes | str, encoding: str = "utf-8") -> Callable[[], BinaryIO]:
    """A file that can be opened again and again."""
    data = content.encode(encoding) if isinstance(content, str) else content
    return lambda: io.BytesIO(data)


def read(content: bytes | str, mapping: Mapping | None = None, *, name: str = "table.csv") -> list[Read]:
    """All rows; by the proposed mapping where none is given."""
    return list(read_table(opened(content), name, mapping, source="test"))


def proposed(content: bytes | str, name: str = "table.csv") -> Mapping:
    """The mapping that is proposed for a table."""
    columns = columns_of(opened(content), name)
    return guess_mapping(columns.names, columns.samples, name=name)


def drafts(reads: Iterable[Read], kind: str = "") -> list[Draft]:
    """All drafts, or those of one resource type."""
    return [draft for each in reads for draft in each.drafts if not kind or draft.resource_type == kind]


def contents(reads: Iterable[Read], kind: str) -> list[dict[str, Any]]:
    """The resources of one type."""
    return [draft.content for draft in drafts(reads, kind)]


def workbook(
    rows: Iterable[Iterable[str | int | float | date | datetime | None]],
    *,
    further: Iterable[Iterable[Iterable[str]]] = (),
    is_1904: bool = False,
) -> bytes:
    """An Excel file with one sheet, and `further` ones."""
    book = Workbook()
    if is_1904:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for more in further:
        other = book.create_sheet()
        for row in more:
            other.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
