"""An import of images that runs beside the pages, and its lines so far."""

import csv
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import PurePosixPath
from typing import Final

from medai_core.domain.people import Caller, PatientIdentity
from medai_core.domain.reading import ImportLine, Outcome
from medai_core.imaging.archive import FileSource
from medai_core.services.importing import import_sources
from medai_core.services.spreadsheet import safe_cell
from medai_core.store.database import Store
from medai_core.ui.jobs import Job, Jobs


class ImportJob(Job):
    """One import of one session: its lines so far, and the way to stop it.

    `alive` is asked before each file. `count` says how many files there are; it is asked once, in the
    import's own thread, and its answer is `total`. Cancelling stops after the file in hand; what is stored
    stays.
    """

    def __init__(
        self,
        store: Store,
        caller: Caller,
        sources: Iterable[FileSource],
        *,
        identity: PatientIdentity | None,
        study_date: date | None,
        alive: Callable[[], bool],
        count: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(alive=alive)
        self._store, self._caller, self._sources = store, caller, sources
        self._identity, self._study_date = identity, study_date
        self._count = count
        self._lines: list[ImportLine] = []
        self._lock = threading.Lock()
        self.total: int | None = None

    def lines(self) -> list[ImportLine]:
        """The files that are done, in their order."""
        with self._lock:
            return list(self._lines)

    def counts(self) -> dict[Outcome, int]:
        """How many files were stored, known before, refused."""
        counted = Counter(line.outcome for line in self.lines())
        return {outcome: counted.get(outcome, 0) for outcome in Outcome}

    def _work(self) -> None:
        self.total = self._count() if self._count else None
        done = import_sources(
            self._store,
            self._caller,
            self._sources,
            identity=self._identity,
            study_date=self._study_date,
            cancelled=self._stopped,
        )
        for line in done:
            with self._lock:
                self._lines.append(line)

    def _ended(self) -> None:
        self._sources, self._count = (), None


_JOBS: Final = Jobs[ImportJob]()
start = _JOBS.start
current = _JOBS.current
put_away = _JOBS.put_away


def as_csv(lines: Iterable[ImportLine]) -> str:
    """The lines without any file name, since such a name may hold a patient's: number and extension only."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["file", "extension", "outcome", "note", "expected", "found", "what to do"])
    for number, line in enumerate(lines, start=1):
        said = (line.outcome.value, line.note, line.expected, line.found, line.what_to_do)
        writer.writerow(
            [number, *(safe_cell(cell) for cell in (PurePosixPath(line.name).suffix[:8].lower(), *said))]
        )
    return text.getvalue()
