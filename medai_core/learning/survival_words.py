"""What the cards of all survival predictors say alike."""

from typing import Any, Final

RESEARCH: Final = (
    "Research and teaching. To show how survival is estimated, drawn and explained. Not a medical device."
)

OPEN_FILES: Final = "open research use, cite the studies; files MIT"

DEEPSURV: Final = (
    "Katzman JL et al. DeepSurv. BMC Med Res Methodol 2018;18:24 (files of jaredleekatzman/DeepSurv, MIT)."
)

ALIKE: Final[dict[str, Any]] = {
    "kind": "survival",
    "licence": "Apache-2.0",
    "uncertainty": (
        "The band around a person's curve is 95 %: how far the refits on resampled people lie apart, on the "
        "scale log(-log S). It does not hold that people elsewhere, or today, differ from those of the study."
    ),
    "results_meaning": (
        "Everybody was answered by a model that had not seen them: five folds by person, events spread "
        "evenly. The course over time was learned from the other folds. n counts rows, patients counts "
        "people; intervals resample people."
    ),
    "operating_points": {
        "decision": "none: the answer is a curve, and nobody is flagged",
        "frozen": "there is no operating point",
    },
}
