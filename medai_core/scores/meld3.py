"""MELD 3.0: points for end-stage liver disease.

Kim WR et al. MELD 3.0: The Model for End-Stage Liver Disease Updated for the Modern Era. Gastroenterology
2021;161:1887-1895, doi:10.1053/j.gastro.2021.08.050; the adult formula and bounds as in OPTN policy 9.1.D.
Checked against several public programs that agree.
"""

from math import floor, log
from typing import Final

from medai_core.domain.inputs import YES_NO, Input, Need
from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import ACUTE_DAYS, SEX, age, bilirubin, creatinine


def meld3(given: Given) -> Outcome:
    """6 to 40 points."""
    bile, inr = log(max(given.number("bilirubin"), 1)), log(max(given.number("inr"), 1))
    dialysis = given.has("dialysis") and given.yes("dialysis")
    kidney = log(3.0 if dialysis else min(max(given.number("creatinine"), 1), 3))
    salt = 137 - min(max(given.number("sodium"), 125), 137)
    protein = 3.5 - min(max(given.number("albumin"), 1.5), 3.5)
    total = (
        (1.33 if given.word("sex") == "female" else 0)
        + 4.56 * bile
        + 0.82 * salt
        - 0.24 * salt * bile
        + 9.09 * inr
        + 11.14 * kidney
        + 1.85 * protein
        - 1.83 * protein * kidney
        + 6
    )
    return Outcome(float(min(max(floor(total + 0.5), 6), 40)))


MELD3: Final = Score(
    name="meld3",
    version="3.0",
    title="End-stage liver disease (MELD 3.0)",
    unit=POINTS,
    inputs=(
        SEX,
        bilirubin(0.05, 80),
        Input("inr", "international normalized ratio", low=0.5, high=20, loinc=("6301-6", "34714-6"),
              max_age_days=ACUTE_DAYS),
        creatinine(0.1, 30, days=ACUTE_DAYS),
        Input("sodium", "sodium in serum", unit="mmol/L", low=90, high=200, also=("meq/L",), aliases=("na",),
              loinc=("2951-2",), max_age_days=ACUTE_DAYS),
        Input("albumin", "albumin in serum", unit="g/dL", low=0.5, high=7, also=("g/L",), loinc=("1751-7",),
              max_age_days=ACUTE_DAYS),
        Input(
            "dialysis", "two or more dialyses, or 24 hours of CVVHD, within the week", YES_NO,
            need=Need.OPTIONAL, without="dialysis was not told; creatinine was used as given.",
        ),
        age(18, 120, need=Need.SCOPE),
    ),
    compute=meld3,
    reference="Kim WR et al. Gastroenterology 2021;161:1887-1895; OPTN policy 9.1.D",
    use_for="Adults with end-stage liver disease.",
    not_for="Candidates who were registered before 18 years of age: another constant holds.",
    validation="Concordance 0.869 for death within 90 days on the waiting list (Kim 2021).",
    low=6.0,
    high=40.0,
)  # fmt: skip
