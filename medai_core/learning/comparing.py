"""Comparing estimators on a table by nested cross-validation, and the final fit of the one that is chosen.

A *procedure* is all that is learned: preparation, the choice of the setting by inner folds, the
estimator, and the map from its scores to probabilities (Platt, on the scores of the inner folds). The outer
folds measure whole procedures: nothing of a held-out row takes part in any of these steps.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.calibration import platt, sigmoid
from medai_core.learning.candidates import Candidate, Scorer, Setting, fit
from medai_core.learning.preparing import Preparation, fit_preparation

Values = NDArray[np.float64]
Rows = NDArray[np.int64]
Step = Callable[[], None]

OUTER: Final = 5
INNER: Final = 3
SEED: Final = 20
HELD_OUT: Final = 0.2
TUNING_ROWS: Final = 8_000
"""Settings are chosen on as many rows at most; the estimator itself is then fitted on all."""

RANDOM: Final = "random"
GROUP: Final = "group"
TIME: Final = "time"


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Rows to learn from.

    Attributes
    ----------
    X : array, shape (n, columns), NaN where missing
    y : array, shape (n,), 0 or 1
    group : array of int, shape (n,): rows of one group stay on one side of every split
    order : array, shape (n,): the time of every row where the split is by time, else zeros
    sizes : number of choices of each column, 0 for numbers
    """

    X: Values
    y: Values
    group: NDArray[np.int64]
    order: Values
    sizes: tuple[int, ...]
    by_time: bool = False

    def rows(self, index: Rows) -> "Data":
        """Some of them."""
        return Data(
            self.X[index], self.y[index], self.group[index], self.order[index], self.sizes, self.by_time
        )

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True, eq=False)
class Procedure:
    """A fitted procedure: gives probabilities of rows as they were read."""

    name: str
    setting: Setting
    preparation: Preparation
    scorer: Scorer
    slope: float
    offset: float

    def probabilities(self, X: Values) -> Values:
        """Shape (n,), 0..1."""
        return sigmoid(self.log_odds(X))

    def log_odds(self, X: Values) -> Values:
        """Calibrated log-odds, shape (n,)."""
        scores = self.scorer.scores(self.preparation.transform(X))
        result: Values = self.slope * scores + self.offset
        return result


def folds(data: Data, count: int, *, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """(rows to learn from, rows held out), `count` times; no group is on both sides.

    At random, with about as many of each class in every part; by time, each part is held out from what lies
    before it, so that the first part is never held out.
    """
    if data.by_time:
        yield from _ahead(data, count)
        return
    part = _parts(data, count, seed)
    for number in range(count):
        yield np.flatnonzero(part != number), np.flatnonzero(part == number)


def held_out(data: Data, *, seed: int = SEED, share: float = HELD_OUT) -> NDArray[np.bool_]:
    """Which rows are set aside before anything is learned: whole groups, or the latest of all."""
    if data.by_time:
        latest = _last_of_group(data)
        border = np.quantile(latest, 1 - share)
        late = latest > border if (latest > border).any() else latest >= border
        return np.asarray(late)
    count = round(1 / share)
    return np.asarray(_parts(data, count, seed) == 0)


def _parts(data: Data, count: int, seed: int) -> Rows:
    """In which of `count` parts each row is: groups dealt out by turns, those with positives first."""
    groups, member = np.unique(data.group, return_inverse=True)
    sizes = np.bincount(member)
    positive = np.bincount(member, weights=data.y) > 0
    shuffled = np.random.default_rng(seed).permutation(len(groups))
    order = shuffled[np.lexsort((-sizes[shuffled], ~positive[shuffled]))]
    part = np.empty(len(groups), dtype=np.int64)
    part[order] = np.arange(len(groups)) % count
    return part[member]


def _last_of_group(data: Data) -> Values:
    """The latest time of each row's group: a group that reaches into the future belongs there."""
    groups, member = np.unique(data.group, return_inverse=True)
    latest = np.full(len(groups), -np.inf)
    np.maximum.at(latest, member, data.order)
    return latest[member]


def _ahead(data: Data, count: int) -> Iterator[tuple[Rows, Rows]]:
    latest = _last_of_group(data)
    borders = np.quantile(latest, np.arange(1, count + 1) / (count + 1))
    for number, border in enumerate(borders):
        end = borders[number + 1] if number + 1 < count else np.inf
        before, after = latest <= border, (latest > border) & (latest <= end)
        if before.any() and after.any():
            yield np.flatnonzero(before), np.flatnonzero(after)


def fits(candidate: Candidate, *, outer: int = OUTER, inner: int = INNER) -> int:
    """How often a candidate is fitted in one comparison."""
    return outer * (len(candidate.settings) * inner + 1)


def seconds(candidates: Sequence[Candidate], rows: int, columns: int) -> float:
    """About how long a comparison takes on one core, by the costs that were measured."""
    total = 0.0
    learned, inner = int(rows * 0.8), min(TUNING_ROWS, int(rows * 0.8)) * (INNER - 1) // INNER
    for one in candidates:
        tuning = len(one.settings) * INNER * one.seconds(inner, columns)
        total += OUTER * (tuning + one.seconds(learned, columns))
    return total + (6.0 if any(one.name == "mlp" for one in candidates) else 1.0)


def fit_procedure(
    candidate: Candidate, data: Data, *, most: int | None, seed: int = SEED, step: Step = lambda: None
) -> Procedure:
    """Choose the setting by inner folds, fit on all rows, and calibrate on the inner folds' scores."""
    chosen = _tuning_rows(data, seed)
    tried: list[tuple[float, int, Values, Values]] = []
    for number, setting in enumerate(candidate.settings):
        scores, truth = _inner_scores(candidate, setting, chosen, most, seed, step)
        tried.append((_log_loss(scores, truth), number, scores, truth))
    _, number, scores, truth = min(tried, key=lambda one: (round(one[0], 6), one[1]))
    slope, offset = platt(scores, truth, np.ones(len(truth)))
    if slope <= 0:  # the scores say nothing, or the reverse: everybody gets the prevalence
        share = (truth.sum() + 1) / (len(truth) + 2)
        slope, offset = 0.0, float(np.log(share / (1 - share)))
    preparation = fit_preparation(data.X, data.y, data.sizes, most=most)
    scorer = fit(candidate.name, candidate.settings[number], preparation.transform(data.X), data.y, seed=seed)
    step()
    return Procedure(candidate.name, candidate.settings[number], preparation, scorer, slope, offset)


def _tuning_rows(data: Data, seed: int) -> Data:
    if len(data) <= TUNING_ROWS:
        return data
    drawn = np.random.default_rng(seed).choice(len(data), TUNING_ROWS, replace=False)
    return data.rows(np.sort(drawn))


def _inner_scores(
    candidate: Candidate, setting: Setting, data: Data, most: int | None, seed: int, step: Step
) -> tuple[Values, Values]:
    """Scores of rows by estimators that have not seen them, and their outcomes."""
    scores, truth = [], []
    for learned, held in folds(data, INNER, seed=seed + 1):
        step()
        y = data.y[learned]
        if len(np.unique(y)) < 2:
            continue
        preparation = fit_preparation(data.X[learned], y, data.sizes, most=most)
        scorer = fit(candidate.name, setting, preparation.transform(data.X[learned]), y, seed=seed)
        scores.append(scorer.scores(preparation.transform(data.X[held])))
        truth.append(data.y[held])
    if not scores:
        raise ValueError("no inner fold holds both classes")
    return np.concatenate(scores), np.concatenate(truth)


def _log_loss(scores: Values, truth: Values) -> float:
    """After the map that fits best, so that scores of any scale are compared alike."""
    slope, offset = platt(scores, truth, np.ones(len(truth)))
    share = np.clip(sigmoid(max(slope, 0.0) * scores + offset), 1e-6, 1 - 1e-6)
    return float(-np.mean(truth * np.log(share) + (1 - truth) * np.log(1 - share)))


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What nested cross-validation gave for one candidate.

    Attributes
    ----------
    rows, fold : arrays: which rows were held out, and in which outer fold
    probabilities : array, shape (len(rows),), by procedures that have not seen them
    procedures : of every outer fold, with the rows that were held out from it
    """

    name: str
    rows: Rows
    fold: Rows
    probabilities: Values
    procedures: tuple[tuple[Procedure, Rows], ...]

    @property
    def settings(self) -> list[dict[str, Any]]:
        """Which setting was chosen in each outer fold."""
        return [dict(procedure.setting) for procedure, _ in self.procedures]


def compare(
    candidate: Candidate, data: Data, *, most: int | None, seed: int = SEED, step: Step = lambda: None
) -> Compared:
    """Nested cross-validation of one candidate; `step` is called once a fit.

    Raises ValueError where no outer fold holds both classes.
    """
    found: list[tuple[Procedure, Rows]] = []
    for learned, held in folds(data, OUTER, seed=seed):
        part = data.rows(learned)
        if len(np.unique(part.y)) < 2:
            continue
        found.append((fit_procedure(candidate, part, most=most, seed=seed, step=step), held))
    if not found:
        raise ValueError("no outer fold holds both classes")
    rows = np.concatenate([held for _, held in found])
    numbers = np.concatenate([np.full(len(held), number) for number, (_, held) in enumerate(found)])
    probabilities = np.concatenate([one.probabilities(data.X[held]) for one, held in found])
    order = np.argsort(rows, kind="stable")
    return Compared(candidate.name, rows[order], numbers[order], probabilities[order], tuple(found))
