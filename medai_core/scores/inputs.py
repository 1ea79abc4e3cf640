"""Inputs that several scores share, so that one key means one thing in one unit."""

from typing import Final

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Need

YEAR_DAYS: Final = 365
ACUTE_DAYS: Final = 1

NO_CVD: Final = Input(
    "prior_cvd",
    "had a heart attack, a stroke, heart failure or other cardiovascular disease",
    YES_NO,
    need=Need.SCOPE,
    refuses="It is for people who have had no cardiovascular disease.",
)


def age(low: float, high: float, *, need: Need = Need.NEEDED) -> Input:
    """Completed years."""
    return Input(
        "age", "age", unit="years", low=low, high=high, need=need, completed_years=True,
        aliases=("age_years",), loinc=("30525-0",),
    )  # fmt: skip


SEX: Final = Input(
    "sex",
    "sex as the score's authors recorded it",
    CHOICE,
    choices=("female", "male"),
    words={"f": "female", "m": "male", "woman": "female", "man": "male", "women": "female", "men": "male"},
    aliases=("gender",),
)


def yes_no(key: str, help_: str, *aliases: str, changeable: bool = False) -> Input:
    """A needed question."""
    return Input(key, help_, YES_NO, aliases=aliases, changeable=changeable)


def total_cholesterol(low: float, high: float, unit: str = "mg/dL") -> Input:
    """In serum or plasma."""
    return Input(
        "total_cholesterol", "total cholesterol", unit=unit, low=low, high=high,
        also=("mmol/L", "mg/dL"), aliases=("tc", "total_c", "cholesterol", "tchol"), loinc=("2093-3",),
        max_age_days=YEAR_DAYS, changeable=True,
    )  # fmt: skip


def hdl_cholesterol(low: float, high: float, unit: str = "mg/dL") -> Input:
    """In serum or plasma."""
    return Input(
        "hdl_cholesterol", "HDL cholesterol", unit=unit, low=low, high=high, also=("mmol/L", "mg/dL"),
        aliases=("hdl", "hdl_c"), loinc=("2085-9",), max_age_days=YEAR_DAYS, changeable=True,
    )  # fmt: skip


def systolic_bp(low: float, high: float, *, days: int = YEAR_DAYS) -> Input:
    """At rest."""
    return Input(
        "systolic_bp", "systolic blood pressure", unit="mmHg", low=low, high=high, also=("kPa",),
        aliases=("sbp",), loinc=("8480-6",), max_age_days=days, changeable=True,
    )  # fmt: skip


def bmi(low: float, high: float, *, need: Need = Need.NEEDED) -> Input:
    """Weight by the square of height."""
    return Input(
        "bmi", "body mass index", unit="kg/m2", low=low, high=high, need=need,
        aliases=("body_mass_index",), loinc=("39156-5",), max_age_days=YEAR_DAYS, changeable=True,
    )  # fmt: skip


def creatinine(low: float, high: float, *, days: int = YEAR_DAYS, need: Need = Need.NEEDED) -> Input:
    """In serum or plasma, traceable to IDMS."""
    return Input(
        "creatinine", "serum creatinine", unit="mg/dL", low=low, high=high, also=("umol/L",), need=need,
        aliases=("scr", "serum_creatinine"), loinc=("2160-0",), max_age_days=days,
    )  # fmt: skip


def bilirubin(low: float, high: float) -> Input:
    """Total, in serum or plasma."""
    return Input(
        "bilirubin", "total bilirubin", unit="mg/dL", low=low, high=high, also=("umol/L",),
        aliases=("total_bilirubin",), loinc=("1975-2",), max_age_days=ACUTE_DAYS,
    )  # fmt: skip


def respiratory_rate() -> Input:
    """Breaths."""
    return Input(
        "respiratory_rate", "breaths a minute", unit="/min", low=1, high=100, aliases=("rr", "resp_rate"),
        loinc=("9279-1",), max_age_days=ACUTE_DAYS,
    )  # fmt: skip


def heart_rate() -> Input:
    """Pulse."""
    return Input(
        "heart_rate", "heart beats a minute", unit="/min", low=10, high=300, aliases=("hr", "pulse"),
        loinc=("8867-4",), max_age_days=ACUTE_DAYS,
    )  # fmt: skip


def gcs(*, need: Need = Need.NEEDED) -> Input:
    """Sum of eyes, voice and movement."""
    return Input(
        "gcs", "Glasgow Coma Scale", low=3, high=15, need=need, aliases=("glasgow_coma_scale",),
        loinc=("9269-2",), max_age_days=ACUTE_DAYS,
    )  # fmt: skip


DIABETES: Final = yes_no("diabetes", "has diabetes", "dm", "diabetic")
SMOKER: Final = yes_no("smoker", "smokes now", "smoking", "current_smoker", changeable=True)
BP_TREATED: Final = yes_no(
    "bp_treated", "takes medication against high blood pressure", "bp_meds", "bp_tx", "bp_treatment",
    "antihypertensive", "htn_treated", "treated_bp",
)  # fmt: skip
