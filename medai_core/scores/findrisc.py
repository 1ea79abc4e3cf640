"""FINDRISC: points for type 2 diabetes within ten years.

Lindstrom J, Tuomilehto J. The Diabetes Risk Score. Diabetes Care 2003;26:725-731, table 2, in the eight
questions of the Finnish Diabetes Association's form (0 to 26 points), which added family history and the
share of people of each band who fell ill. Points and shares checked against two public copies of the form.
"""

from typing import Final

from medai_core.domain.inputs import CHOICE, Input
from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import SEX, YEAR_DAYS, age, bmi, yes_no

_FAMILY: Final = {"none": 0, "second_degree": 3, "first_degree": 5}
_WAIST: Final = {"male": (94, 102), "female": (80, 88)}
_BANDS: Final = (
    (7, "low (about 1 in 100)"),
    (12, "slightly elevated (about 1 in 25)"),
    (15, "moderate (about 1 in 6)"),
    (21, "high (about 1 in 3)"),
)
"""Points below which the category holds; from 21 on very high."""


def findrisc(given: Given) -> Outcome:
    """0 to 26 points."""
    years, index, waist = given.number("age"), given.number("bmi"), given.number("waist")
    lower, upper = _WAIST[given.word("sex")]
    points = (
        (0 if years < 45 else 2 if years < 55 else 3 if years < 65 else 4)
        + (0 if index < 25 else 1 if index <= 30 else 3)
        + (0 if waist < lower else 3 if waist <= upper else 4)
        + (0 if given.yes("physically_active") else 2)
        + (0 if given.yes("vegetables_daily") else 1)
        + (2 if given.yes("bp_treated") else 0)
        + (5 if given.yes("high_glucose_ever") else 0)
        + _FAMILY[given.word("family_diabetes")]
    )
    category = next((words for below, words in _BANDS if points < below), "very high (about 1 in 2)")
    outside = not 35 <= int(years) <= 64
    cautions = ("The score was made from people of 35 to 64 years.",) if outside else ()
    return Outcome(float(points), category, cautions=cautions)


FINDRISC: Final = Score(
    name="findrisc",
    version="2003",
    title="Type 2 diabetes in 10 years (FINDRISC)",
    unit=POINTS,
    inputs=(
        age(18, 110),
        SEX,
        bmi(10, 80),
        Input(
            "waist", "waist circumference below the ribs", unit="cm", low=40, high=200, also=("in",),
            aliases=("waist_circumference", "waist_cm"), loinc=("8280-0",), max_age_days=YEAR_DAYS,
            changeable=True,
        ),
        yes_no(
            "physically_active", "at least 30 minutes of activity on most days", "physical_activity",
            "exercise", "activity", changeable=True,
        ),
        yes_no(
            "vegetables_daily", "eats vegetables, fruit or berries every day", "vegetables",
            "fruit_vegetables", "fruit_vegetables_daily", "daily_vegetables", changeable=True,
        ),
        yes_no(
            "bp_treated", "has ever taken medication against high blood pressure regularly",
            "bp_medication", "bp_meds", "antihypertensive",
        ),
        yes_no(
            "high_glucose_ever", "has ever been found to have a high blood glucose", "high_glucose",
            "history_high_glucose", "hyperglycemia", "hyperglycaemia",
        ),
        Input(
            "family_diabetes", "diabetes in the family: first degree is a parent, sibling or own child; "
            "second degree a grandparent, aunt, uncle or first cousin", CHOICE, choices=tuple(_FAMILY),
            aliases=("family_history", "family_history_diabetes"),
            words={
                "no": "none", "first": "first_degree", "second": "second_degree",
                "first degree": "first_degree", "second degree": "second_degree",
                "first-degree": "first_degree", "second-degree": "second_degree",
            },
        ),
    ),
    compute=findrisc,
    reference="Lindstrom J, Tuomilehto J. Diabetes Care 2003;26:725-731, and the form of the Finnish "
    "Diabetes Association",
    use_for="Adults without diabetes, as a first look that needs no laboratory.",
    not_for="People known to have diabetes.",
    validation="From 9 points on sensitivity 0.78 and 0.81, specificity 0.77 and 0.76 in two Finnish cohorts "
    "(Lindstrom 2003).",
    high=26.0,
    always=("Meant for people without diabetes.",),
)  # fmt: skip
