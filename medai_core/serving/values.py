"""What the predictors of a number say: of whole tables, and of one person."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input, Value
from medai_core.domain.refusal import Refusal
from medai_core.learning.columns import read_columns
from medai_core.learning.population import Population
from medai_core.learning.values import ValueModel
from medai_core.serving.registry import VALUE, ModelCard, card
from medai_core.serving.tabular import checked

Values = NDArray[np.float64]
Line = dict[str, object]


@dataclass(frozen=True, slots=True)
class ValueAnswer:
    """What a predictor says of one person; the numbers are None where it refuses.

    `low` and `high` are the ends within which a new person's number lies 95 % of the time.
    """

    model: str
    version: str
    value: float | None
    low: float | None
    high: float | None
    refused: str | None
    cautions: tuple[str, ...]
    missing: tuple[str, ...]


def answer_table(name: str, path: str) -> Iterator[Line]:
    """One line a row of a CSV, in order, none dropped: value, low, high, refused, cautions.

    Where `refused` is not None, the numbers are None. Raises Refusal "unknown-model", "usage" (another kind
    of model) and "table-unreadable".
    """
    model = _value_card(name)
    columns = read_columns(path, model.inputs.columns)
    refused, cautions = checked(model, columns)
    served = model_of(name)
    rows = columns.of(served.inputs)
    asked = np.array([row not in refused for row in range(len(columns))], dtype=bool)
    found = np.full((len(columns), 3), np.nan)
    found[asked, 0] = served.values(rows[asked])
    found[asked, 1], found[asked, 2] = served.interval(rows[asked])
    for row, (value, low, high) in enumerate(found.tolist()):
        if row in refused:
            yield {"value": None, "low": None, "high": None, "refused": refused[row], "cautions": []}
        else:
            said = cautions.get(row, [])
            yield {"value": value, "low": low, "high": high, "refused": None, "cautions": said}


def answer(name: str, values: Mapping[str, Value]) -> ValueAnswer:
    """What the model says of one person, values by input key in the inputs' units.

    Raises Refusal "unknown-model", "usage".
    """
    model = _value_card(name)
    columns = read_columns([values], model.inputs.columns)
    refused, cautions = checked(model, columns)
    served = model_of(name)
    row = columns.of(served.inputs)
    missing = tuple(one.key for one, gap in zip(served.inputs, np.isnan(row[0]), strict=True) if gap)
    if 0 in refused:
        return ValueAnswer(name, model.version, None, None, None, refused[0], (), missing)
    value, (low, high) = served.values(row), served.interval(row)
    told = tuple(cautions.get(0, ()))
    return ValueAnswer(
        name, model.version, float(value[0]), float(low[0]), float(high[0]), None, told, missing
    )


def function(name: str) -> Callable[[Values], Values]:
    """The number as a function of a matrix in the order of `inputs`, shape (n, k) -> (n,)."""
    return model_of(name).values


def population(name: str) -> Population:
    """The population that the model was trained on."""
    return model_of(name).population


def inputs(name: str) -> tuple[Input, ...]:
    """What the model's function reads, in its order."""
    return model_of(name).inputs


def model_of(name: str) -> ValueModel:
    """The fitted parts."""
    model = _value_card(name)
    files: dict[str, Any] = model.data["files"]
    served, held = files["served"]["name"], files["population"]["name"]
    return _loaded(model.folder, served, held, (model.folder / served).stat().st_mtime_ns)


def _value_card(name: str) -> ModelCard:
    found = card(name)
    if found.kind != VALUE:
        raise Refusal(
            "usage",
            expected="a model that gives a number for the rows of a table",
            found="a model of another kind",
            what_to_do="See the Models page for what each model reads.",
        )
    return found


@lru_cache(maxsize=4)
def _loaded(folder: Path, file: str, population_file: str, changed: int) -> ValueModel:
    """The model in a folder, read again when its file has changed."""
    return ValueModel.load(folder, file, population_file)
