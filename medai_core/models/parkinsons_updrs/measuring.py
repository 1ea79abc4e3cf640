"""Figures for the card: errors by person, against the mean, and how often the interval holds."""

import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.refusal import Refusal
from medai_core.learning import cards, metrics
from medai_core.learning.cards import BOOTSTRAP_SEED, GOLDEN_FILE
from medai_core.learning.table_cards import OOF_FILE
from medai_core.learning.values import Persons, ValueModel, Values, conformal_width, equal_shares
from medai_core.models.parkinsons_updrs.facts import FACTS, LABEL

SERVED: Final = "served"
MEAN: Final = "mean"
TITLES: Final = {
    SERVED: "Ridge on age, sex and four voice measures",
    MEAN: "The mean of the other people, whatever the voice",
    "age": "Ridge on age alone",
    "forest": "Extremely randomised trees on the same inputs",
}
PART: Final = "recordings of people not heard"
FEWEST: Final = 5
_GOLDEN_SEED: Final = 17
_GOLDEN_ROWS: Final = 6


@dataclass(frozen=True, slots=True)
class Answers:
    """Numbers out of fold by method, with whose the row is, its fold, and the rating; each of shape (n,)."""

    person: Persons
    fold: NDArray[np.int64]
    target: Values
    given: Mapping[str, Values]

    def write(self, out: Path) -> None:
        """As a table without any input."""
        import pandas as pd

        columns: dict[str, Any] = {
            "row": np.arange(len(self.target)), "group": self.person, "fold": self.fold,
            "outcome": self.target,
        }  # fmt: skip
        columns |= {f"v_{name}": np.round(values, 4) for name, values in self.given.items()}
        buffer = io.BytesIO()
        pd.DataFrame(columns).to_csv(buffer, index=False)
        out.mkdir(parents=True, exist_ok=True)
        (out / OOF_FILE).write_bytes(gzip.compress(buffer.getvalue(), mtime=0))

    @staticmethod
    def read(out: Path, person: Persons, target: Values) -> "Answers":
        """The table in the model's folder, held against the data. Raises Refusal "data-missing"."""
        import pandas as pd

        path = out / OOF_FILE
        table = pd.read_csv(path) if path.is_file() else None
        if table is None or not (
            np.array_equal(table["group"], person) and np.allclose(table["outcome"], target)
        ):
            raise Refusal(
                "data-missing",
                expected="the table of out-of-fold answers that training wrote on these data",
                found="none" if table is None else "that of others",
                what_to_do="Train the model first.",
            )
        given = {name[2:]: table[name].to_numpy(np.float64) for name in table if name.startswith("v_")}
        return Answers(person, table["fold"].to_numpy(np.int64), target, given)


def absolute_error(answers: Answers, name: str) -> Values:
    """How far off a method is, shape (n,)."""
    return np.abs(answers.target - answers.given[name])


def figures(
    answers: Answers,
    width: float,
    groups: Mapping[str, Mapping[str, NDArray[np.bool_]]],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Results, the comparison with the mean, coverage, and both by subgroup."""
    every = np.ones(len(answers.target), dtype=bool)
    compared: dict[str, dict[str, Any]] = {
        TITLES[name]: {**errors(answers, name, every), "served": name == SERVED} for name in answers.given
    }
    for title, one in compared.items():
        say(f"{title}: mean absolute error {one['mean_absolute_error']['value']:.2f}")
    against = {"mean_absolute_error": {"difference": difference(answers)}}
    return {
        "results": {PART: {LABEL: {**errors(answers, SERVED, every), "coverage": coverage(answers, every)}}},
        "against_the_mean": against,
        "interval": {"level": 0.95, "half_width": round(width, 4), "method": "conformal by person"},
        "compared": compared,
        "subgroups": {
            dimension: {
                name: {LABEL: {**errors(answers, SERVED, at), "coverage": coverage(answers, at)}}
                for name, at in named.items()
                if len(np.unique(answers.person[at])) >= FEWEST
            }
            for dimension, named in groups.items()
        },
        "calibration_within": {
            dimension: {name: bias(answers, at) for name, at in named.items()}
            for dimension, named in groups.items()
        },
        "tried": [
            f"{title}: mean absolute error {one['mean_absolute_error']['value']:.2f} points, same folds."
            for title, one in compared.items()
            if not one["served"]
        ],
    }


def facts(answers: Answers) -> dict[str, Any]:
    """The card's words, with what the comparison with the mean came to as the first limit."""
    gap = difference(answers)
    better = gap["high"] < 0
    said = "is better than" if better else "IS NOT BETTER THAN"
    first = (
        f"This model {said} saying the mean of the other people to everybody: its mean absolute error "
        f"differs by {gap['value']:+.2f} points (95 % interval {gap['low']:+.2f} to {gap['high']:+.2f}; "
        "below zero is better)."
    )
    return {**FACTS, "limits": [first, *FACTS["limits"]]}


def errors(answers: Answers, name: str, at: NDArray[np.bool_]) -> dict[str, Any]:
    """Mean absolute error and root mean squared error, every person counted alike."""
    error, person = absolute_error(answers, name)[at], answers.person[at]
    share = equal_shares(person)

    def mean(weight: Values) -> float:
        return float((weight * share) @ error / (weight @ share))

    def root(weight: Values) -> float:
        return float(np.sqrt((weight * share) @ error**2 / (weight @ share)))

    return {
        "mean_absolute_error": metrics.estimate_of(mean, person, seed=BOOTSTRAP_SEED).as_dict(),
        "root_mean_squared_error": metrics.estimate_of(root, person, seed=BOOTSTRAP_SEED).as_dict(),
    }


def difference(answers: Answers) -> dict[str, float | int]:
    """Mean absolute error of the served model less that of the mean."""
    gap, share = absolute_error(answers, SERVED) - absolute_error(answers, MEAN), equal_shares(answers.person)

    def mean(weight: Values) -> float:
        return float((weight * share) @ gap / (weight @ share))

    return metrics.estimate_of(mean, answers.person, seed=BOOTSTRAP_SEED).as_dict()


def coverage(answers: Answers, at: NDArray[np.bool_]) -> dict[str, float | int]:
    """How often the interval holds the rating, its width made without the fold that is asked."""
    error, held = absolute_error(answers, SERVED), np.zeros(len(answers.target))
    for number in np.unique(answers.fold):
        here = answers.fold == number
        held[here] = error[here] <= conformal_width(error[~here], answers.person[~here])
    share = equal_shares(answers.person[at])

    def mean(weight: Values) -> float:
        return float((weight * share) @ held[at] / (weight @ share))

    return metrics.estimate_of(mean, answers.person[at], seed=BOOTSTRAP_SEED).as_dict()


def bias(answers: Answers, at: NDArray[np.bool_]) -> dict[str, Any]:
    """Mean rating and mean answer of a group, every person counted alike."""
    people = len(np.unique(answers.person[at]))
    found: dict[str, Any] = {"n": int(at.sum()), "people": people}
    if people < FEWEST:
        return {**found, "measured": False, "why": f"fewer than {FEWEST} people"}
    share = equal_shares(answers.person[at]) / people
    return {
        **found, "measured": True,
        "observed": round(float(share @ answers.target[at]), 2),
        "expected": round(float(share @ answers.given[SERVED][at]), 2),
    }  # fmt: skip


def write_golden(model: ValueModel, out: Path) -> None:
    """Answers to made people, drawn from the population; every second one lacks some values."""
    drawn = np.round(model.population.sample(_GOLDEN_ROWS, np.random.default_rng(_GOLDEN_SEED)), 4)
    drawn[1::2, 1::2] = np.nan
    cases = [
        {"row": [None if np.isnan(one) else float(one) for one in row], "values": [round(float(value), 6)]}
        for row, value in zip(drawn, model.values(drawn), strict=True)
    ]
    golden = {
        "input": "rows in the order of the model's inputs; null is missing", "tolerance": 1e-4, "cases": cases
    }  # fmt: skip
    (out / GOLDEN_FILE).write_text(cards.as_text(golden), encoding="utf-8")
