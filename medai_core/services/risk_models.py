"""The trained predictors of the Risk page are loaded beside it: published scores never wait for them."""

import importlib
import logging
import threading
from typing import Final

from medai_core.domain.refusal import Refusal
from medai_core.services.risk_askers import predictors
from medai_core.serving import registry
from medai_core.serving.registry import ModelCard

_LOG: Final = logging.getLogger(__name__)
_LOCK: Final = threading.Lock()
_LOADED: Final[set[tuple[str, str]]] = set()
_RUNNING: Final[list[threading.Thread]] = []


def ready() -> bool:
    """Whether every predictor has been loaded once in this process, or could not be."""
    with _LOCK:
        return all((card.name, card.version) in _LOADED for card in predictors())


def begin() -> bool:
    """Load in the background what is not loaded yet; whether nothing is left to load."""
    if ready():
        return True
    # Charts look into what is loaded to tell whether a value is of pandas: it must never be seen half loaded.
    importlib.import_module("pandas")
    with _LOCK:
        if not any(thread.is_alive() for thread in _RUNNING):
            _RUNNING[:] = [threading.Thread(target=_load, name="risk-models", daemon=True)]
            _RUNNING[0].start()
    return False


def wait(seconds: float) -> bool:
    """Wait so long for what `begin` has started; whether everything is loaded."""
    for thread in tuple(_RUNNING):
        thread.join(seconds)
    return ready()


def _load() -> None:
    for card in predictors():
        try:
            _open(card)
        except (Refusal, OSError, ValueError) as error:
            _LOG.warning("The predictor %s could not be loaded: %s.", card.name, type(error).__name__)
        with _LOCK:
            _LOADED.add((card.name, card.version))


def _open(card: ModelCard) -> None:
    from medai_core.serving import survival, tabular

    if card.kind == registry.TABLE:
        tabular.model_of(card.name)
    elif card.kind == registry.SURVIVAL:
        survival.model_of(card.name)
