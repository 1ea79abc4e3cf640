"""What the monitor of one model version found in a window of time; every count as it may be shown."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from medai_core.domain.monitor import Cell, Period, Share, Step, Table


class State(StrEnum):
    """What is to be made of it."""

    STABLE = "stable"
    WATCH = "watch"
    DRIFTED = "drifted"
    TOO_FEW = "too few to say"


class Order(StrEnum):
    """Which came first: one's own impression or the model's answer."""

    OWN_FIRST = "own impression first"
    MODEL_FIRST = "model's answer first"


@dataclass(frozen=True, slots=True)
class Window:
    """The days `first` to `last`, both included, and the days just before; None for "from the beginning"."""

    first: date
    last: date
    before_first: date | None
    step: Step
    zone: str

    @property
    def words(self) -> str:
        """First and last day."""
        return f"{self.first.isoformat()} to {self.last.isoformat()}"


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one quantity's values lie from a reference, and from the site's own values before.

    `against` says what the reference is: the card's films, or the days before where the card has none.
    `psi` is the population stability index, None where there is no reference or too few values; `chance` what
    it exceeds by chance once in 1,000 times. `edges` are the bins' ends, the outer bins open, or `names` the
    bins of what is no number; `shares` the window's, `reference` the reference's. `distance` is the
    two-sample Kolmogorov-Smirnov distance to the values of the days before with its `p`, None where one
    side has too few.
    """

    name: str
    n: Cell
    state: State
    against: str = ""
    psi: float | None = None
    chance: float | None = None
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    reference: tuple[float, ...] = ()
    reference_n: int | None = None
    distance: float | None = None
    p: float | None = None
    n_before: Cell = Cell(None, small=True)

    def bin_words(self, place: int) -> str:
        """Which values a bin holds: ``"below 0.2"``, ``"0.2 to 0.3"``, ``"from 0.3"``, or the bin's name."""
        if self.names:
            return self.names[place]
        low, high = (f"{edge:.3g}" for edge in self.edges[place : place + 2])
        if place == 0:
            return f"below {high}"
        return f"from {low}" if place == len(self.edges) - 2 else f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class Flags:
    """How often one finding is flagged: over time and in all, and how often the card would have it.

    `expected` is the share that sensitivity and specificity at the operating point make of a prevalence,
    `prevalence_of` names that prevalence; None where the card does not tell.
    """

    label: str
    over_time: tuple[Share, ...]
    overall: Share
    expected: float | None
    prevalence_of: str
    state: State


@dataclass(frozen=True, slots=True)
class Agreement:
    """Verdicts of signed readings in one order: by period (rows) and in the order of `Verdict` (columns)."""

    order: Order
    table: Table


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdicts on answers that flagged one finding, in the order of `Verdict`; their number."""

    label: str
    order: Order
    table: Table


@dataclass(frozen=True, slots=True)
class AgreementBin:
    """Readings of answers with a probability from `low` to `high`: the share that agrees with the answer."""

    low: float
    high: float
    flagged: bool
    now: Share
    before: Share | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """The bins of one finding, three below its operating point and three from it on, for one order."""

    label: str
    order: Order
    bins: tuple[AgreementBin, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """What is to be made of a model version, and why, in sentences; `n` answers stand behind it."""

    model: str
    version: str
    title: str
    state: State
    reasons: tuple[str, ...]
    n: Cell
    last: date | None

    @classmethod
    def none_of(cls, model: str, version: str) -> "Status":
        """Of a version that nothing has been counted of yet."""
        return cls(model, version, model, State.TOO_FEW, (), Cell(None, small=True), None)


@dataclass(frozen=True, slots=True)
class Monitor:
    """All of it. `answers` has the columns answered and refused, a row each period."""

    status: Status
    window: Window
    periods: tuple[Period, ...]
    answers: Table
    refusals: tuple[tuple[str, Cell], ...]
    inputs: tuple[Shift, ...]
    scores: tuple[Shift, ...]
    flags: tuple[Flags, ...]
    agreement: tuple[Agreement, ...]
    judged: tuple[Judged, ...]
    calibration: tuple[Calibration, ...]
    not_described: Cell
