"""Training and measuring a predictor on people of one table: what such model folders do alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input
from medai_core.domain.refusal import Refusal
from medai_core.learning import cards, metrics, table_cards
from medai_core.learning.cards import CARD_FILE
from medai_core.learning.table_cards import Groups, OutOfFold
from medai_core.learning.tabular import Method, TabularModel, fit_bagged

SERVED: Final = "served"
AGAIN: Final = "again_"
"""How the names of further rounds of the served method on other folds begin."""

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a data set, as a predictor reads them.

    Parameters
    ----------
    row, group : arrays, shape (n,)
        The row in the data set, and the number of the person it is of.
    values : array, shape (n, k)
        In the order of the model's inputs, NaN where missing.
    truth : array, shape (n,), 0 or 1
    groups : mapping
        For the card's subgroups: dimension -> group -> which rows are in it.
    sex, age : optional
        Of every row, in words and in years; without them there is no risk beside people of the same age.
    more : mapping
        What compared methods and the measuring need beside the inputs, by name, each with n rows.
    left_out : mapping
        Why, and how many rows.
    """

    row: NDArray[np.int64]
    group: NDArray[np.int64]
    values: Values
    truth: Values
    groups: Groups = field(default_factory=dict)
    sex: Sequence[str] | None = None
    age: Values | None = None
    more: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)


Fit = Callable[[Table, Mask, Mask], Values]
"""Fits on the rows marked first; gives the probabilities of those marked second."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one such model is made of.

    Parameters
    ----------
    part : str
        What the card calls the rows that were answered.
    folds : callable
        (table, round) -> the fold in which each row is held out, shape (n,).
    rounds : int
        How often the served method is cross-validated, each time on other folds.
    served : Fit
        As the served model is fitted; `final` fits that model itself on everything.
    others : mapping
        Compared on the same folds, by name; `titles` words them all, `SERVED` too.
    own : callable, optional
        Further parts of the card, from the table and the answers.
    """

    facts: Mapping[str, Any]
    columns: tuple[Input, ...]
    rules: Sequence[Mapping[str, str]]
    threshold: float
    part: str
    read: Callable[[Path], Table]
    folds: Callable[[Table, int], NDArray[np.int64]]
    served: Fit
    final: Callable[[Table], TabularModel]
    others: Mapping[str, Fit]
    titles: Mapping[str, str]
    bands: Sequence[tuple[float, float]] = ()
    own: Callable[[Table, OutOfFold], Mapping[str, Any]] | None = None
    rounds: int = 1

    @property
    def label(self) -> str:
        """The one outcome."""
        return str(self.facts["labels"][0])


def by_method(inputs: tuple[Input, ...], method: Method) -> Fit:
    """A `Fit` of a method as it is served, its population and calibration from the fitted rows alone."""

    def fit(table: Table, rows: Mask, asked: Mask) -> Values:
        model = fit_bagged(table.values[rows], table.truth[rows], table.group[rows], inputs, method, refits=0)
        return model.probabilities(table.values[asked])

    return fit


def of_classifier(make: Callable[[], Any], matrix: str | None = None) -> Fit:
    """A `Fit` of a classifier that reads gaps itself: of the inputs, or of the table's `more[matrix]`."""

    def fit(table: Table, rows: Mask, asked: Mask) -> Values:
        given = table.values if matrix is None else table.more[matrix]
        model = make().fit(given[rows], table.truth[rows].astype(int))
        return np.asarray(model.predict_proba(given[asked])[:, 1], dtype=np.float64)

    return fit


def train(plan: Plan, data: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate every method, fit the served one on all rows, write the model's files into `out`."""
    table = plan.read(data)
    people = len(np.unique(table.group))
    say(f"{len(table.row)} rows, {people} people, {int(table.truth.sum())} with the outcome")
    fold = plan.folds(table, 0)
    given = {
        name: held_out(table, fold, one, name, say)
        for name, one in {SERVED: plan.served, **plan.others}.items()
    }
    for number in range(1, plan.rounds):
        name = f"{AGAIN}{number + 1}"
        given[name] = held_out(table, plan.folds(table, number), plan.served, name, say)
    OutOfFold(table.row, table.group, fold, table.truth, given).write(out)
    model = plan.final(table)
    model.save(out)
    table_cards.write_golden(model, out)
    measure(plan, data, out, say=say)


def held_out(
    table: Table, fold: NDArray[np.int64], fit: Fit, name: str, say: Callable[[str], None]
) -> Values:
    """Each row's probability by a method that has not seen its fold."""
    found = np.zeros(len(fold))
    for number in np.unique(fold):
        held = fold == number
        found[held] = fit(table, ~held, held)
    say(f"{name}: {len(np.unique(fold))} folds answered")
    return found


def measure(plan: Plan, data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Write the card from the out-of-fold answers. Raises Refusal "data-missing"."""
    table = plan.read(data)
    answers = OutOfFold.read(out, table.row, table.truth)
    once = {name: given for name, given in answers.given.items() if not name.startswith(AGAIN)}
    found = table_cards.compared(replace(answers, given=once), plan.titles, SERVED)
    for title, one in found.items():
        say(f"{title}: AUROC {one['auroc']['value']:.4f}, slope {one['slope']['value']:.3f}")
    model = TabularModel.load(out)
    card = {
        **plan.facts,
        "inputs": table_cards.inputs_of(plan.columns, model.population, plan.rules),
        "thresholds": {plan.label: plan.threshold},
        "rows": {
            "rows": len(table.row), "people": len(np.unique(table.group)), "left_out": dict(table.left_out)
        },
        **table_cards.figures(answers, plan.label, plan.part, plan.threshold, table.groups),
        "compared": found,
        "tried": [*table_cards.tried(found), *plan.facts.get("tried", ())],
        "reference_risk": reference_risk(plan, table, answers),
        **({} if plan.own is None else plan.own(table, answers)),
        "files": table_cards.files(out),
    }  # fmt: skip
    path = out / CARD_FILE
    path.write_text(cards.as_text(card), encoding="utf-8")
    return path


def reference_risk(plan: Plan, table: Table, answers: OutOfFold) -> list[dict[str, Any]]:
    """Risks by sex and age band; empty where the data hold neither."""
    if table.sex is None or table.age is None:
        return []
    return table_cards.reference_risk(answers, table.sex, table.age, plan.bands)


def every_round(
    answers: OutOfFold, statistic: metrics.Statistic, seen: Callable[[Values], Values] = lambda given: given
) -> dict[str, Any]:
    """A figure of the served method: its mean over all rounds of cross-validation, and each round's."""
    names = [name for name in answers.given if name == SERVED or name.startswith(AGAIN)]
    rounds = [seen(answers.given[name]) for name in names]

    def mean(weight: Values) -> float:
        return float(np.mean([statistic(answers.truth, given, weight) for given in rounds]))

    found = metrics.estimate_of(mean, answers.group, seed=cards.BOOTSTRAP_SEED).as_dict()
    one = np.ones(len(answers.truth))
    return {"mean": found, "rounds": [round(statistic(answers.truth, given, one), 4) for given in rounds]}


def bands_of(age: Values, bands: Sequence[tuple[float, float]]) -> dict[str, Mask]:
    """Name of an age band (from, to below) -> which rows are in it."""
    return {f"{low:.0f} to {high - 1:.0f} years": (age >= low) & (age < high) for low, high in bands}


def sex_and_age(
    sex: Sequence[str], age: Values, bands: Sequence[tuple[float, float]]
) -> dict[str, dict[str, Mask]]:
    """Subgroups by sex, by age band, and by both."""
    named = np.array(sex)
    sexes = {one: named == one for one in dict.fromkeys(sex)}
    aged = bands_of(age, bands)
    both = {f"{one}, {band}": here & there for one, here in sexes.items() for band, there in aged.items()}
    return {"sex": sexes, "age": aged, "sex and age": both}


def found_in(data: Path, name: Path) -> Path:
    """The path of a table in the folder of data sets. Raises Refusal "data-missing"."""
    path = data / name
    if not path.is_file():
        raise Refusal(
            "data-missing",
            expected=f"the table {name} in the folder of public data sets",
            found="none",
            what_to_do="Name the folder with --data DIR or MEDAI_DATA.",
        )
    return path


def text_column(path: Path, key: str) -> NDArray[np.str_]:
    """One column of a CSV as it is written."""
    import pandas as pd

    table = pd.read_csv(path, usecols=[key], dtype=str, keep_default_na=False)
    return np.array(table[key], dtype=np.str_)
