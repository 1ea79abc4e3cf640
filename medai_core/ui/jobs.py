"""Work that runs beside the pages: a rerun does not end it, cancelling and signing out do.

Each session has one of a kind at a time. What was asked for is held here until the person puts the result
away or the session ends.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from medai_core.domain.refusal import Refusal

_LOG: Final = logging.getLogger(__name__)


class Job:
    """Work in a thread of its own, and the way to stop it.

    `alive` says whether the session that asked is still there. A refusal that ends the work is kept in
    `refusal`; a fault is logged by its name and said there too.
    """

    what = "an import"
    after = "What is listed as stored is stored. Import the same files again to go on."

    def __init__(self, *, alive: Callable[[], bool]) -> None:
        self._alive = alive
        self._stop = threading.Event()
        self._thread = self._made()
        self.refusal: Refusal | None = None
        self.cancelled = False

    def _made(self) -> threading.Thread:
        return threading.Thread(target=self._run, name="import", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop at the next opportunity."""
        self._stop.set()

    def close(self) -> None:
        """Let go of what is held; the job is put away."""

    @property
    def alive(self) -> bool:
        """Whether the session that asked is still there."""
        return self._alive()

    @property
    def running(self) -> bool:
        """Whether the work goes on."""
        return self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it came within `seconds`."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _stopped(self) -> bool:
        if self._stop.is_set() or not self._alive():
            self.cancelled = True
            return True
        return False

    def _work(self) -> None:
        """What is to be done; ends with a Refusal where it cannot be done."""
        raise NotImplementedError

    def _ended(self) -> None:
        """Runs last, whatever came of the work."""

    def _run(self) -> None:
        try:
            self._work()
        except Refusal as refusal:
            self.refusal = refusal
        except Exception as error:  # the thread has no page to fail in: say it in the panel
            _LOG.error("%s ended early (%s)", self.what, type(error).__name__)
            self.refusal = Refusal(
                "import-ended-early",
                expected=f"{self.what} that comes to its end",
                found="one that stopped at a fault of the server",
                what_to_do=self.after,
            )
        finally:
            self._ended()


J = TypeVar("J", bound=Job)


class Jobs(Generic[J]):
    """The jobs of one kind, one a session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, J] = {}

    def start(self, session_id: str, job: J) -> None:
        """Run `job` for a session; raises Refusal while another one runs. Results of ended sessions go."""
        with self._lock:
            for other in [name for name, kept in self._jobs.items() if not kept.running and not kept.alive]:
                self._jobs.pop(other).close()
            before = self._jobs.get(session_id)
            if before is not None and before.running:
                raise Refusal(
                    "import-running",
                    expected="one import at a time",
                    found="one that is still running",
                    what_to_do="Wait for its end, or cancel it.",
                )
            if before is not None and before is not job:
                before.close()
            self._jobs[session_id] = job
        job.start()

    def current(self, session_id: str) -> J | None:
        """The job of a session, running or done."""
        with self._lock:
            return self._jobs.get(session_id)

    def put_away(self, session_id: str) -> None:
        """Forget the result of a session's job."""
        with self._lock:
            job = self._jobs.pop(session_id, None)
        if job is not None:
            job.close()

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            jobs = list(self._jobs.values())
            self._jobs.clear()
        for job in jobs:
            job.close()
