"""How a population's inputs lie together, kept without any of its rows.

A Gaussian copula: every column has its own distribution (quantiles, or shares of its choices), and one table
of correlations says how the columns go together. It fills what is missing, draws what might stand there, and
makes people like those of the training.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import NUMBER, YES_NO, Input, Need

POPULATION_FILE: Final = "population.npz"

FEWEST: Final = 5
"""No quantile and no share stands for fewer people."""

KNOTS: Final = 201
ROWS: Final = 3_000
"""Of more rows the correlations are learned from so many, drawn at random."""

SWEEPS: Final = 50
SETTLED: Final = 20
SHRINK: Final = 0.01
LEAST: Final = 1e-9

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Margin:
    """The distribution of one column.

    Parameters
    ----------
    knots : array, shape (m,)
        Of a number: quantiles at (i + 0.5) / m. Else: the codes 0, 1, ...
    upto : array, shape (m,)
        Of a choice: the share of people with this code or a smaller one; empty of a number.
    low, high : float
        The range of the training, without the outermost four people at either end.
    whole : bool
        Whether there are whole numbers alone.
    """

    knots: Values
    upto: Values
    low: float
    high: float
    whole: bool

    def between(self, values: Values) -> tuple[Values, Values]:
        """The ranks (0..1) that each value fills, from and to; the same where it is a point."""
        if len(self.upto):
            at = np.clip(np.rint(values).astype(int), 0, len(self.upto) - 1)
            return np.concatenate([[0.0], self.upto])[at], self.upto[at]
        room = LEAST * (1.0 + abs(self.knots[-1] - self.knots[0]))
        first = np.searchsorted(self.knots, values - room, side="left")
        last = np.searchsorted(self.knots, values + room, side="right")
        count = len(self.knots)
        places = (np.arange(count) + 0.5) / count
        tied = last - first >= 2
        point = np.interp(values, self.knots, places) if count > 1 else np.full(len(values), 0.5)
        return np.where(tied, first / count, point), np.where(tied, last / count, point)

    def at(self, ranks: Values) -> Values:
        """The values at ranks in 0..1."""
        if len(self.upto):
            found = np.searchsorted(self.upto, ranks, side="left")
            return np.minimum(found, len(self.upto) - 1).astype(np.float64)
        count = len(self.knots)
        values: Values = np.interp(ranks, (np.arange(count) + 0.5) / count, self.knots)
        return np.rint(values) if self.whole else values


@dataclass(frozen=True, slots=True)
class Population:
    """The inputs of a population: their distributions, and how they go together.

    `latent` holds the correlations of the columns' normal variables, `scores` the covariances of what a known
    value tells of its variable (a point, or the mean over the range that a choice fills), and `crosses` those
    of variables (rows) with such scores (columns); all of shape (k, k).
    """

    inputs: tuple[Input, ...]
    margins: tuple[Margin, ...]
    latent: Values
    scores: Values
    crosses: Values

    def sample(self, n: int, rng: np.random.Generator) -> Values:
        """People like those of the training, shape (n, k)."""
        return self._values(rng.standard_normal((n, len(self.inputs))) @ np.linalg.cholesky(self.latent).T)

    def given(self, known: Values, n: int, rng: np.random.Generator) -> Values:
        """Draws of what is missing (NaN) in one row of shape (k,), given what is known: shape (n, k)."""
        return self.draws(known[None], rng.standard_normal((n, len(self.inputs))))[:, 0]

    def draws(self, rows: Values, noise: Values) -> Values:
        """As `given` for many rows (n, k) and fixed `noise` (d, k) of standard normals: shape (d, n, k).

        A row's draws do not depend on the rows beside it.
        """
        found = np.repeat(rows[None], len(noise), axis=0)
        told = self._told(rows)
        for missing, at in patterns(rows):
            means, spread = self._conditional(told[at], missing)
            found[:, at[:, None], np.flatnonzero(missing)] = (
                means[None] + (noise[:, missing] @ np.linalg.cholesky(spread).T)[:, None]
            )
        for column, margin in enumerate(self.margins):
            gaps = np.isnan(rows[:, column])
            found[:, gaps, column] = margin.at(_share_below(found[:, gaps, column]))
        return found

    def filled(self, rows: Values) -> Values:
        """Rows, shape (n, k), with the conditional median where a value is missing."""
        found, told = rows.copy(), self._told(rows)
        latent = np.full_like(rows, np.nan)
        for missing, at in patterns(rows):
            latent[np.ix_(at, missing)], _ = self._means(told[at], missing)
        for column, margin in enumerate(self.margins):
            gaps = np.isnan(rows[:, column])
            found[gaps, column] = margin.at(_share_below(latent[gaps, column]))
        return found

    def clipped(self, rows: Values) -> Values:
        """Rows with every number held within the range of the training."""
        low, high = np.array([(one.low, one.high) for one in self.margins]).T
        return np.clip(rows, low, high)

    def save(self, path: Path) -> None:
        """Write it as plain arrays; the inputs as text."""
        arrays: dict[str, Any] = {"latent": self.latent, "scores": self.scores, "crosses": self.crosses}
        for place, one in enumerate(self.margins):
            arrays |= {f"knots_{place}": one.knots, f"upto_{place}": one.upto}
        ends = np.array([(one.low, one.high, one.whole) for one in self.margins], dtype=np.float64)
        text = json.dumps([as_dict(one) for one in self.inputs], ensure_ascii=False)
        np.savez_compressed(path, ends=ends, inputs=np.array(text), **arrays)

    @staticmethod
    def load(path: Path) -> "Population":
        """Read what `save` wrote; never unpickles."""
        with np.load(path, allow_pickle=False) as held:
            inputs = tuple(from_dict(one) for one in json.loads(str(held["inputs"])))
            margins = tuple(
                Margin(held[f"knots_{place}"], held[f"upto_{place}"], float(low), float(high), bool(whole))
                for place, (low, high, whole) in enumerate(held["ends"])
            )
            return Population(inputs, margins, held["latent"], held["scores"], held["crosses"])

    def _values(self, latent: Values) -> Values:
        ranks = _share_below(latent)
        return np.column_stack([one.at(ranks[:, place]) for place, one in enumerate(self.margins)])

    def _told(self, rows: Values) -> Values:
        """What every known value tells of its variable, shape (n, k); 0 where it is missing."""
        found = np.zeros_like(rows)
        for place, one in enumerate(self.margins):
            known = np.isfinite(rows[:, place])
            found[known, place] = _score(*one.between(rows[known, place]))
        return found

    def _conditional(self, told: Values, missing: NDArray[np.bool_]) -> tuple[Values, Values]:
        """Mean (n, m) and covariance (m, m) of the missing columns' variables, given what the known tell."""
        means, weights = self._means(told, missing)
        own = self.latent[np.ix_(missing, missing)]
        if weights is None:
            return means, own
        return means, _definite(own - self.crosses[np.ix_(missing, ~missing)] @ weights)

    def _means(self, told: Values, missing: NDArray[np.bool_]) -> tuple[Values, Values | None]:
        """The means alone, and the weights (k - m, m) of what the known tell; None where nothing is known."""
        known = ~missing
        if not known.any():
            return np.zeros((len(told), int(missing.sum()))), None
        scores = self.scores[np.ix_(known, known)] + LEAST * np.eye(int(known.sum()))
        weights = np.linalg.solve(scores, self.crosses[np.ix_(missing, known)].T)
        means: Values = told[:, known] @ weights
        return means, np.asarray(weights, dtype=np.float64)


def fit(rows: Values, inputs: Sequence[Input], *, seed: int = 0) -> Population:
    """Learn a population from rows of shape (n, k), NaN where missing.

    The correlations are those of the variables behind the values, found by drawing each variable given the
    others within the range that its value fills (Hoff, Ann Appl Stat 2007;1:265-283, with each column's own
    distribution in place of the ranks).

    Raises
    ------
    ValueError
        Where a column has fewer than `FEWEST` values.
    """
    margins = tuple(_margin(rows[:, place], one) for place, one in enumerate(inputs))
    generator = np.random.default_rng(seed)
    few = rows if len(rows) <= ROWS else rows[generator.choice(len(rows), ROWS, replace=False)]
    latent = _correlations(few, margins, generator)
    scores, crosses = _told(latent, margins, generator)
    return Population(tuple(inputs), margins, latent, scores, crosses)


def patterns(rows: Values) -> list[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Which columns are missing, and the rows where just these are; rows without a gap are left out."""
    gaps = np.isnan(rows)
    at = np.flatnonzero(gaps.any(axis=1))
    if not len(at):
        return []
    packed = np.packbits(gaps[at], axis=1)
    _, first, member = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(member.ravel(), kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(member.ravel()))[:-1])
    return [(gaps[at[start]], at[part]) for start, part in zip(first, parts, strict=True)]


def as_dict(one: Input) -> dict[str, Any]:
    """An input for a card; what is empty is left out."""
    return {
        key: _plain(value)
        for key, value in asdict(one).items()
        if value is not False and value not in (None, "", (), {})
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def from_dict(data: dict[str, Any]) -> Input:
    """Read what `as_dict` gave."""
    found: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
    }
    if "need" in found:
        found["need"] = Need(found["need"])
    return Input(**found)


# ---- learning


def _margin(column: Values, one: Input) -> Margin:
    known = np.sort(column[np.isfinite(column)])
    if len(known) < FEWEST:
        raise ValueError(f"column {one.key!r} must have at least {FEWEST} values. Received: {len(known)}")
    if one.kind != NUMBER:
        codes = 2 if one.kind == YES_NO else len(one.choices)
        counts = np.bincount(known.astype(int), minlength=codes).astype(np.float64)
        counts[counts < FEWEST] = 0.0
        if not counts.any():
            raise ValueError(f"column {one.key!r} has no choice of at least {FEWEST} people")
        upto = np.cumsum(counts) / counts.sum()
        return Margin(np.arange(codes, dtype=np.float64), upto, 0.0, codes - 1.0, True)
    count = int(min(KNOTS, len(known) // FEWEST))
    edges = np.linspace(0, len(known), count + 1).round().astype(int)
    knots = np.array([known[low:high].mean() for low, high in zip(edges[:-1], edges[1:], strict=True)])
    whole = bool((known == np.rint(known)).all())
    knots = np.maximum.accumulate(np.where(_tied(known, edges), known[edges[:-1]], knots))
    return Margin(knots, np.empty(0), float(known[FEWEST - 1]), float(known[-FEWEST]), whole)


def _tied(known: Values, edges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which groups hold one value alone: no rounding may move their mean."""
    found: NDArray[np.bool_] = known[edges[:-1]] == known[edges[1:] - 1]
    return found


def _correlations(rows: Values, margins: tuple[Margin, ...], generator: np.random.Generator) -> Values:
    from scipy.special import ndtr, ndtri

    low, high = _bounds(rows, margins)
    latent = ndtri(np.clip((low + high) / 2, 1e-4, 1 - 1e-4))
    width = high - low > LEAST
    moving = np.flatnonzero(width.any(axis=0))
    total = np.zeros((len(margins), len(margins)))
    for sweep in range(SWEEPS):
        found = _shrunk(latent)
        for column in moving:
            at = np.flatnonzero(width[:, column])
            others = np.delete(np.arange(len(margins)), column)
            weights = np.linalg.solve(found[np.ix_(others, others)], found[others, column])
            mean = latent[np.ix_(at, others)] @ weights
            spread = np.sqrt(max(1e-6, 1 - float(found[others, column] @ weights)))
            ends = [ndtr((ndtri(end[at, column]) - mean) / spread) for end in (low, high)]
            drawn = ends[0] + generator.random(len(at)) * (ends[1] - ends[0])
            latent[at, column] = mean + spread * ndtri(np.clip(drawn, 1e-9, 1 - 1e-9))
        if sweep >= SETTLED:
            total += _shrunk(latent)
    return _definite(total / (SWEEPS - SETTLED), unit=True)


def _bounds(rows: Values, margins: tuple[Margin, ...]) -> tuple[Values, Values]:
    """The ranks that every value fills; 0 and 1 where it is missing."""
    low, high = np.zeros_like(rows), np.ones_like(rows)
    for place, one in enumerate(margins):
        at = np.flatnonzero(np.isfinite(rows[:, place]))
        low[at, place], high[at, place] = one.between(rows[at, place])
    return low, high


def _shrunk(latent: Values) -> Values:
    spread = np.maximum(latent.std(axis=0), 1e-6)
    scaled = (latent - latent.mean(axis=0)) / spread
    found = (1 - SHRINK) * (scaled.T @ scaled) / len(latent)
    np.fill_diagonal(found, 1.0)
    return np.asarray(found, dtype=np.float64)


def _told(
    latent: Values, margins: tuple[Margin, ...], generator: np.random.Generator
) -> tuple[Values, Values]:
    """Covariances of the scores, and of variables with scores, from 100,000 draws."""
    drawn = generator.standard_normal((100_000, len(margins))) @ np.linalg.cholesky(latent).T
    ranks = _share_below(drawn)
    scores = np.column_stack(
        [_score(*one.between(one.at(ranks[:, place]))) for place, one in enumerate(margins)]
    )
    return scores.T @ scores / len(drawn), drawn.T @ scores / len(drawn)


def _score(low: Values, high: Values) -> Values:
    """The mean of a standard normal variable between two ranks; the variable itself at a point."""
    from scipy.special import ndtri

    width = high - low
    tied = width > LEAST
    ends = [ndtri(np.clip(end, 1e-12, 1 - 1e-12)) for end in (low, high)]
    heights = [np.exp(-0.5 * end**2) / np.sqrt(2 * np.pi) for end in ends]
    found: Values = np.where(tied, (heights[0] - heights[1]) / np.where(tied, width, 1.0), ends[0])
    return found


def _share_below(latent: Values) -> Values:
    from scipy.special import ndtr

    return np.asarray(ndtr(latent), dtype=np.float64)


def _definite(found: Values, *, unit: bool = False) -> Values:
    """The nearest table without a direction of no spread."""
    values, vectors = np.linalg.eigh((found + found.T) / 2)
    held: Values = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    if unit:
        scale = np.sqrt(np.diag(held))
        held = held / scale[:, None] / scale[None]
    return held
