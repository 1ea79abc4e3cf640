"""The `shap` library, imported without a word and without compiling."""

import importlib
import sys
import threading
import warnings
from typing import Any

_ONE_AT_A_TIME = threading.Lock()


def shap_library() -> Any:
    """The module `shap`; the first call takes seconds.

    Notes
    -----
    A few small loops of shap are compiled by numba at their first use, which takes longer (six seconds of
    processor) than all that they are asked for here (milliseconds): they stay plain Python. Its charts, which
    are not used, speak of a coming change of matplotlib while they are imported.
    """
    with _ONE_AT_A_TIME:
        found = sys.modules.get("shap")
        return found if found is not None else _imported()


def _imported() -> Any:
    settings: Any = importlib.import_module("numba.core.config")
    before = settings.DISABLE_JIT
    settings.DISABLE_JIT = True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The set_\\w+ function will be", PendingDeprecationWarning)
            return importlib.import_module("shap")
    finally:
        settings.DISABLE_JIT = before
