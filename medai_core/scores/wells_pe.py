"""Wells: points for pulmonary embolism.

Wells PS et al. Thromb Haemost 2000;83:416-420, table 2: signs of deep vein thrombosis 3, no likelier
diagnosis 3, heart rate above 100 1.5, immobilization or surgery 1.5, earlier thrombosis 1.5,
haemoptysis 1, cancer 1; above 4 likely.
"""

from typing import Final

from medai_core.scores.frame import POINTS, Given, Outcome, Score
from medai_core.scores.inputs import heart_rate, yes_no

_QUESTIONS: Final = {
    3.0: (
        yes_no("dvt_signs", "clinical signs of deep vein thrombosis"),
        yes_no("pe_most_likely", "another diagnosis is less likely than pulmonary embolism"),
    ),
    1.5: (
        yes_no("immobilization_surgery", "in bed for 3 days or more, or surgery within 4 weeks"),
        yes_no("prior_vte", "has had a deep vein thrombosis or pulmonary embolism", "prior_dvt_pe"),
    ),
    1.0: (
        yes_no("hemoptysis", "coughs blood", "haemoptysis"),
        yes_no("active_cancer", "cancer treated within 6 months or palliative", "malignancy", "cancer"),
    ),
}  # fmt: skip


def wells_pe(given: Given) -> Outcome:
    """0 to 12.5 points."""
    points = 1.5 * (given.number("heart_rate") > 100) + sum(
        weight * given.yes(question.key) for weight, questions in _QUESTIONS.items() for question in questions
    )
    return Outcome(points, "likely" if points > 4 else "unlikely")


WELLS_PE: Final = Score(
    name="wells_pe",
    version="2000",
    title="Pulmonary embolism (Wells)",
    unit=POINTS,
    inputs=(heart_rate(), *(question for questions in _QUESTIONS.values() for question in questions)),
    compute=wells_pe,
    reference="Wells PS et al. Thromb Haemost 2000;83:416-420, table 2",
    use_for="Adults in whom pulmonary embolism is suspected, together with D-dimer.",
    not_for="Pregnancy; people in whom nothing suggests pulmonary embolism.",
    validation="With a negative D-dimer, 1.7 to 2.2% of those unlikely had an embolism (Wells 2000).",
    high=12.5,
    always=("Meant for suspected pulmonary embolism; unlikely does not rule it out without D-dimer.",),
)
