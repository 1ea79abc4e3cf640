"""Child-Pugh: points and class of cirrhosis.

Pugh RNH et al. Br J Surg 1973;60:646-649, doi:10.1002/bjs.1800600817, table 1; with INR in the place of the
prothrombin time (1.7 and 2.3), as calculators have it: 1 to 3 points for each of five findings.
"""

from typing import Final

from medai_core.domain.inputs import CHOICE, Input
from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import ACUTE_DAYS, bilirubin

_ASCITES: Final = ("none", "mild", "moderate_severe")
_ENCEPHALOPATHY: Final = ("none", "grade_1_2", "grade_3_4")


def child_pugh(given: Given) -> Outcome:
    """5 to 15 points, class A to C."""
    bile, protein, inr = given.number("bilirubin"), given.number("albumin"), given.number("inr")
    points = (
        (1 if bile < 2 else 2 if bile <= 3 else 3)
        + (1 if protein > 3.5 else 2 if protein >= 2.8 else 3)
        + (1 if inr < 1.7 else 2 if inr <= 2.3 else 3)
        + 1 + _ASCITES.index(given.word("ascites"))
        + 1 + _ENCEPHALOPATHY.index(given.word("encephalopathy"))
    )  # fmt: skip
    return Outcome(float(points), "A" if points <= 6 else "B" if points <= 9 else "C")


CHILD_PUGH: Final = Score(
    name="child_pugh",
    version="1973",
    title="Cirrhosis (Child-Pugh)",
    unit=POINTS,
    inputs=(
        bilirubin(0.05, 80),
        Input("albumin", "albumin in serum", unit="g/dL", low=0.5, high=7, also=("g/L",), loinc=("1751-7",),
              max_age_days=ACUTE_DAYS),
        Input("inr", "international normalized ratio", low=0.5, high=20, loinc=("6301-6", "34714-6"),
              max_age_days=ACUTE_DAYS),
        Input("ascites", "fluid in the abdomen", CHOICE, choices=_ASCITES,
              words={"no": "none", "absent": "none", "slight": "mild", "moderate": "moderate_severe",
                     "severe": "moderate_severe"}),
        Input("encephalopathy", "hepatic encephalopathy", CHOICE, choices=_ENCEPHALOPATHY,
              words={"no": "none", "0": "none", "1": "grade_1_2", "2": "grade_1_2", "3": "grade_3_4",
                     "4": "grade_3_4"}),
    ),
    compute=child_pugh,
    reference="Pugh RNH et al. Br J Surg 1973;60:646-649, table 1",
    use_for="People with cirrhosis.",
    not_for="Primary biliary cholangitis (other limits of bilirubin); INR raised by anticoagulants.",
    validation="Made by judgement, and confirmed as a predictor of survival in many later cohorts.",
    low=5.0,
    high=15.0,
)  # fmt: skip
