"""One answer looked at more closely: what it is made of, what would change it, what is worth measuring.

Explanation (why), Curve and Change (what if), Worth (which test would help most). Amounts of a risk are parts
of 1 inside and percentage points outside; of points and of measured quantities they are in the answer's unit.
"""

from dataclasses import dataclass

from medai_core.domain.inputs import RISK_UNIT, Value


@dataclass(frozen=True, slots=True)
class Part:
    """What one input adds to an answer.

    Parameters
    ----------
    label, value : str
        The input in words, and this person's value with its unit, or that it was not given.
    amount : float
        In the answer's unit; negative where it takes away.
    error : float
        Standard error of the amount from drawing; 0 where it is exact.
    """

    key: str
    label: str
    value: str
    amount: float
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """How an answer is made up: ``base + sum of the parts' amounts == value`` within 1e-9.

    `compared` says, after "compared with", whose answer `base` is; `how` how the amounts were found.
    `parts` come with the largest amount first.
    """

    name: str
    unit: str
    value: float
    base: float
    compared: str
    how: str
    parts: tuple[Part, ...]
    trained: bool

    @property
    def is_risk(self) -> bool:
        """Whether amounts are parts of a probability."""
        return self.unit == RISK_UNIT


@dataclass(frozen=True, slots=True)
class Handle:
    """A changeable input as it can be moved: a number between `low` and `high` in steps, or one of `choices`.

    `value` is what it is moved from; None where it is not known.
    """

    key: str
    label: str
    unit: str
    value: Value | None
    low: float = 0.0
    high: float = 1.0
    step: float = 1.0
    choices: tuple[Value, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it is moved along a scale."""
        return not self.choices


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to changed values; `value` is None where it is refused, with the reason."""

    value: float | None
    category: str = ""
    flagged: bool | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """Answers along the scale of one input, all others held; None where the answer is refused."""

    key: str
    label: str
    unit: str
    at: tuple[float, ...]
    answers: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One input's change; `effort` in standard deviations of the population, 1 for a yes or no."""

    key: str
    label: str
    before: str
    after: str
    value: Value
    effort: float


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest realistic change that was found, with the answer after it.

    `tried` are the changes that were looked at, each as far as it went. `moves` is empty where none was
    found; `best` is then the lowest answer that was.
    """

    moves: tuple[Move, ...]
    before: float
    after: float | None
    threshold: float
    tried: tuple[Move, ...]
    best: float | None = None

    @property
    def effort(self) -> float:
        """Of all moves together."""
        return sum(move.effort for move in self.moves)


@dataclass(frozen=True, slots=True)
class Worth:
    """What knowing one missing input would tell.

    Parameters
    ----------
    width : float
        Expected width of the interval once it is known, in the answer's unit.
    changes : float, optional
        Chance, 0..1, that the decision then differs from the one now; None where there is no decision.
    """

    key: str
    label: str
    width: float
    changes: float | None


@dataclass(frozen=True, slots=True)
class WorthKnowing:
    """All missing inputs, the one that would shrink the interval most first; `means` says what that holds."""

    unit: str
    low: float
    high: float
    means: str
    missing: tuple[Worth, ...]
    draws: int

    @property
    def width(self) -> float:
        """Of the interval as it is now."""
        return self.high - self.low
