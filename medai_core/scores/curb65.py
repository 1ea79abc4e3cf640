"""CURB-65: points for community-acquired pneumonia.

Lim WS et al. Thorax 2003;58:377-382, doi:10.1136/thorax.58.5.377: one point each for confusion, urea above
7 mmol/L, respiratory rate from 30/min, systolic pressure below 90 or diastolic up to 60 mmHg, age from 65.
"""

from typing import Final

from medai_core.domain.inputs import Input, Need
from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import ACUTE_DAYS, age, respiratory_rate, systolic_bp, yes_no

MMOL_PER_MG_UREA_NITROGEN: Final = 10 / 28.014
"""mmol/L of urea in 1 mg/dL of urea nitrogen: two nitrogen atoms of 14.007 g/mol."""

_CATEGORIES: Final = ("low", "low", "intermediate", "high", "high", "high")


def curb65(given: Given) -> Outcome:
    """0 to 5 points."""
    if given.has("urea"):
        urea = given.number("urea")
    else:
        urea = given.number("urea_nitrogen") * MMOL_PER_MG_UREA_NITROGEN
    points = (
        given.yes("confusion")
        + (urea > 7)
        + (given.number("respiratory_rate") >= 30)
        + (given.number("systolic_bp") < 90 or given.number("diastolic_bp") <= 60)
        + (given.number("age") >= 65)
    )
    return Outcome(float(points), _CATEGORIES[points])


CURB65: Final = Score(
    name="curb65",
    version="2003",
    title="Severity of community-acquired pneumonia (CURB-65)",
    unit=POINTS,
    inputs=(
        yes_no("confusion", "new confusion"),
        Input(
            "urea", "urea in serum (or give urea_nitrogen)", unit="mmol/L", low=0.1, high=100,
            need=Need.OPTIONAL, loinc=("22664-7",), max_age_days=ACUTE_DAYS,
        ),
        Input(
            "urea_nitrogen", "urea nitrogen in serum (BUN), where urea itself is not given", unit="mg/dL",
            low=0.3, high=280, need=Need.OPTIONAL, aliases=("bun",), loinc=("3094-0",),
            max_age_days=ACUTE_DAYS,
        ),
        respiratory_rate(),
        systolic_bp(20, 300, days=ACUTE_DAYS),
        Input(
            "diastolic_bp", "diastolic blood pressure", unit="mmHg", low=10, high=200, also=("kPa",),
            aliases=("dbp",), loinc=("8462-4",), max_age_days=ACUTE_DAYS,
        ),
        age(18, 120),
    ),
    compute=curb65,
    reference="Lim WS et al. Thorax 2003;58:377-382",
    use_for="Adults with community-acquired pneumonia, on admission.",
    not_for="Children, pneumonia acquired in hospital, immunosuppression.",
    validation="Death within 30 days in the derivation cohort: 0.7, 3.2, 13.0, 17.0, 41.5 and 57.0% at 0 to "
    "5 points (Lim 2003).",
    high=5.0,
    either=(("urea",), ("urea_nitrogen",)),
    always=("Meant for community-acquired pneumonia.",),
)  # fmt: skip
