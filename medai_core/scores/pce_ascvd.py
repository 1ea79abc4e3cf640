"""Pooled Cohort Equations 2013: ten-year risk of a first hard ASCVD event.

Goff DC Jr et al. 2013 ACC/AHA Guideline on the Assessment of Cardiovascular Risk. Circulation 2014;129(25
suppl 2):S49-S73, doi:10.1161/01.cir.0000437741.48606.98, appendix 7, table A: coefficients, mean coefficient
sums and baseline survivals of the four groups; the equation is 1 - S10^exp(sum - mean).
Checked against the table's own worked examples (a person of 55 years in each of the four groups) and against
the public code of PooledCohort and CVrisk (R).
"""

from math import exp, log
from typing import Final

from medai_core.domain.inputs import CHOICE, RISK_UNIT, Input
from medai_core.scores.frame import Given, Outcome, Score
from medai_core.scores.inputs import (
    BP_TREATED,
    DIABETES,
    NO_CVD,
    SEX,
    SMOKER,
    age,
    hdl_cholesterol,
    systolic_bp,
    total_cholesterol,
)

# ln age, ln age squared, ln TC, ln age * ln TC, ln HDL, ln age * ln HDL, ln treated SBP, ln age * ln treated
# SBP, ln untreated SBP, ln age * ln untreated SBP, smoker, ln age * smoker, diabetes; mean sum; S10
_COEFFICIENTS: Final = {
    ("white", "female"): (
        -29.799, 4.884, 13.540, -3.114, -13.578, 3.149, 2.019, 0.0, 1.957, 0.0, 7.574, -1.665, 0.661,
        -29.18, 0.9665,
    ),
    ("black", "female"): (
        17.114, 0.0, 0.940, 0.0, -18.920, 4.475, 29.291, -6.432, 27.820, -6.087, 0.691, 0.0, 0.874,
        86.61, 0.9533,
    ),
    ("white", "male"): (
        12.344, 0.0, 11.853, -2.664, -7.990, 1.769, 1.797, 0.0, 1.764, 0.0, 7.837, -1.795, 0.658,
        61.18, 0.9144,
    ),
    ("black", "male"): (
        2.469, 0.0, 0.302, 0.0, -0.307, 0.0, 1.916, 0.0, 1.809, 0.0, 0.549, 0.0, 0.645,
        19.54, 0.8954,
    ),
}  # fmt: skip

_OTHER: Final = (
    "The equations were made from Black and White people alone; those of White people were used, as the "
    "guideline advises, and may say too much or too little."
)


def pce_ascvd(given: Given) -> Outcome:
    """Risk from 0 to 1."""
    race = given.word("race")
    terms = _COEFFICIENTS["black" if race == "black" else "white", given.word("sex")]
    years, total = log(given.number("age")), log(given.number("total_cholesterol"))
    hdl, pressure = log(given.number("hdl_cholesterol")), log(given.number("systolic_bp"))
    treated, smoker = given.yes("bp_treated"), given.yes("smoker")
    values = (
        years, years**2, total, years * total, hdl, years * hdl,
        treated * pressure, treated * years * pressure,
        (not treated) * pressure, (not treated) * years * pressure,
        smoker, smoker * years, given.yes("diabetes"),
    )  # fmt: skip
    mean, survival = terms[-2:]
    total_sum = sum(coefficient * value for coefficient, value in zip(terms[:-2], values, strict=True))
    risk = 1 - survival ** exp(total_sum - mean)
    return Outcome(risk, _category(risk), cautions=(_OTHER,) if race == "other" else ())


def _category(risk: float) -> str:
    """2019 ACC/AHA Guideline on the Primary Prevention of Cardiovascular Disease, section 2.2."""
    if risk < 0.05:
        return "low"
    if risk < 0.075:
        return "borderline"
    return "intermediate" if risk < 0.2 else "high"


PCE_ASCVD: Final = Score(
    name="pce_ascvd",
    version="2013",
    title="ASCVD in 10 years (Pooled Cohort Equations)",
    unit=RISK_UNIT,
    inputs=(
        age(40, 79),
        SEX,
        Input(
            "race", "race as the cohorts recorded it; the equations have white and black alone", CHOICE,
            choices=("white", "black", "other"), aliases=("ethnicity",),
            words={
                "african american": "black", "african-american": "black", "african_american": "black",
                "aa": "black", "caucasian": "white", "asian": "other", "hispanic": "other",
            },
        ),
        total_cholesterol(130, 320),
        hdl_cholesterol(20, 100),
        systolic_bp(90, 200),
        BP_TREATED,
        DIABETES,
        SMOKER,
        NO_CVD,
    ),
    compute=pce_ascvd,
    reference="Goff DC Jr et al. Circulation 2014;129(25 suppl 2):S49-S73, appendix 7, table A",
    use_for="People of 40 to 79 years without cardiovascular disease.",
    not_for="People with cardiovascular disease, and people on a statin: the cohorts were mostly untreated.",
    validation="C statistic 0.71 to 0.82 in the derivation cohorts (Goff 2014); later cohorts had fewer "
    "events than predicted, so it often says too much.",
    always=("Meant for people without cardiovascular disease.",),
)  # fmt: skip
