"""Which pairs of records are compared at all: those that share a key of one of several rules.

With n records there are n (n - 1) / 2 pairs, five thousand million for 100,000. Each rule keeps a few of
them; what one rule misses through an error of its field, another finds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.records.people import STRONG, Person

LARGEST_BLOCK: Final = 400
"""A key that more records share says little (a birth date put in where none was known) and is passed over."""

Pairs = NDArray[np.int64]
"""Indices of records, shape (n, 2), the smaller one first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name, and the compared fields on which its pairs agree by its making."""

    name: str
    fixed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The pairs of one rule, and how many keys were too common to compare."""

    rule: Rule
    pairs: Pairs
    passed_over: int


RULES: Final = (
    Rule("same birth date", ("birth date",)),
    Rule("same family name and beginning of the given name", ("family name", "given names")),
    Rule("same words in the whole name", ("family name", "given names")),
    Rule("same first given name, birth year and month", ("given names", "birth date")),
    Rule("same family name and birth year", ("family name", "birth date")),
    Rule("same telephone", ("telephone",)),
    Rule("same address", ("address",)),
    *(Rule(f"same {words}", ("identifier",)) for words in STRONG.values()),
)


def blocks(people: Sequence[Person]) -> Iterator[Block]:
    """The pairs of every rule, one rule after the other."""
    kinds = iter(STRONG)
    for rule in RULES:
        if rule.fixed == ("identifier",):
            kind = next(kinds)
            keys = [dict(one.strong).get(kind) for one in people]
        else:
            keys = [_key(rule.name, one) for one in people]
        pairs, passed_over = _pairs(keys)
        yield Block(rule, pairs, passed_over)


def _key(rule: str, one: Person) -> str | None:
    """What two records must share under a rule; None where the record does not take part."""
    family, given = one.family.split(), one.given.split()
    born = one.birth_date
    match rule:
        case "same birth date":
            return born.isoformat() if born else None
        case "same family name and beginning of the given name":
            return f"{family[0]}|{given[0][:2]}" if family and given else None
        case "same words in the whole name":
            return "|".join(sorted([*family, *given])) if family and given else None
        case "same first given name, birth year and month":
            return f"{given[0]}|{born:%Y-%m}" if given and born else None
        case "same family name and birth year":
            return f"{one.family}|{born.year}" if family and born else None
        case "same telephone":
            return one.phone or None
        case "same address":
            return f"{one.line}|{one.postal}" if one.line else None
    raise ValueError(f'"rule" is none of ours: {rule}')


def _pairs(keys: Sequence[str | None]) -> tuple[Pairs, int]:
    """All pairs of records with the same key, and how many keys had too many records."""
    place: dict[str, int] = {}
    codes = np.fromiter(
        (-1 if key is None else place.setdefault(key, len(place)) for key in keys), np.int64, len(keys)
    )
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    if not order.size:
        return np.empty((0, 2), dtype=np.int64), 0
    ends = np.flatnonzero(np.diff(codes[order], append=-1))
    starts = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - starts + 1
    found: list[NDArray[Any]] = []
    for size in np.unique(sizes[(sizes > 1) & (sizes <= LARGEST_BLOCK)]):
        members = order[starts[sizes == size][:, None] + np.arange(size)]
        first, second = np.triu_indices(size, 1)
        found.append(np.stack([members[:, first].ravel(), members[:, second].ravel()], axis=1))
    pairs = np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)
    return np.sort(pairs, axis=1), int((sizes > LARGEST_BLOCK).sum())


def union(found: Sequence[Block], n: int) -> Pairs:
    """The pairs of all rules, each once; `n` records in all."""
    codes = [block.pairs[:, 0] * n + block.pairs[:, 1] for block in found]
    every = np.unique(np.concatenate(codes)) if codes else np.empty(0, dtype=np.int64)
    return np.stack([every // n, every % n], axis=1) if n else np.empty((0, 2), dtype=np.int64)


def random_pairs(n: int, count: int, *, seed: int) -> Pairs:
    """`count` pairs drawn from all of n records, or all of them where there are not more."""
    total = n * (n - 1) // 2
    if total <= count:
        first, second = np.triu_indices(n, 1)
        return np.stack([first, second], axis=1).astype(np.int64)
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, n, size=(int(count * 1.1) + 16, 2))
    drawn = np.sort(drawn[drawn[:, 0] != drawn[:, 1]], axis=1)[:count]
    return np.asarray(drawn, dtype=np.int64)
