"""The process behind a training: ``python -m medai_core.services.training_worker ID``, begun by the server.

It reads the settings from its environment, works nicely beside the pages, writes its progress to the store
once a second, and stops within a second of being asked to. Nothing is printed: a message could carry a cell.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from medai_core.domain.refusal import Refusal
from medai_core.services import training, training_compare, training_save
from medai_core.settings import settings
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.trainings import Training

NICENESS: Final = 10
LOOK_SECONDS: Final = 0.5
TELL_SECONDS: Final = 1.0
_TRIES: Final = 10


class Progress:
    """How far a run is: written to the store once a second at most.

    `tell(share, words)`: `share` 0..1 by the estimated seconds of what is done.
    """

    def __init__(self, store: Store, training_id: str) -> None:
        self._store, self._id = store, training_id
        self._begun = time.monotonic()
        self._told = 0.0
        self.lock = threading.Lock()

    def tell(self, share: float, words: str) -> None:
        """Say how far it is."""
        now = time.monotonic()
        if now - self._told < TELL_SECONDS and share < 1.0:
            return
        self._told = now
        spent = now - self._begun
        values: dict[str, Any] = {"share": round(share, 4), "step": words, "seconds": round(spent)}
        if share >= 0.02:
            values["left"] = round(spent * (1 - share) / share)
        self.change(progress=values)

    def change(self, **values: Any) -> None:
        """Write to the training's row, unless the run is being ended."""
        with self.lock:
            self._store.trainings.change(self._id, **values)


def main(arguments: Sequence[str]) -> int:
    """Do what the training's state asks for; 0 where it came to its end."""
    training_id = arguments[0]
    os.nice(NICENESS)
    home = settings().home
    if not home.is_dir():
        return 1
    store = Store(home, settings().database_url)
    lock = _claimed(store, training_id)
    found = store.trainings.get(training_id)
    if lock is None or found is None or found.state not in training.AT_WORK:
        return 1
    progress = Progress(store, training_id)
    threading.Thread(target=_watch, args=(store, found, progress), name="watch", daemon=True).start()
    return _run(store, found, progress)


def _claimed(store: Store, training_id: str) -> int | None:
    """The training's lock; a page that asks whether somebody has it holds it for a moment itself."""
    for _ in range(_TRIES):
        lock = store.trainings.claim(training_id)
        if lock is not None:
            return lock
        time.sleep(LOOK_SECONDS)
    return None


def _run(store: Store, found: Training, progress: Progress) -> int:
    work: Callable[[Store, Training, Progress], dict[str, Any]]
    work = training_compare.compare if found.state == training.RUNNING else training_save.save
    try:
        values = work(store, found, progress)
    except Refusal as refusal:
        _end(progress, store, found, _said(refusal))
        return 1
    except Exception as error:  # nobody sees this process: the row says what became of it, without any cell
        _end(progress, store, found, _fault(error))
        return 1
    progress.change(**values, progress=None, finished_at=clock.now())
    return 0


def _end(progress: Progress, store: Store, found: Training, refusal: dict[str, str]) -> None:
    """What was compared before stays."""
    now = store.trainings.get(found.id)
    has_some = now is not None and bool((now.result or {}).get("candidates"))
    state = training.COMPARED if has_some else training.ENDED
    progress.change(state=state, refusal=refusal, progress=None, finished_at=clock.now())


def _said(refusal: Refusal) -> dict[str, str]:
    return {
        "code": refusal.code,
        "expected": refusal.expected,
        "found": refusal.found,
        "what_to_do": refusal.what_to_do,
    }


def _fault(error: Exception) -> dict[str, str]:
    return {
        "code": "training-ended-early",
        "expected": "a training that comes to its end",
        "found": f"one that stopped at a fault of the program ({type(error).__name__})",
        "what_to_do": "What was compared before is kept. Leave out the kind of model that was under way, "
        "and start again.",
    }


def _watch(store: Store, found: Training, progress: Progress) -> None:
    """End the process where somebody asks for it, or where its training or its home is gone."""
    while True:
        time.sleep(LOOK_SECONDS)
        now = store.trainings.get(found.id) if store.home.is_dir() else None
        if now is None:
            os._exit(1)
        if now.cancel_asked:
            with progress.lock:  # nothing is written after this
                refusal = {
                    "code": "training-cancelled",
                    "expected": "a training that comes to its end",
                    "found": "one that was cancelled",
                    "what_to_do": "What was compared before is kept. Start it again when you like.",
                }
                has_some = bool((now.result or {}).get("candidates"))
                state = training.COMPARED if has_some else training.ENDED
                store.trainings.change(
                    found.id, only_from=found.state, state=state, refusal=refusal, progress=None,
                    finished_at=clock.now(),
                )  # fmt: skip
                os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
