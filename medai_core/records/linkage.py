"""Whether two records are one person, by the weights of Fellegi and Sunter.

For every field and level, `m` is how often the level is seen among pairs that are one person, `u` among
pairs of strangers, and `h` among two persons of one household, who share name, address and telephone: taken
for strangers, brothers would look like one man. The weight of a level is ``log2(m / u)`` or ``log2(m / h)``
bits, whichever of the two explains the pair better; fields that are missing add nothing. The score of a
pair is the logarithm of the odds that it is one person: what was to be expected before any comparison, plus
the weights of its fields.

`u` is counted on random pairs, of which hardly any is one person; `m` and `h` come from
expectation-maximisation on the pairs of each blocking rule.

References
----------
Fellegi and Sunter, A theory for record linkage, J. Am. Stat. Assoc. 64:1183, 1969.
Winkler, Using the EM algorithm for weight computation in the Fellegi-Sunter model, Proc. Section on Survey
Research Methods, ASA, 1988; three classes, one of them households: Winkler, Proc. Section on Survey Research
Methods, ASA, 1993. Frequent names weigh less: Winkler 1989.
Jaro, Advances in record-linkage methodology, J. Am. Stat. Assoc. 84:414, 1989: starting values.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.records.blocking import Block, Pairs, blocks, random_pairs, union
from medai_core.records.comparing import FIELDS, NAMES, Columns, Levels, compared
from medai_core.records.people import Person

START: Final = (
    (0.90, 0.02, 0.01, 0.04, 0.01, 0.02),
    (0.85, 0.04, 0.02, 0.04, 0.02, 0.03),
    (0.94, 0.01, 0.03, 0.01, 0.01),
    (0.98, 0.02),
    (0.94, 0.04, 0.02),
    (0.70, 0.30),
    (0.65, 0.05, 0.10, 0.20),
)
"""`m` that the expectation-maximisation starts from: agreement about nine times in ten, as Jaro began; the
rest shared out by hand. They count as `START_PAIRS` pairs, so that they are all there is in a small store
and are forgotten in a large one."""

HOUSEHOLD: Final = {
    "family name": (0.80, 0.03, 0.01, 0.01, 0.01, 0.14),
    "birth date": (0.02, 0.01, 0.02, 0.03, 0.92),
    "telephone": (0.80, 0.20),
    "address": (0.90, 0.02, 0.03, 0.05),
}
"""`h` that it starts from, for the fields that go together in a household; the others are as of strangers."""

START_PAIRS: Final = 20.0
HALF: Final = 0.5
"""Counts are smoothed by half a pair for each level, so that no level has a weight without end."""

RANDOM_PAIRS: Final = 500_000
ROUNDS: Final = 50
CHUNK: Final = 200_000
SEED: Final = 20_261_121
ENOUGH: Final = 50.0
"""From so many expected pairs on `m` is called estimated here; before, the starting values weigh most."""

Progress = Callable[[float], None]


Table = tuple[tuple[float, ...], ...]
"""A share for every level of every field."""

Bits = NDArray[np.float32]
"""Shape (n pairs, fields)."""

Shares = tuple[float, float]
"""Of all pairs: those of one person, and those of two persons of one household."""


@dataclass(frozen=True, slots=True)
class Weights:
    """`m`, `u` and `h` of every field's levels, how frequent the classes are, and on what `m` stands.

    `frequency` holds, for family and given names, the share of records with each name: agreement on a rare
    name weighs more. `expected` is the number of pairs of one person that the estimate of `m` rests on.
    """

    m: Table
    u: Table
    h: Table
    shares: Shares
    expected: float
    frequency: tuple[dict[str, float], dict[str, float]] = ({}, {})


@dataclass(frozen=True, slots=True)
class Found:
    """Compared pairs: who, their levels, the bits of every field, the score, the probability of one person.

    `bits` has shape (n, fields); `household` says for which pairs they weigh against two persons of one
    household; `score` is the logarithm (base 2) of the odds, and what is left of it beside the fields' bits
    was there before any comparison.
    """

    pairs: Pairs
    levels: Levels
    bits: Bits
    household: NDArray[np.bool_]
    score: NDArray[np.float64]
    weights: Weights
    passed_over: dict[str, int]

    @property
    def probability(self) -> NDArray[np.float64]:
        """0..1, the odds of `score`."""
        return np.asarray(1.0 / (1.0 + np.exp2(-np.clip(self.score, -200.0, 200.0))))


def linked(
    people: Sequence[Person],
    *,
    progress: Progress = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Found | None:
    """Compare all pairs that share a key, estimate the weights, and weigh every pair. None if cancelled.

    `progress` is given shares of the work, 0..1.
    """
    n = len(people)
    if n < 2:
        return _nothing()
    columns = Columns(people)
    u = _u(compared(columns, random_pairs(n, RANDOM_PAIRS, seed=SEED)))
    progress(0.1)
    every = list(blocks(people))
    pairs = union(every, n)
    parts = []
    for start in range(0, len(pairs), CHUNK):
        if cancelled():
            return None
        parts.append(compared(columns, pairs[start : start + CHUNK]))
        progress(0.1 + 0.7 * min(start + CHUNK, len(pairs)) / max(len(pairs), 1))
    levels = np.concatenate(parts) if parts else np.empty((0, len(FIELDS)), dtype=np.int8)
    m, h, expected = _m(every, pairs, levels, u, n)
    progress(0.9)
    frequency = (_shares([one.family for one in people]), _shares([one.given for one in people]))
    weights = Weights(m, u, h, (0.0, 0.0), expected, frequency)
    weights = replace(weights, shares=_class_shares(people, pairs, levels, weights))
    passed = {block.rule.name: block.passed_over for block in every if block.passed_over}
    return _weighed(people, pairs, levels, weights, passed)


def weigh(people: Sequence[Person], pairs: Pairs, weights: Weights) -> Found:
    """Chosen pairs under weights that are known."""
    return _weighed(people, pairs, compared(Columns(people), pairs), weights, {})


def _nothing() -> Found:
    levels = np.empty((0, len(FIELDS)), dtype=np.int8)
    u = tuple(tuple(1.0 / len(one.levels) for _ in one.levels) for one in FIELDS)
    weights = Weights(START, u, u, (HALF, HALF / 2), 0.0)
    return _weighed((), np.empty((0, 2), dtype=np.int64), levels, weights, {})


def _weighed(
    people: Sequence[Person], pairs: Pairs, levels: Levels, weights: Weights, passed: dict[str, int]
) -> Found:
    strangers, household = field_bits(people, pairs, levels, weights)
    one, together = weights.shares
    against = _total(strangers) + math.log2(one / (1.0 - one - together))
    against_household = _total(household) + math.log2(one / together)
    nearer = against_household < against
    score = -np.logaddexp2(-against, -against_household)
    bits = np.where(nearer[:, None], household, strangers)
    return Found(pairs, levels, bits, nearer, score, weights, passed)


def field_bits(people: Sequence[Person], pairs: Pairs, levels: Levels, weights: Weights) -> tuple[Bits, Bits]:
    """The bits of every field of every pair, against strangers and against one household; 0 where missing.

    Where two names are the same, their own frequency takes the place of the average one; the family name of
    a household is shared however rare it is.
    """
    found = []
    for table, named in ((weights.u, (0, 1)), (weights.h, (1,))):
        bits = np.zeros(levels.shape, dtype=np.float32)
        for column, (m, other) in enumerate(zip(weights.m, table, strict=True)):
            known = np.append(np.log2(np.array(m) / np.array(other)), 0.0)  # level -1 is the last: missing
            bits[:, column] = known[levels[:, column]]
        for column in named:
            bits[:, column] += _rarity(people, pairs, levels, weights, column)
        found.append(bits)
    return found[0], found[1]


def _total(bits: Bits) -> NDArray[np.float64]:
    return np.asarray(bits.sum(axis=1, dtype=np.float64))


def _rarity(
    people: Sequence[Person], pairs: Pairs, levels: Levels, weights: Weights, column: int
) -> NDArray[np.float64]:
    """Bits that a name adds for being rarer than the average one, where both have the same."""
    shares, average = weights.frequency[column], weights.u[column][0]
    name = ("family", "given")[column]
    own = np.array([math.log2(average / shares.get(getattr(one, name), average)) for one in people])
    extra = np.zeros(len(pairs))
    same = levels[:, column] == 0
    extra[same] = own[pairs[same, 0]]
    return extra


def _class_shares(people: Sequence[Person], pairs: Pairs, levels: Levels, weights: Weights) -> Shares:
    """How frequent the classes are among all pairs; those that were not compared are strangers.

    Households are taken to be at least as frequent as duplicates: a store that has seen none so far must not
    take its first brothers for one man.
    """
    strangers, household = map(_total, field_bits(people, pairs, levels, weights))
    every = len(people) * (len(people) - 1) / 2 + 1.0
    one, together = HALF / every, HALF / every
    for _ in range(ROUNDS):
        against = strangers + math.log2(one / (1.0 - one - together))
        against_household = household + math.log2(one / together)
        largest = np.maximum(0.0, np.maximum(-against, -against_household))
        parts = np.exp2(np.stack([-largest, -against - largest, -against_household - largest]))
        parts /= parts.sum(axis=0)
        after = ((float(parts[0].sum()) + HALF) / every, (float(parts[2].sum()) + HALF) / every)
        after = (min(after[0], 0.4), min(after[1], 0.4))
        if abs(after[0] - one) + abs(after[1] - together) <= 1e-6 * (one + together):
            break
        one, together = after
    return one, max(together, one)


def _shares(texts: Sequence[str]) -> dict[str, float]:
    """The share of records with each name, among those with one."""
    counted = Counter(text for text in texts if text)
    total = sum(counted.values())
    return {text: count / total for text, count in counted.items()}


def _u(levels: Levels) -> Table:
    """How often each level is seen among random pairs in which the field is known."""
    found = []
    for column, field in enumerate(FIELDS):
        known = levels[:, column][levels[:, column] >= 0]
        counts = np.bincount(known, minlength=len(field.levels)) + HALF
        found.append(tuple((counts / counts.sum()).tolist()))
    return tuple(found)


def _m(every: Sequence[Block], pairs: Pairs, levels: Levels, u: Table, n: int) -> tuple[Table, Table, float]:
    """`m` and `h` from the pairs of each rule, for the fields it leaves free; the pairs behind `m`."""
    codes = pairs[:, 0] * n + pairs[:, 1]
    start = (START, _household(u))
    counts = tuple([START_PAIRS * np.array(one) for one in table] for table in start)
    expected = 0.0
    for block in every:
        if not len(block.pairs):
            continue
        mine = levels[np.searchsorted(codes, block.pairs[:, 0] * n + block.pairs[:, 1])]
        free = [column for column, name in enumerate(NAMES) if name not in block.rule.fixed]
        found = expectation(*patterns(mine), u, free)
        for table, seen in zip(counts, found[:2], strict=True):
            for column in free:
                table[column] = table[column] + seen[column]
        expected = max(expected, found[2])
    m, h = (tuple(tuple((one / one.sum()).tolist()) for one in table) for table in counts)
    h = tuple(
        mine if name in HOUSEHOLD else u[place]
        for place, (name, mine) in enumerate(zip(NAMES, h, strict=True))
    )
    return m, h, expected


def _household(u: Table) -> Table:
    return tuple(HOUSEHOLD.get(name, u[place]) for place, name in enumerate(NAMES))


def patterns(levels: Levels) -> tuple[Levels, NDArray[np.float64]]:
    """The distinct rows of levels, and how often each is seen."""
    distinct, counts = np.unique(levels, axis=0, return_counts=True)
    return distinct, counts.astype(np.float64)


def expectation(
    levels: Levels, counts: NDArray[np.float64], u: Table, free: Sequence[int]
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]], float]:
    """Expected counts of each field's levels among pairs of one person, and of one household; and the
    number of pairs of one person.

    `levels` are distinct patterns seen `counts` times; only the fields `free` are looked at; `u` stays.
    By expectation-maximisation with the starting values as a prior: what it maximises never falls.
    """
    starts = (START, _household(u))
    m, h = ([np.array(one) for one in start] for start in starts)
    shares = np.array([0.1, 0.1, 0.8])
    classes = counts[None, :] * shares[:, None]
    expected: list[list[NDArray[np.float64]]] = []
    for _ in range(ROUNDS):
        likely = np.repeat(shares[:, None], len(levels), axis=1)
        for column in free:
            for place, table in enumerate((m, h)):
                likely[place] *= np.append(table[column] / np.array(u[column]), 1.0)[levels[:, column]]
        classes = counts * likely / likely.sum(axis=0)
        expected = [
            [_counted(levels[:, column], mine, len(one)) for column, one in enumerate(START)]
            for mine in classes[:2]
        ]
        for column in free:
            m[column] = _smoothed(expected[0][column], START[column])
            if NAMES[column] in HOUSEHOLD:
                h[column] = _smoothed(expected[1][column], HOUSEHOLD[NAMES[column]])
        after = np.maximum(classes.sum(axis=1) / counts.sum(), 1e-9)
        if np.abs(after - shares).max() < 1e-7:
            break
        shares = after / after.sum()
    return expected[0], expected[1], float(classes[0].sum())


def _smoothed(expected: NDArray[np.float64], start: tuple[float, ...]) -> NDArray[np.float64]:
    counted = expected + START_PAIRS * np.array(start)
    return np.asarray(counted / counted.sum())


def _counted(levels: NDArray[Any], weights: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    known = levels >= 0
    return np.bincount(levels[known], weights=weights[known], minlength=size).astype(np.float64)


LOWEST, STEPS, PER_BIT = -40.0, 200, 2


def histogram(found: Found) -> dict[str, list[float]]:
    """Compared pairs by their score in steps of half a bit, from -40 to 60: how many, and how many of them
    are expected to be one person. A threshold is counted again from these, without a comparison."""
    place = np.clip(np.floor((found.score - LOWEST) * PER_BIT), 0, STEPS - 1).astype(np.int64)
    return {
        "from": [LOWEST + step / PER_BIT for step in range(STEPS)],
        "pairs": np.bincount(place, minlength=STEPS).astype(float).tolist(),
        "expected": np.bincount(place, weights=found.probability, minlength=STEPS).tolist(),
    }
