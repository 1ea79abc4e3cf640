"""PREVENT 2023 (base model): ten- and thirty-year risk of cardiovascular disease, ASCVD and heart failure.

Khan SS et al. Circulation 2024;149:430-449, doi:10.1161/CIRCULATIONAHA.123.067626; the terms and their
centring as in the supplement (cholesterol in mmol/L by the factor 0.02586); the risk is the
logistic function of their sum. Coefficients: `prevent_coefficients`.
"""

from functools import partial
from math import exp
from typing import Final

from medai_core.domain.inputs import RISK_UNIT, Input, Need
from medai_core.scores.frame import Given, Outcome, Score
from medai_core.scores.inputs import (
    BP_TREATED,
    DIABETES,
    NO_CVD,
    SEX,
    SMOKER,
    YEAR_DAYS,
    age,
    bmi,
    hdl_cholesterol,
    systolic_bp,
    total_cholesterol,
    yes_no,
)
from medai_core.scores.prevent_coefficients import COEFFICIENTS

MMOL_PER_MG_DL: Final = 0.02586
"""Cholesterol, as the paper converts it."""


def prevent(given: Given, *, outcome: str, years: int) -> Outcome:
    """Risk from 0 to 1 of `outcome` ("cvd", "ascvd", "hf") within `years` (10, 30)."""
    heart_failure = outcome == "hf"
    decades = (given.number("age") - 55) / 10
    pressure, egfr = given.number("systolic_bp"), given.number("egfr")
    low_pressure, high_pressure = (min(pressure, 110) - 110) / 20, (max(pressure, 110) - 130) / 20
    low_egfr, high_egfr = (min(egfr, 60) - 60) / -15, (max(egfr, 60) - 90) / -15
    non_hdl, hdl = (0.0, 0.0) if heart_failure else _lipids(given)
    low_bmi, high_bmi = _weights(given.number("bmi")) if heart_failure else (0.0, 0.0)
    statin = not heart_failure and given.yes("statin")
    diabetes, smoker, treated = given.yes("diabetes"), given.yes("smoker"), given.yes("bp_treated")
    terms = (
        1, decades, decades**2, non_hdl, hdl, low_pressure, high_pressure, diabetes, smoker,
        low_bmi, high_bmi, low_egfr, high_egfr, treated, statin, treated * high_pressure, statin * non_hdl,
        decades * non_hdl, decades * hdl, decades * high_pressure, decades * diabetes, decades * smoker,
        decades * high_bmi, decades * low_egfr,
    )  # fmt: skip
    row = COEFFICIENTS[outcome, years, given.word("sex")]
    log_odds = sum(coefficient * term for coefficient, term in zip(row, terms, strict=True))
    return Outcome(1 / (1 + exp(-log_odds)))


def _lipids(given: Given) -> tuple[float, float]:
    """Non-HDL and HDL cholesterol, centred."""
    hdl = given.number("hdl_cholesterol")
    non_hdl = given.number("total_cholesterol") - hdl
    return non_hdl * MMOL_PER_MG_DL - 3.5, (hdl * MMOL_PER_MG_DL - 1.3) / 0.3


def _weights(index: float) -> tuple[float, float]:
    """Body mass index below and from 30, centred."""
    return (min(index, 30) - 25) / 5, (max(index, 30) - 30) / 5


_EGFR: Final = Input(
    "egfr", "eGFR (CKD-EPI 2021, see egfr_ckdepi_2021)", unit="mL/min/1.73 m2", low=15, high=150,
    aliases=("gfr", "egfr_ckdepi_2021"), loinc=("98979-8", "98980-6"), max_age_days=YEAR_DAYS,
)  # fmt: skip
_STATIN: Final = yes_no("statin", "takes a statin", "statin_treated", "on_statin")
_WORDS: Final = {
    "cvd": "cardiovascular disease (ASCVD or heart failure)",
    "ascvd": "ASCVD (coronary death, infarction, stroke)",
    "hf": "heart failure",
}


def _inputs(outcome: str, years: int) -> tuple[Input, ...]:
    """Lipids and statin are in the two models of vessels, weight in that of heart failure."""
    common = (age(30, 79 if years == 10 else 59), SEX, systolic_bp(90, 200), BP_TREATED, DIABETES, SMOKER)
    if outcome == "hf":
        own: tuple[Input, ...] = (_EGFR, bmi(18.5, 39.99))
    else:
        lipids = (total_cholesterol(130, 320), hdl_cholesterol(20, 100))
        own = (*lipids, _STATIN, _EGFR, bmi(18.5, 39.99, need=Need.SCOPE))
    return (*common, *own, NO_CVD)


def _score(outcome: str, years: int) -> Score:
    words = _WORDS[outcome]
    return Score(
        name=f"prevent_{outcome}_{years}y",
        version="2023 base",
        title=f"{words[0].upper()}{words[1:]} in {years} years (PREVENT)",
        unit=RISK_UNIT,
        inputs=_inputs(outcome, years),
        compute=partial(prevent, outcome=outcome, years=years),
        reference="Khan SS et al. Circulation 2024;149:430-449, supplemental table S12 (base model)",
        use_for=f"People of 30 to {79 if years == 10 else 59} years without cardiovascular disease.",
        not_for="People who have had cardiovascular disease or heart failure.",
        validation="For cardiovascular disease over 4.8 years, in 3.3 million people of 21 other data sets: "
        "median C statistic 0.794 in women and 0.757 in men, calibration slope 1.03 and 0.94 (Khan 2024).",
        always=(
            "Meant for people without cardiovascular disease; no risk categories came with the equations.",
        ),
    )


PREVENT: Final = tuple(_score(outcome, years) for outcome in ("cvd", "ascvd", "hf") for years in (10, 30))
