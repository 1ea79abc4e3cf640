"""The process that trains: begun by the server, on its own from then on."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from medai_core.store.database import Store

ROOT: Final = Path(__file__).resolve().parents[2]
MODULE: Final = "medai_core.services.training_worker"

_CHILDREN: Final[dict[str, "subprocess.Popen[bytes]"]] = {}
_BEFORE: Final[list["subprocess.Popen[bytes]"]] = []


def begin(store: Store, training_id: str) -> int:
    """Start the process for one training of a store; its number in the operating system.

    It has a session of its own, so that what ends the server does not end it, one thread a library (it shares
    the machine with the pages) and no accelerator (the same table gives the same card).
    """
    environment = {
        **os.environ,
        "MEDAI_HOME": str(store.home.absolute()),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", "")))),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "ignore",
    }
    if store.name != "main":
        environment.pop("MEDAI_DATABASE_URL", None)
    child = subprocess.Popen(
        [sys.executable, "-m", MODULE, training_id],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    before = _CHILDREN.pop(training_id, None)
    if before is not None and before.poll() is None:
        _BEFORE.append(before)  # it has written its result and is about to end
    _CHILDREN[training_id] = child
    return child.pid


def has_ended(training_id: str) -> bool:
    """Whether the process that this server began last for a training is over; False for what others began."""
    child = _CHILDREN.get(training_id)
    return child is not None and child.poll() is not None


def reap() -> None:
    """Let the operating system forget processes that are over; who ended is still known here."""
    for child in _CHILDREN.values():
        child.poll()
    _BEFORE[:] = [child for child in _BEFORE if child.poll() is None]


def wait(seconds: float) -> None:
    """Wait for the end of all processes that this server began, `seconds` at most for each."""
    for child in (*_CHILDREN.values(), *_BEFORE):
        child.wait(seconds)
    _CHILDREN.clear()
    _BEFORE.clear()
