"""HAS-BLED: points for major bleeding under anticoagulation.

Pisters R et al. Chest 2010;138:1093-1100, doi:10.1378/chest.10-0134, table 1: one point each for uncontrolled
hypertension (systolic above 160 mmHg), abnormal kidney, abnormal liver, stroke, bleeding, labile INR, age
above 65, drugs, alcohol.
"""

from typing import Final

from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import age, yes_no

_QUESTIONS: Final = (
    yes_no("uncontrolled_hypertension", "systolic blood pressure above 160 mmHg"),
    yes_no(
        "abnormal_renal", "dialysis, transplant or creatinine of 200 umol/L (2.26 mg/dL) or more",
        "renal_disease",
    ),
    yes_no(
        "abnormal_liver", "cirrhosis, or bilirubin above 2 times with enzymes above 3 times the upper limit",
        "liver_disease",
    ),
    yes_no("stroke", "has had a stroke", "prior_stroke"),
    yes_no("bleeding", "has had a major bleed, or is disposed to bleed", "prior_bleeding"),
    yes_no("labile_inr", "unstable INR, in range less than 60% of the time; no where no warfarin is taken"),
    yes_no("bleeding_drugs", "takes antiplatelet or anti-inflammatory drugs"),
    yes_no("alcohol", "8 or more drinks a week", changeable=True),
)  # fmt: skip


def has_bled(given: Given) -> Outcome:
    """0 to 9 points."""
    points = sum(given.yes(question.key) for question in _QUESTIONS) + (given.number("age") > 65)
    return Outcome(float(points), "high" if points >= 3 else "not high")


HAS_BLED: Final = Score(
    name="has_bled",
    version="2010",
    title="Major bleeding under anticoagulation (HAS-BLED)",
    unit=POINTS,
    inputs=(age(18, 120), *_QUESTIONS),
    compute=has_bled,
    reference="Pisters R et al. Chest 2010;138:1093-1100, table 1",
    use_for="People with atrial fibrillation for whom anticoagulation is considered.",
    not_for="Deciding against anticoagulation by itself: it points to what can be corrected.",
    validation="C statistic 0.72 in the Euro Heart Survey (Pisters 2010).",
    high=9.0,
)
