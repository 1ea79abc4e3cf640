"""SOFA: points for organ failure.

Vincent JL et al. Intensive Care Med 1996;22:707-710, doi:10.1007/BF01709751, table 3: 0 to 4 points for each
of six organs; adrenergic agents count when given for at least an hour.
"""

from typing import Final

from medai_core.domain.inputs import YES_NO, Input, Need
from medai_core.scores.frame import POINTS, Given, Lacks, Outcome, Score
from medai_core.scores.inputs import ACUTE_DAYS, bilirubin, creatinine, gcs

_AGENTS: Final = ("dopamine", "dobutamine", "epinephrine", "norepinephrine")


def sofa(given: Given) -> Outcome:
    """0 to 24 points; the interval says how far agents and urine that were not told could raise them."""
    heart, kidney = _heart(given), _kidney(given)
    points = (
        _lungs(given) + _steps(given.number("platelets"), (150, 100, 50, 20))
        + _rising(given.number("bilirubin"), (1.2, 2, 6, 12)) + heart
        + _steps(given.number("gcs"), (15, 13, 10, 6)) + kidney
    )  # fmt: skip
    unknown = (0 if all(given.has(agent) for agent in _AGENTS) else 4 - heart) + (
        0 if given.has("urine_output") else 4 - kidney
    )
    return Outcome(
        float(points), interval=(float(points), float(points + unknown)) if unknown else None
    )  # fmt: skip


def _steps(value: float, ends: tuple[float, ...]) -> int:
    """One point for each end that the value is below."""
    return sum(value < end for end in ends)


def _rising(value: float, ends: tuple[float, ...]) -> int:
    """One point for each end that the value reaches."""
    return sum(value >= end for end in ends)


def _lungs(given: Given) -> int:
    """PaO2/FiO2 in mmHg; below 200 the points depend on respiratory support."""
    if given.has("pao2_fio2"):
        ratio = given.number("pao2_fio2")
    else:
        ratio = given.number("pao2") / given.number("fio2")
    if ratio >= 200:
        return _steps(ratio, (400, 300))
    if not given.has("ventilated"):
        raise Lacks("ventilated")
    return (3 if ratio >= 100 else 4) if given.yes("ventilated") else 2


def _heart(given: Given) -> int:
    """Mean pressure in mmHg, agents in ug/kg/min."""
    dose = {agent: given.number(agent) if given.has(agent) else 0.0 for agent in _AGENTS}
    strong = max(dose["epinephrine"], dose["norepinephrine"])
    if dose["dopamine"] > 15 or strong > 0.1:
        return 4
    if dose["dopamine"] > 5 or strong > 0:
        return 3
    if dose["dopamine"] > 0 or dose["dobutamine"] > 0:
        return 2
    return 1 if given.number("map") < 70 else 0


def _kidney(given: Given) -> int:
    """Creatinine in mg/dL, urine in mL/day; the worse of the two."""
    points = _rising(given.number("creatinine"), (1.2, 2, 3.5, 5))
    if given.has("urine_output"):
        urine = given.number("urine_output")
        points = max(points, 4 if urine < 200 else 3 if urine < 500 else 0)
    return points


def _agent(name: str, *aliases: str) -> Input:
    return Input(
        name, f"{name} for at least an hour, 0 where none is given", unit="ug/kg/min", low=0, high=100,
        need=Need.OPTIONAL, aliases=aliases, max_age_days=ACUTE_DAYS,
        without=f"{name} was not told and counted as not given; the interval says how far it could raise the "
        "points.",
    )  # fmt: skip


SOFA: Final = Score(
    name="sofa",
    version="1996",
    title="Organ failure (SOFA)",
    unit=POINTS,
    inputs=(
        Input(
            "pao2_fio2", "PaO2/FiO2 (or give pao2 and fio2)", unit="mmHg", low=10, high=800, also=("kPa",),
            need=Need.OPTIONAL, aliases=("pf_ratio", "pao2_fio2_ratio", "pf"), max_age_days=ACUTE_DAYS,
        ),
        Input(
            "pao2", "arterial oxygen pressure, where pao2_fio2 is not given", unit="mmHg", low=10, high=700,
            also=("kPa",), need=Need.OPTIONAL, loinc=("2703-7",), max_age_days=ACUTE_DAYS,
        ),
        Input(
            "fio2", "share of oxygen in the inspired gas, with pao2", unit="1", low=0.21, high=1, also=("%",),
            need=Need.OPTIONAL, loinc=("3150-6",), max_age_days=ACUTE_DAYS,
        ),
        Input(
            "ventilated", "has respiratory support; asked for below a PaO2/FiO2 of 200", YES_NO,
            need=Need.OPTIONAL, aliases=("mechanical_ventilation", "respiratory_support"),
        ),
        Input(
            "platelets", "platelet count", unit="10*9/L", low=0, high=3000, also=("10*3/uL",),
            aliases=("platelet_count",), loinc=("777-3",), max_age_days=ACUTE_DAYS,
        ),
        bilirubin(0, 80),
        Input(
            "map", "mean arterial pressure", unit="mmHg", low=10, high=250, also=("kPa",),
            aliases=("mean_arterial_pressure", "mean_bp"), loinc=("8478-0",), max_age_days=ACUTE_DAYS,
        ),
        _agent("dopamine"),
        _agent("dobutamine"),
        _agent("epinephrine", "adrenaline"),
        _agent("norepinephrine", "noradrenaline"),
        gcs(),
        creatinine(0, 30, days=ACUTE_DAYS),
        Input(
            "urine_output", "urine in 24 hours", unit="mL/day", low=0, high=20000, also=("L/day",),
            need=Need.OPTIONAL, aliases=("urine",), loinc=("9192-6",), max_age_days=ACUTE_DAYS,
            without="urine_output was not told; the kidney was judged by creatinine alone.",
        ),
        Input(
            "age", "age", unit="years", low=16, high=120, need=Need.SCOPE, completed_years=True,
        ),
    ),
    compute=sofa,
    reference="Vincent JL et al. Intensive Care Med 1996;22:707-710, table 3",
    use_for="Adults in intensive care, from the worst values of 24 hours.",
    not_for="Children (pediatric versions differ).",
    validation="Death rose with the points in 1,449 patients of 40 intensive care units (Vincent 1998).",
    high=24.0,
    either=(("pao2_fio2",), ("pao2", "fio2")),
    without="A missing organ is named and nothing is computed; agents and urine that were not told widen "
    "the interval.",
)  # fmt: skip
