"""The one way to say a probability, an interval, a date, an age, a sex; for pages, charts and documents.

Missing is said as missing, never as zero; a probability is never said as 0 % or 100 %.
"""

import math
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from medai_core.domain.people import PersonName
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.reading import Verdict

PERCENT: Final = "\u202f%"
"""Narrow no-break space and the sign: number and unit stay on one line."""
NOT_GIVEN: Final = "not given"
NOT_ASSESSED: Final = "not assessed"
NO_FINDING: Final = "No finding above threshold"
AT_OR_ABOVE: Final = "at or above the operating point"
BELOW: Final = "below the operating point"
WIDE: Final = 0.4
"""An interval from here on, in probability, is called wide."""
FLAG_SHAPES: Final = {True: "\u25b2", False: "\u25bd"}
"""Filled triangle where flagged, hollow one where not: the shape that goes with the words."""
NOT_RELIABLE: Final = "not reliable enough here"
EXPLAINED: Final = {
    "auroc": (
        "AUROC: of two images, one with the finding and one without, how often the one with it gets the "
        "higher score. 0.5 is chance, 1 is every time."
    ),
    "sensitivity": "Sensitivity: of the images with the finding, the share that is flagged.",
    "specificity": "Specificity: of the images without the finding, the share that is not flagged.",
    "ppv": (
        "PPV: of the flagged images, the share that has the finding. It falls where the finding is rarer, "
        "whatever the model."
    ),
    "auprc": "AUPRC: PPV averaged over all sensitivities; to be compared with the finding's frequency.",
    "ece": (
        "Expected calibration error (ECE): how far stated probabilities lie from observed shares, on "
        "average. 0 is exact."
    ),
    "interval": (
        "Interval: were other patients drawn in the same way, 95 of 100 such intervals would hold the value."
    ),
    "concordance": (
        "Concordance (C): of two people, how often the one who has the event earlier gets the higher score. "
        "0.5 is chance, 1 is every time."
    ),
    "mean_absolute_error": "Mean absolute error: how far the value lies from the measured one, on average.",
    "pointing": "Pointing game: how often the heat map's brightest point lies in the box that a reader drew.",
}
"""One line a measure, for a reader who meets it rarely."""
RESEARCH_USE: Final = "Research use, not a medical device"

_SEXES: Final = {"M": "male", "F": "female", "O": "other"}
_MODALITIES: Final = {
    "CR": "Computed radiography (CR)",
    "DX": "Digital radiography (DX)",
    "CT": "Computed tomography (CT)",
    "MR": "Magnetic resonance (MR)",
    "US": "Ultrasound (US)",
    "NM": "Nuclear medicine (NM)",
    "MG": "Mammography (MG)",
    "XA": "X-ray angiography (XA)",
    "RF": "Fluoroscopy (RF)",
    "PT": "Positron emission tomography (PT)",
    "OT": "Other (OT)",
    "SC": "Secondary capture (SC)",
}
_VIEWS: Final = {
    "PA": "PA (back to front)",
    "AP": "AP (front to back)",
    "LL": "left lateral",
    "RL": "right lateral",
    "LATERAL": "lateral",
}
_LATERALITIES: Final = {"L": "left", "R": "right", "B": "both sides", "U": "unpaired"}
_VERDICTS: Final = {
    Verdict.AGREE: "The reader agrees with the model's answer.",
    Verdict.PARTLY: "The reader agrees in part with the model's answer.",
    Verdict.DISAGREE: "The reader disagrees with the model's answer.",
    Verdict.NOT_USED: "The reader did not use the model's answer.",
}
_DAYS_PER_YEAR: Final = 365.25
_OLDEST: Final = 122.5
"""Years that the oldest person whose age was verified lived (Jeanne Calment, 122 years 164 days)."""


def probability(value: float | None) -> str:
    """A probability, 0..1, as a whole percentage; the ends in words; None or NaN as not assessed."""
    if value is None or math.isnan(value):
        return NOT_ASSESSED
    if value < 0.01:
        return "fewer than 1 in 100"
    if value > 0.99:
        return "more than 99 in 100"
    return f"{whole_percent(value)}{PERCENT}"


def whole_percent(value: float) -> int:
    """A probability, 0..1, rounded half up to a whole percentage, within 1..99."""
    return min(99, max(1, math.floor(value * 100 + 0.5)))


def interval(low: float | None, high: float | None) -> str:
    """The two ends of an interval of a probability, 0..1, as ``"8 to 17 %"``."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return "no interval given"
    return f"{_end(low)} to {_end(high)}{PERCENT}"


def _end(value: float) -> str:
    if value < 0.01:
        return "under 1"
    if value > 0.99:
        return "over 99"
    return str(whole_percent(value))


def share(value: float) -> str:
    """A measured share, 0..1, as ``"98.5 %"``; unlike a probability it may be 0 or 100 %."""
    return f"{math.floor(value * 1000 + 0.5) / 10:g}{PERCENT}"


def level(value: float) -> str:
    """The level of an interval, as ``"95 % interval"``."""
    return f"{value * 100:g}{PERCENT} interval"


def natural_frequency(value: float | None) -> str:
    """A probability, 0..1, as a count of a hundred: ``"about 12 in 100"``."""
    if value is None or math.isnan(value):
        return NOT_ASSESSED
    return probability(value) if not 0.01 <= value <= 0.99 else f"about {whole_percent(value)} in 100"


def uncertainty(finding: Finding) -> str:
    """What a wide interval means for this image, in short before the colon; empty where it is narrow."""
    if finding.high - finding.low >= WIDE:
        return "wide interval: little is known for this film"
    if finding.low < finding.threshold <= finding.high:
        return "interval across the operating point: it might as well lie on the other side"
    return ""


def position(finding: Finding) -> str:
    """Where a finding stands against its operating point, in words."""
    return AT_OR_ABOVE if finding.flagged else BELOW


def label(name: str, names: Mapping[str, str] | None = None) -> str:
    """A model's label in words: the card's where it gives some, else the label itself, spaced."""
    words = (names or {}).get(name) or name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def answer(prediction: Prediction | None, names: Mapping[str, str] | None = None) -> str:
    """A model's answer in one sentence."""
    if prediction is None:
        return "No model has answered for this image."
    if prediction.refused is not None:
        return f"No answer: {prediction.refused}"
    if not prediction.findings:
        return "No answer: the model gave no finding."
    flagged = [finding for finding in prediction.findings if finding.flagged]
    if not flagged:
        return f"{NO_FINDING}."
    said = ", ".join(f"{label(f.label, names)} ({probability(f.probability)})" for f in flagged)
    return f"The model suggests: {said}; {AT_OR_ABOVE}."


def verdict(value: Verdict | None) -> str:
    """What the reader makes of the model's answer, as a sentence."""
    return "No verdict was given on the model's answer." if value is None else _VERDICTS[value]


def day(value: date | None) -> str:
    """A date as ``2026-11-21``."""
    return NOT_GIVEN if value is None else value.isoformat()


def clock(value: time | None) -> str:
    """A time of day as ``08:05``; empty where absent."""
    return "" if value is None else value.strftime("%H:%M")


def study_moment(on: date | None, at: time | None = None) -> str:
    """Date and time of a study; headers give no time zone, so none is claimed."""
    return f"{day(on)} {clock(at)}".strip() if on is not None else day(None)


def moment(value: datetime | None) -> str:
    """A moment with its time zone, as ``2026-11-21 08:05 UTC``; a zoneless one says so."""
    if value is None:
        return NOT_GIVEN
    offset = value.utcoffset()
    if offset is None:
        return f"{value:%Y-%m-%d %H:%M} (time zone not given)"
    minutes = int(offset.total_seconds()) // 60
    sign = "+" if minutes >= 0 else "\u2212"
    zone = "UTC" if minutes == 0 else f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    return f"{value:%Y-%m-%d %H:%M} {zone}"


def waiting(seconds: float) -> str:
    """How long something has waited: ``"12 min"``, ``"3 h 5 min"``, ``"2 days"``."""
    minutes = max(0, int(seconds // 60))
    if minutes < 60:
        return f"{minutes}\u202fmin"
    if minutes < 48 * 60:
        rest = f" {minutes % 60}\u202fmin" if minutes % 60 and minutes < 24 * 60 else ""
        return f"{minutes // 60}\u202fh{rest}"
    return f"{minutes // (24 * 60)} days"


def age(years: float | None) -> str:
    """An age: days under a month, months under two years, then years.

    More than anyone has reached is a birth date that was moved back to hide an age over 89 (as in MIMIC).
    """
    if years is None or math.isnan(years) or years < 0:
        return "age not given"
    if years > _OLDEST:
        return "over 89 years"
    days = years * _DAYS_PER_YEAR
    if days < 30.5:
        return _count(round(days), "day")
    if years < 2:
        return _count(max(1, math.floor(years * 12 + 1e-6)), "month")
    return _count(math.floor(years + 1e-6), "year")


def age_between(birth_date: date | None, on: date | None) -> float | None:
    """Years from birth to a date; None where either is absent or birth comes after."""
    if birth_date is None or on is None or on < birth_date:
        return None
    anniversary = (on.month, on.day) < (birth_date.month, birth_date.day)
    whole = on.year - birth_date.year - anniversary
    try:
        last = birth_date.replace(year=birth_date.year + whole)
    except ValueError:  # born on 29 February
        last = date(birth_date.year + whole, 3, 1)
    return whole + max(0, (on - last).days) / _DAYS_PER_YEAR


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def sex(value: str | None) -> str:
    """DICOM's M, F, O in words; anything else as not given."""
    return _SEXES.get((value or "").upper(), "sex not given")


def person(name: PersonName | None) -> str:
    """All groups of a name that differ: ``"山田 太郎 (Yamada Tarou, やまだ たろう)"``."""
    groups = [name.ideographic, name.alphabetic, name.phonetic] if name is not None else []
    distinct = list(dict.fromkeys(group.strip() for group in groups if group.strip()))
    if not distinct:
        return "name not given"
    return distinct[0] if len(distinct) == 1 else f"{distinct[0]} ({', '.join(distinct[1:])})"


def modality(code: str) -> str:
    """A modality code in words with its code; unknown codes as they are."""
    return _MODALITIES.get(code.upper(), code) if code else "modality not given"


def view(position_code: str) -> str:
    """A view position in words."""
    return _VIEWS.get(position_code.upper(), position_code) if position_code else "view not given"


def laterality(code: str) -> str:
    """A laterality code in words; empty where absent."""
    return _LATERALITIES.get(code.upper(), code)
