"""What the card says that is not measured: use, data, inputs, limits."""

from typing import Any, Final

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Need

NAME: Final = "diabetes"
LABEL: Final = "diabetes"
THRESHOLD: Final = 0.15
"""The operating point, set before anything was measured: about the share among the adults who were asked."""

YEAR: Final = 365
_ESTIMATED: Final = "It is estimated from the other values."
_LIPID_UNITS: Final = ("mg/dL", "mmol/L")


def _number(key: str, help_: str, unit: str, low: float, high: float, **more: Any) -> Input:
    return Input(
        key, help_, unit=unit, low=low, high=high, need=Need.OPTIONAL, without=_ESTIMATED,
        max_age_days=YEAR if "loinc" in more else None, **more,
    )  # fmt: skip


def _asked(key: str, help_: str, **more: Any) -> Input:
    return Input(key, help_, YES_NO, need=Need.OPTIONAL, without=_ESTIMATED, **more)


COLUMNS: Final = (
    _number("Age", "age in years; 80 stands for 80 and more", "years", 0, 120, completed_years=True,
            aliases=("age",)),
    Input(
        "Gender", "sex as the survey recorded it", CHOICE, choices=("female", "male"), need=Need.OPTIONAL,
        without=_ESTIMATED, words={"f": "female", "m": "male"}, aliases=("sex",),
    ),
    _number("BMI", "body mass index", "kg/m2", 10, 100, loinc=("39156-5",), aliases=("bmi",),
            changeable=True),
    _number("Pulse", "heart rate at rest", "/min", 30, 220, loinc=("8867-4",)),
    _number("BPSysAve", "systolic blood pressure, mean of the readings", "mmHg", 50, 300,
            loinc=("8480-6",), aliases=("sbp",), changeable=True),
    _number("BPDiaAve", "diastolic blood pressure, mean of the readings", "mmHg", 20, 200,
            loinc=("8462-4",), aliases=("dbp",), changeable=True),
    _number("DirectChol", "HDL cholesterol", "mmol/L", 0.1, 8, loinc=("2085-9",), also=_LIPID_UNITS,
            aliases=("hdl",), changeable=True),
    _number("TotChol", "total cholesterol", "mmol/L", 1, 20, loinc=("2093-3",), also=_LIPID_UNITS,
            aliases=("tchol",), changeable=True),
    _number("SleepHrsNight", "hours of sleep on a usual night", "h", 0, 24, changeable=True),
    _asked("SleepTrouble", "told a doctor or nurse of trouble with sleep"),
    _asked("PhysActive", "moderate or vigorous sport or recreation in a usual week", changeable=True),
    _number("AlcoholYear", "days of a year with an alcoholic drink", "d", 0, 366, changeable=True),
)  # fmt: skip
"""What the model reads, named as the survey names it. A diastolic pressure of 0 is none, so it is missing."""

RULES: Final = (
    {"column": "Age", "when": "< 20", "sentence": "The model is for adults; Age is below 20 years."},
    {"column": "Age", "when": "> 120", "sentence": "Age is above 120 years, which cannot be."},
)

FACTS: Final[dict[str, Any]] = {
    "name": NAME,
    "kind": "table",
    "title": "Diabetes, told by a doctor",
    "version": "1.0.0",
    "task": "The probability that an adult has been told by a doctor that they have diabetes.",
    "labels": [LABEL],
    "label_names": {LABEL: "diabetes, told by a doctor"},
    "label_meaning": {LABEL: "“Yes” to having been told by a doctor or health professional of diabetes"},
    "horizon": "now: whether diabetes is already known, not whether it will come",
    "intended_use": (
        "Research and teaching. To show how common known diabetes is among adults alike in age, body, blood "
        "pressure, lipids and habits. Not a medical device."
    ),
    "not_for": (
        "Predicting who will get diabetes, finding diabetes that nobody knows of, people under 20, "
        "pregnancy, and anybody whose glucose or HbA1c is known: that says it, not this model."
    ),
    "training_data": {
        "name": "US National Health and Nutrition Examination Survey, cycle 2009-2010",
        "population": "6,214 adults of the United States aged 20 and over, some groups sampled more often",
        "labels": "what the person said a doctor had told them",
        "form": "one row a person",
        "licence": "public domain (NCHS public-use data; statistical use, no re-identification)",
        "citation": (
            "CDC/NCHS, NHANES 2009-2010, as compiled by M. Dalrymple, C. Wild and R. Pruim for the R package "
            "NHANES 2.1 (adapted for education, not a research database)."
        ),
    },
    "licence": "Apache-2.0",
    "limits": [
        "Known disease, not future disease: body, blood pressure and lipids were measured after the "
        "diagnosis, and many people were treated. Low cholesterol, for one, points to diabetes because "
        "statins are given.",
        "Diabetes that nobody had diagnosed counts as none; glucose and HbA1c are not among the data.",
        "It tells long-known diabetes better than recently found diabetes (see “how long known”).",
        "One country, 2009-2010. Probabilities are those of people as sampled, where some groups were "
        "sampled more often than they are common; see the weighted figures.",
        "Age 80 stands for 80 and more.",
        "Race, income, schooling and the survey’s sensitive questions are not read; race appears in the "
        "table of subgroups alone. How people rate their own health is not read either: it follows the "
        "diagnosis.",
        "What is missing is estimated from the other values as they go together in this survey.",
        "What changes with a changed input is an association, not the effect of a treatment.",
    ],
    "uncertainty": (
        "The interval of one person’s probability holds the middle 95 % of forty refits on resampled people, "
        "and of draws of what is missing. It does not hold that other people differ from those of the survey."
    ),
    "optimistic": (
        "Held out by survey place within one cycle: years, laboratories and questions are those of training. "
        "Inputs, curves and products were settled while looking at answers on such folds, which flatters "
        "the figures by a few thousandths."
    ),
    "results_meaning": (
        "Every adult was answered by a model that has seen nobody of that person’s place of survey: ten "
        "folds by place (primary sampling unit). n counts adults; intervals resample people."
    ),
    "operating_points": {
        "decision": "“flag” from a probability of 15 % on, else “no flag”",
        "frozen": "set before anything was measured",
    },
}
