"""What is shown of a group of patients: counts that may be shown, summaries, curves. Nobody by themselves."""

from dataclasses import dataclass

from medai_core.domain.monitor import Cell


@dataclass(frozen=True, slots=True)
class Summary:
    """Of a quantity in one group: how many have it, and the quartiles; None where they are kept back."""

    count: Cell
    low: float | None = None
    median: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of a table of groups: a quantity (`summaries`) or a level of one (`counts` of `sizes`)."""

    variable: str
    level: str
    unit: str = ""
    counts: tuple[Cell, ...] = ()
    summaries: tuple[Summary, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Groups side by side, all of them together first: their names and sizes, and a line each quantity."""

    groups: tuple[str, ...]
    sizes: tuple[Cell, ...]
    lines: tuple[TableLine, ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How a quantity is spread: `counts` of each group by bin between `edges`; the outer bins are open.

    `missing` counts who has no value, by group; `refused` for whom a score gives none for another reason.
    """

    name: str
    unit: str
    edges: tuple[float, ...]
    groups: tuple[str, ...]
    counts: tuple[tuple[Cell, ...], ...]
    missing: tuple[Cell, ...]
    refused: tuple[Cell, ...] = ()
    summaries: tuple[Summary, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """Two quantities of the same people, counted in cells of a grid: rows are y, columns x.

    `rho` is Spearman's rank correlation with its 95 % interval (Fisher's transformation with the variance of
    Bonett and Wright 2000); None where it is kept back. `both` have both values.
    """

    x_name: str
    x_unit: str
    y_name: str
    y_unit: str
    x_edges: tuple[float, ...]
    y_edges: tuple[float, ...]
    counts: tuple[tuple[Cell, ...], ...]
    both: Cell
    missing: Cell
    rho: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan-Meier curve as it may be drawn: steps that stand for at least five events each, in years.

    It ends where fewer than five people remain. `at_risk` belongs to the times of its table. Without points
    `kept_back` says why, as a sentence.
    """

    name: str
    size: Cell
    events: Cell
    times: tuple[float, ...] = ()
    survival: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    end: float = 0.0
    at_risk: tuple[Cell, ...] = ()
    median: float | None = None
    kept_back: str = ""


@dataclass(frozen=True, slots=True)
class SurvivalView:
    """Survival by group: `left_out` counts who could not be followed, by reason; the test is of all."""

    outcome: str
    start: str
    times: tuple[float, ...]
    curves: tuple[Curve, ...]
    left_out: tuple[tuple[str, Cell], ...]
    statistic: float | None = None
    degrees: int = 0
    p: float | None = None


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """People of alike predicted risk: the mean prediction, and what happened by then (Kaplan-Meier)."""

    low: float
    high: float
    size: Cell
    predicted: float | None = None
    observed: float | None = None
    observed_low: float | None = None
    observed_high: float | None = None
    kept_back: str = ""


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """Predicted risk at an index day against what happened within `years`.

    `longest` are the years for which enough people were followed; None with too few people.
    """

    title: str
    outcome: str
    years: float
    bins: tuple[CalibrationBin, ...]
    left_out: tuple[tuple[str, Cell], ...]
    followed: Cell
    longest: float | None = None
    predicted: float | None = None
    observed: float | None = None
    observed_low: float | None = None
    observed_high: float | None = None
