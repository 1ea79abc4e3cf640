"""From answers and verdicts to what the monitor shows: shifts, flags, agreement. Nothing is fetched here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.monitor import Cell, Share, Table, protected, reason_group
from medai_core.domain.monitored import (
    Agreement,
    AgreementBin,
    Calibration,
    Flags,
    Judged,
    Order,
    Shift,
    State,
)
from medai_core.domain.reading import Verdict
from medai_core.domain.shares import wilson
from medai_core.imaging.statistics import bin_counts, reference
from medai_core.learning.drift import PSI_DRIFTED, PSI_WATCH, psi, psi_by_chance, two_sample_ks
from medai_core.store.monitoring import Answers, Verdicts

FEWEST: Final = 50
"""Values below which nothing is said of a shift, and answers below which nothing is said of a model."""

DISTANCE_WATCH: Final = 0.2
P_WATCH: Final = 0.001
FLAG_RATIO: Final = 1.5
THE_CARD: Final = "the card's films"
BEFORE: Final = "the days before"
NOT_GIVEN: Final = "not given"

_BINS_A_SIDE: Final = 3
_VERDICTS: Final = tuple(Verdict)

Values = NDArray[np.float64]
Reference = Mapping[str, Any]


def count(value: int) -> Cell:
    """A single number as it may be shown."""
    return protected([[value]]).total


def shift(name: str, now: Values, before: Values, given: Reference | None) -> Shift:
    """One quantity held against the card's histogram `given`, else against the values before."""
    now, before = now[np.isfinite(now)], before[np.isfinite(before)]
    enough, enough_before = len(now) >= FEWEST, len(before) >= FEWEST
    against = THE_CARD if given else BEFORE
    if given is None and enough_before:
        given = reference(before)
    if not enough or given is None:
        return Shift(name, count(len(now)), State.TOO_FEW, n_before=count(len(before)))
    counts = bin_counts(now, given["edges"])
    found = _index(counts, given["shares"], given.get("n"))
    apart = two_sample_ks(now, before) if enough_before else None
    state = found[2]
    if apart and apart.distance >= DISTANCE_WATCH and apart.p < P_WATCH and state is State.STABLE:
        state = State.WATCH
    return Shift(
        name=name,
        n=count(len(now)),
        state=state,
        against=against,
        psi=found[0],
        chance=found[1],
        edges=tuple(given["edges"]),
        shares=_shares(counts),
        reference=tuple(given["shares"]),
        reference_n=given.get("n"),
        distance=apart.distance if apart else None,
        p=apart.p if apart else None,
        n_before=count(len(before)),
    )


def view_shift(now: NDArray[np.str_], before: NDArray[np.str_], given: Reference | None) -> Shift:
    """The mixture of views (``AP``, ``PA``, others as the header names them, not given)."""
    against = THE_CARD if given else BEFORE
    names = list(given["categories"]) if given else []
    names += [name for name in sorted({*now.tolist(), *before.tolist()}) if name not in names]
    counts = _counted(now, names)
    counts_before = _counted(before, names)
    enough_before = len(before) >= FEWEST
    shares: Sequence[float] | None = None
    if given:
        shares = [*given["shares"], *[0.0] * (len(names) - len(given["shares"]))]
    elif enough_before:
        shares = (counts_before / counts_before.sum()).tolist()
    if len(now) < FEWEST or shares is None:
        return Shift("view", count(len(now)), State.TOO_FEW, n_before=count(len(before)))
    words = tuple(name or NOT_GIVEN for name in names)
    reference_n = given.get("n") if given else len(before)
    found = _index(counts, shares, reference_n) if len(names) > 1 else (0.0, None, State.STABLE)
    return Shift(
        name="view",
        n=count(len(now)),
        state=found[2],
        against=against,
        psi=found[0],
        chance=found[1],
        names=words,
        shares=_shares(counts),
        reference=tuple(shares),
        reference_n=reference_n,
        n_before=count(len(before)),
    )


def _counted(values: NDArray[np.str_], names: Sequence[str]) -> NDArray[np.int64]:
    return np.array([int((values == name).sum()) for name in names], dtype=np.int64)


def _index(
    counts: NDArray[np.int64], shares: Sequence[float], reference_n: int | None
) -> tuple[float, float, State]:
    """The index, what chance alone exceeds once in 1,000 times, and the state that follows."""
    n = int(counts.sum())
    value = psi(shares, counts, floor=0.5 / n)
    chance = psi_by_chance(len(counts), n, reference_n)
    if value < PSI_WATCH or value <= chance:
        return value, chance, State.STABLE
    return value, chance, State.DRIFTED if value >= PSI_DRIFTED else State.WATCH


def _shares(counts: NDArray[np.int64]) -> tuple[Share, ...]:
    """Each bin's share of all, small bins kept back."""
    table = protected([counts.tolist()])
    return tuple(Share(cell, table.total) for cell in table.cells[0])


def answered_and_refused(answers: Answers, place: NDArray[np.int64], periods: int) -> Table:
    """A row each period: answered, refused. `place` is the period of each answer."""
    return protected(_by_period(place, answers.refused.astype(np.int64), periods, 2))


def refusals(reasons: Sequence[str], *, shown: bool = True) -> tuple[tuple[str, Cell], ...]:
    """What refused images lacked, most frequent first; no number unless `shown`: where their sum is not."""
    counted: dict[str, int] = {}
    for sentence, times in zip(*np.unique(np.array(reasons, dtype=object), return_counts=True), strict=True):
        group = reason_group(sentence)
        counted[group] = counted.get(group, 0) + int(times)
    if not counted:
        return ()
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    table = protected([[times for _, times in ordered]])
    cells = table.cells[0] if shown else tuple(Cell(None, small=cell.small) for cell in table.cells[0])
    return tuple((name, cell) for (name, _), cell in zip(ordered, cells, strict=True))


def flags(
    answers: Answers,
    place: NDArray[np.int64],
    periods: int,
    expected: Mapping[str, tuple[float, str]],
) -> tuple[Flags, ...]:
    """Each reliable finding's share of answers that flag it; `expected` is {label: (share, of which
    prevalence)}."""
    found = []
    for column, finding in enumerate(answers.findings):
        known = np.isfinite(answers.scores[:, column])
        if not finding.reliable or not known.any():
            continue
        flagged = (answers.scores[known, column] >= finding.threshold).astype(np.int64)
        table = protected(_by_period(place[known], flagged, periods, 2))
        share, of = expected.get(finding.label, (None, ""))
        found.append(
            Flags(
                label=finding.label,
                over_time=table.shares(1),
                overall=table.share_of_all(1),
                expected=share,
                prevalence_of=of,
                state=_flag_state(int(flagged.sum()), len(flagged), share),
            )
        )
    return tuple(found)


def _flag_state(flagged: int, n: int, expected: float | None) -> State:
    """Whether the share is another than expected: outside of its interval, and by half as much again."""
    if n < FEWEST or expected is None:
        return State.TOO_FEW
    low, high = wilson(flagged / n, n)
    share = flagged / n
    far = share > expected * FLAG_RATIO or share < expected / FLAG_RATIO
    return State.WATCH if far and not low <= expected <= high else State.STABLE


def agreement(verdicts: Verdicts, place: NDArray[np.int64], periods: int) -> tuple[Agreement, ...]:
    """Verdicts by period, readings of each order by themselves; an order without readings is left out."""
    codes = _codes(verdicts)
    found = []
    for order, mine in _orders(verdicts):
        if mine.any():
            table = protected(_by_period(place[mine], codes[mine], periods, len(_VERDICTS)))
            found.append(Agreement(order, table))
    return tuple(found)


def judged(verdicts: Verdicts) -> tuple[Judged, ...]:
    """Verdicts on answers that flagged a finding, by finding and order."""
    codes, found = _codes(verdicts), []
    for column, finding in enumerate(verdicts.findings):
        flagged = verdicts.scores[:, column] >= finding.threshold
        for order, mine in _orders(verdicts):
            here = flagged & mine
            if finding.reliable and here.any():
                counts = np.bincount(codes[here], minlength=len(_VERDICTS))
                found.append(Judged(finding.label, order, protected([counts.tolist()])))
    return tuple(found)


def calibration(now: Verdicts, before: Verdicts | None) -> tuple[Calibration, ...]:
    """By finding and order: the share of readings that agree, in bins of the finding's probability."""
    found = []
    for column, finding in enumerate(now.findings):
        if not finding.reliable:
            continue
        edges = probability_edges(finding.threshold)
        earlier = _by_order(before, column, edges) if before is not None else {}
        for order, table in _by_order(now, column, edges).items():
            past = earlier.get(order)
            bins = tuple(
                AgreementBin(
                    low=edges[place],
                    high=edges[place + 1],
                    flagged=place >= _BINS_A_SIDE,
                    now=share,
                    before=past.shares(0)[place] if past else None,
                )
                for place, share in enumerate(table.shares(0))
            )
            found.append(Calibration(finding.label, order, bins))
    return tuple(found)


def probability_edges(threshold: float) -> tuple[float, ...]:
    """Ends of bins: three of equal width below the operating point, three from it on."""
    below = np.linspace(0.0, threshold, _BINS_A_SIDE + 1)
    above = np.linspace(threshold, 1.0, _BINS_A_SIDE + 1)
    return tuple(float(edge) for edge in [*below, *above[1:]])


def _by_order(verdicts: Verdicts, column: int, edges: Sequence[float]) -> dict[Order, Table]:
    """Rows: the bins; columns: agrees, does not. An order without readings is left out."""
    place = np.searchsorted(np.array(edges[1:-1]), verdicts.scores[:, column], side="right")
    other = (verdicts.verdict != Verdict.AGREE.value).astype(np.int64)
    known = np.isfinite(verdicts.scores[:, column])
    found = {}
    for order, mine in _orders(verdicts):
        here = mine & known
        if here.any():
            found[order] = protected(_by_period(place[here], other[here], len(edges) - 1, 2))
    return found


def _orders(verdicts: Verdicts) -> tuple[tuple[Order, NDArray[np.bool_]], ...]:
    return (
        (Order.OWN_FIRST, ~verdicts.saw_model_first),
        (Order.MODEL_FIRST, verdicts.saw_model_first),
    )


def _codes(verdicts: Verdicts) -> NDArray[np.int64]:
    """Each verdict's place in `Verdict`."""
    codes = np.zeros(len(verdicts.verdict), dtype=np.int64)
    for place, verdict in enumerate(_VERDICTS):
        codes[verdicts.verdict == verdict.value] = place
    return codes


def _by_period(
    place: NDArray[np.int64], code: NDArray[np.int64], periods: int, codes: int
) -> list[list[int]]:
    """How often each code occurs in each period."""
    counted = np.bincount(place * codes + code, minlength=periods * codes)
    rows: list[list[int]] = counted.reshape(periods, codes).tolist()
    return rows


def changed(now: tuple[int, int], before: tuple[int, int]) -> int:
    """1 where the share (count, total) is above the one before beyond chance, -1 below, else 0.

    Beyond chance: the two 95 % intervals do not meet. 0 where one of the totals is under `FEWEST`.
    """
    if min(now[1], before[1]) < FEWEST:
        return 0
    (low, high), (low_before, high_before) = (wilson(count / total, total) for count, total in (now, before))
    return 1 if low > high_before else -1 if high < low_before else 0
