"""eGFR by the CKD-EPI 2021 creatinine equation, without race.

Inker LA et al. New Creatinine- and Cystatin C-Based Equations to Estimate GFR without Race. N Engl J Med
2021;385:1737-1749, doi:10.1056/NEJMoa2102953, table 2: 142 * min(Scr/k, 1)^a * max(Scr/k, 1)^-1.200 *
0.9938^age * 1.012 in women; k 0.7 and a -0.241 in women, 0.9 and -0.302 in men. Checked against the pages of
the National Kidney Foundation and of QxMD.
"""

from typing import Final

from medai_core.scores.frame import Given, Outcome, Score
from medai_core.scores.inputs import SEX, age, creatinine

_GRADES: Final = ((90, "G1"), (60, "G2"), (45, "G3a"), (30, "G3b"), (15, "G4"))
"""Lower ends of KDIGO's categories (KDIGO 2012, table 5); below them G5."""


def egfr_ckdepi_2021(given: Given) -> Outcome:
    """mL/min/1.73 m2, from creatinine in mg/dL."""
    female = given.word("sex") == "female"
    threshold, power, factor = (0.7, -0.241, 1.012) if female else (0.9, -0.302, 1.0)
    ratio = given.number("creatinine") / threshold
    rate = 142 * min(ratio, 1) ** power * max(ratio, 1) ** -1.200 * 0.9938 ** given.number("age") * factor
    return Outcome(rate, next((name for lowest, name in _GRADES if rate >= lowest), "G5"))


EGFR_CKDEPI_2021: Final = Score(
    name="egfr_ckdepi_2021",
    version="2021",
    title="Estimated glomerular filtration rate (CKD-EPI 2021, creatinine)",
    unit="mL/min/1.73 m2",
    inputs=(age(18, 120), SEX, creatinine(0.1, 30)),
    compute=egfr_ckdepi_2021,
    reference="Inker LA et al. N Engl J Med 2021;385:1737-1749, table 2",
    use_for="Adults whose creatinine is steady and measured traceably to IDMS.",
    not_for="Children, pregnancy, a quickly changing kidney function, very unusual muscle mass.",
    validation="Against measured rates 3.6 mL/min/1.73 m2 too low in Black and 3.9 too high in other people "
    "(median, Inker 2021).",
    high=1000.0,
    always=("Holds for a steady creatinine alone.",),
)
