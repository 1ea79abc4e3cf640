"""How the survival predictors are trained and measured: the same steps, each model with its own plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning import cards, survival_cards
from medai_core.learning.cards import CARD_FILE, GOLDEN_FILE
from medai_core.learning.survival import (
    Course,
    Part,
    Stack,
    SurvivalModel,
    courses_of,
    fit_course,
    fit_scores,
)
from medai_core.learning.survival_cards import Answers
from medai_core.learning.survival_learners import Cox
from medai_core.learning.table_cards import files, inputs_of

FOLDS: Final = 5
SEED: Final = 11
GOLDEN_SEED: Final = 17
GOLDEN_ROWS: Final = 6
PART: Final = "people out of fold"

Values = NDArray[np.float64]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cohort:
    """People with inputs and times to the event.

    Parameters
    ----------
    rows : array, shape (n, k), NaN where missing
    time : array, shape (n,), years
    person : array, shape (n,)
        Whose row it is; whole people are held out and resampled.
    number : array, shape (n,)
        The row in the data set.
    sex, age : sequence of str and array, shape (n,)
    groups : mapping
        Dimension -> group -> which rows are in it.
    weight : array, optional
        The chance with which a row is used in a member's fit, where people have several.
    other_events : mapping
        Other definitions of the event, shape (n,), by which the order of people is stated too.
    said : mapping
        What the card says of the rows (left out, counts).
    """

    rows: Values
    time: Values
    event: Values
    person: NDArray[np.int64]
    number: NDArray[np.int64]
    sex: Sequence[str]
    age: Values
    groups: Mapping[str, Mapping[str, NDArray[np.bool_]]]
    weight: Values | None = None
    other_events: Mapping[str, Values] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is special to one survival predictor.

    `years` are the horizons that are answered, `main` the one by which groups are judged, `last` the end of
    what is known; `alone` names the inputs of the baseline that the card compares with (age, and sex where
    there is one). `more` are methods that are cross-validated for the card and not served, by title.
    """

    name: str
    facts: Mapping[str, Any]
    stack: Stack
    read: Callable[[Path], Cohort]
    years: tuple[float, ...]
    main: float
    last: float
    alone: tuple[str, ...]
    bands: Sequence[tuple[float, float]]
    served: str
    more: Mapping[str, Stack] = field(default_factory=dict)


def train(plan: Plan, data: Path, out: Path, *, say: Say = print) -> None:
    """Cross-validate, fit on everybody, write the model's files into `out`."""
    cohort = plan.read(data)
    say(f"{len(cohort.time)} rows, {len(np.unique(cohort.person))} people, {int(cohort.event.sum())} events")
    fold = folds(cohort.event, cohort.person, seed=SEED)
    score = _out_of_fold(plan, plan.stack, cohort, fold, say)
    others = {name: _out_of_fold(plan, stack, cohort, fold) for name, stack in compared(plan).items()}
    survival = _survival_out_of_fold(score, cohort, fold, plan)
    Answers(
        cohort.number, cohort.person, fold, cohort.time, cohort.event, score, plan.years, survival, others
    ).write(out)
    scores = fit_scores(
        plan.stack, cohort.rows, cohort.time, cohort.event, cohort.person, weight=cohort.weight, seed=SEED
    )
    outcome = (score, cohort.time, cohort.event)
    course = fit_course(*outcome, last=plan.last, years=plan.years)
    courses = courses_of(
        *outcome, cohort.person, last=plan.last, years=plan.years, count=plan.stack.members, seed=SEED
    )
    model = SurvivalModel(scores, course, courses)
    model.save(out)
    write_golden(SurvivalModel.load(out), plan.years, out)
    measure(plan, data, out, say=say)


def compared(plan: Plan) -> dict[str, Stack]:
    """By the name of a column: Cox on age and sex alone, on every input as it is, and the plan's own."""
    few = tuple(one for one in plan.stack.inputs if one.key in plan.alone)
    found = {
        "alone": Stack(few, (Part(Cox(0.1)),), members=1),
        "linear": Stack(plan.stack.inputs, (Part(Cox(0.1)),), members=1),
    }
    return found | {f"more{place}": stack for place, stack in enumerate(plan.more.values())}


def titles(plan: Plan) -> dict[str, str]:
    """What each of `compared` is called on the card."""
    found = {"alone": f"Cox on {' and '.join(plan.alone)} alone", "linear": "Cox, linear in every input"}
    return found | {f"more{place}": title for place, title in enumerate(plan.more)}


def folds(event: Values, person: NDArray[np.int64], *, seed: int, count: int = FOLDS) -> NDArray[np.int64]:
    """A fold a row: whole people, events spread evenly."""
    from sklearn.model_selection import StratifiedGroupKFold

    found = np.zeros(len(event), dtype=np.int64)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    for number, (_, held) in enumerate(splitter.split(event[:, None], event.astype(int), person)):
        found[held] = number
    return found


def _out_of_fold(
    plan: Plan, stack: Stack, cohort: Cohort, fold: NDArray[np.int64], say: Say | None = None
) -> Values:
    """Scores of everybody by members that have seen no row of theirs, shape (n,)."""
    keys = {one.key for one in stack.inputs}
    rows = cohort.rows[:, [one.key in keys for one in plan.stack.inputs]]
    found = np.zeros(len(cohort.time))
    for number in range(int(fold.max()) + 1):
        held = fold == number
        scores = fit_scores(
            stack, rows[~held], cohort.time[~held], cohort.event[~held], cohort.person[~held],
            weight=None if cohort.weight is None else cohort.weight[~held], seed=SEED + number,
        )  # fmt: skip
        found[held] = scores.score(rows[held])
        if say:
            say(f"fold {number + 1} of {int(fold.max()) + 1}")
    return found


def _survival_out_of_fold(score: Values, cohort: Cohort, fold: NDArray[np.int64], plan: Plan) -> Values:
    """Curves of everybody from a course that was fitted to the other folds' scores, shape (n, years)."""
    found = np.zeros((len(score), len(plan.years)))
    for number in range(int(fold.max()) + 1):
        held = fold == number
        others = (score[~held], cohort.time[~held], cohort.event[~held])
        course: Course = fit_course(*others, last=plan.last, years=plan.years)
        found[held] = course.survival(score[held], plan.years)
    return found


def measure(plan: Plan, data: Path, out: Path, *, say: Say = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card. Raises Refusal "data-missing"."""
    cohort = plan.read(data)
    answers = Answers.read(out, cohort.number, cohort.event)
    label = str(plan.facts["labels"][0])
    model = SurvivalModel.load(out)
    methods = survival_cards.compared(answers, titles(plan), plan.served)
    for title, one in methods.items():
        say(f"{title}: C {one['concordance']['value']:.4f}")
    card = {
        **plan.facts,
        "inputs": inputs_of(plan.stack.inputs, model.scores.population, ()),
        "thresholds": {},
        "years": list(plan.years),
        "last_year": plan.last,
        "rows": dict(cohort.said),
        **survival_cards.figures(answers, label, PART, main=plan.main, groups=cohort.groups),
        "compared": methods,
        "tried": survival_cards.tried(methods),
        "other_events": {
            name: survival_cards.concordance_of(answers, event) for name, event in cohort.other_events.items()
        },
        "population_curve": survival_cards.population_curve(cohort.time, cohort.event, plan.last),
        "reference_risk": survival_cards.reference_risk(
            answers, cohort.sex, cohort.age, plan.bands, plan.main
        ),
        "files": files(out),
    }
    path = out / CARD_FILE
    path.write_text(cards.as_text(card), encoding="utf-8")
    return path


def write_golden(model: SurvivalModel, years: Sequence[float], out: Path) -> None:
    """Answers to made people, drawn from the population; every second one lacks some values."""
    drawn = model.scores.population.sample(GOLDEN_ROWS, np.random.default_rng(GOLDEN_SEED))
    drawn = np.round(drawn, 2)
    for row in range(1, GOLDEN_ROWS, 2):
        drawn[row, row % 3 :: 3] = np.nan
    answers = model.survival(drawn, years)
    cases = [
        {
            "row": [None if np.isnan(one) else float(one) for one in row],
            "probabilities": [round(float(value), 6) for value in said],
        }
        for row, said in zip(drawn, answers, strict=True)
    ]
    golden = {
        "input": "rows in the order of the model's inputs; null is missing",
        "answer": "survival at the card's years",
        "tolerance": 1e-4,
        "cases": cases,
    }
    (out / GOLDEN_FILE).write_text(cards.as_text(golden), encoding="utf-8")


def age_bands(age: Values, bands: Sequence[tuple[float, float]]) -> dict[str, NDArray[np.bool_]]:
    """Who is in which age band (from, to below), for a card."""
    return {f"{low:g} to {high - 1:g} years": (age >= low) & (age < high) for low, high in bands}
