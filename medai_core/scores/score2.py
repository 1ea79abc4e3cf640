"""SCORE2: ten-year risk of fatal and non-fatal cardiovascular disease in Europe.

SCORE2 working group and ESC Cardiovascular risk collaboration. Eur Heart J 2021;42:2439-2454,
doi:10.1093/eurheartj/ehab309, supplementary methods table 2 (log sub-distribution hazard ratios, centring and
baseline survival) and table 4 (rescaling to the four risk regions). Checked against the abstract's worked
example (a smoker of 50 years in low- and very-high-risk countries, both sexes) and two public programs.
"""

from math import exp, log
from typing import Final

from medai_core.domain.inputs import CHOICE, RISK_UNIT, YES_NO, Input, Need
from medai_core.scores.frame import Given, Outcome, Score
from medai_core.scores.inputs import (
    NO_CVD,
    SEX,
    SMOKER,
    age,
    hdl_cholesterol,
    systolic_bp,
    total_cholesterol,
)

# age, smoker, SBP, total cholesterol, HDL, age * smoker, age * SBP, age * total, age * HDL; S10
_COEFFICIENTS: Final = {
    "male": (0.3742, 0.6012, 0.2777, 0.1458, -0.2698, -0.0755, -0.0255, -0.0281, 0.0426, 0.9605),
    "female": (0.4648, 0.7744, 0.3131, 0.1002, -0.2606, -0.1088, -0.0277, -0.0226, 0.0613, 0.9776),
}

# scale 1 and scale 2 of each region, table 4
_SCALES: Final = {
    ("low", "male"): (-0.5699, 0.7476),
    ("low", "female"): (-0.7380, 0.7019),
    ("moderate", "male"): (-0.1565, 0.8009),
    ("moderate", "female"): (-0.3143, 0.7701),
    ("high", "male"): (0.3207, 0.9360),
    ("high", "female"): (0.5710, 0.9369),
    ("very_high", "male"): (0.5836, 0.8294),
    ("very_high", "female"): (0.9412, 0.8329),
}


def score2(given: Given) -> Outcome:
    """Risk from 0 to 1."""
    sex, years = given.word("sex"), given.number("age")
    *terms, survival = _COEFFICIENTS[sex]
    older, smoker = (years - 60) / 5, given.yes("smoker")
    pressure, total = (given.number("systolic_bp") - 120) / 20, given.number("total_cholesterol") - 6
    hdl = (given.number("hdl_cholesterol") - 1.3) / 0.5
    values = (
        older, smoker, pressure, total, hdl,
        older * smoker, older * pressure, older * total, older * hdl,
    )  # fmt: skip
    predictor = sum(coefficient * value for coefficient, value in zip(terms, values, strict=True))
    first, second = _SCALES[given.word("region"), sex]
    risk = 1 - exp(-exp(first + second * log(-log(survival ** exp(predictor)))))
    return Outcome(risk, _category(years, risk))


def _category(years: float, risk: float) -> str:
    """2021 ESC Guidelines on cardiovascular disease prevention, table 5."""
    middle, upper = (0.025, 0.075) if years < 50 else (0.05, 0.1)
    if risk < middle:
        return "low to moderate"
    return "high" if risk < upper else "very high"


SCORE2: Final = Score(
    name="score2",
    version="2021",
    title="Cardiovascular disease in 10 years, Europe (SCORE2)",
    unit=RISK_UNIT,
    inputs=(
        age(40, 69),
        SEX,
        Input(
            "region", "risk region of the country, as the paper sorts them", CHOICE,
            choices=("low", "moderate", "high", "very_high"), aliases=("risk_region",),
            words={"very high": "very_high", "very-high": "very_high", "veryhigh": "very_high"},
        ),
        SMOKER,
        systolic_bp(60, 220),
        total_cholesterol(2, 12, "mmol/L"),
        hdl_cholesterol(0.3, 4, "mmol/L"),
        Input(
            "diabetes", "has diabetes", YES_NO, need=Need.SCOPE, aliases=("dm", "diabetic"),
            refuses="SCORE2 is for people without diabetes; SCORE2-Diabetes is the score for them.",
        ),
        NO_CVD,
    ),
    compute=score2,
    reference="SCORE2 working group. Eur Heart J 2021;42:2439-2454, supplementary methods tables 2 and 4",
    use_for="People of 40 to 69 years in Europe without cardiovascular disease and without diabetes.",
    not_for="People of 70 years and more (SCORE2-OP), with diabetes, or with cardiovascular disease.",
    validation="C index 0.67 to 0.81 in 25 external cohorts of 1.1 million people (the paper's abstract).",
    always=("Meant for people without cardiovascular disease and without diabetes.",),
)  # fmt: skip
