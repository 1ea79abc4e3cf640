"""What the card says that is not measured: use, data, limits."""

from typing import Any, Final

from medai_core.learning.survival_inputs import age, choice, number, yes_no
from medai_core.learning.survival_words import ALIKE, RESEARCH

NAME: Final = "survival_pbc"
VERSION: Final = "1.0.0"
LABEL: Final = "death"

_SEX: Final = {"m": "male", "f": "female"}
_EDEMA: Final = {"0": "none", "0.5": "untreated, or gone with diuretics", "1": "in spite of diuretics"}
_STAGE: Final = {"1": "stage 1", "2": "stage 2", "3": "stage 3", "4": "stage 4"}
_MOLES: Final = ("umol/L", "mg/dL")
_GRAMS: Final = ("g/L", "g/dL")

COLUMNS: Final = (
    age("age", "age at the visit; in a table of visits, age at the first one", 18, 110),
    choice("sex", "sex as the study recorded it", _SEX),
    number("bili", "bilirubin", "mg/dL", 0.05, 80, loinc="1975-2", also=_MOLES),
    number("bili_trend", "yearly change of the log of bilirubin over the visits so far", "", -12, 12),
    number("albumin", "albumin", "g/dL", 0.5, 8.5, loinc="1751-7", also=_GRAMS),
    number("protime", "prothrombin time", "s", 7, 60, loinc="5902-2"),
    number("platelet", "platelets", "10*9/L", 5, 1500, loinc="777-3"),
    number("alk.phos", "alkaline phosphatase", "U/L", 20, 20000, loinc="6768-6"),
    number("ast", "aspartate aminotransferase", "U/L", 3, 3000, loinc="1920-8"),
    choice("edema", "oedema", _EDEMA),
    yes_no("ascites", "has ascites"),
    yes_no("hepato", "has an enlarged liver"),
    yes_no("spiders", "has spider naevi"),
    choice("stage", "stage of the last biopsy", _STAGE),
)

FACTS: Final[dict[str, Any]] = {
    **ALIKE,
    "name": NAME,
    "title": "Survival with primary biliary cholangitis, at any visit",
    "version": VERSION,
    "task": (
        "How likely a person with primary biliary cholangitis is to be alive over the years after a visit, "
        "from what was known by that visit: the newest value of everything, and how bilirubin has moved."
    ),
    "labels": [LABEL],
    "label_names": {LABEL: "death from any cause"},
    "label_meaning": {
        LABEL: "death from any cause, before a transplant, within the years after the visit that are asked"
    },
    "horizon": "1, 2 and 5 years from the visit",
    "time_zero": "the visit",
    "landmark": {"person": "id", "day": "day"},
    "competing": (
        "A transplant is a competing event. It ends observation here, as if the person had been lost then: "
        "the curve is of death in a world without transplants. Who is transplanted is sicker than who is "
        "not, so that the curve is too favourable where a transplant is near. The card also states the order "
        "of people by death or transplant, whichever comes first."
    ),
    "intended_use": RESEARCH,
    "not_for": (
        "Decisions about a patient or a transplant, other diseases of the liver, and people after a "
        "transplant."
    ),
    "training_data": {
        "name": "Mayo Clinic trial of D-penicillamine in primary biliary cholangitis, visits (pbcseq)",
        "population": "people who were randomised at the Mayo Clinic, 1974 to 1984, and followed on",
        "labels": "death; transplant is kept apart",
        "form": "one row a visit, up to sixteen a person",
        "licence": "distributed with the R package survival (LGPL 2 or later)",
        "citation": (
            "Murtaugh PA et al. Hepatology 1994;20:126. Therneau TM, Grambsch PM. Modeling Survival Data, "
            "2000."
        ),
    },
    "limits": [
        "312 people of one clinic before ursodeoxycholic acid: survival is better today.",
        "Transplant ends observation: read what the card says of it.",
        "A visit's time is when people came; who felt worse may have come earlier.",
        "Bilirubin's trend needs two visits at least a month apart; at a first visit it is estimated as the "
        "average of people alike.",
    ],
    "optimistic": (
        "People of the same trial answer here, held out with all their visits. Visits of one person are not "
        "independent, and people who lived long have more of them; intervals resample people."
    ),
}
