"""What the predictors for tables say: of whole tables, and of one person."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import NUMBER, YES_NO, Input, Need, Value, plain
from medai_core.domain.refusal import Refusal
from medai_core.learning.columns import Columns, read_columns
from medai_core.learning.population import Population
from medai_core.learning.tabular import TabularModel
from medai_core.serving.registry import TABLE, ModelCard, card

FLAG: Final = "flag"
NO_FLAG: Final = "no flag"
NOTHING_KNOWN: Final = "None of what this model reads was given."

_RULE: Final = re.compile(r"(<=|>=|<|>|=)\s*(\S+)")

Values = NDArray[np.float64]
Line = dict[str, object]


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """What a predictor says of one person; the numbers are None where it refuses.

    `low` and `high` are the ends of the 95 % interval of the probability. `missing` are inputs that were
    estimated from the others.
    """

    model: str
    version: str
    probability: float | None
    low: float | None
    high: float | None
    decision: str
    refused: str | None
    cautions: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """Risks of people of one sex and age band: `quantiles` at `levels`, of `n` exams or people."""

    sex: str
    age_from: float
    age_to: float
    n: int
    levels: tuple[float, ...]
    quantiles: tuple[float, ...]
    observed: float


def answer_table(name: str, path: str) -> Iterator[Line]:
    """One line a row of a CSV, in order, none dropped: probability, decision, refused, cautions.

    Where `refused` is not None, probability and decision are None. Raises Refusal "unknown-model",
    "usage" (another kind of model) and "table-unreadable".
    """
    model = _table_card(name)
    columns = read_columns(path, model.inputs.columns)
    refused, cautions = checked(model, columns)
    rows = columns.of(_served(model).inputs)
    asked = np.array([row not in refused for row in range(len(columns))], dtype=bool)
    answers = np.full(len(columns), np.nan)
    answers[asked] = _served(model).probabilities(rows[asked])
    for row in range(len(columns)):
        if row in refused:
            yield {"probability": None, "decision": None, "refused": refused[row], "cautions": []}
        else:
            value = float(answers[row])
            yield {
                "probability": value, "decision": decision(model, value), "refused": None,
                "cautions": cautions.get(row, []),
            }  # fmt: skip


def answer(name: str, values: Mapping[str, Value]) -> TableAnswer:
    """What the model says of one person, values by input key in the inputs' units.

    Raises Refusal "unknown-model", "usage".
    """
    model = _table_card(name)
    columns = read_columns([values], model.inputs.columns)
    refused, cautions = checked(model, columns)
    served = _served(model)
    row = columns.of(served.inputs)
    missing = tuple(one.key for one, gap in zip(served.inputs, np.isnan(row[0]), strict=True) if gap)
    told = tuple(cautions.get(0, ()))
    if 0 in refused:
        return TableAnswer(name, model.version, None, None, None, "", refused[0], (), missing)
    value = float(served.probabilities(row)[0])
    low, high = served.interval(row)
    chosen = decision(model, value)
    return TableAnswer(name, model.version, value, float(low[0]), float(high[0]), chosen, None, told, missing)


def function(name: str) -> Callable[[Values], Values]:
    """The final probability as a function of a matrix in the order of `inputs`, shape (n, k) -> (n,)."""
    return _served(_table_card(name)).probabilities


def population(name: str) -> Population:
    """The population that the model was trained on."""
    return _served(_table_card(name)).population


def model_of(name: str) -> TabularModel:
    """The fitted parts, for explanations that need them."""
    return _served(_table_card(name))


def inputs(name: str) -> tuple[Input, ...]:
    """What the model's function reads, in its order; inputs that only decide on scope are not among them."""
    return _served(_table_card(name)).inputs


def row_of(name: str, values: Mapping[str, Value]) -> Values:
    """One person's values as a row for `function`, shape (k,), NaN where missing."""
    served = _served(_table_card(name))
    found: Values = read_columns([values], served.inputs).values[0]
    return found


def reference(name: str) -> tuple[Reference, ...]:
    """Risks out of fold by sex and age band, as the card holds them; empty where it holds none."""
    return tuple(
        Reference(
            str(one["sex"]), float(one["age_from"]), float(one["age_to"]), int(one["n"]),
            tuple(one["levels"]), tuple(one["quantiles"]), float(one["observed"]),
        )
        for one in _table_card(name).data.get("reference_risk", ())
    )  # fmt: skip


def decision(model: ModelCard, probability: float) -> str:
    """`FLAG` where the probability is at or above the card's operating point."""
    return FLAG if probability >= model.thresholds[model.labels[0]] else NO_FLAG


# ---- what is refused, and what is said beside the answer


def checked(model: ModelCard, columns: Columns) -> tuple[dict[int, str], dict[int, list[str]]]:
    """By row: why it is refused, and the cautions of the others.

    Refused is what a rule on the card excludes, and who has none of the model's inputs.
    """
    read = [one for one in model.inputs.columns if one.need is not Need.SCOPE]
    rows = columns.of(read)
    refused = dict(columns.refused)
    for row in np.flatnonzero(np.isnan(rows).all(axis=1)):
        refused.setdefault(int(row), NOTHING_KNOWN)
    for key, when, sentence in _rules(model):
        place = next(at for at, one in enumerate(columns.inputs) if one.key == key)
        for row in np.flatnonzero(_holds(columns.inputs[place], when, columns.written[:, place])):
            refused[int(row)] = _joined(refused.get(int(row)), sentence)
    cautions = {row: list(said) for row, said in columns.cautions.items()}
    _of_range(model, columns, read, cautions)
    _of_gaps(read, rows, cautions)
    _of_scope(model, columns, cautions)
    return refused, cautions


def _joined(before: str | None, sentence: str) -> str:
    if before is None or before == NOTHING_KNOWN:
        return sentence
    return before if sentence in before else f"{before} {sentence}"


def _rules(model: ModelCard) -> list[tuple[str, str, str]]:
    given = model.data["inputs"].get("refuse", ())
    return [(str(one["column"]), str(one["when"]), str(one["sentence"])) for one in given]


def _holds(one: Input, when: str, column: Values) -> NDArray[np.bool_]:
    """Where a rule such as ``"< 20"`` or ``"= yes"`` holds; never where the value is missing."""
    match = _RULE.fullmatch(when.strip())
    if match is None:
        raise ValueError(f"a rule must be a sign and a value. Received: {when!r}")
    sign, text = match[1], match[2]
    if one.kind == NUMBER:
        bound = float(text)
    elif one.kind == YES_NO:
        bound = float(text == "yes")
    else:
        bound = float(one.choices.index(text))
    with np.errstate(invalid="ignore"):
        found: NDArray[np.bool_] = {
            "<": column < bound, "<=": column <= bound, ">": column > bound, ">=": column >= bound,
            "=": column == bound,
        }[sign]  # fmt: skip
    return found


def _of_range(model: ModelCard, columns: Columns, read: list[Input], cautions: dict[int, list[str]]) -> None:
    """Numbers beyond those of the training are held at its ends, and that is said."""
    trained = model.data["inputs"].get("trained_on", {})
    for one in read:
        if one.key not in trained or one.kind != NUMBER:
            continue
        low, high = trained[one.key]
        column = columns.of([one])[:, 0]
        with np.errstate(invalid="ignore"):
            beyond = np.flatnonzero((column < low) | (column > high))
        said = (
            f"{one.key} lies outside the training's range ({plain(low)} to {plain(high)} {one.unit}".rstrip()
            + "); its nearer end was used."
        )
        for row in beyond:
            cautions.setdefault(int(row), []).append(said)


def _of_gaps(read: list[Input], rows: Values, cautions: dict[int, list[str]]) -> None:
    said: dict[bytes, str] = {}
    gaps = np.isnan(rows)
    for row in np.flatnonzero(gaps.any(axis=1)):
        key = gaps[row].tobytes()
        if key not in said:
            names = ", ".join(one.key for one, gap in zip(read, gaps[row], strict=True) if gap)
            said[key] = f"Missing, and estimated from the other values: {names}."
        cautions.setdefault(int(row), []).append(said[key])


def _of_scope(model: ModelCard, columns: Columns, cautions: dict[int, list[str]]) -> None:
    """What only decides on scope and is not known is named."""
    asked = [one for one in model.inputs.columns if one.need is Need.SCOPE]
    if not asked:
        return
    gaps = np.isnan(columns.of(asked))
    for row in np.flatnonzero(gaps.any(axis=1)):
        names = ", ".join(one.key for one, gap in zip(asked, gaps[row], strict=True) if gap)
        said = f"Not known, and needed to say whether the model is meant for this row: {names}."
        cautions.setdefault(int(row), []).append(said)


# ---- the fitted parts


def _table_card(name: str) -> ModelCard:
    found = card(name)
    if found.kind != TABLE:
        raise Refusal(
            "usage",
            expected="a model that gives a probability for the rows of a table",
            found="a model of another kind",
            what_to_do="See the Models page for what each model reads.",
        )
    return found


def _served(model: ModelCard) -> TabularModel:
    files: dict[str, Any] = model.data["files"]
    path = model.folder / files["served"]["name"]
    return _loaded(
        model.folder, files["served"]["name"], files["population"]["name"], path.stat().st_mtime_ns
    )


@lru_cache(maxsize=16)
def _loaded(folder: Path, file: str, population_file: str, changed: int) -> TabularModel:
    """The model in a folder, read again when its file has changed."""
    return TabularModel.load(folder, file, population_file)
