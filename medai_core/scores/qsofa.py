"""qSOFA: points for a poor course of a suspected infection outside intensive care.

Seymour CW et al. JAMA 2016;315:762-774, doi:10.1001/jama.2016.0288; Singer M et al. JAMA 2016;315:801-810,
box 4: one point each for respiratory rate from 22/min, systolic pressure up to 100 mmHg, GCS below 15.
"""

from typing import Final

from medai_core.domain.inputs import Need
from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import ACUTE_DAYS, age, gcs, respiratory_rate, systolic_bp


def qsofa(given: Given) -> Outcome:
    """0 to 3 points."""
    points = (
        (given.number("respiratory_rate") >= 22)
        + (given.number("systolic_bp") <= 100)
        + (given.number("gcs") < 15)
    )
    return Outcome(float(points), "high" if points >= 2 else "not high")


QSOFA: Final = Score(
    name="qsofa",
    version="2016",
    title="Suspected infection outside intensive care (qSOFA)",
    unit=POINTS,
    inputs=(
        respiratory_rate(), systolic_bp(20, 300, days=ACUTE_DAYS), gcs(), age(18, 120, need=Need.SCOPE),
    ),
    compute=qsofa,
    reference="Singer M et al. JAMA 2016;315:801-810, box 4",
    use_for="Adults with a suspected infection outside intensive care.",
    not_for="Ruling sepsis out: it misses many people who have it.",
    validation="Area under the curve 0.81 for death in hospital outside intensive care (Seymour 2016).",
    high=3.0,
    always=("Meant for a suspected infection; a low result does not rule sepsis out.",),
)  # fmt: skip
