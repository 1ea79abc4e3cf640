"""What the card says that is not measured: use, data, limits."""

from typing import Any, Final

from medai_core.learning.survival_inputs import age, choice, number, yes_no
from medai_core.learning.survival_words import ALIKE, DEEPSURV, OPEN_FILES, RESEARCH

NAME: Final = "survival_gbsg"
VERSION: Final = "1.0.0"
LABEL: Final = "recurrence_or_death"

_SIZES: Final = {"0": "20 mm or less", "1": "more than 20 to 50 mm", "2": "more than 50 mm"}

COLUMNS: Final = (
    yes_no("hormone_therapy", "had hormone therapy"),
    choice("tumor_size_group", "size of the tumour", _SIZES),
    yes_no("postmenopausal", "is past the menopause"),
    age("age", "age at surgery", 18, 110),
    number("n_positive_nodes", "lymph nodes with tumour", "", 1, 70),
    number("pgr", "progesterone receptor", "fmol/mg", 0, 10000),
    number("er", "oestrogen receptor", "fmol/mg", 0, 10000),
)

FACTS: Final[dict[str, Any]] = {
    **ALIKE,
    "name": NAME,
    "title": "Time without recurrence after node-positive breast cancer (Rotterdam)",
    "version": VERSION,
    "task": (
        "How likely a woman with node-positive breast cancer is to be alive without recurrence over the "
        "seven years after surgery, from age, nodes, size, receptors and hormone therapy."
    ),
    "labels": [LABEL],
    "label_names": {LABEL: "recurrence or death"},
    "label_meaning": {
        LABEL: "recurrence of the cancer or death from any cause, within the years after surgery that are "
        "asked for"
    },
    "horizon": "1, 3, 5 and 7 years from surgery",
    "time_zero": "surgery",
    "intended_use": RESEARCH,
    "not_for": (
        "Decisions about a patient or a treatment, cancer without positive nodes, men, and years beyond the "
        "seventh."
    ),
    "training_data": {
        "name": "Rotterdam tumour bank, node-positive, the training split of the DeepSurv paper",
        "population": "women with node-positive primary breast cancer operated in Rotterdam",
        "labels": "recurrence or death, whichever came first; follow-up is cut at seven years",
        "form": "one row a person",
        "licence": OPEN_FILES,
        "citation": f"{DEEPSURV} Foekens JA et al. Cancer Res 2000;60:636.",
    },
    "limits": [
        "The event is recurrence or death, not death alone: the curve is not that of survival.",
        "Follow-up is cut at 84 months; nothing is said beyond.",
        "Hormone therapy was chosen by clinicians and is no lever here.",
        "Receptors were measured in fmol per mg of protein, as is hardly done today.",
        "The German trial that is this set's independent test is public and in no part of the training.",
    ],
    "optimistic": (
        "Women of the same hospital answer here; another country's trial was not measured, and differs. The "
        "method was chosen among those compared on folds of the same people, which flatters it slightly."
    ),
}
