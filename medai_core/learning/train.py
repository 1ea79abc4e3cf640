"""Training and evaluation by a model's name: each runs the recipe in that model's folder."""

import importlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Final

from medai_core.domain.refusal import Refusal
from medai_core.learning.weights import MODELS

WORK: Final = "medai-training"


def train(
    name: str,
    data: Path,
    *,
    work: Path | None = None,
    out: Path | None = None,
    say: Callable[[str], None] = print,
) -> Path:
    """Train model `name` from the public data in `data`; gives the folder written.

    Parameters
    ----------
    work : Path, optional
        Takes checkpoints; a run that was stopped goes on from there. Default: a folder of that name
        among the temporary files.
    out : Path, optional
        Where weights, card and golden outputs go. Default: the model's own folder.
    say : callable
        Takes lines of progress.

    Raises
    ------
    Refusal
        "unknown-model", "data-missing".
    """
    recipe = _recipe(name)
    folder = out or MODELS / name
    recipe.train(data, work or _default_work(name), folder, say=say)
    return folder


def evaluate(name: str, data: Path, *, out: Path | None = None, say: Callable[[str], None] = print) -> Path:
    """Measure model `name` on the held-out films of `data` and write its card; gives the card's path.

    Operating points and calibration are read, never chosen, here. Raises Refusal as `train`.
    """
    path: Path = _recipe(name).evaluate(data, out or MODELS / name, say=say)
    return path


def _default_work(name: str) -> Path:
    return Path(tempfile.gettempdir()) / WORK / name


def _recipe(name: str) -> ModuleType:
    known = sorted(path.parent.name for path in MODELS.glob("*/recipe.py"))
    if name not in known:
        raise Refusal(
            "unknown-model",
            expected=f"the name of a model ({', '.join(known)})",
            found="a name that no model has",
            what_to_do="Choose one of these names.",
        )
    return importlib.import_module(f"medai_core.models.{name}.recipe")
