"""What the card says that is not measured: use, data, limits."""

from typing import Any, Final

from medai_core.learning.survival_inputs import age, number, yes_no
from medai_core.learning.survival_words import ALIKE, DEEPSURV, OPEN_FILES, RESEARCH

NAME: Final = "survival_metabric"
VERSION: Final = "1.0.0"
LABEL: Final = "death"

COLUMNS: Final = (
    number("EGFR", "EGFR expression in the tumour", "log2", 3, 16),
    number("PGR", "progesterone receptor (PGR) expression", "log2", 3, 16),
    number("ERBB2", "HER2 (ERBB2) expression", "log2", 3, 16),
    number("MKI67", "Ki-67 (MKI67) expression", "log2", 3, 16),
    yes_no("hormone_therapy", "had hormone therapy"),
    yes_no("radiotherapy", "had radiotherapy"),
    yes_no("chemotherapy", "had chemotherapy"),
    yes_no("er_positive", "the tumour is oestrogen-receptor positive"),
    age("age", "age at diagnosis", 18, 110),
)

FACTS: Final[dict[str, Any]] = {
    **ALIKE,
    "name": NAME,
    "title": "Survival after breast cancer (METABRIC)",
    "version": VERSION,
    "task": (
        "How likely a woman with breast cancer is to be alive over the years after diagnosis, from age, "
        "expression of four genes, receptor status and treatment."
    ),
    "labels": [LABEL],
    "label_names": {LABEL: "death from any cause"},
    "label_meaning": {LABEL: "death from any cause, within the years after diagnosis that are asked for"},
    "horizon": "1, 5 and 10 years from diagnosis",
    "time_zero": "diagnosis",
    "intended_use": RESEARCH,
    "not_for": (
        "Decisions about a patient or a treatment, men, and expression measured on another platform: the "
        "numbers are log2 intensities of one array."
    ),
    "training_data": {
        "name": "METABRIC, the training split of the DeepSurv paper",
        "population": "women with primary breast cancer in the United Kingdom and Canada",
        "labels": "death from any cause; followed for up to thirty years",
        "form": "one row a person",
        "licence": OPEN_FILES,
        "citation": f"{DEEPSURV} Curtis C et al. Nature 2012;486:346.",
    },
    "limits": [
        "Death from any cause, not from breast cancer alone.",
        "Stage, grade, nodes and size are not among the columns: far less is known of a tumour here than in "
        "a clinic.",
        "Treatments were chosen by clinicians for the patients' risk: chemotherapy goes with a worse outcome "
        "because those at highest risk had it. They are no levers, and what-if does not change them.",
        "Treated decades ago; survival has become better since.",
    ],
    "optimistic": (
        "People of the same study answer here. The method was chosen among those compared on folds of the "
        "same people, which flatters it slightly."
    ),
}
