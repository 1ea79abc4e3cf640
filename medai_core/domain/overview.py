"""What a patient's page shows: entries as lines without their content, values as series, counts by time."""

from dataclasses import dataclass, field
from datetime import datetime

from medai_core.domain.people import Patient
from medai_core.domain.record import Code, Lane, Standing, When


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a line of the page. `detail` says in words what its kind adds: a dose, a reaction.

    `ongoing` is None where the source does not say whether it still holds.
    """

    id: str
    lane: Lane
    resource_type: str
    title: str
    source: str
    status: str = ""
    standing: Standing = Standing.CURRENT
    code: Code | None = None
    starts: When | None = None
    ends: When | None = None
    stored_at: datetime | None = None
    replaced_by: str | None = None
    versions: int = 1
    detail: str = ""
    ongoing: bool | None = None

    @property
    def current(self) -> bool:
        """Whether it may be shown as current."""
        return self.standing is Standing.CURRENT and self.replaced_by is None

    @property
    def why_not_current(self) -> str:
        """The reason in words; empty for what is current."""
        if self.replaced_by is not None:
            return "replaced by a correction"
        if self.standing is Standing.WITHDRAWN:
            return f"withdrawn: {self.status}" if self.status else "withdrawn"
        if self.standing is Standing.PRELIMINARY:
            return f"not final: {self.status}" if self.status else "not final"
        return ""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a curve. `given` is what the source wrote, where the number was converted from it."""

    entry_id: str
    at: When
    number: float | None = None
    comparator: str = ""
    text: str = ""
    low: float | None = None
    high: float | None = None
    interpretation: str = ""
    standing: Standing = Standing.CURRENT
    replaced: bool = False
    given: str = ""

    @property
    def current(self) -> bool:
        """Whether it may be shown as current."""
        return self.standing is Standing.CURRENT and not self.replaced

    @property
    def why_not_current(self) -> str:
        """The reason in words; empty for what is current."""
        if self.replaced:
            return "replaced by a correction"
        return {Standing.WITHDRAWN: "withdrawn", Standing.PRELIMINARY: "not final"}.get(self.standing, "")

    @property
    def beyond(self) -> int:
        """1 above the source's reference range, -1 below it, 0 inside or unknown.

        A value with a comparator counts only where it is beyond for certain.
        """
        if self.number is None:
            return 0
        if self.high is not None and self.number > self.high and not self.comparator.startswith("<"):
            return 1
        if self.low is not None and self.number < self.low and not self.comparator.startswith(">"):
            return -1
        return 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """The current values of a curve in one month, where there are too many to draw each.

    `lowest` and `highest` are None where none of them is a number.
    """

    year: int
    month: int
    count: int
    lowest: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The values of one code in one unit, oldest first.

    `points` are single values; those before them, where there are too many, stand as `stretches`. `total`
    counts all that are current. `notes` are sentences that belong under the chart.
    """

    code: Code
    lane: Lane
    unit: str
    points: tuple[Point, ...]
    total: int
    stretches: tuple[Stretch, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What is measured, in words."""
        return self.code.display or self.code.code or "not named"

    @property
    def latest(self) -> Point | None:
        """The newest current value."""
        return next((point for point in reversed(self.points) if point.current), None)

    @property
    def before(self) -> Point | None:
        """The current value before the newest, where it is known by itself."""
        found = [point for point in self.points if point.current]
        return found[-2] if len(found) > 1 else None


@dataclass(frozen=True, slots=True)
class CurveName:
    """A curve that could be drawn: its system, code and unit, what is measured, how many values."""

    key: tuple[str, str, str]
    name: str
    total: int


@dataclass(frozen=True, slots=True)
class Bin:
    """How many entries of a lane began in one month."""

    lane: Lane
    year: int
    month: int
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that a patient's page shows.

    `counts` and `hidden` (not current) are of all that is stored, whatever is shown; `lines` holds the newest
    of each lane, `bins` the months of lanes that hold more; `thinned` says in sentences what was left out.
    """

    patient: Patient
    counts: dict[Lane, int] = field(default_factory=dict)
    hidden: dict[Lane, int] = field(default_factory=dict)
    lines: dict[Lane, tuple[Line, ...]] = field(default_factory=dict)
    bins: tuple[Bin, ...] = ()
    curves: tuple[Curve, ...] = ()
    others: tuple[CurveName, ...] = ()
    thinned: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many entries are stored."""
        return sum(self.counts.values())
