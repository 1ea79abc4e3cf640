"""An import that runs beside the pages: a rerun does not end it, cancelling and signing out do.

Each session has one at a time. What was asked for is held here until the person puts the result away or
the session ends.
"""

import csv
import io
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import PurePosixPath
from typing import Final

from medai_core.domain.people import Caller, PatientIdentity
from medai_core.domain.reading import ImportLine, Outcome
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource
from medai_core.services.importing import import_sources
from medai_core.store.database import Store

_LOG: Final = logging.getLogger(__name__)
_LOCK: Final = threading.Lock()
_JOBS: Final[dict[str, "ImportJob"]] = {}


class ImportJob:
    """One import of one session: its lines so far, and the way to stop it.

    `alive` says whether the session that asked is still there; it is asked before each file. `count` says
    how many files there are; it is asked once, in the import's own thread, and its answer is `total`.
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
        self._store, self._caller, self._sources = store, caller, sources
        self._identity, self._study_date = identity, study_date
        self._alive, self._count = alive, count
        self._stop = threading.Event()
        self._lines: list[ImportLine] = []
        self._lock = threading.Lock()
        self.total: int | None = None
        self.refusal: Refusal | None = None
        self.cancelled = False
        self._thread = threading.Thread(target=self._run, name="import", daemon=True)

    def start(self) -> None:
        """Begin with the first file."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop after the file in hand; what is stored stays."""
        self._stop.set()

    @property
    def alive(self) -> bool:
        """Whether the session that asked is still there."""
        return self._alive()

    @property
    def running(self) -> bool:
        """Whether files are still coming in."""
        return self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it came within `seconds`."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def lines(self) -> list[ImportLine]:
        """The files that are done, in their order."""
        with self._lock:
            return list(self._lines)

    def counts(self) -> dict[Outcome, int]:
        """How many files were stored, known before, refused."""
        counted = Counter(line.outcome for line in self.lines())
        return {outcome: counted.get(outcome, 0) for outcome in Outcome}

    def _stopped(self) -> bool:
        if self._stop.is_set() or not self._alive():
            self.cancelled = True
            return True
        return False

    def _run(self) -> None:
        try:
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
        except Refusal as refusal:
            self.refusal = refusal
        except Exception as error:  # the thread has no page to fail in: say it in the panel
            _LOG.error("an import ended early (%s)", type(error).__name__)
            self.refusal = Refusal(
                "import-ended-early",
                expected="an import that comes to its end",
                found="one that stopped at a fault of the server",
                what_to_do="What is listed as stored is stored. Import the same files again to go on.",
            )
        finally:
            self._sources, self._count = (), None


def start(session_id: str, job: ImportJob) -> None:
    """Run `job` for a session; raises Refusal while another one runs. Results of ended sessions go."""
    with _LOCK:
        for other in [name for name, kept in _JOBS.items() if not kept.running and not kept.alive]:
            del _JOBS[other]
        before = _JOBS.get(session_id)
        if before is not None and before.running:
            raise Refusal(
                "import-running",
                expected="one import at a time",
                found="one that is still running",
                what_to_do="Wait for its end, or cancel it.",
            )
        _JOBS[session_id] = job
    job.start()


def current(session_id: str) -> ImportJob | None:
    """The import of a session, running or done."""
    with _LOCK:
        return _JOBS.get(session_id)


def put_away(session_id: str) -> None:
    """Forget the result of a session's import."""
    with _LOCK:
        _JOBS.pop(session_id, None)


def as_csv(lines: Iterable[ImportLine]) -> str:
    """The lines without any file name, since such a name may hold a patient's: number and extension only."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["file", "extension", "outcome", "note", "expected", "found", "what to do"])
    for number, line in enumerate(lines, start=1):
        writer.writerow(
            [
                number,
                PurePosixPath(line.name).suffix[:8].lower(),
                line.outcome.value,
                line.note,
                line.expected,
                line.found,
                line.what_to_do,
            ]
        )
    return text.getvalue()
