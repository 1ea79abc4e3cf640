"""What a survival predictor says of one person."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """One person's curve, or why there is none; sequences have one value for each of `years`.

    Parameters
    ----------
    survival, low, high : tuple of float
        The chance of being without the event up to then, and the ends of its 95 % band.
    horizons : mapping
        Year of the card -> (survival, low, high).
    risk_score : float, optional
        Log of the hazard relative to an average person of the training.
    population : tuple
        (year, survival, low, high, at risk) of everybody in the training, Kaplan-Meier.
    outcome, time_zero : str
        What the event is, and from when years count.
    missing : tuple of str
        Inputs that were estimated from the others.
    """

    model: str
    version: str
    outcome: str
    time_zero: str
    years: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    horizons: Mapping[float, tuple[float, float, float]]
    risk_score: float | None
    population: tuple[tuple[float, float, float, float, int], ...]
    refused: str | None
    cautions: tuple[str, ...]
    missing: tuple[str, ...]

    def at(self, year: float) -> tuple[float, float, float]:
        """Survival and the ends of its band at a year, straight between the points."""
        return (
            _at(year, self.years, self.survival),
            _at(year, self.years, self.low),
            _at(year, self.years, self.high),
        )


@dataclass(frozen=True, slots=True)
class Landmark:
    """The prognosis as it stood at one visit; `day` counts from the first visit of all that were given."""

    day: float
    curve: SurvivalCurve


def _at(year: float, years: Sequence[float], values: Sequence[float]) -> float:
    """Straight between the points; the last value beyond them."""
    after = bisect_right(years, year)
    if after == len(years):
        return values[-1]
    if after == 0:
        return values[0]
    share = (year - years[after - 1]) / (years[after] - years[after - 1])
    return values[after - 1] + share * (values[after] - values[after - 1])
