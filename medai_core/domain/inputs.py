"""What a person or a table can be asked for: one input of a score or of a predictor, with unit and range."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import floor, isfinite
from typing import Final

Value = float | str | bool
"""A number in the input's unit, one of its choices, or yes and no."""

NUMBER: Final = "number"
YES_NO: Final = "yes_no"
CHOICE: Final = "choice"

RISK_UNIT: Final = "1"


class Need(StrEnum):
    """What an input is to a score or predictor."""

    NEEDED = "needed"
    """Without it there is no answer."""
    OPTIONAL = "optional"
    """The paper says what stands in its place; the answer then names it and says so."""
    SCOPE = "scope"
    """Not in the formula: it says whether the score is meant for this person at all."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a score or of a trained predictor.

    Parameters
    ----------
    unit : str
        The unit of a plain number, "" where there is none.
    low, high : float, optional
        The range that the score was made for, both ends included; ages in completed years.
    also : tuple of str
        Units in which the same quantity is often written.
    words : mapping
        Other ways to write a choice.
    without : str
        Of an optional input: what is done without it, as a sentence.
    refuses : str
        Of a yes-or-no scope input: why "yes" is refused, as a sentence.
    loinc : tuple of str
        Codes under which a record holds the quantity; the first is used to convert units.
    max_age_days : int, optional
        A measurement older than this is offered, not used, until a person confirms it. A setting of MedAI.
    changeable : bool
        Whether a person can change it (for "what if").
    """

    key: str
    help: str
    kind: str = NUMBER
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    need: Need = Need.NEEDED
    without: str = ""
    refuses: str = ""
    completed_years: bool = False
    also: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    loinc: tuple[str, ...] = ()
    max_age_days: int | None = None
    changeable: bool = False

    @property
    def range_text(self) -> str:
        """The range or the choices, in words."""
        if self.kind == YES_NO:
            return "yes or no"
        if self.kind == CHOICE:
            return ", ".join(self.choices)
        ends = f"{plain(self.low)} to {plain(self.high)}" if self.low is not None else "any number"
        return ends if self.unit == RISK_UNIT else f"{ends} {self.unit}".strip()

    def holds(self, number: float) -> bool:
        """Whether a number lies in the range."""
        if not isfinite(number):
            return False
        if self.low is not None and number < self.low:
            return False
        upper = floor(number) if self.completed_years else number
        return self.high is None or upper <= self.high


def plain(number: float | None) -> str:
    """A number without trailing zeros."""
    return "" if number is None else f"{number:.12g}"
