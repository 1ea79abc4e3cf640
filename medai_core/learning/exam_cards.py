"""Training and measuring a model of the Framingham exams: what `cvd_10y` and `stroke_10y` do alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input
from medai_core.learning import cards, table_cards
from medai_core.learning.cards import CARD_FILE
from medai_core.learning.exam_methods import TITLES, Fit, fit
from medai_core.learning.framingham import Exams
from medai_core.learning.table_cards import OutOfFold
from medai_core.learning.tabular import Method, TabularModel, fit_bagged, folds_of

FOLDS: Final = 10
SEED: Final = 7
REFITS: Final = 20
PART: Final = "all exams, out of fold"
FIRST: Final = "first exam of each person, out of fold"
BANDS: Final = ((30.0, 45.0), (45.0, 55.0), (55.0, 65.0), (65.0, 85.0))
PERIODS: Final = {1: "first exam", 2: "second exam", 3: "third exam"}

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one model of the exams is made of.

    `served` is how it is fitted; `others` are compared on the same folds, by name.
    """

    name: str
    facts: Mapping[str, Any]
    columns: tuple[Input, ...]
    rules: Sequence[Mapping[str, str]]
    threshold: float
    exams: Callable[[Path], Exams]
    served: Method
    others: Mapping[str, Fit]

    @property
    def label(self) -> str:
        """The one outcome."""
        return str(self.facts["labels"][0])


def train(plan: Plan, data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate every method, fit the served one on all exams, write the model's files into `out`."""
    exams = plan.exams(data)
    inputs = table_cards.read_by_model(plan.columns)
    say(f"{len(exams.row)} exams, {len(np.unique(exams.person))} people, {int(exams.truth.sum())} events")
    methods: dict[str, Fit] = {"served": fit(plan.served, inputs), **plan.others}
    fold = folds_of(exams.truth, exams.person, FOLDS, seed=SEED)
    given = {name: _held_out(exams, fold, one, name, say) for name, one in methods.items()}
    OutOfFold(exams.row, exams.person, fold, exams.truth, given).write(out)
    model = fit_bagged(
        exams.values, exams.truth, exams.person, inputs, plan.served, refits=REFITS, target=exams.target
    )
    model.save(out)
    table_cards.write_golden(model, out)
    measure(plan, data, out, say=say)


def _held_out(
    exams: Exams, fold: NDArray[np.int64], fitted: Fit, name: str, say: Callable[[str], None]
) -> Values:
    """Each exam's probability by a method that has seen no exam of that person."""
    found = np.zeros(len(fold))
    for number in range(FOLDS):
        held = fold == number
        found[held] = fitted(exams, ~held, held)
    say(f"{name}: {FOLDS} folds answered")
    return found


def measure(plan: Plan, data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Write the card from the out-of-fold answers. Raises Refusal "data-missing"."""
    exams = plan.exams(data)
    answers = OutOfFold.read(out, exams.row, exams.truth)
    sex, age = _sex(plan, exams), exams.values[:, _place(plan, "AGE")]
    found = table_cards.compared(answers, TITLES, "served")
    for title, one in found.items():
        say(f"{title}: AUROC {one['auroc']['value']:.4f}, slope {one['slope']['value']:.3f}")
    model = TabularModel.load(out)
    card = {
        **plan.facts,
        "inputs": table_cards.inputs_of(plan.columns, model.population, plan.rules),
        "thresholds": {plan.label: plan.threshold},
        "rows": {"exams": len(exams.row), "people": len(np.unique(exams.person)), "left_out": exams.left_out},
        **table_cards.figures(answers, plan.label, PART, plan.threshold, _groups(sex, age, exams)),
        "baselines": {TITLES["age_sex"]: found[TITLES["age_sex"]]["auroc"]},
        "compared": found,
        "tried": table_cards.tried(found),
        "reference_risk": table_cards.reference_risk(answers, sex, age, BANDS),
        "files": table_cards.files(out),
    }
    card["results"][FIRST] = _first(plan, answers, exams)
    path = out / CARD_FILE
    path.write_text(cards.as_text(card), encoding="utf-8")
    return path


def _first(plan: Plan, answers: OutOfFold, exams: Exams) -> dict[str, Any]:
    """The figures of the first exams alone, with their calibration slope."""
    at = exams.period == 1
    truth, score, person = answers.truth[at], answers.served[at], answers.group[at]
    found: dict[str, Any] = cards.figures(truth, score, plan.threshold, person, table_cards.WANTED)
    return {plan.label: {**found, "slope": table_cards.slope(truth, score, person)}}


def _place(plan: Plan, key: str) -> int:
    return next(place for place, one in enumerate(table_cards.read_by_model(plan.columns)) if one.key == key)


def _sex(plan: Plan, exams: Exams) -> list[str]:
    place = _place(plan, "SEX")
    choices = table_cards.read_by_model(plan.columns)[place].choices
    return [choices[int(code)] for code in exams.values[:, place]]


def _groups(sex: list[str], age: Values, exams: Exams) -> dict[str, dict[str, NDArray[np.bool_]]]:
    named = np.array(sex)
    bands = {f"{low:.0f} to {high - 1:.0f} years": (age >= low) & (age < high) for low, high in BANDS}
    sexes = {one: named == one for one in dict.fromkeys(sex)}
    return {
        "sex": sexes,
        "age": bands,
        "sex and age": {
            f"{one}, {band}": here & there for one, here in sexes.items() for band, there in bands.items()
        },
        "exam": {title: exams.period == number for number, title in PERIODS.items()},
    }
