"""Workers for decoders that may take their process down; see `codec`."""

import atexit
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from medai_core.imaging.codec import Decoded, read_message, write_message

SECONDS_PER_FRAME: Final = 60.0
"""A worker that takes longer is killed; 20 million pixels of JPEG 2000 take about 3 s."""

_MOST_WORKERS: Final = 4


class _Worker:
    """One process; good until it dies."""

    def __init__(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join(path for path in (root, os.environ.get("PYTHONPATH", "")) if path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "medai_core.imaging.codec"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    def ask(
        self, request: dict[str, Any], frame: bytes, seconds: float
    ) -> tuple[dict[str, Any], bytes] | None:
        """The answer, or None where the worker died or was too slow."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            write_message(self._process.stdin, request, frame)  # type: ignore[arg-type]
            return read_message(self._process.stdout)  # type: ignore[arg-type]
        except (OSError, ValueError):
            return None
        finally:
            timer.cancel()

    def end(self) -> None:
        """Kill and clear away."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass


class _Pool:
    """Idle workers, kept for the next frame; no more than `_MOST_WORKERS` at a time."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(min(_MOST_WORKERS, os.cpu_count() or 1))

    def ask(
        self, request: dict[str, Any], frame: bytes, seconds: float
    ) -> tuple[dict[str, Any], bytes] | None:
        with self._places:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            worker = worker or _Worker()
            answer = None
            try:
                answer = worker.ask(request, frame, seconds)
            finally:
                if answer is None:
                    worker.end()
                else:
                    with self._lock:
                        self._idle.append(worker)
            return answer

    def end(self) -> None:
        with self._lock:
            workers, self._idle = self._idle, []
        for worker in workers:
            worker.end()


_POOL: Final = _Pool()
atexit.register(_POOL.end)


def decode_isolated(
    frame: bytes, syntax: str, plugin: str, options: dict[str, Any], *, seconds: float = SECONDS_PER_FRAME
) -> Decoded | None:
    """`codec.decode_frame` in another process; None where it cannot, dies or takes too long.

    Raises MemoryError where the frame does not fit into the worker's memory.
    """
    answer = _POOL.ask({"syntax": syntax, "plugin": plugin, "options": options}, frame, seconds)
    if answer is None or answer[0]["state"] == "failed":
        return None
    words, payload = answer
    if words["state"] == "memory":
        raise MemoryError
    values = np.frombuffer(payload, dtype=np.dtype(words["dtype"])).reshape(words["shape"])
    return values, str(words["photometric"])


def end_workers() -> None:
    """Stop idle workers; the next frame starts a new one."""
    _POOL.end()
