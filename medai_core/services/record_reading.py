"""A file of any kind as what is found in it; whatever is wrong with a file ends here, as a line."""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

from medai_core.domain.record import Read
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource
from medai_core.records.kinds import HEAD_BYTES, Kind, kind_of
from medai_core.services.record_progress import CANCELLED

if TYPE_CHECKING:
    from medai_core.records.tables.mapping import Mapping as ColumnMapping

    Remembered = Callable[[str], ColumnMapping | None]

_LOG: Final = logging.getLogger(__name__)

DEFAULT_SOURCE: Final = "import"
"""Who is said to say what comes in without a name of its sender."""

FILE: Final = "file"
"""The resource under which a file counts that as a whole cannot be read."""


def kind_of_file(source: FileSource) -> Kind | None:
    """The kind by content; raises Refusal where the file cannot be had."""
    with source.open() as stream:
        return kind_of(stream.read(HEAD_BYTES), source.name)


def read_file(
    source: FileSource,
    *,
    said_by: str | None,
    mapping: "Sequence[ColumnMapping]" = (),
    remembered: "Remembered" = lambda digest: None,
    watched: Callable[[BinaryIO], BinaryIO] = lambda stream: stream,
) -> Iterator[Read]:
    """Everything found in a file, in its order; a file that cannot be read is one refused thing.

    `said_by` names the source, None for what the file says of itself; `remembered` finds what the columns
    of a table mean where no `mapping` is for it; `watched` wraps each stream.
    """
    name = source.name
    try:
        kind = kind_of_file(source)
        open_ = partial(_opened, source, watched)
        if kind == "table":
            from medai_core.records.tables.reading import read_table

            said_by = said_by or DEFAULT_SOURCE
            yield from read_table(open_, name, mapping, source=said_by, remembered=remembered)
        else:
            yield from _reader(kind, source, said_by, open_)
    except Refusal as refusal:
        if refusal.code == CANCELLED:
            raise
        yield Read(name, "", FILE, refused=refusal.sentence)
    except (OSError, EOFError, MemoryError, RecursionError) as error:
        _LOG.warning("A file of an import could not be read: %s.", type(error).__name__)
        yield Read(name, "", FILE, refused=_UNREADABLE.sentence)


def _opened(source: FileSource, watched: Callable[[BinaryIO], BinaryIO]) -> BinaryIO:
    return watched(source.open())


def _reader(
    kind: Kind | None,
    source: FileSource,
    said_by: str | None,
    open_: Callable[[], BinaryIO],
) -> Iterator[Read]:
    if kind in ("fhir", "ndjson"):
        from medai_core.records.fhir.reading import read_fhir

        return read_fhir(open_, source.name, source=said_by or DEFAULT_SOURCE)
    if kind == "hl7":
        from medai_core.records.hl7v2.reading import read_hl7

        return read_hl7(open_, source.name, source=said_by)
    raise _empty() if source.size == 0 else _unknown(kind)


def _empty() -> Refusal:
    return Refusal(
        "file-empty",
        expected="a file that holds something",
        found="an empty one",
        what_to_do="Export it again.",
    )


def _unknown(kind: Kind | None) -> Refusal:
    return Refusal(
        "file-unknown",
        expected="FHIR R4 (JSON, NDJSON), HL7 v2, CSV, Excel, DICOM, PNG or JPEG",
        found="an image" if kind == "image" else "a file of another kind",
        what_to_do="Export it in one of these forms.",
    )


_UNREADABLE: Final = Refusal(
    "file-unreadable",
    expected="a file that can be read to its end",
    found="one that cannot",
    what_to_do="Check the file, its permissions and the room on the disk; then import it again.",
)
