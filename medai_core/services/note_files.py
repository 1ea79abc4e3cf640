"""Notes on disk and tables of sentences, for the command line: no store, no patient record."""

import csv
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from medai_core.domain.refusal import Refusal
from medai_core.notes.decoding import MAX_BYTES, decoded, too_large
from medai_core.notes.reading import read_note
from medai_core.notes.table import assertion_of
from medai_core.services.spreadsheet import safe_cell

Json = dict[str, Any]

COLUMNS: Final = ("sentence", "concept")
ANSWERS: Final = ("assertion", "trigger", "rule")


def read_files(paths: Sequence[str]) -> Iterator[Json]:
    """One object a note, in the order of `paths`; a file that is no note has `refused` with the reason."""
    for path in paths:
        try:
            note = read_note(text_of(path))
        except Refusal as refusal:
            yield {"file": path, "sections": [], "items": [], "refused": refusal.sentence}
            continue
        yield {
            "file": path,
            "sections": [{"title": one.title, "start": one.start, "end": one.end} for one in note.sections],
            "items": [one.as_json() for one in note.items],
        }


def text_of(path: str) -> str:
    """The text of a note's file. Raises Refusal "file-unreadable", "note-too-long", "note-not-text"."""
    try:
        size = os.path.getsize(path)
        if size > MAX_BYTES:
            raise too_large(size)
        return decoded(Path(path).read_bytes())
    except (OSError, ValueError):
        raise Refusal(
            "file-unreadable",
            expected="a file that can be read",
            found="none, a folder, or one that may not be read",
            what_to_do="Check the path and its permissions.",
        ) from None


# ---- tables of sentences


def assert_table(path: str) -> Iterator[Json]:
    """Assertion, trigger and rule for every row of a CSV with columns `sentence` and `concept`, in order.

    Raises
    ------
    Refusal
        "file-unreadable", "note-not-text", "columns-missing"; all before the first row.
    """
    csv.field_size_limit(sys.maxsize)
    lines = list(io.StringIO(text_of(path), newline=""))  # a sentence may hold what Unicode calls a line end
    reader = csv.reader(lines, delimiter=_delimiter(lines))
    head = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise Refusal(
            "columns-missing",
            expected="a table with the columns sentence and concept",
            found=f"no column {' and no column '.join(missing)}",
            what_to_do="Name the columns in the table's first line.",
        )
    return _answers(reader, head.index(COLUMNS[0]), head.index(COLUMNS[1]))


def _answers(reader: Iterator[list[str]], sentence: int, concept: int) -> Iterator[Json]:
    for row in reader:
        if not row:
            continue
        said = row[sentence] if sentence < len(row) else ""
        asked = row[concept] if concept < len(row) else ""
        found = assertion_of(said, asked)
        yield {
            "sentence": said,
            "concept": asked,
            "assertion": found.assertion.value,
            "trigger": found.trigger,
            "rule": found.rule,
        }


def _delimiter(lines: Sequence[str]) -> str:
    """The separator of the first line that gives the most columns."""
    head = lines[0] if lines else ""
    return max(",;\t|", key=lambda one: len(next(csv.reader([head], delimiter=one), [])))


def write_table(out: str, rows: Iterator[Json]) -> int:
    """Write the answers as CSV, UTF-8; gives their number. Raises Refusal "usage" where it cannot be written.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    unfinished = f"{out}.part"
    try:
        with open(unfinished, "w", encoding="utf-8", newline="") as file:
            count = _write(file, rows)
        os.replace(unfinished, out)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise Refusal(
            "usage",
            expected="--csv with a file that can be written",
            found="none, or one in a folder that is not there or may not be written",
            what_to_do="Name another file.",
        ) from None
    return count


def _write(file: IO[str], rows: Iterator[Json]) -> int:
    writer = csv.writer(file)
    writer.writerow((*COLUMNS, *ANSWERS))
    count = 0
    for row in rows:
        writer.writerow([safe_cell(row[name]) for name in (*COLUMNS, *ANSWERS)])
        count += 1
    return count
