"""Framingham 2008: ten-year risk of general cardiovascular disease, with lipids.

D'Agostino RB Sr et al. General Cardiovascular Risk Profile for Use in Primary Care. Circulation
2008;117:743-753, doi:10.1161/CIRCULATIONAHA.107.699579, table 2: 1 - S10^exp(sum - mean). Coefficients
checked against four public programs, answers against the tests of the R package CVrisk.
"""

from math import exp, log
from typing import Final

from medai_core.domain.inputs import RISK_UNIT
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

# ln age, ln total cholesterol, ln HDL, ln SBP untreated, ln SBP treated, smoker, diabetes; mean sum; S10
_COEFFICIENTS: Final = {
    "female": (2.32888, 1.20904, -0.70833, 2.76157, 2.82263, 0.52873, 0.69154, 26.1931, 0.95012),
    "male": (3.06117, 1.12370, -0.93263, 1.93303, 1.99881, 0.65451, 0.57367, 23.9802, 0.88936),
}


def framingham_2008(given: Given) -> Outcome:
    """Risk from 0 to 1."""
    *terms, mean, survival = _COEFFICIENTS[given.word("sex")]
    pressure, treated = log(given.number("systolic_bp")), given.yes("bp_treated")
    values = (
        log(given.number("age")), log(given.number("total_cholesterol")),
        log(given.number("hdl_cholesterol")),
        (not treated) * pressure, treated * pressure, given.yes("smoker"), given.yes("diabetes"),
    )  # fmt: skip
    total = sum(coefficient * value for coefficient, value in zip(terms, values, strict=True))
    return Outcome(1 - survival ** exp(total - mean))


FRAMINGHAM_2008: Final = Score(
    name="framingham_2008",
    version="2008",
    title="General cardiovascular disease in 10 years (Framingham 2008)",
    unit=RISK_UNIT,
    inputs=(
        age(30, 74), SEX, total_cholesterol(100, 405), hdl_cholesterol(10, 100), systolic_bp(90, 200),
        BP_TREATED, SMOKER, DIABETES, NO_CVD,
    ),
    compute=framingham_2008,
    reference="D'Agostino RB Sr et al. Circulation 2008;117:743-753, table 2",
    use_for="People of 30 to 74 years without cardiovascular disease.",
    not_for="People with cardiovascular disease.",
    validation="C statistic 0.763 in men and 0.793 in women of the derivation cohort (D'Agostino 2008).",
    always=("Made from one town's people; meant for people without cardiovascular disease.",),
)  # fmt: skip
