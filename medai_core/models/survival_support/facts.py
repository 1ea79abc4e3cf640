"""What the card says that is not measured: use, data, limits."""

from typing import Any, Final

from medai_core.learning.survival_inputs import age, choice, number, yes_no
from medai_core.learning.survival_words import ALIKE, DEEPSURV, OPEN_FILES, RESEARCH

NAME: Final = "survival_support"
VERSION: Final = "1.0.0"
LABEL: Final = "death"

_CANCER: Final = {"0": "metastatic cancer", "1": "no cancer", "2": "cancer, not metastatic"}
_MOLES: Final = ("umol/L", "mg/dL")

COLUMNS: Final = (
    age("age", "age", 18, 110),
    yes_no("sex_female", "is female"),
    number("n_comorbidities", "number of other diseases", "", 0, 20),
    yes_no("diabetes", "has diabetes"),
    yes_no("dementia", "has dementia"),
    choice("cancer_code", "cancer", _CANCER),
    number("mean_bp", "mean arterial pressure on day 3", "mmHg", 10, 250, loinc="8478-0", days=2),
    number("heart_rate", "heart rate on day 3", "/min", 10, 320, loinc="8867-4", days=2),
    number("resp_rate", "respiratory rate on day 3", "/min", 2, 90, loinc="9279-1", days=2),
    number("temperature", "temperature on day 3", "Cel", 28, 44, loinc="8310-5", days=2),
    number("sodium", "sodium on day 3", "mmol/L", 90, 200, loinc="2951-2", days=2),
    number("wbc", "white blood cells on day 3", "10*9/L", 0.02, 300, loinc="6690-2", days=2),
    number("creatinine", "creatinine on day 3", "mg/dL", 0.05, 30, loinc="2160-0", also=_MOLES, days=2),
)

FACTS: Final[dict[str, Any]] = {
    **ALIKE,
    "name": NAME,
    "title": "Survival of seriously ill adults in hospital (SUPPORT)",
    "version": VERSION,
    "task": (
        "How likely a seriously ill adult in hospital is to be alive over the next five years, from age, "
        "illness, vital signs and blood values of the third day."
    ),
    "labels": [LABEL],
    "label_names": {LABEL: "death from any cause"},
    "label_meaning": {LABEL: "death from any cause, within the years after entry that are asked for"},
    "horizon": "half a year, 1, 2 and 5 years from study entry",
    "time_zero": "the third day in hospital",
    "intended_use": RESEARCH,
    "not_for": (
        "Decisions about a patient, limits of treatment, people who are not seriously ill, and children."
    ),
    "training_data": {
        "name": "SUPPORT, the training split of the DeepSurv paper",
        "population": "seriously ill adults in five hospitals of the United States, 1989 to 1994",
        "labels": "death from any cause; followed for up to five and a half years",
        "form": "one row a person",
        "licence": OPEN_FILES,
        "citation": f"{DEEPSURV} Knaus WA et al. Ann Intern Med 1995;122:191.",
    },
    "limits": [
        "Five teaching hospitals thirty years ago; people entered with one of nine grave diagnoses.",
        "The diagnosis, the coma score and the physicians' own estimate are not among the columns.",
        "A mean pressure, heart rate, breathing rate or white count of zero is taken as not measured.",
        "Race stands in the table and is not read.",
        "Cancer is three groups without an order, of which metastatic cancer is the first.",
    ],
    "optimistic": (
        "People of the same hospitals answer here. The method was chosen among those compared on folds of "
        "the same people, which flatters it slightly."
    ),
}
