"""What the card says that is not measured: use, data, limits."""

from typing import Any, Final

from medai_core.learning.survival_inputs import age, choice, number
from medai_core.learning.survival_words import ALIKE, RESEARCH

NAME: Final = "mortality_nhanes1"
VERSION: Final = "1.0.0"
LABEL: Final = "death"

_SEX: Final = {"1": "male", "2": "female"}
_GRAMS: Final = ("g/L", "g/dL")
_IRON: Final = ("umol/L", "ug/dL")
_CHOLESTEROL: Final = ("mmol/L", "mg/dL")

COLUMNS: Final = (
    age("Age", "age at the examination", 18, 110),
    choice("Sex", "sex as the survey recorded it", _SEX),
    number("Systolic BP", "systolic blood pressure", "mmHg", 50, 320, loinc="8480-6", changeable=True),
    number("Diastolic BP", "diastolic blood pressure", "mmHg", 20, 200, loinc="8462-4", changeable=True),
    number("BMI", "body mass index", "kg/m2", 10, 80, loinc="39156-5", changeable=True),
    number("Poverty index", "family income over the poverty line, times 100; 999 is not known", "", 0, 998),
    number(
        "Serum Cholesterol", "total cholesterol", "mg/dL", 40, 900, loinc="2093-3", also=_CHOLESTEROL,
        changeable=True,
    ),
    number("Serum Albumin", "albumin in serum", "g/dL", 1, 8, loinc="1751-7", also=_GRAMS),
    number("Serum Protein", "total protein in serum", "g/dL", 2, 14, loinc="2885-2", also=_GRAMS),
    number("Serum Iron", "iron in serum", "ug/dL", 5, 600, loinc="2498-4", also=_IRON),
    number("TIBC", "total iron-binding capacity", "ug/dL", 50, 1000, loinc="2500-7", also=_IRON),
    number("Serum Magnesium", "magnesium in serum, in the survey's unit", "", 0.3, 5),
    number("Sedimentation rate", "erythrocyte sedimentation rate", "mm/h", 0, 150, loinc="4537-7"),
    number("White blood cells", "white blood cells", "10*9/L", 0.5, 200, loinc="6690-2"),
    number(
        "Red blood cells", "red cells as the survey coded them; 77.7 and 88.8 are not measured", "", 10, 77.5
    ),
)  # fmt: skip

FACTS: Final[dict[str, Any]] = {
    **ALIKE,
    "name": NAME,
    "title": "Mortality of adults over twenty years (NHANES I)",
    "version": VERSION,
    "task": (
        "How likely an adult is to be alive over the twenty years after an examination, from age, sex, blood "
        "pressure, body mass, income and blood values."
    ),
    "labels": [LABEL],
    "label_names": {LABEL: "death from any cause"},
    "label_meaning": {
        LABEL: "death from any cause, within the years after the examination that are asked for"
    },
    "horizon": "5, 10, 15 and 20 years from the examination",
    "time_zero": "the examination",
    "intended_use": RESEARCH,
    "not_for": (
        "Decisions about a patient, insurance, and people under 25 or over 74 years, whom the survey did not "
        "examine."
    ),
    "training_data": {
        "name": "NHANES I with mortality follow-up to 1992 (the subset that shap distributes)",
        "population": "adults of 25 to 74 years in the United States, examined 1971 to 1975",
        "labels": "death from any cause, from the follow-up study",
        "form": "one row a person",
        "licence": "public domain (NCHS); files MIT",
        "citation": (
            "NCHS: NHANES I Epidemiologic Follow-up Study. Lundberg SM et al. Nat Mach Intell 2020;2:56 "
            "(files of shap/shap, MIT)."
        ),
    },
    "limits": [
        "Age carries most of the order: the card states what the other columns add to age and sex.",
        "Examined fifty years ago, before statins and modern care: mortality at the same age is lower today.",
        "Smoking, disease and drugs are not among the columns.",
        "No sampling weights are in the file: the curves are those of the sample, not of the country.",
        "Red cells are coded in a way that the file does not explain, and magnesium's unit is not certain; "
        "both are read as they are written.",
        "Pulse pressure and transferrin saturation follow from other columns and are not read. Race "
        "stands in the table and is not read.",
    ],
    "optimistic": (
        "People of the same survey answer here. Most of the C is age: read the gain over age and sex. The "
        "method was chosen among those compared on folds of the same people, which flatters it slightly."
    ),
}
