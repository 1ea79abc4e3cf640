"""A predictor of times to an event: a score that orders people, and the survival curve that belongs to it.

The score is the mean of members that were fitted to resampled people; the curve is a step-wise hazard whose
dependence on the score may change over time, fitted to scores out of fold.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import CHOICE, Input
from medai_core.learning import population as populations
from medai_core.learning.population import POPULATION_FILE, Population
from medai_core.learning.survival_learners import Learner
from medai_core.learning.terms import Terms

MODEL_FILE: Final = "model.skops"
CHUNK: Final = 5_000
WORKERS: Final = 2
"""Threads that share the pieces of a large table."""
PIECES: Final = 12
SIGMAS: Final = 1.959964
PLAIN: Final = "plain"
CURVED: Final = "curved"
LEAST: Final = 1e-9

TRUSTED: Final = (
    "medai_core.learning.survival.Course",
    "medai_core.learning.survival.Encoding",
    "medai_core.learning.survival.Member",
    "medai_core.learning.survival_learners.Line",
    "medai_core.learning.survival_learners.Trees",
    "medai_core.learning.survival_learners.Waves",
    "medai_core.learning.survival_nets.Net",
    "medai_core.learning.terms.Terms",
    "sklearn._loss._loss.CyHalfPoissonLoss",
    "sklearn._loss._loss.CyHalfSquaredError",
    "sklearn._loss.link.IdentityLink",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogLink",
    "sklearn._loss.loss.HalfPoissonLoss",
    "sklearn._loss.loss.HalfSquaredError",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""What may stand in a model's file beside what skops trusts by itself."""

Values = NDArray[np.float64]


# ---- the curve


@dataclass(frozen=True)
class Course:
    """Hazard over time: exp(level + slope * score) in each piece between `edges` (years, from 0)."""

    edges: Values
    level: Values
    slope: Values

    def survival(self, score: Values, years: Sequence[float]) -> Values:
        """The chance of being without the event at each of `years`, shape (n, len(years)).

        Raises ValueError for years beyond the last edge: nothing was observed there.
        """
        asked = np.asarray(years, dtype=np.float64)
        if len(asked) and asked.max() > self.edges[-1] + 1e-9:
            raise ValueError(f"`years` must be at most {self.edges[-1]:g}. Received: {asked.max():g}")
        spent = np.clip(asked[None, :] - self.edges[:-1, None], 0.0, np.diff(self.edges)[:, None])
        hazard = np.exp(np.clip(self.level + score[:, None] * self.slope, -30.0, 30.0))
        found: Values = np.exp(-hazard @ spent)
        return found


def fit_course(
    score: Values,
    time: Values,
    event: Values,
    *,
    last: float,
    years: Sequence[float] = (),
    weight: Values | None = None,
) -> Course:
    """Fit the hazard to people's scores (n,), in pieces with about equally many events up to `last` years.

    Pieces end at `years` too, so that these are told exactly. The slope is a parabola over the pieces, held
    above a twentieth of its mean, so that a higher score always means a lower curve. Raises ValueError where
    there is no event.
    """
    within = event * (time <= last)
    if not within.sum():
        raise ValueError("there is no event to learn from.")
    inner = np.quantile(time[within > 0], np.linspace(0, 1, PIECES + 1)[1:-1])
    inside = [one for one in years if one < last]
    edges = np.unique(np.concatenate([[0.0], inner[inner < last], inside, [last]]))
    spent = np.clip(time[:, None] - edges[:-1], 0.0, np.diff(edges))
    piece = np.clip(np.searchsorted(edges, time, side="left") - 1, 0, len(edges) - 2)
    happened = np.zeros_like(spent)
    happened[np.arange(len(time)), piece] = within
    if weight is not None:
        spent, happened = spent * weight[:, None], happened * weight[:, None]
    level, slope = _hazard(score, spent, happened)
    return Course(edges, level, np.maximum(slope, 0.05 * max(slope.mean(), 1e-3)))


def _hazard(score: Values, spent: Values, happened: Values) -> tuple[Values, Values]:
    """Newton's method on the Poisson likelihood; level (k,) and slope (k,)."""
    count = spent.shape[1]
    place = np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)
    shape = np.stack([np.ones(count), place, place**2 - (place**2).mean()])
    ridge = np.array([1e-6, 1.0, 4.0])
    level = np.log((happened.sum(axis=0) + 0.5) / (spent.sum(axis=0) + LEAST))
    bends = np.zeros(3)
    for _ in range(60):
        risk = spent * np.exp(np.clip(level + score[:, None] * (bends @ shape), -30.0, 30.0))
        first, second = score @ risk, (score**2) @ risk
        gap = (happened - risk).sum(axis=0)
        slope = np.concatenate([gap, shape @ (score @ happened - first) - ridge * bends])
        bend = np.block(
            [
                [np.diag(risk.sum(axis=0) + 1e-6), (shape * first).T],
                [shape * first, (shape * second) @ shape.T + np.diag(ridge)],
            ]
        )
        step = np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
        level, bends = level + step[:count], bends + step[count:]
        if np.abs(step).max() < 1e-7:
            break
    return level, bends @ shape


# ---- the terms


class Encoding:
    """From a filled matrix of inputs to standardised terms.

    Parameters
    ----------
    inputs : sequence of Input
        The matrix's columns. A choice becomes one column for each of its codes but the first.
    logs : sequence of str
        Inputs that are read as log(1 + value).
    curves : mapping
        Input -> knots of its spline (3 to 5), among the terms of `CURVED` alone.
    """

    def __init__(self, inputs: Sequence[Input], logs: Sequence[str], curves: Mapping[str, int]) -> None:
        self.codes = [len(one.choices) if one.kind == CHOICE else 0 for one in inputs]
        self.logs = [one.key in logs for one in inputs]
        self.names = [
            name
            for one, codes in zip(inputs, self.codes, strict=True)
            for name in ([f"{one.key}={code}" for code in range(1, codes)] if codes else [one.key])
        ]
        self.plain = Terms(self.names)
        self.curved = Terms(self.names, curves=dict(curves))

    def fit(self, rows: Values) -> "Encoding":
        """Learn scales and knots from filled rows (n, k); gives itself."""
        given = self._columns(rows)
        self.plain.fit(given)
        self.curved.fit(given)
        return self

    def transform(self, rows: Values) -> dict[str, Values]:
        """The terms of every row: without curves, and with them."""
        given = self._columns(rows)
        return {PLAIN: self.plain.transform(given), CURVED: self.curved.transform(given)}

    def _columns(self, rows: Values) -> Values:
        parts = []
        for place, (codes, log) in enumerate(zip(self.codes, self.logs, strict=True)):
            column = rows[:, place]
            if codes:
                parts += [(np.rint(column) == code).astype(np.float64) for code in range(1, codes)]
            else:
                parts.append(np.log1p(np.maximum(column, 0.0)) if log else column)
        return np.column_stack(parts)


# ---- the score


@dataclass(frozen=True)
class Part:
    """One learner of the stack: what it reads (`PLAIN` or `CURVED`) and the weight of its score."""

    learner: Learner
    reads: str = PLAIN
    weight: float = 1.0


@dataclass(frozen=True)
class Member:
    """Fitted learners with what each one reads, its mean and spread in training, and its weight."""

    parts: list[Any]
    reads: list[str]
    means: list[float]
    scales: list[float]

    def score(self, given: Mapping[str, Values]) -> Values:
        """The weighted mean of the learners' standardised scores, shape (n,)."""
        found: Values = np.sum(
            [
                (part.score(given[reads]) - mean) * scale
                for part, reads, mean, scale in zip(
                    self.parts, self.reads, self.means, self.scales, strict=True
                )
            ],
            axis=0,
        )
        return found


@dataclass(frozen=True)
class Scores:
    """A population that fills gaps, the encoding, and members whose mean is the score."""

    population: Population
    encoding: Encoding
    members: tuple[Member, ...]

    def score(self, rows: Values) -> Values:
        """One score a row of inputs (n, k; NaN where missing), shape (n,)."""
        pieces = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
        if len(pieces) < 2:
            return self.each(rows).mean(axis=0) if len(rows) else np.empty(0)
        with ThreadPoolExecutor(WORKERS) as pool:
            return np.concatenate([one.mean(axis=0) for one in pool.map(self.each, pieces)])

    def each(self, rows: Values) -> Values:
        """What every member says, shape (m, n); gaps are filled with the conditional median."""
        given = self.encoding.transform(self.population.clipped(self.population.filled(rows)))
        with _threads().limit(limits=1, user_api="openmp"):
            return np.stack([one.score(given) for one in self.members])


@lru_cache(maxsize=1)
def _threads() -> Any:
    """What keeps trees to one thread: waking others for each tree costs more than it saves."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # loads the library that is held back
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    assert HistGradientBoostingRegressor
    return ThreadpoolController()


@dataclass(frozen=True)
class Stack:
    """How a score is learned."""

    inputs: tuple[Input, ...]
    parts: tuple[Part, ...]
    logs: tuple[str, ...] = ()
    curves: Mapping[str, int] = field(default_factory=dict)
    members: int = 20


def fit_scores(
    stack: Stack,
    rows: Values,
    time: Values,
    event: Values,
    person: NDArray[np.int64],
    *,
    weight: Values | None = None,
    seed: int = 0,
) -> Scores:
    """Fit every member to people drawn with replacement (whole people, all their rows).

    `rows` (n, k) with NaN where missing; `time` in years; `weight`, where given, is the chance with which a
    row of a drawn person is used (one row in three of a person with three visits, say).
    """
    held = populations.fit(rows, stack.inputs, seed=seed)
    filled = held.clipped(held.filled(rows))
    encoding = Encoding(stack.inputs, stack.logs, stack.curves).fit(filled)
    given = encoding.transform(filled)
    generator = np.random.default_rng(seed)
    _, owner = np.unique(person, return_inverse=True)
    order = np.argsort(owner, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(owner))[:-1])
    members = []
    for number in range(stack.members):
        drawn = np.concatenate([rows_of[one] for one in generator.integers(0, len(rows_of), len(rows_of))])
        if weight is not None:
            drawn = drawn[generator.random(len(drawn)) < weight[drawn]]
        members.append(_member(stack, given, time, event, drawn, seed=1000 * seed + number))
    return Scores(held, encoding, tuple(members))


def _member(
    stack: Stack,
    given: Mapping[str, Values],
    time: Values,
    event: Values,
    drawn: NDArray[np.int64],
    *,
    seed: int,
) -> Member:
    total = sum(one.weight for one in stack.parts)
    parts, means, scales = [], [], []
    for one in stack.parts:
        terms = given[one.reads]
        fitted = one.learner.fit(terms[drawn], time[drawn], event[drawn], seed=seed)
        said = fitted.score(terms[drawn])
        parts.append(fitted)
        means.append(float(said.mean()))
        scales.append(one.weight / total / max(float(said.std()), 1e-9))
    return Member(parts, [one.reads for one in stack.parts], means, scales)


# ---- the whole


@dataclass(frozen=True)
class SurvivalModel:
    """A fitted predictor: the score, the course over time, and the courses of resampled people."""

    scores: Scores
    course: Course
    courses: tuple[Course, ...]

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The columns of the matrix, in order."""
        return self.scores.population.inputs

    @property
    def last(self) -> float:
        """The last year of which anything is known."""
        return float(self.course.edges[-1])

    def risk(self, rows: Values) -> Values:
        """The score of every row, shape (n,); higher is riskier."""
        return self.scores.score(rows)

    def survival(self, rows: Values, years: Sequence[float]) -> Values:
        """The chance of being without the event at each of `years`, shape (n, len(years))."""
        return self.course.survival(self.risk(rows), years)

    def answers(self, rows: Values, years: Sequence[float]) -> tuple[Values, Values]:
        """The log of the hazard relative to an average person (n,), and survival at `years` (n, years)."""
        score = self.risk(rows)
        return score * self.course.slope.mean(), self.course.survival(score, years)

    def curves(self, rows: Values, years: Sequence[float]) -> tuple[Values, Values, Values, Values]:
        """As `answers`, and the ends of the 95 % band, from what refits on resampled people say.

        On the scale log(-log S); the ends enclose the curve itself.
        """
        each = self.scores.each(rows)
        relative = each.mean(axis=0) * self.course.slope.mean()
        curves = np.stack(
            [course.survival(score, years) for course, score in zip(self.courses, each, strict=True)]
        )
        middle = self.course.survival(each.mean(axis=0), years)
        spread = SIGMAS * _cloglog(curves).std(axis=0, ddof=1)
        ends = [np.exp(-np.exp(_cloglog(middle) + sign * spread)) for sign in (1, -1)]
        known = np.asarray(years) > 0
        low, high = (np.where(known, end, middle) for end in ends)
        return relative, middle, np.minimum(low, middle), np.maximum(high, middle)

    def save(self, folder: Path) -> None:
        """Write the fitted parts with skops, the population as arrays."""
        from skops import io

        folder.mkdir(parents=True, exist_ok=True)
        parts = {
            "encoding": self.scores.encoding,
            "members": list(self.scores.members),
            "course": self.course,
            "courses": list(self.courses),
        }
        io.dump(parts, folder / MODEL_FILE, compression=ZIP_DEFLATED)
        self.scores.population.save(folder / POPULATION_FILE)

    @staticmethod
    def load(folder: Path, file: str = MODEL_FILE, population: str = POPULATION_FILE) -> "SurvivalModel":
        """Read what `save` wrote. Raises `skops.io.exceptions.UntrustedTypesFoundException`."""
        from skops import io

        parts = io.load(folder / file, trusted=list(TRUSTED))
        scores = Scores(Population.load(folder / population), parts["encoding"], tuple(parts["members"]))
        return SurvivalModel(scores, parts["course"], tuple(parts["courses"]))


def _cloglog(survival: Values) -> Values:
    held = np.clip(survival, 1e-9, 1 - 1e-9)
    found: Values = np.log(-np.log(held))
    return found


def courses_of(
    score: Values,
    time: Values,
    event: Values,
    person: NDArray[np.int64],
    *,
    last: float,
    years: Sequence[float] = (),
    count: int,
    seed: int,
) -> tuple[Course, ...]:
    """Courses of `count` samples of whole people, for the band."""
    from medai_core.learning.metrics import patient_weights

    return tuple(
        fit_course(score, time, event, last=last, years=years, weight=weight)
        for weight in patient_weights(person, seed=seed, repeats=count)
    )
