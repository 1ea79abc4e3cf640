"""What the card of a table predictor measures: answers out of fold, figures, calibration, groups."""

import gzip
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import NUMBER, Input, Need
from medai_core.domain.refusal import Refusal
from medai_core.learning import cards, metrics
from medai_core.learning.calibration import logistic
from medai_core.learning.cards import BOOTSTRAP_SEED, GOLDEN_FILE
from medai_core.learning.population import POPULATION_FILE, Population, as_dict
from medai_core.learning.tabular import MODEL_FILE, TabularModel, log_odds
from medai_core.learning.weights import file_digest

OOF_FILE: Final = "oof.csv.gz"
WANTED: Final = ("auroc", "auprc", "sensitivity", "specificity", "ppv", "npv")
GROUP_WANTED: Final = ("auroc", "sensitivity", "specificity")
FEWEST_EVENTS: Final = 10
"""Groups with fewer people with the outcome, or without it, are named and not measured."""

SLOPE_REPEATS: Final = 200
LEVELS: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
FEWEST_REFERENCE: Final = 25

Values = NDArray[np.float64]
Groups = Mapping[str, Mapping[str, NDArray[np.bool_]]]
"""Dimension -> name of a group -> which rows are in it."""


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Answers to rows that the answering model has not seen.

    Parameters
    ----------
    row, group, fold : arrays, shape (n,)
        The row in the data set, whose it is, and in which fold it was held out.
    truth : array, shape (n,)
    given : mapping
        Name of a method -> its probabilities, shape (n,); the first is that of the served model.
    """

    row: NDArray[np.int64]
    group: NDArray[np.int64]
    fold: NDArray[np.int64]
    truth: Values
    given: Mapping[str, Values]

    @property
    def served(self) -> Values:
        """The served method's probabilities."""
        return next(iter(self.given.values()))

    def write(self, out: Path) -> None:
        """As a table without any input."""
        import pandas as pd

        columns: dict[str, Any] = {
            "row": self.row, "group": self.group, "fold": self.fold, "outcome": self.truth.astype(int)
        }  # fmt: skip
        columns |= {f"p_{name}": np.round(values, 5) for name, values in self.given.items()}
        buffer = io.BytesIO()
        pd.DataFrame(columns).to_csv(buffer, index=False)
        out.mkdir(parents=True, exist_ok=True)
        (out / OOF_FILE).write_bytes(gzip.compress(buffer.getvalue(), mtime=0))

    @staticmethod
    def read(out: Path, row: NDArray[np.int64], truth: Values) -> "OutOfFold":
        """The table in a model's folder, held against the data's rows and outcomes.

        Raises Refusal "data-missing".
        """
        import pandas as pd

        path = out / OOF_FILE
        if not path.is_file():
            raise _missing("the table of out-of-fold answers that training wrote", "none")
        table = pd.read_csv(path)
        if not np.array_equal(table["row"], row) or not np.array_equal(table["outcome"], truth):
            raise _missing("the data that the model was trained on", "others")
        given = {name[2:]: table[name].to_numpy(np.float64) for name in table if name.startswith("p_")}
        number, group, fold = (table[name].to_numpy(np.int64) for name in ("row", "group", "fold"))
        return OutOfFold(number, group, fold, table["outcome"].to_numpy(np.float64), given)


def _missing(expected: str, found: str) -> Refusal:
    return Refusal("data-missing", expected=expected, found=found, what_to_do="Train the model first.")


# ---- the parts of a card


def figures(answers: OutOfFold, label: str, part: str, threshold: float, groups: Groups) -> dict[str, Any]:
    """Results, curves, calibration and subgroups of one outcome; `part` says what they were measured on."""
    truth, score, group = answers.truth, answers.served, answers.group
    return {
        "results": {part: {label: cards.figures(truth, score, threshold, group, WANTED)}},
        "operating_characteristic": {"points": {label: cards.operating_curve(truth, score)}},
        "precision_recall": {"points": {label: cards.precision_recall_curve(truth, score)}},
        "calibration": {"labels": {label: calibration(truth, score, group)}},
        "subgroups": {
            dimension: {
                name: {label: cards.figures(truth[at], score[at], threshold, group[at], GROUP_WANTED)}
                for name, at in named.items()
                if _enough(truth[at])
            }
            for dimension, named in groups.items()
        },
        "calibration_within": {
            dimension: {
                name: calibration_of_group(truth[at], score[at], group[at]) for name, at in named.items()
            }
            for dimension, named in groups.items()
        },
        "training_prevalence": {label: cards.short(float(truth.mean()))},
    }  # fmt: skip


def calibration(truth: Values, score: Values, group: NDArray[np.int64]) -> dict[str, Any]:
    """Bins, error and Brier score, with slope and the ratio of observed to expected."""
    return {
        **cards.calibration_figures(truth, score, group, edges=metrics.equal_groups(score)),
        "slope": slope(truth, score, group),
        "observed_to_expected": observed_to_expected(truth, score, group),
    }


def calibration_of_group(truth: Values, score: Values, group: NDArray[np.int64]) -> dict[str, Any]:
    """Observed and expected share of a group, their ratio and the slope, and whether the group is calibrated.

    It is where the ratio's interval holds 1 and, where it can be measured, the slope's does. A group that is
    too small for it says so.
    """
    found: dict[str, Any] = {
        "n": len(truth),
        "people": len(np.unique(group)),
        "expected": cards.short(float(score.mean())) if len(truth) else None,
    }
    if not _enough(truth):
        return {**found, "measured": False, "why": f"fewer than {FEWEST_EVENTS} with or without the outcome"}
    ratio, line = observed_to_expected(truth, score, group), slope(truth, score, group)
    holds = all(one["low"] <= 1 <= one["high"] for one in (ratio, line))
    return {
        **found, "measured": True, "observed": cards.short(float(truth.mean())),
        "observed_to_expected": ratio, "slope": line, "holds": holds,
    }  # fmt: skip


def _enough(truth: Values) -> bool:
    return FEWEST_EVENTS <= float(truth.sum()) <= len(truth) - FEWEST_EVENTS


def slope(truth: Values, score: Values, group: NDArray[np.int64]) -> dict[str, float | int]:
    """The calibration slope: of a logistic regression of the outcome on the log-odds; 1 is exact."""
    design = np.column_stack([log_odds(score), np.ones(len(score))])

    def weighted(weight: Values) -> float:
        return float(logistic(design, truth, weight, start=np.array([1.0, 0.0]), steps=25)[0])

    found = metrics.estimate_of(weighted, group, seed=BOOTSTRAP_SEED, repeats=SLOPE_REPEATS)
    return found.as_dict()


def observed_to_expected(truth: Values, score: Values, group: NDArray[np.int64]) -> dict[str, float | int]:
    """How many had the outcome over how many were expected to; 1 is exact."""

    def weighted(weight: Values) -> float:
        return float((weight @ truth) / max(1e-12, float(weight @ score)))

    return metrics.estimate_of(weighted, group, seed=BOOTSTRAP_SEED).as_dict()


def compared(answers: OutOfFold, titles: Mapping[str, str], served: str) -> dict[str, Any]:
    """AUROC and calibration slope of every method that was tried, on the same folds."""
    return {
        titles[name]: {
            "auroc": metrics.estimate(
                metrics.auroc, answers.truth, values, answers.group, seed=BOOTSTRAP_SEED
            ).as_dict(),
            "slope": slope(answers.truth, values, answers.group),
            "served": name == served,
        }
        for name, values in answers.given.items()
    }


def tried(found: Mapping[str, Any]) -> list[str]:
    """A sentence a method that is not served."""
    return [
        f"{title}: AUROC {one['auroc']['value']:.3f} ({one['auroc']['low']:.3f} to "
        f"{one['auroc']['high']:.3f}), calibration slope {one['slope']['value']:.2f}, on the same folds."
        for title, one in found.items()
        if not one["served"]
    ]


def reference_risk(
    answers: OutOfFold, sex: Sequence[str], age: Values, bands: Sequence[tuple[float, float]]
) -> list[dict[str, Any]]:
    """Quantiles of out-of-fold risk by sex and age band (from, to below), of bands with enough people."""
    named = np.array(sex)
    found = []
    for one in dict.fromkeys(sex):
        for low, high in bands:
            at = (named == one) & (age >= low) & (age < high)
            if len(np.unique(answers.group[at])) < FEWEST_REFERENCE:
                continue
            quantiles = np.quantile(answers.served[at], LEVELS)
            found.append(
                {
                    "sex": one, "age_from": low, "age_to": high, "n": int(at.sum()),
                    "people": len(np.unique(answers.group[at])), "levels": list(LEVELS),
                    "quantiles": [cards.short(float(value)) for value in quantiles],
                    "mean": cards.short(float(answers.served[at].mean())),
                    "observed": cards.short(float(answers.truth[at].mean())),
                }
            )  # fmt: skip
    return found


def inputs_of(
    columns: Sequence[Input], population: Population, rules: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """The card's inputs: columns, the ranges of the training, and what is refused."""
    trained = {
        one.key: [margin.low, margin.high]
        for one, margin in zip(population.inputs, population.margins, strict=True)
        if one.kind == NUMBER
    }
    return {
        "columns": [as_dict(one) for one in columns],
        "trained_on": trained,
        "refuse": [dict(one) for one in rules],
    }


def read_by_model(columns: Sequence[Input]) -> tuple[Input, ...]:
    """The inputs of the matrix: those that only decide on scope are none."""
    return tuple(one for one in columns if one.need is not Need.SCOPE)


# ---- files

GOLDEN_SEED: Final = 17
GOLDEN_ROWS: Final = 6


def write_golden(model: TabularModel, out: Path) -> None:
    """Answers to made people, drawn from the population; every second one lacks some values."""
    drawn = model.population.sample(GOLDEN_ROWS, np.random.default_rng(GOLDEN_SEED))
    drawn = np.round(drawn, 2)
    for row in range(1, GOLDEN_ROWS, 2):
        drawn[row, row % 3 :: 3] = np.nan
    answers = model.probabilities(drawn)
    cases = [
        {
            "row": [None if np.isnan(one) else float(one) for one in row],
            "probabilities": [round(float(value), 6)],
        }
        for row, value in zip(drawn, answers, strict=True)
    ]
    golden = {
        "input": "rows in the order of the model's inputs; null is missing",
        "tolerance": 1e-4,
        "cases": cases,
    }
    (out / GOLDEN_FILE).write_text(cards.as_text(golden), encoding="utf-8")


def files(out: Path, **more: str) -> dict[str, dict[str, Any]]:
    """Name, digest and size of the model's files."""
    names = {
        "served": MODEL_FILE, "population": POPULATION_FILE, "golden": GOLDEN_FILE, "oof": OOF_FILE, **more
    }  # fmt: skip
    return {
        key: {"name": name, "sha256": file_digest(out / name), "bytes": (out / name).stat().st_size}
        for key, name in names.items()
    }
