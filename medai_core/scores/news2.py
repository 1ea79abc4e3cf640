"""NEWS2: points for acute illness.

Royal College of Physicians. National Early Warning Score (NEWS) 2. London 2017, charts 1 and 2: points of the
seven parameters (oxygen saturation by scale 1 or 2) and the thresholds of the response.
"""

from collections.abc import Sequence
from math import floor
from typing import Final

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Need
from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import ACUTE_DAYS, age, heart_rate, respiratory_rate, systolic_bp, yes_no

Steps = Sequence[tuple[float, int]]
_END: Final = float("inf")

# upper end of each band, points
_RESPIRATION: Final[Steps] = ((8, 3), (11, 1), (20, 0), (24, 2), (_END, 3))
_SATURATION_1: Final[Steps] = ((91, 3), (93, 2), (95, 1), (_END, 0))
_SATURATION_2_AIR: Final[Steps] = ((83, 3), (85, 2), (87, 1), (_END, 0))
_SATURATION_2_OXYGEN: Final[Steps] = ((83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2), (_END, 3))
_PRESSURE: Final[Steps] = ((90, 3), (100, 2), (110, 1), (219, 0), (_END, 3))
_PULSE: Final[Steps] = ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (_END, 3))
_TEMPERATURE: Final[Steps] = ((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1), (_END, 2))


def news2(given: Given) -> Outcome:
    """0 to 20 points."""
    oxygen = given.yes("supplemental_oxygen")
    second = given.has("spo2_scale") and given.word("spo2_scale") == "2"
    saturation = (
        (_SATURATION_2_OXYGEN if oxygen else _SATURATION_2_AIR) if second else _SATURATION_1
    )  # fmt: skip
    points = (
        _points(_RESPIRATION, _whole(given.number("respiratory_rate"))),
        _points(saturation, _whole(given.number("spo2"))),
        2 if oxygen else 0,
        _points(_PRESSURE, _whole(given.number("systolic_bp"))),
        _points(_PULSE, _whole(given.number("heart_rate"))),
        0 if given.word("consciousness") == "A" else 3,
        _points(_TEMPERATURE, _whole(given.number("temperature") * 10) / 10),
    )
    return Outcome(float(sum(points)), _category(sum(points), 3 in points))


def _whole(number: float) -> int:
    """To the step of the chart, halves upwards."""
    return floor(number + 0.5 + 1e-9)


def _points(steps: Steps, value: float) -> int:
    return next(points for end, points in steps if value <= end)


def _category(total: int, any_three: bool) -> str:
    """Chart 2: thresholds and triggers."""
    if total >= 7:
        return "high"
    if total >= 5:
        return "medium"
    return "low-medium (3 in one parameter)" if any_three else "low"


_LEVELS: Final = ("A", "C", "V", "P", "U")

NEWS2: Final = Score(
    name="news2",
    version="2017",
    title="Acute illness (NEWS2)",
    unit=POINTS,
    inputs=(
        respiratory_rate(),
        Input(
            "spo2", "oxygen saturation by pulse oximetry", unit="%", low=40, high=100,
            aliases=("oxygen_saturation", "sao2"), loinc=("59408-5", "2708-6"), max_age_days=ACUTE_DAYS,
        ),
        yes_no("supplemental_oxygen", "breathes supplemental oxygen", "oxygen", "on_oxygen", "air_or_oxygen"),
        systolic_bp(20, 300, days=ACUTE_DAYS),
        heart_rate(),
        Input(
            "consciousness", "A alert, C new confusion, V responds to voice, P to pain, U unresponsive",
            CHOICE,
            choices=_LEVELS, aliases=("acvpu", "avpu", "level_of_consciousness"),
            words={
                **{level.lower(): level for level in _LEVELS}, "alert": "A", "confusion": "C",
                "confused": "C", "new confusion": "C", "new_confusion": "C", "voice": "V", "verbal": "V",
                "pain": "P", "unresponsive": "U",
            },
        ),
        Input(
            "temperature", "body temperature", unit="°C", low=25, high=45, also=("[degF]",),
            aliases=("temp",), loinc=("8310-5",), max_age_days=ACUTE_DAYS,
        ),
        Input(
            "spo2_scale", "2 where a clinician prescribed a target of 88 to 92% for hypercapnic respiratory "
            "failure, else 1", CHOICE, choices=("1", "2"), need=Need.OPTIONAL, aliases=("scale",),
            words={"scale 1": "1", "scale 2": "2", "scale1": "1", "scale2": "2", "1.0": "1", "2.0": "2"},
            without="spo2_scale was not given: scale 1 was used, which is the one for everybody whose "
            "hypercapnic respiratory failure was not confirmed.",
        ),
        age(16, 120, need=Need.SCOPE),
        Input(
            "pregnant", "is pregnant", YES_NO, need=Need.SCOPE, refuses="NEWS2 is not for pregnant women.",
        ),
    ),
    compute=news2,
    reference="Royal College of Physicians. National Early Warning Score (NEWS) 2. London 2017, charts 1, 2",
    use_for="People of 16 years and more with an acute illness.",
    not_for="Children under 16 years, and pregnancy.",
    validation="Area under the curve 0.894 for death within 24 hours, for the first NEWS (Smith 2013).",
    high=20.0,
    without="A missing parameter is named and nothing is computed; without spo2_scale, scale 1.",
)  # fmt: skip
