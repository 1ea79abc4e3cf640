"""CHA2DS2-VASc: points for stroke in atrial fibrillation.

Lip GYH et al. Chest 2010;137:263-272, doi:10.1378/chest.09-1584, table 2: heart failure 1, hypertension 1,
age from 75 2, diabetes 1, stroke or TIA or thromboembolism 2, vascular disease 1, age 65 to 74 1, female 1.
The same points stand in the 2020 ESC guideline on atrial fibrillation (Eur Heart J 2021;42:373-498, table 8).
"""

from typing import Final

from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import DIABETES, SEX, age, yes_no


def cha2ds2_vasc(given: Given) -> Outcome:
    """0 to 9 points."""
    years, female = given.number("age"), given.word("sex") == "female"
    ones = ("heart_failure", "hypertension", "diabetes", "vascular_disease")
    points = (
        sum(given.yes(key) for key in ones)
        + 2 * given.yes("stroke")
        + (2 if years >= 75 else 1 if years >= 65 else 0)
        + female
    )
    return Outcome(float(points), _category(points - female))


def _category(without_sex: int) -> str:
    """2020 ESC guideline, section 11.3: anticoagulation by the points besides that for female sex."""
    if without_sex == 0:
        return "low"
    return "intermediate" if without_sex == 1 else "high"


CHA2DS2_VASC: Final = Score(
    name="cha2ds2_vasc",
    version="2010",
    title="Stroke in atrial fibrillation (CHA2DS2-VASc)",
    unit=POINTS,
    inputs=(
        age(18, 120),
        SEX,
        yes_no("heart_failure", "heart failure or left ventricular dysfunction", "chf", "hf"),
        yes_no("hypertension", "hypertension", "htn"),
        DIABETES,
        yes_no(
            "stroke", "has had a stroke, TIA or thromboembolism", "stroke_tia", "prior_stroke",
        ),
        yes_no(
            "vascular_disease", "has had an infarction, has peripheral artery disease or aortic plaque",
            "vascular",
        ),
    ),
    compute=cha2ds2_vasc,
    reference="Lip GYH et al. Chest 2010;137:263-272, table 2",
    use_for="Adults with atrial fibrillation that is not from mitral stenosis or a mechanical valve.",
    not_for="People without atrial fibrillation.",
    validation="C statistic 0.606 in the Euro Heart Survey (Lip 2010).",
    high=9.0,
    always=("Meant for people with non-valvular atrial fibrillation.",),
)  # fmt: skip
