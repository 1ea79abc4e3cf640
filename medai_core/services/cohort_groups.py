"""Groups of a selection side by side: table 1, how a quantity is spread, two quantities together.

grouped, table_one, histogram, grid. Counts are given as they may be shown (`domain.monitor.protected`): no
number under five, nor one that a difference gives. That nobody at all is somewhere may follow: it shows none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from medai_core.domain.cohort import SEXES, Criterion, Kind
from medai_core.domain.cohort_views import Grid, GroupTable, Histogram, Summary, TableLine
from medai_core.domain.monitor import SMALLEST_SHOWN, Cell, protected
from medai_core.domain.record import Code, Lane
from medai_core.domain.refusal import Refusal
from medai_core.services import cohort
from medai_core.services.cohort import Selection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NONE, BY_SEX, BY_AGE = "", "sex", "age"
EVERYBODY: Final = "All"
AGE_BANDS: Final = (
    (0.0, 40.0, "under 40"),
    (40.0, 60.0, "40 to 59"),
    (60.0, 75.0, "60 to 74"),
    (75.0, 200.0, "75 and over"),
)
NOT_KNOWN: Final = "not known"
_BINS: Final = 16
_GRID: Final = 14
_TOP_PROBLEMS: Final = 8
_TOP_DRUGS: Final = 5
_FEWEST_PAIRS: Final = 20


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured quantity in one unit."""

    code: Code
    unit: str
    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the people of a basis."""

    name: str
    mask: "NDArray[np.bool_]"


def kept_back() -> Refusal:
    """Why nothing is shown of a group."""
    return Refusal(
        "cohort-small",
        expected=f"a group of at least {SMALLEST_SHOWN}, as far from the step before it",
        found="a smaller one, or a step that leaves out or keeps fewer than that",
        what_to_do="Widen a criterion, or take one away. Small groups are not shown, so that nobody is found "
        "out by a difference.",
    )


def grouped(
    selection: Selection,
    by: str | Criterion,
    *,
    ages: "NDArray[np.float64] | None" = None,
    within: "NDArray[np.bool_] | None" = None,
) -> list[Group]:
    """The groups of a selection: one of all, by sex, by age, or those with and without a criterion."""
    if not selection.shown:
        raise kept_back()
    people, chosen = selection.basis.people, selection.chosen if within is None else within
    if isinstance(by, Criterion):
        holds = cohort.holds(selection.basis, by)
        words = cohort.said(selection.basis, by)
        return [Group(words, chosen & holds), Group(f"Not: {words}", chosen & ~holds)]
    if by == BY_SEX:
        return [
            Group(words, chosen & (people.sex == sex))
            for sex, words in SEXES.items()
            if (chosen & (people.sex == sex)).any()
        ]
    if by == BY_AGE:
        return _by_age(people.ages_now() if ages is None else ages, chosen)
    return [Group(EVERYBODY, chosen)]


def _by_age(ages: "NDArray[np.float64]", chosen: "NDArray[np.bool_]") -> list[Group]:
    import numpy as np

    found = [Group(words, chosen & (ages >= low) & (ages < high)) for low, high, words in AGE_BANDS]
    found.append(Group(f"age {NOT_KNOWN}", chosen & np.isnan(ages)))
    return [group for group in found if group.mask.any()]


# ---- table 1


def table_one(selection: Selection, groups: Sequence[Group], quantities: Sequence[Quantity]) -> GroupTable:
    """Age, sex, deaths, the most frequent problems and drugs, and chosen quantities; all together first."""
    if not selection.shown:
        raise kept_back()
    masks = [group.mask for group in groups]
    sizes = _sizes(masks)
    people = selection.basis.people
    lines = [_summary_line("Age", "years", people.ages_now(), masks, sizes)]
    levels = [(words, people.sex == sex) for sex, words in SEXES.items()]
    if not _by_sex(groups):
        lines += _levels("Sex", levels, masks, sizes)
    lines += _levels("Died", [("yes", people.dead), ("not recorded", ~people.dead)], masks, sizes)
    for one in quantities:
        values, _ = selection.basis.newest(one.code, one.unit)
        lines.append(_summary_line(f"{one.name}, newest", one.unit, values, masks, sizes))
    for lane, heading, most in (
        (Lane.PROBLEM, "Problem", _TOP_PROBLEMS),
        (Lane.MEDICATION, "Drug", _TOP_DRUGS),
    ):
        for name, has in _frequent(selection, lane, most):
            lines += _levels(heading, [(name, has), ("", ~has)], masks, sizes)[:1]
    names = tuple(group.name for group in groups)
    if len(groups) > 1:
        return GroupTable((EVERYBODY, *names), sizes, tuple(lines))
    return GroupTable(names, sizes, tuple(lines))


def _by_sex(groups: Sequence[Group]) -> bool:
    """Whether the groups are those of sex, so that nothing is left to say of it."""
    return len(groups) > 1 and all(group.name in SEXES.values() for group in groups)


def _sizes(masks: Sequence["NDArray[np.bool_]"]) -> tuple[Cell, ...]:
    """How many each group has, their sum first where there are several."""
    counts = [int(mask.sum()) for mask in masks]
    if len(counts) == 1:
        return (_cell(counts[0]),)
    table = protected([counts])
    return (table.total, *table.cells[0])


def _cell(count: int) -> Cell:
    return Cell(count if count >= SMALLEST_SHOWN else None, small=count < SMALLEST_SHOWN)


def _levels(
    variable: str,
    levels: Sequence[tuple[str, "NDArray[np.bool_]"]],
    masks: Sequence["NDArray[np.bool_]"],
    sizes: Sequence[Cell],
) -> list[TableLine]:
    """A line each level that anybody has; levels and groups are protected together, the sizes with them."""
    counted = [(name, [int((mask & has).sum()) for mask in masks]) for name, has in levels]
    counted = [(name, counts) for name, counts in counted if sum(counts)]
    if not counted:
        return []
    rows = _together([counts for _, counts in counted], sizes)
    lines = zip(counted, rows, strict=True)
    return [TableLine(variable, name, counts=cells) for (name, _), cells in lines if name]


def _together(counts: list[list[int]], sizes: Sequence[Cell]) -> list[tuple[Cell, ...]]:
    """Rows of a table (levels) by columns (groups), the sum of each row first where there are several."""
    if len(counts) == 1:
        return [tuple(sizes)]
    alone = len(counts[0]) == 1
    if all(not count or count >= SMALLEST_SHOWN for row in counts for count in row):
        return [tuple(_cell(count) for count in (row if alone else [sum(row), *row])) for row in counts]
    table = protected([[row[0] for row in counts]] if alone else counts)
    shown = [table.total] if alone else [table.total, *table.column_totals]
    if any(size.value is not None and total.value is None for size, total in zip(sizes, shown, strict=True)):
        return [tuple(Cell(None) for _ in sizes) for _ in counts]
    if alone:
        return [(cell,) for cell in table.cells[0]]
    return [(total, *cells) for total, cells in zip(table.row_totals, table.cells, strict=True)]


def _summary_line(
    variable: str,
    unit: str,
    values: "NDArray[np.float64]",
    masks: Sequence["NDArray[np.bool_]"],
    sizes: Sequence[Cell],
) -> TableLine:
    import numpy as np

    known = np.isfinite(values)
    counts = [[int((mask & has).sum()) for mask in masks] for has in (known, ~known)]
    cells = _together(counts if sum(counts[1]) else counts[:1], sizes)[0]
    parts = [*masks] if len(masks) == 1 else [np.logical_or.reduce(list(masks)), *masks]
    summaries = tuple(summary(values[part & known], cell) for part, cell in zip(parts, cells, strict=True))
    return TableLine(variable, "", unit, summaries=summaries)


def summary(values: "NDArray[np.float64]", cell: Cell) -> Summary:
    """Quartiles of values whose number may be shown."""
    import numpy as np

    if cell.value is None:
        return Summary(cell)
    low, median, high = (float(one) for one in np.percentile(values, [25, 50, 75]))
    return Summary(cell, low, median, high)


def _frequent(selection: Selection, lane: Lane, most: int) -> list[tuple[str, "NDArray[np.bool_]"]]:
    """The codes of a lane that most of the selection have, with who has them."""
    import numpy as np

    found = selection.basis
    pairs = found.kept(("pairs", lane), lambda: found.store.cohorts.pairs(lane))
    place = found.people.place
    having: dict[tuple[str, str], list[int]] = {}
    for record, system, code in pairs:
        where = place.get(record)
        if where is not None and selection.chosen[where]:
            having.setdefault((system, code), []).append(where)
    ranked = sorted(having, key=lambda key: (-len(set(having[key])), key))[:most]
    lines = []
    for key in ranked:
        if len(set(having[key])) >= SMALLEST_SHOWN:
            mask = np.zeros(len(found.people), dtype=bool)
            mask[having[key]] = True
            kind = Kind.PROBLEM if lane is Lane.PROBLEM else Kind.MEDICATION
            lines.append((cohort.named(found, Criterion(kind, *key)), mask))
    return lines


# ---- how quantities are spread


def histogram(
    name: str, unit: str, values: "NDArray[np.float64]", groups: Sequence[Group], *,
    refused: "NDArray[np.bool_] | None" = None, edges: Sequence[float] | None = None,
) -> Histogram:  # fmt: skip
    """Counts by bin in each group. `refused` marks those without a value for a reason other than missing."""
    import numpy as np

    union = np.logical_or.reduce([group.mask for group in groups])
    known = np.isfinite(values)
    ends = np.array(edges if edges is not None else nice_edges(values[union & known], _BINS))
    refusing = np.zeros(len(values), dtype=bool) if refused is None else refused & ~known
    rows = []
    for group in groups:
        mine = values[group.mask & known]
        bins = np.bincount(np.searchsorted(ends[1:-1], mine, side="right"), minlength=len(ends) - 1)
        without = [int((group.mask & ~known & which).sum()) for which in (~refusing, refusing)]
        rows.append((*_spread(bins.tolist(), *without), mine))
    return Histogram(
        name, unit, tuple(float(end) for end in ends), tuple(group.name for group in groups),
        tuple(row[0] for row in rows), tuple(row[1] for row in rows),
        tuple(row[2] for row in rows) if refused is not None else (),
        tuple(summary(row[4], row[3]) for row in rows),
    )  # fmt: skip


def _spread(bins: list[int], missing: int, refused: int) -> tuple[tuple[Cell, ...], Cell, Cell, Cell]:
    """Bins, who lacks a value, who was refused one, and who has one, as they may be shown side by side."""
    having, without, nobody = sum(bins), missing + refused, _cell(0)
    if not without:
        return protected([bins]).cells[0], nobody, nobody, _cell(having)
    has, lacks = protected([[having, without]]).cells[0]
    cells = protected([bins] if has.value is not None else [[*bins, without]]).cells[0][: len(bins)]
    if not refused or lacks.value is None:
        return cells, lacks, nobody if not refused else Cell(None), has
    parts = protected([[missing, refused]]).cells[0] if missing else (nobody, lacks)
    return cells, parts[0], parts[1], has


def nice_edges(values: "NDArray[np.float64]", bins: int) -> list[float]:
    """Round ends of about `bins` bins that hold the middle 98 % of values."""
    import numpy as np

    if not len(values):
        return [0.0, 1.0]
    low, high = (float(one) for one in np.percentile(values, [1, 99]))
    width = (high - low) / bins or max(abs(low), 1.0) / bins
    power = 10.0 ** np.floor(np.log10(width))
    step = float(power * min((one for one in (1, 2, 2.5, 5, 10) if one * power >= width), default=10))
    first, last = np.floor(low / step), np.ceil(high / step)
    return [float(round(place * step, 10)) for place in range(int(first), int(max(last, first + 1)) + 1)]


def grid(selection: Selection, x: Quantity, y: Quantity, since: date | None, until: date | None) -> Grid:
    """Two quantities of the same people, newest in the window, counted in cells."""
    import numpy as np

    if not selection.shown:
        raise kept_back()
    xs, _ = selection.basis.newest(x.code, x.unit, since, until)
    ys, _ = selection.basis.newest(y.code, y.unit, since, until)
    both = selection.chosen & np.isfinite(xs) & np.isfinite(ys)
    n = int(both.sum())
    x_edges, y_edges = nice_edges(xs[both], _GRID), nice_edges(ys[both], _GRID)
    columns = np.searchsorted(x_edges[1:-1], xs[both], side="right")
    rows = np.searchsorted(y_edges[1:-1], ys[both], side="right")
    shape = len(y_edges) - 1, len(x_edges) - 1
    flat = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1])
    cells, lacks, _, having = _spread(flat.tolist(), selection.size - n, 0)
    return Grid(
        x.name, x.unit, y.name, y.unit, tuple(x_edges), tuple(y_edges),
        tuple(cells[row * shape[1] : (row + 1) * shape[1]] for row in range(shape[0])),
        having, lacks, _spearman(xs[both], ys[both]) if n >= _FEWEST_PAIRS else None,
    )  # fmt: skip


def _spearman(x: "NDArray[np.float64]", y: "NDArray[np.float64]") -> tuple[float, float, float] | None:
    """Rank correlation with its 95 % interval; None where one of the two does not vary.

    Bonett DG, Wright TA. Psychometrika 2000;65:23: the variance of Fisher's z is (1 + rho^2 / 2) / (n - 3).
    """
    import numpy as np
    from scipy.stats import spearmanr

    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        return None
    rho = float(spearmanr(x, y).statistic)
    half = 1.959964 * float(np.sqrt((1 + rho**2 / 2) / (len(x) - 3)))
    middle = float(np.arctanh(np.clip(rho, -0.999999, 0.999999)))
    return rho, float(np.tanh(middle - half)), float(np.tanh(middle + half))
