"""What the survival predictors say: of whole tables, of one person, and of one visit after the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input, Value
from medai_core.domain.refusal import Refusal
from medai_core.domain.survival import Landmark, SurvivalCurve
from medai_core.learning.columns import Columns, read_cells, read_columns
from medai_core.learning.landmarks import DAY, known_by_visit
from medai_core.learning.population import Population
from medai_core.learning.survival import SurvivalModel
from medai_core.serving.registry import SURVIVAL, ModelCard, available, card
from medai_core.serving.tabular import NOTHING_KNOWN, checked

STEPS: Final = 61
"""Points of a curve."""

NOTHING: Final = "None of what this model reads was given: this is the answer for an average person."

Values = NDArray[np.float64]
Line = dict[str, object]


def answer_table(name: str, path: str) -> Iterator[Line]:
    """One line a row of a CSV, in order, none dropped: risk_score, survival_<years>..., refused, cautions.

    What is missing is estimated, with a caution. Where `refused` is not None, the numbers are None: so for
    broken rows alone. Raises Refusal "unknown-model", "usage" and "table-unreadable".
    """
    model = survival_card(name)
    columns = _read(model, path)
    refused, cautions = _checked(model, columns)
    years = years_of(model)
    names = [f"survival_{one:g}" for one in years]
    served = _served(model)
    score, survival = served.answers(columns.values, years)
    for row in range(len(columns)):
        if row in refused:
            empty: Line = dict.fromkeys(["risk_score", *names])
            yield {**empty, "refused": refused[row], "cautions": []}
            continue
        numbers: Line = {"risk_score": float(score[row])}
        numbers |= {key: float(value) for key, value in zip(names, survival[row], strict=True)}
        yield {**numbers, "refused": None, "cautions": cautions.get(row, [])}


def curve(name: str, values: Mapping[str, Value]) -> SurvivalCurve:
    """One person's curve, values by input key in the inputs' units.

    Raises Refusal "unknown-model", "usage".
    """
    model = survival_card(name)
    columns = read_columns([values], model.inputs.columns)
    return _curves(model, columns)[0]


def function(name: str, year: float | None = None) -> "RiskFunction":
    """The risk by `year` (the card's main horizon where None) as a function of a matrix, (n, k) -> (n,)."""
    model = survival_card(name)
    return RiskFunction(_served(model), main_year(model) if year is None else year)


@dataclass(frozen=True, slots=True)
class RiskFunction:
    """The risk of the event by a year."""

    model: SurvivalModel
    year: float

    def __call__(self, rows: Values) -> Values:
        """One risk (0..1) a row of inputs, shape (n,)."""
        found: Values = 1 - self.model.survival(rows, [self.year])[:, 0]
        return found


def population(name: str) -> Population:
    """The population that the model was trained on."""
    return _served(survival_card(name)).scores.population


def inputs(name: str) -> tuple[Input, ...]:
    """What the model reads, in the order of its matrix."""
    return _served(survival_card(name)).inputs


def row_of(name: str, values: Mapping[str, Value]) -> Values:
    """One person's values as a row for `function`, shape (k,), NaN where missing."""
    found: Values = read_columns([values], survival_card(name).inputs.columns).values[0]
    return found


def model_of(name: str) -> SurvivalModel:
    """The fitted parts, for explanations that need them."""
    return _served(survival_card(name))


def names() -> tuple[str, ...]:
    """All survival predictors."""
    return tuple(one.name for one in available(SURVIVAL))


def years_of(model: ModelCard) -> tuple[float, ...]:
    """The years of a card at which survival is answered."""
    return tuple(float(one) for one in model.data["years"])


def main_year(model: ModelCard) -> float:
    """The year at which people are compared with others of their age."""
    return float(model.data["calibration"]["main_years"])


def survival_card(name: str) -> ModelCard:
    """The card of a survival predictor. Raises Refusal "unknown-model", "usage"."""
    found = card(name)
    if found.kind != SURVIVAL:
        raise Refusal(
            "usage",
            expected="a model that gives survival over time",
            found="a model of another kind",
            what_to_do="See the Models page for what each model reads.",
        )
    return found


def _curves(model: ModelCard, columns: Columns) -> list[SurvivalCurve]:
    refused, cautions = _checked(model, columns)
    served, horizons = _served(model), years_of(model)
    grid = sorted({*np.linspace(0, served.last, STEPS).tolist(), *horizons})
    rows = columns.values
    score, *parts = served.curves(rows, grid)
    gaps = np.isnan(rows)
    found = []
    for row in range(len(columns)):
        lines = [tuple(float(one) for one in part[row]) for part in parts] if row not in refused else []
        survival, low, high = lines or ((), (), ())
        found.append(
            SurvivalCurve(
                model=model.name,
                version=model.version,
                outcome=model.data["label_names"][model.labels[0]],
                time_zero=str(model.data["time_zero"]),
                years=tuple(grid) if lines else (),
                survival=survival,
                low=low,
                high=high,
                horizons={
                    one: (survival[at], low[at], high[at])
                    for one in (horizons if lines else ())
                    for at in (grid.index(one),)
                },
                risk_score=float(score[row]) if lines else None,
                population=_population(model),
                refused=refused.get(row),
                cautions=tuple(cautions.get(row, ())),
                missing=tuple(one.key for one, gap in zip(columns.inputs, gaps[row], strict=True) if gap),
            )
        )
    return found


def _population(model: ModelCard) -> tuple[tuple[float, float, float, float, int], ...]:
    held = model.data["population_curve"]
    keys = ("years", "survival", "low", "high", "at_risk")
    return tuple(zip(*(held[key] for key in keys), strict=True))


def _read(model: ModelCard, path: str) -> Columns:
    """The table's rows; where they are visits, each with what was known of the person by then.

    Without the columns of person and day every row is a person's first visit.
    """
    held = model.data.get("landmark")
    if held is None:
        return read_columns(path, model.inputs.columns)
    inputs = model.inputs.columns
    person, day = (Input(held[key], "") for key in ("person", "day"))
    cells = read_cells(path, [*inputs, person, day])
    names = [name for name in cells if name != person.key]
    count = max((len(column) for column in cells.values()), default=0)
    people: dict[object, list[int]] = {}
    for place in range(count):
        people.setdefault(cells[person.key][place].strip() if person.key in cells else place, []).append(
            place
        )
    known: list[dict[str, object]] = [{} for _ in range(count)]
    for places in people.values():
        visits = [{DAY: 0, **{name: cells[name][place] for name in names}} for place in places]
        for one in known_by_visit(visits, inputs):
            known[places[one.place]] = one.values
    return read_columns(known, inputs)


def _checked(model: ModelCard, columns: Columns) -> tuple[dict[int, str], dict[int, list[str]]]:
    """As for other tables, but who has none of the inputs is answered as an average person, and told so."""
    refused, cautions = checked(model, columns)
    for row in [row for row, why in refused.items() if why == NOTHING_KNOWN]:
        del refused[row]
        cautions[row] = [NOTHING, *cautions.get(row, [])]
    return refused, cautions


def _served(model: ModelCard) -> SurvivalModel:
    files = model.data["files"]
    path = model.folder / files["served"]["name"]
    return _loaded(
        model.folder, files["served"]["name"], files["population"]["name"], path.stat().st_mtime_ns
    )


@lru_cache(maxsize=8)
def _loaded(folder: Path, file: str, population_file: str, changed: int) -> SurvivalModel:
    """The model in a folder, read again when its file has changed."""
    return SurvivalModel.load(folder, file, population_file)


# ---- one visit after the other


def landmark(visits: Sequence[Mapping[str, Value]], name: str = "survival_pbc") -> tuple[Landmark, ...]:
    """The prognosis at every visit, from what was known by then: the newest value of each input, and trends.

    A visit holds `day` and what was measured; they are put in order of day. Raises Refusal "unknown-model",
    "usage" where a visit has no day.
    """
    model = survival_card(name)
    known = known_by_visit(visits, model.inputs.columns)
    curves = _curves(model, read_columns([one.values for one in known], model.inputs.columns))
    return tuple(Landmark(one.day, curve) for one, curve in zip(known, curves, strict=True))
