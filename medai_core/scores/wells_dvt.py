"""Wells: points for deep vein thrombosis.

Wells PS et al. N Engl J Med 2003;349:1227-1235, doi:10.1056/NEJMoa023153, table 1: one point for each of nine
findings, minus two where another diagnosis is at least as likely; from 2 likely.
"""

from typing import Final

from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import yes_no

_FINDINGS: Final = (
    yes_no("active_cancer", "cancer treated within 6 months or palliative", "malignancy", "cancer"),
    yes_no("leg_paralysis", "paralysis, paresis or plaster of the leg"),
    yes_no("bedridden_surgery", "in bed for 3 days or more, or major surgery within 12 weeks"),
    yes_no("deep_vein_tenderness", "tenderness along the deep veins"),
    yes_no("leg_swollen", "the entire leg is swollen"),
    yes_no("calf_swelling", "the calf is more than 3 cm wider than the other"),
    yes_no("pitting_edema", "pitting oedema of this leg alone"),
    yes_no("collateral_veins", "collateral superficial veins that are not varicose"),
    yes_no("prior_dvt", "has had a deep vein thrombosis"),
)
_OTHER: Final = yes_no("alternative_likely", "another diagnosis is at least as likely")


def wells_dvt(given: Given) -> Outcome:
    """-2 to 9 points."""
    points = sum(given.yes(one.key) for one in _FINDINGS) - 2 * given.yes(_OTHER.key)
    return Outcome(float(points), "likely" if points >= 2 else "unlikely")


WELLS_DVT: Final = Score(
    name="wells_dvt",
    version="2003",
    title="Deep vein thrombosis (Wells)",
    unit=POINTS,
    inputs=(*_FINDINGS, _OTHER),
    compute=wells_dvt,
    reference="Wells PS et al. N Engl J Med 2003;349:1227-1235, table 1",
    use_for="Adults in whom deep vein thrombosis of a leg is suspected, together with D-dimer.",
    not_for="Pregnancy.",
    validation="Of those ruled out with D-dimer, 0.4% had a thrombosis within three months (Wells 2003).",
    low=-2.0,
    high=9.0,
    always=("Meant for suspected deep vein thrombosis; unlikely does not rule it out without D-dimer.",),
)
