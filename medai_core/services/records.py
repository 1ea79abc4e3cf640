"""Importing what is said of patients: a dry run that says what would become of it, then one transaction.

plan_import reads every file once and compares it with the store; commit_import writes what was planned.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.record import Problem, Read, RecordLine, UnmappedCode
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource
from medai_core.security.access import require
from medai_core.services.column_mapping import remembered
from medai_core.services.record_filing import Filed, compare, write
from medai_core.services.record_links import links_of
from medai_core.services.record_progress import Progress, stop_if
from medai_core.services.record_reading import DEFAULT_SOURCE, read_file
from medai_core.store.database import Store
from medai_core.store.record_rows import storable
from medai_core.store.scratch import sweep
from medai_core.store.staging import Staging

if TYPE_CHECKING:
    from medai_core.records.tables.mapping import Mapping as ColumnMapping

_READ_BATCH: Final = 500
_SHOWN_PROBLEMS: Final = 1000
_SHOWN_CODES: Final = 500
_SOME_PATIENTS: Final = 20

WAITING: Final = "It is about a patient who is not in the store yet, and waits for them."
NOTHING_IN_IT: Final = "A file can be read and holds nothing to import."


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do, or after `commit_import` has done.

    Attributes
    ----------
    lines : tuple of RecordLine
        By file and resource: read = added + changed + unchanged + refused.
    problems : tuple of Problem
        The first thousand things that were refused or left as they were, with their places.
    cautions : dict
        What a person should know, with how often; what waits for its patient stands here too.
    unmapped : tuple of UnmappedCode
        The five hundred most frequent codes that no table knows among what is new.
    unmapped_codes : int
        How many different ones there are.
    new_patients, in_doubt, affected : int
        Patients to be added; those whose id is known with another name, birth date or sex; all of whom
        something is said.
    import_id : str or None
        Of the import's history, once it is committed.
    some_patients : tuple of str
        Up to twenty ids of those of whom something is said, once it is committed.
    """

    lines: tuple[RecordLine, ...]
    problems: tuple[Problem, ...]
    cautions: dict[str, int]
    unmapped: tuple[UnmappedCode, ...]
    new_patients: int
    in_doubt: int
    merges: int
    affected: int
    source: str
    unmapped_codes: int = 0
    import_id: str | None = None
    some_patients: tuple[str, ...] = ()
    staging: Staging | None = field(default=None, repr=False, compare=False)

    def total(self, name: str) -> int:
        """The sum of "read", "added", "changed", "unchanged" or "refused"."""
        return sum(int(getattr(line, name)) for line in self.lines)

    def close(self) -> None:
        """Let go of what was read; a plan that is not committed leaves nothing behind."""
        if self.staging is not None:
            self.staging.close()


def plan_import(
    store: Store,
    caller: Caller,
    files: Iterable[FileSource],
    *,
    source: str | None = None,
    mapping: "Sequence[ColumnMapping]" = (),
    progress: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportPlan:
    """Read the files and say what would become of them; the store is not changed.

    Parameters
    ----------
    source : str, optional
        Who says it; without one HL7 v2 names its sender itself, and the rest counts as "import".
    mapping : sequence of Mapping
        What the columns of tables mean; where none is for a table, what is remembered for its header is
        taken, else it is guessed from their names.
    progress, cancelled : callable
        Told, and asked, between batches and while a file is read.

    Raises
    ------
    Refusal
        "not-allowed", or "import-cancelled" once `cancelled` says so.
    """
    require(caller, Role.CLINICIAN)
    sweep(store.home)
    staging = Staging(store.home, sealed=store.records.writer.is_sealed)
    try:
        reader = partial(read_file, said_by=source, mapping=mapping, remembered=remembered(store))
        _stage(staging, list(files), source, reader, _Watch(progress, cancelled))
        staging.seal()
        found = compare(store, staging, progress, cancelled)
        staging.caution(WAITING, staging.waiting())
        return _told(staging, source or DEFAULT_SOURCE, found)
    except BaseException:
        staging.close()
        raise


def commit_import(
    store: Store,
    caller: Caller,
    plan: ImportPlan,
    *,
    progress: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportPlan:
    """Write what was planned, all in one transaction; what has changed meanwhile is decided anew.

    The plan that it returns says what became of it and is closed. Raises Refusal "not-allowed",
    "plan-gone" for a plan that is closed, or "import-cancelled": then nothing was written.
    """
    require(caller, Role.CLINICIAN)
    staging = plan.staging
    if staging is None or staging.closed:
        raise Refusal(
            "plan-gone",
            expected="an import that was looked through and not yet committed",
            found="one that is done or was left",
            what_to_do="Choose the files again.",
        )
    done = write(store, caller, staging, progress, cancelled)
    result = replace(_told(staging, plan.source, done), staging=None)
    staging.close()
    return result


def _told(staging: Staging, source: str, found: Filed) -> ImportPlan:
    return ImportPlan(
        lines=staging.tallies(),
        problems=staging.problems(limit=_SHOWN_PROBLEMS),
        cautions=staging.cautions(),
        unmapped=tuple(staging.unmapped(_SHOWN_CODES)),
        new_patients=found.new_patients,
        in_doubt=found.in_doubt,
        merges=found.merges,
        affected=found.affected,
        source=source,
        unmapped_codes=staging.unmapped_count(),
        import_id=found.import_id,
        some_patients=tuple(sorted(found.patients)[:_SOME_PATIENTS]) if found.import_id else (),
        staging=staging,
    )


def _stage(
    staging: Staging,
    files: Sequence[FileSource],
    source: str | None,
    reader: "Callable[..., Iterator[Read]]",
    watch: "_Watch",
) -> None:
    watch.total = sum(each.size for each in files)
    kept = ExitStack()
    for each in files:
        kept = _kept_open(each, kept)
        each = replace(each, name=storable(each.name))
        watch.begin(each)
        reads = reader(each, watched=watch.stream)
        count = 0
        while batch := list(islice(reads, _READ_BATCH)):
            staging.add(batch, source or DEFAULT_SOURCE, links_of)
            count += len(batch)
            watch.look()
        if not count:
            staging.caution(NOTHING_IN_IT, 1)
        watch.end()
    kept.close()


def _kept_open(file: FileSource, before: ExitStack) -> ExitStack:
    """The file, open beside the one before, so that an archive is not read anew for each of its members."""
    kept = ExitStack()
    with suppress(Refusal, OSError):
        kept.enter_context(file.open())
    before.close()
    return kept


class _Watch:
    """Counts the bytes that are read of all files, tells of them, and stops where that is asked for."""

    def __init__(self, progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> None:
        self.total = 0
        self._before = self._inside = 0
        self._file = FileSource("", 0, io.BytesIO)
        self._progress, self._cancelled = progress, cancelled

    def begin(self, file: FileSource) -> None:
        """A file is next."""
        self._file, self._inside = file, 0
        self.look()

    def end(self) -> None:
        """The file is done."""
        self._before += self._file.size

    def look(self) -> None:
        """Tell how far it is; raises Refusal "import-cancelled"."""
        stop_if(self._cancelled)
        done = self._before + min(self._inside, self._file.size)
        self._progress(Progress("read", done, self.total, self._file.name))

    def stream(self, inner: BinaryIO) -> BinaryIO:
        """A stream whose bytes count; a file that is read a second time counts once."""
        return io.BufferedReader(_Counted(inner, self._count), 1024 * 1024)

    def _count(self, position: int) -> None:
        self._inside = max(self._inside, position)
        stop_if(self._cancelled)


class _Counted(io.RawIOBase):
    """A stream that tells its position after every part."""

    def __init__(self, inner: BinaryIO, tell: Callable[[int], None]) -> None:
        super().__init__()
        self._inner, self._tell, self._position = inner, tell, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._inner.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = self._inner.seek(offset, whence)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        part = self._inner.read(len(view))
        view[: len(part)] = part
        self._position += len(part)
        self._tell(self._position)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()
