"""How common a finding is here, and what that does to a model's probability.

A probability from a calibrated model holds where findings are as common as they were among the films that it
was calibrated on. Elsewhere the evidence of the image (its likelihood ratio) stays and the prior changes; so
do the predictive values of an operating point. Nothing here moves an operating point: what is flagged is
decided by the model's own probability.

What an image shows of where it comes from is part of its evidence: a network sees that a film is an AP film
taken at the bedside, and its probability already holds the prevalence of such films. So a film's training
prevalence is that of its own view where a card states it, and only the rest of the difference is a shift.

All shares, probabilities, sensitivities and specificities are 0..1.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LOWEST: Final = 0.001
HIGHEST: Final = 0.999
"""Between these a person may set a prevalence: 0.1 % to 99.9 %."""


class Origin(StrEnum):
    """Where a prevalence comes from."""

    TRAINING = "training prevalence"
    CARD = "default of the model's card"
    SITE = "set for this site"
    READER = "changed by the reader"


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with the ends of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PrevalenceChoice:
    """What a reader chose for one reading and one model.

    `setting` is the name of a setting, empty for the training prevalence, None for the site's own;
    `shares` pairs (label, share) of findings with a share of their own.
    """

    model: str
    setting: str | None = None
    shares: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class LocalFinding:
    """One finding at the prevalence here.

    `probability`, `low`, `high` are local; `as_trained` is the model's own probability, which `threshold`
    is held against (`flagged`). `operating_point` is where that threshold comes to lie on the local scale:
    `probability` is at or above it exactly where the finding is flagged. `training` and `prevalence` are
    None where the card states no training prevalence; the probability is then the model's own. `ppv` and
    `npv` follow from what `measured_on` names; they are None where `why_not` says why.
    """

    label: str
    probability: float
    low: float
    high: float
    as_trained: float
    threshold: float
    operating_point: float
    flagged: bool
    training: float | None
    prevalence: float | None
    origin: Origin
    ppv: Interval | None = None
    npv: Interval | None = None
    measured_on: str = ""
    why_not: str = ""

    @property
    def is_shifted(self) -> bool:
        """Whether the prevalence here, or that of the finding it is part of, is another than in training."""
        return self.prevalence != self.training or self.probability != self.as_trained


@dataclass(frozen=True, slots=True)
class Localised:
    """A model's answer at the prevalence here: what the page shows, a signed reading keeps and a PDF prints.

    `setting` is empty where the training prevalence is used; `setting_by_reader` says that the reader chose
    another one than the site's. `source` is the sentence that the card's figures of it, where any of them is
    used, come with. `view` is the film's view (AP, PA) where the training prevalence is that of its view,
    else empty. Findings are those that the page may show.
    """

    model: str
    version: str
    setting: str
    setting_by_reader: bool
    source: str
    view: str
    findings: tuple[LocalFinding, ...]

    def of(self, label: str) -> LocalFinding | None:
        """The finding of a label; None where it is not shown."""
        return next((one for one in self.findings if one.label == label), None)

    @property
    def is_shifted(self) -> bool:
        """Whether any finding has another prevalence than in training."""
        return any(one.is_shifted for one in self.findings)

    @property
    def is_changed(self) -> bool:
        """Whether the reader changed anything for this reading."""
        return self.setting_by_reader or any(one.origin is Origin.READER for one in self.findings)


def shifted(probability: float, training: float, local: float) -> float:
    """The probability where the finding is as common as `local`, of one calibrated at `training`.

    Saerens, Latinne and Decaestecker, Neural Computation 14:21-41 (2002), equation 2.4, for two classes:
    the posterior of each class is weighted with the ratio of its new to its old prior, then both are brought
    to the sum 1. Holds where films with the finding look alike here and there, and so do films without it.

    Example: 50 % at a training prevalence of 50 % is 10 % where 10 % have the finding.

    >>> round(shifted(0.5, 0.5, 0.1), 12)
    0.1
    """
    _check_inner(training, "training")
    _check_inner(local, "local")
    _check(probability, "probability")
    if training == local:
        return probability
    present = probability * (local / training)
    absent = (1 - probability) * ((1 - local) / (1 - training))
    return present / (present + absent)


def shifted_part(part: float, whole: float, training: float, local: float) -> float:
    """A part of a finding whose parts sum to it, after the finding's prevalence has changed.

    `part` and `whole` are the model's probabilities, `training` and `local` the prevalence of the whole. The
    parts keep the split that they have within the whole: this is Saerens' equation 2.4 over the parts and
    the absence of the finding as classes, where the parts have the same shares of the whole here as in
    training.
    """
    return part * (shifted(whole, training, local) / whole) if whole > 0 else part


def shifted_alike(probability: float, before: float, after: float) -> float:
    """Another probability of the same image moved by the odds ratio that took `before` to `after`.

    Carries the ends of an interval, and an operating point, along with their probability; the order of
    all stays as it was. For one finding on its own this is `shifted` itself.
    """
    if before == after or not 0 < before < 1 or not 0 < after < 1:
        return probability
    ratio = after / (1 - after) * (1 - before) / before
    present = probability * ratio
    return present / (present + (1 - probability))


def predictive_values(
    sensitivity: float, specificity: float, prevalence: float
) -> tuple[float | None, float | None]:
    """Positive and negative predictive value by Bayes' theorem; None where nothing, or all, is flagged.

    Altman and Bland, BMJ 309:102 (1994). Example: sensitivity and specificity of 90 % where 10 % have the
    finding.

    >>> [round(one, 4) for one in predictive_values(0.9, 0.9, 0.1)]
    [0.5, 0.9878]
    """
    _check(sensitivity, "sensitivity")
    _check(specificity, "specificity")
    _check(prevalence, "prevalence")
    true_positive, false_negative = sensitivity * prevalence, (1 - sensitivity) * prevalence
    true_negative, false_positive = specificity * (1 - prevalence), (1 - specificity) * (1 - prevalence)
    flagged, passed = true_positive + false_positive, true_negative + false_negative
    return true_positive / flagged if flagged else None, true_negative / passed if passed else None


def predictive_intervals(
    sensitivity: Interval, specificity: Interval, prevalence: float
) -> tuple[Interval | None, Interval | None]:
    """Predictive values, each with an interval.

    Both rise with sensitivity and with specificity, so both low ends together give the low end and both high
    ends the high one: at least as wide as an interval of the same level.
    """
    pairs = [
        predictive_values(getattr(sensitivity, end), getattr(specificity, end), prevalence)
        for end in ("value", "low", "high")
    ]
    return _interval([one[0] for one in pairs]), _interval([one[1] for one in pairs])


def _interval(ends: list[float | None]) -> Interval | None:
    """None where the value itself does not exist; an end that does not is the value."""
    value, low, high = ends
    if value is None:
        return None
    return Interval(value, value if low is None else low, value if high is None else high)


def _check(share: float, name: str) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{name} must lie within 0..1. Received: {share}")


def _check_inner(share: float, name: str) -> None:
    if not 0 < share < 1:
        raise ValueError(f"{name} prevalence must lie between 0 and 1. Received: {share}")
