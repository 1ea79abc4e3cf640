"""Work that runs beside the pages: a rerun does not end it, cancelling and signing out do.

Each session has one of a kind at a time. What was asked for is held here until the person puts the result
away or the session ends.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from medai_core.domain.refusal import Refusal

_LOG: Final = logging.getLogger(__name__)
LOOK_SECONDS: Final = 5.0
"""How often it is looked whether the sessions that jobs belong to are still there."""


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
        self._is_watched = False

    def start(self, session_id: str, job: J) -> None:
        """Run `job` for a session; raises Refusal while another one runs. Results of ended sessions go."""
        self.forget_ended()
        with self._lock:
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
            if not self._is_watched:
                self._is_watched = True
                threading.Thread(target=self._watch, name="jobs", daemon=True).start()
        job.start()

    def forget_ended(self) -> int:
        """Let go of what sessions hold that have signed out or expired; how many jobs are left."""
        with self._lock:
            kept = dict(self._jobs)
        ended = {name: job for name, job in kept.items() if not job.running and not job.alive}
        for name, job in ended.items():
            with self._lock:
                is_same = self._jobs.get(name) is job
                if is_same:
                    del self._jobs[name]
            if is_same:
                job.close()
        with self._lock:
            return len(self._jobs)

    def _watch(self) -> None:
        """As long as there are jobs: nothing of a person stays in memory or on the disk after signing out."""
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                self.forget_ended()
            except Exception as error:  # a store that is closed or busy: look again
                _LOG.error("ended jobs were not let go (%s)", type(error).__name__)
            with self._lock:
                if not self._jobs:
                    self._is_watched = False
                    return

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
