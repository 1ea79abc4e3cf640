"""What is known of a person for a risk, and what published scores and trained predictors say of them.

Question, Recorded, Known (inputs); Peers, RiskEstimate (one answer); Assessment (all of a person).
A probability is 0..1 inside and "9 of 100 people" outside.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from medai_core.domain.inputs import RISK_UNIT, Input, Value
from medai_core.domain.record import When


class Kind(StrEnum):
    """Who says it."""

    SCORE = "score"
    """A published score: a formula with its paper."""
    PREDICTOR = "predictor"
    """A trained model of kind "table" or "value"."""
    SURVIVAL = "survival"
    """A trained model whose answer is a curve over years."""


class Origin(StrEnum):
    """Where a value that is used comes from."""

    RECORD = "record"
    """The record, recent enough."""
    CONFIRMED = "confirmed"
    """The record, older than allowed, confirmed by a person for this assessment."""
    COMPUTED = "computed"
    """From other values of the record, by a formula that is named."""
    TYPED = "typed"
    """A person gave it on the page."""
    IMPLIED = "implied"
    """It follows from the answer to another question."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a record says about one question, in the question's unit.

    Parameters
    ----------
    written : str
        The number and unit as the record has them, or the title of the problem or drug.
    at : When, optional
        When it was measured or began; None where the source does not say.
    age_days : int, optional
        Whole days from then until now.
    lasting : bool
        Problems and drugs: what holds until it is ended, so that no age makes it old.
    entries : tuple of str
        Ids of the entries of the record that say so.
    unsure : bool
        Used only once a person has confirmed it, whatever its age: the record says nothing ("no" is
        offered), or nothing certain.
    note : str
        How it was computed, or what was taken for what, as a sentence; else empty.
    """

    value: Value
    written: str
    at: When | None = None
    age_days: int | None = None
    source: str = ""
    entries: tuple[str, ...] = ()
    lasting: bool = False
    computed: bool = False
    unsure: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A value that may be used for an answer; `value` is in the unit of the question of its key."""

    key: str
    value: Value
    unit: str
    origin: Origin
    recorded: Recorded | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked about a person, once for all scores and predictors that need it.

    Parameters
    ----------
    input : Input
        In whose unit the value is kept, with the widest range of all that ask.
    asked_by : tuple of str
        Names of the scores and predictors.
    days : mapping
        By topic, the shortest age in days that its askers allow; topics without any are left out.
    loosest_days : int, optional
        The longest age that any of them allows; None where one of them sets none.
    recorded : Recorded, optional
        The newest usable statement of the record.
    """

    key: str
    input: Input
    asked_by: tuple[str, ...]
    topics: tuple[str, ...]
    days: Mapping[str, int] = field(default_factory=dict)
    loosest_days: int | None = None
    recorded: Recorded | None = None

    def strictest(self, topics: Collection[str]) -> int | None:
        """The shortest age that the askers of these topics allow."""
        return min((days for topic, days in self.days.items() if topic in topics), default=None)

    def to_confirm(self, days: int | None) -> bool:
        """Whether the record's value is used only once it is confirmed.

        So where it is older than `days`, of an unknown day where an age is set, or an absence of statements.
        """
        one = self.recorded
        if one is None:
            return False
        if one.unsure or days is None or one.lasting:
            return one.unsure
        return one.age_days is None or one.age_days > days


@dataclass(frozen=True, slots=True)
class Peers:
    """How a risk is spread among people of the same age and sex.

    `quantiles` are risks at `levels` (shares of these people, 0..1, rising), at least two; `n` is how many
    they were computed from, `observed` the share of them in whom it happened, where that is known.
    """

    who: str
    source: str
    levels: tuple[float, ...]
    quantiles: tuple[float, ...]
    n: int
    observed: float | None = None

    def share_below(self, risk: float) -> float:
        """The share of these people, 0..1, whose risk is lower; the outermost levels are its ends."""
        if risk <= self.quantiles[0]:
            return self.levels[0]
        for place in range(1, len(self.quantiles)):
            low, high = self.quantiles[place - 1], self.quantiles[place]
            if risk <= high:
                inside = (risk - low) / (high - low) if high > low else 1.0
                return self.levels[place - 1] + inside * (self.levels[place] - self.levels[place - 1])
        return self.levels[-1]

    def at(self, level: float) -> float:
        """The risk that this share of people stay below."""
        for place in range(1, len(self.levels)):
            if level <= self.levels[place]:
                low, high = self.levels[place - 1], self.levels[place]
                inside = max(0.0, (level - low) / (high - low))
                return self.quantiles[place - 1] + inside * (
                    self.quantiles[place] - self.quantiles[place - 1]
                )
        return self.quantiles[-1]


@dataclass(frozen=True, slots=True)
class RiskEstimate:
    """What one score or predictor says of one person; `value` is None where it says nothing.

    Parameters
    ----------
    unit : str
        "1" for a risk from 0 to 1; else points or the unit of a measured quantity.
    outcome : str
        What the risk is of, in words ("cardiovascular disease in 10 years").
    low, high : float, optional
        The interval; `interval_means` says what it holds ("95 % of refits of the model", "the range that the
        missing values leave"). None where none was published.
    category : str
        In the publication's words, or the decision at the card's operating point.
    threshold : float, optional
        The risk from which the category is the highest one, or a predictor flags: what "leaving the high-risk
        group" means.
    next_step : str
        What the publication itself says to do, as a sentence; else empty.
    inputs, values : what was asked for, and what it answered from, by the inputs' own keys and in their own
        units: `services` answer anew from changed values.
    missing : tuple of str
        Keys of `inputs` that were not known; `waiting` those whose only value is too old and not confirmed.
    """

    name: str
    title: str
    kind: Kind
    version: str
    unit: str
    outcome: str
    topic: str
    inputs: tuple[Input, ...]
    values: Mapping[str, Value]
    value: float | None = None
    low: float | None = None
    high: float | None = None
    interval_means: str = ""
    category: str = ""
    flagged: bool | None = None
    threshold: float | None = None
    next_step: str = ""
    missing: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    refused: str | None = None
    cautions: tuple[str, ...] = ()
    use_for: str = ""
    not_for: str = ""
    validation: str = ""
    reference: str = ""
    highest: float = 1.0
    peers: Peers | None = None
    no_peers: str = ""

    @property
    def is_risk(self) -> bool:
        """Whether the value is a probability."""
        return self.unit == RISK_UNIT

    @property
    def trained(self) -> bool:
        """Whether it was learned from data, so that its words are those of association."""
        return self.kind is not Kind.SCORE

    @property
    def answered(self) -> bool:
        """Whether there is a value."""
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that is said of one person at one moment.

    `answered` have a value; `lacking` would have one if what `missing` and `waiting` name were known;
    `outside` do not apply, with the reason in `refused`. `patient_id` is None for a person
    who is not in the store. `known` is by the keys of the questions.
    """

    at: datetime
    patient_id: str | None
    known: Mapping[str, Known]
    answered: tuple[RiskEstimate, ...] = ()
    lacking: tuple[RiskEstimate, ...] = ()
    outside: tuple[RiskEstimate, ...] = ()

    def estimate(self, name: str) -> RiskEstimate | None:
        """The answer of a name."""
        return next((one for one in (*self.answered, *self.lacking, *self.outside) if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Saved:
    """One risk as it was put into the record; `value` is a probability or points, in `unit`."""

    entry_id: str
    at: datetime
    name: str
    title: str
    version: str
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    category: str = ""
    by: str = ""
    basis: Mapping[str, str] = field(default_factory=dict)
