"""A count that runs beside the pages: with progress, ended by cancelling or by signing out.

One of each kind a store at a time; what it finds is in the store, not here.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final

from medai_core.domain.refusal import Refusal
from medai_core.store.database import Store

_LOG: Final = logging.getLogger(__name__)
_LOCK: Final = threading.Lock()
_JOBS: Final[dict[tuple[str, str], "CountJob"]] = {}

Work = Callable[[Callable[[float], None], Callable[[], bool]], bool]
"""Is given what to tell of progress (0..1), and what to ask whether to stop; says whether it was finished."""


class CountJob:
    """One count. `share` is how far it is, 0..1; `alive` says whether the session that asked is there."""

    def __init__(self, work: Work, *, alive: Callable[[], bool]) -> None:
        self._work, self._alive = work, alive
        self._stop = threading.Event()
        self.share = 0.0
        self.finished = False
        self.refusal: Refusal | None = None
        self._thread = threading.Thread(target=self._run, name="count", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop soon; what was counted before stays."""
        self._stop.set()

    @property
    def running(self) -> bool:
        """Whether it is still counting."""
        return self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it came within `seconds`."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _tell(self, share: float) -> None:
        self.share = share

    def _stopped(self) -> bool:
        return self._stop.is_set() or not self._alive()

    def _run(self) -> None:
        try:
            self.finished = self._work(self._tell, self._stopped)
        except Refusal as refusal:
            self.refusal = refusal
        except Exception as error:  # the thread has no page to fail in: say it there
            _LOG.error("a count ended early (%s)", type(error).__name__)
            self.refusal = Refusal(
                "count-ended-early",
                expected="a count that comes to its end",
                found="one that stopped at a fault of the server",
                what_to_do="Count again. The counts of before are still shown.",
            )


def start(store: Store, kind: str, job: CountJob) -> None:
    """Run a job of a kind; Refusal "count-running" while another one runs on the same store."""
    key = (str(store.home), kind)
    with _LOCK:
        before = _JOBS.get(key)
        if before is not None and before.running:
            raise Refusal(
                "count-running",
                expected="one count of a kind at a time",
                found="one that is still running",
                what_to_do="Wait for its end, or cancel it.",
            )
        _JOBS[key] = job
    job.start()


def current(store: Store, kind: str) -> CountJob | None:
    """The job of a kind, running or done."""
    with _LOCK:
        return _JOBS.get((str(store.home), kind))


def put_away(store: Store, kind: str) -> None:
    """Forget a job that is done."""
    with _LOCK:
        _JOBS.pop((str(store.home), kind), None)
