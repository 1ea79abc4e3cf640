"""What the card says that is not measured: use, data, inputs, limits."""

from typing import Any, Final

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Need

NAME: Final = "coronary_disease"
LABEL: Final = "coronary_disease"
THRESHOLD: Final = 0.5
"""The operating point, set before anything was measured: more likely diseased than not."""

YEAR: Final = 365
MONTH: Final = 30
_ESTIMATED: Final = "It is estimated from the other values."


def _number(key: str, help_: str, unit: str, low: float, high: float, **more: Any) -> Input:
    return Input(
        key, help_, unit=unit, low=low, high=high, need=Need.OPTIONAL, without=_ESTIMATED, **more
    )  # fmt: skip


COLUMNS: Final = (
    _number("age", "age", "years", 0, 120, completed_years=True),
    Input(
        "sex", "sex as the hospital recorded it", CHOICE, choices=("female", "male"), need=Need.OPTIONAL,
        without=_ESTIMATED, words={"0": "female", "1": "male", "f": "female", "m": "male"},
    ),
    Input(
        "cp", "chest pain", CHOICE,
        choices=("typical angina", "atypical angina", "non-anginal pain", "no chest pain"),
        need=Need.OPTIONAL, without=_ESTIMATED, aliases=("chest_pain",),
        words={"1": "typical angina", "2": "atypical angina", "3": "non-anginal pain", "4": "no chest pain",
               "asymptomatic": "no chest pain"},
    ),
    _number("trestbps", "systolic blood pressure at rest", "mmHg", 50, 300, loinc=("8480-6",),
            max_age_days=YEAR, aliases=("sbp",), changeable=True),
    _number("chol", "total cholesterol", "mg/dL", 50, 800, loinc=("2093-3",), max_age_days=YEAR,
            also=("mmol/L", "mg/dL"), aliases=("tchol",), changeable=True),
    _number("thalach", "greatest heart rate in the exercise test", "/min", 40, 250, max_age_days=MONTH),
    Input("exang", "angina in the exercise test", YES_NO, need=Need.OPTIONAL, without=_ESTIMATED,
          max_age_days=MONTH),
    _number("oldpeak", "ST depression in the exercise test, against rest", "mm", -5, 10,
            max_age_days=MONTH),
)  # fmt: skip
"""What the model reads. A cholesterol or blood pressure of 0 is none in these data, so it is missing."""

RULES: Final = (
    {"column": "age", "when": "< 18", "sentence": "The model is for adults; age is below 18 years."},
    {"column": "age", "when": "> 120", "sentence": "age is above 120 years, which cannot be."},
)

FACTS: Final[dict[str, Any]] = {
    "name": NAME,
    "kind": "table",
    "title": "Coronary disease at angiography",
    "version": "1.0.0",
    "task": (
        "The probability that angiography shows a coronary artery narrowed by half or more, in a person who "
        "was referred for it."
    ),
    "labels": [LABEL],
    "label_names": {LABEL: "coronary disease at angiography"},
    "label_meaning": {LABEL: "one of the large coronary arteries narrowed by 50 % or more (num above 0)"},
    "horizon": "now: what angiography would show, not whether an event will come",
    "intended_use": (
        "Research and teaching. To show a predictor that is tested at hospitals it has not seen. Not a "
        "medical device."
    ),
    "not_for": (
        "Decisions about a patient, people who were not referred for angiography, people with known coronary "
        "disease or a bypass, and the risk of a future heart attack."
    ),
    "training_data": {
        "name": "UCI Heart Disease: Cleveland, Budapest, Zurich and Basel",
        "population": "719 patients referred for angiography at three sites, 1981-1987",
        "labels": "angiography",
        "form": "one row a patient",
        "licence": "CC BY 4.0 (UCI)",
        "citation": (
            "Janosi A, Steinbrunn W, Pfisterer M, Detrano R. Heart Disease. UCI Machine Learning Repository, "
            "1988; Detrano R et al., Am J Cardiol 1989;64:304-310."
        ),
    },
    "licence": "Apache-2.0",
    "limits": [
        "Ranking carries over to another hospital, the level does not: 36 % were ill at one site and 94 % at "
        "another. The level served is the mean of the sites’ levels; see observed against expected by site.",
        "Referred patients of the 1980s: among others the probabilities are far too high.",
        "At the Swiss site eight patients were without disease: its figures are very uncertain.",
        "Most are men; women are few at every site.",
        "Fluoroscopy, thallium scan and the slope of the ST segment are not read: they were recorded at one "
        "site, mostly. Fasting glucose and the resting ECG did not help at other sites.",
        "Cholesterol 0 and blood pressure 0 are taken as missing. Whether a value is missing is itself not "
        "read: it tells the hospital, not the heart. What is missing is estimated from the other values.",
        "What changes with a changed input is an association, not the effect of a treatment.",
    ],
    "uncertainty": (
        "The interval of one person’s probability holds the middle 95 % of forty refits on resampled "
        "patients, and of draws of what is missing. It does not hold that the level of another hospital is "
        "another."
    ),
    "optimistic": (
        "Ridge and inputs were settled while looking at these three held-out sites, so the figures by site "
        "are somewhat flattering; a fourth hospital is likely to do worse."
    ),
    "results_meaning": (
        "Every patient was answered by a model that has seen no patient of that hospital: one site is left "
        "out in turn. The figures of all sites together mix their levels; those by site are what counts. "
        "Intervals resample patients."
    ),
    "operating_points": {
        "decision": "“flag” from a probability of 50 % on, else “no flag”",
        "frozen": "set before anything was measured",
    },
}
