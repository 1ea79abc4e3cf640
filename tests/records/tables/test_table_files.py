"""Files as tables: encodings, delimiters, broken lines, workbooks."""

import codecs
import csv
import gzip
import io
import re
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.refusal import Refusal
from medai_core.records.tables import workbook as workbooks
from medai_core.records.tables.opening import Row, open_table
from medai_core.records.tables.rows import NO_RESULT
from tests.records.tables.samples import LABS, contents, opened, proposed, read, workbook


def _rows(content: bytes | str, encoding: str = "utf-8") -> tuple[tuple[str, ...], list[Row]]:
    table = open_table(opened(content, encoding), "table")
    return table.columns, list(table.rows())


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("cp1252", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", codecs.BOM_UTF32_LE),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, mark: bytes, end: str) -> None:
    text = f"id;name;value{end}7;M\u00fcller;4,5{end}8;Gr\u00fcn;5,5{end}"
    columns, rows = _rows(mark + text.encode(encoding))
    assert columns == ("id", "name", "value")
    assert [row.cells for row in rows] == [("7", "M\u00fcller", "4,5"), ("8", "Gr\u00fcn", "5,5")]
    assert [row.line for row in rows] == [2, 3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_beside_decimal_commas(delimiter: str) -> None:
    lines = [["id", "test", "value"], ["1", "a", "4,5"], ["2", "b, c", "1.234,5"], ["3", "d", "0,5"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    columns, rows = _rows(text.getvalue())
    assert columns == ("id", "test", "value")
    assert [list(row.cells) for row in rows] == lines[1:]


def test_excels_own_line_names_the_delimiter() -> None:
    columns, rows = _rows("sep=|\nid,x|value\n1,2|3\n")
    assert columns == ("id,x", "value")
    assert [(row.line, row.cells) for row in rows] == [(3, ("1,2", "3"))]


def test_quoted_line_ends_stay_in_their_cell() -> None:
    _, rows = _rows('id,note\n1,"two\nlines"\n2,"a ""word"""\n\n3,5" tube\n')
    assert [(row.line, row.cells) for row in rows] == [
        (2, ("1", "two\nlines")),
        (4, ("2", 'a "word"')),
        (6, ("3", '5" tube')),
    ]


def test_a_quotation_mark_that_is_not_closed_costs_its_own_line() -> None:
    lines = "".join(f"{number},ok\n" for number in range(2000))
    _, rows = _rows('id,note\n1,"open\n' + lines)
    assert rows[0].refused
    assert rows[0].where == "line 2"
    assert len(rows) == 2001
    assert all(not row.refused for row in rows[1:])
    assert rows[-1].line == 2002


def test_rows_of_another_width() -> None:
    _, rows = _rows("a,b,c\n1,2\n1,2,3,\n1,2,3,4\n,,\n")
    assert [row.cells for row in rows[:2]] == [("1", "2", None), ("1", "2", "3")]
    assert rows[2].refused == "Expected as many cells as the header has; found more."
    assert len(rows) == 3


def test_columns_without_a_name_or_with_the_same_one() -> None:
    columns, _ = _rows("a,,a,A \n1,2,3,4\n")
    assert columns == ("a", "column 2", "a (2)", "A (3)")


def test_packed_tables() -> None:
    columns, rows = _rows(gzip.compress(b"id,value\n1,2\n"))
    assert (columns, rows[0].cells) == (("id", "value"), ("1", "2"))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"\n\n \n", "an empty file"),
        (b"1,2,3\n4,5,6\n", "no header"),
        (b"a,b\n\x00\x01\n", "bytes that are no text"),
        (b"a,b\n\x81\x8d,2\n", "bytes that are no text"),
        (b"\xd0\xcf\x11\xe0rest", "old kind"),
        (b"PK\x03\x04rest", "damaged"),
        (gzip.compress(b"id,value\n1,2\n" * 400, mtime=0)[:-12], "damaged or ends too early"),
        (b"\x1f\x8brest", "damaged"),
        (codecs.BOM_UTF16_LE + b"a", "bytes that are no text"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, found: str) -> None:
    with pytest.raises(Refusal, match=found) as raised:
        _rows(content)
    assert raised.value.code == "table-unreadable"


# ---- workbooks

_HEADER = ("patient_id", "drug", "dose", "unit", "start")


def test_a_workbook_keeps_numbers_dates_and_ids() -> None:
    book = workbook(
        [
            _HEADER,
            (10006, "Aspirin", 100, "mg", datetime(2024, 3, 1, 8, 15)),
            ("007", "Digoxin", "0.125", "mg", date(2024, 3, 1)),
            (10006.0, "Insulin", None, "units", None),
        ]
    )
    reads = read(book)
    assert [each.where for each in reads] == ["line 2", "line 3", "line 4"]
    assert [each.refused for each in reads] == ["", "", ""]
    first, second, third = contents(reads, "MedicationStatement")
    assert first["subject"] == third["subject"] == {"reference": "Patient/10006"}
    assert first["effectivePeriod"] == {"start": "2024-03-01T08:15:00-00:00"}
    assert second["subject"]["reference"] == "Patient/007"
    assert second["effectivePeriod"] == {"start": "2024-03-01"}
    assert second["dosage"][0]["doseAndRate"][0]["doseQuantity"]["value"] == 0.125
    assert "doseAndRate" not in third.get("dosage", [{}])[0]


def test_a_dose_that_excel_took_for_a_date_is_refused_and_the_rest_is_kept() -> None:
    book = workbook(
        [_HEADER, ("P1", "Drug", datetime(2024, 10, 9), "mg", None), ("P1", "Other", 9.1, "mg", None)]
    )
    bad, good = read(book)
    assert bad.refused == (
        "Column 'dose': expected a number; found a date, as spreadsheets make of 9.10; "
        "the number is lost in this file."
    )
    assert not bad.drafts
    assert len(good.drafts) == 2


def test_both_of_excels_calendars_give_the_day_that_was_meant() -> None:
    for is_1904 in (False, True):
        book = workbook([_HEADER, ("P1", "Drug", 1, "mg", date(2024, 3, 1))], is_1904=is_1904)
        (found,) = contents(read(book), "MedicationStatement")
        assert found["effectivePeriod"] == {"start": "2024-03-01"}


def test_further_sheets_are_read_where_their_header_is_the_same() -> None:
    rows = [("patient_id", "test", "value"), ("P1", "K", "4")]
    book = workbook(rows, further=[[("patient_id", "test", "value"), ("P2", "K", "5")], [("other",), ("x",)]])
    reads = read(book)
    assert [each.where for each in reads] == ["sheet 1, line 2", "sheet 2, line 2", "sheet 3, line 1"]
    assert [bool(each.refused) for each in reads] == [False, False, True]
    assert "save this sheet as a file" in reads[2].refused


def test_a_bomb_of_a_workbook_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (40 * 1024 * 1024))
    with pytest.raises(Refusal, match="unpacks to far more"):
        _rows(out.getvalue())


def test_a_workbook_of_too_many_texts_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("P1", f"Test {number}", "4") for number in range(500)]
    book = workbook([("patient_id", "test", "value"), *rows])
    assert len(_rows(book)[1]) == 500
    for name in ("UNPACKED_BYTES", "HELD_BYTES"):
        with monkeypatch.context() as patched:
            patched.setattr(workbooks, name, 10_000)
            with pytest.raises(Refusal, match="Save its sheets as CSV") as caught:
                _rows(book)
        assert caught.value.code == "table-too-large"


def test_a_sheet_that_says_it_has_rows_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 3)
    with pytest.raises(Refusal, match="more than 3 rows"):
        _rows(workbook([("patient_id", "test", "value"), *[("P1", "K", "4")] * 5]))


@pytest.mark.parametrize("cached", [False, True])
def test_a_formula_without_a_result_is_a_gap_that_is_said(cached: bool) -> None:
    book = workbook(
        [("patient_id", "test", "value", "unit"), ("P1", "K", "=4+0.5", "mmol/L"), ("P1", "K", 4.1, "mmol/L")]
    )
    if cached:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(book)) as before, zipfile.ZipFile(out, "w") as after:
            for part in before.infolist():
                text = before.read(part)
                after.writestr(part, re.sub(rb"(</f>)<v ?/>|(</f>)<v></v>", b"</f><v>4.5</v>", text))
        book = out.getvalue()
    first, second = read(book)
    assert (NO_RESULT in first.cautions) is not cached
    assert NO_RESULT not in second.cautions
    (value,) = [draft.values[0].number for draft in first.drafts if draft.values]
    assert value == (4.5 if cached else None)


def _code_of(content: bytes) -> str:
    """Why a file is refused as a whole; nothing where its rows are read, each as a row."""
    try:
        reads = read(content)
    except Refusal as refusal:
        return refusal.code
    assert all(each.resource == "row" and not (each.refused and each.drafts) for each in reads)
    return ""


_WHOLE = workbook([("patient_id", "test", "value"), ("P1", "K", "4")])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_workbook_gives_rows_or_a_refusal(data: st.DataObject) -> None:
    whole = bytearray(_WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    del whole[data.draw(st.integers(10, len(whole))) :]
    assert _code_of(bytes(whole)) in ("", "table-unreadable")


# ---- anything


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_bytes_give_rows_or_a_refusal(content: bytes) -> None:
    for prefix in (b"", b"patient_id,test,value\n", codecs.BOM_UTF16_LE, b"\x1f\x8b"):
        assert _code_of(prefix + content) in ("", "table-unreadable")


_CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n\r"), max_size=12
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_as_csv_comes_back(
    lines: list[tuple[str, str, str]], delimiter: str, encoding: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(("first name", "second", "third"))
    writer.writerows(lines)
    columns, rows = _rows(text.getvalue().encode(encoding))
    assert columns == ("first name", "second", "third")
    assert [row.cells for row in rows] == [line for line in lines if any(cell.strip() for cell in line)]


def test_long_tables_are_read_as_they_come() -> None:
    header, _, row = LABS.partition("\n")
    content = (header + "\n" + (row.splitlines()[0] + "\n") * 20_000).encode()
    blocks = 0

    class Watched(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            nonlocal blocks
            blocks += 1
            return super().read1(size)

    table = open_table(lambda: Watched(content), "table.csv")
    blocks = 0
    rows = table.rows()
    next(rows)
    assert blocks * 8192 < len(content) / 4
    assert proposed(content).about == "results"
