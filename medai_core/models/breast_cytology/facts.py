"""What the card says that is not measured: use, data, inputs, limits."""

from typing import Any, Final

from medai_core.domain.inputs import Input, Need

NAME: Final = "breast_cytology"
LABEL: Final = "malignant"
THRESHOLD: Final = 0.5
"""The operating point, set before anything was measured: more likely malignant than not."""

_ESTIMATED: Final = "It is estimated from the other values."
_MEASURES: Final[dict[str, tuple[str, float]]] = {
    "radius": ("distance from the middle to the rim of a nucleus, in pixels", 200),
    "texture": ("spread of grey values in a nucleus", 300),
    "perimeter": ("rim of a nucleus, in pixels", 1_500),
    "area": ("area of a nucleus, in pixels", 30_000),
    "smoothness": ("local change of the radius", 2),
    "compactness": ("perimeter squared over area, less 1", 10),
    "concavity": ("depth of hollows in the rim", 10),
    "concave points": ("share of the rim that is hollow", 5),
    "symmetry": ("difference of the two halves", 5),
    "fractal dimension": ("how broken the rim is", 5),
}
"""Measure -> what it is, and the greatest value that can be read."""

_OF: Final = {
    "mean {}": "mean over the nuclei: {}",
    "{} error": "standard error over the nuclei: {}",
    "worst {}": "mean of the three largest values: {}",
}


def _columns() -> tuple[Input, ...]:
    return tuple(
        Input(
            pattern.format(measure), words.format(meaning), low=0, high=high, need=Need.OPTIONAL,
            without=_ESTIMATED, aliases=(pattern.format(measure).replace(" ", "_"),),
        )
        for pattern, words in _OF.items()
        for measure, (meaning, high) in _MEASURES.items()
    )  # fmt: skip


COLUMNS: Final = _columns()
"""The features of the data set, in its order and as scikit-learn names them."""

RULES: Final[tuple[dict[str, str], ...]] = ()

FACTS: Final[dict[str, Any]] = {
    "name": NAME,
    "kind": "table",
    "title": "Malignant breast mass, from cytology",
    "version": "1.0.0",
    "task": "The probability that a breast mass is malignant, from nuclei of a fine needle aspirate.",
    "labels": [LABEL],
    "label_names": {LABEL: "malignant"},
    "label_meaning": {
        LABEL: "malignant by biopsy or follow-up; in the data set 0 is malignant and 1 benign, here the "
        "probability is that of malignancy"
    },
    "horizon": "now: what the mass is",
    "intended_use": (
        "Research and teaching. To show a predictor on thirty measurements of nuclei. Not a medical device."
    ),
    "not_for": (
        "Any decision about a patient; measurements by other software, stains or microscopes; masses of "
        "which nuclei were not outlined by hand."
    ),
    "training_data": {
        "name": "Breast Cancer Wisconsin (Diagnostic)",
        "population": "569 masses, University of Wisconsin, about 1990; 212 malignant",
        "labels": "biopsy, or follow-up of what looked benign",
        "form": "one row a mass: ten measures of the nuclei, each as mean, standard error and worst",
        "licence": "CC BY 4.0 (UCI); shipped with scikit-learn",
        "citation": (
            "Wolberg W, Mangasarian O, Street N, Street W. Breast Cancer Wisconsin (Diagnostic). UCI Machine "
            "Learning Repository, 1995; Street WN et al., SPIE 1993;1905:861-870."
        ),
    },
    "licence": "Apache-2.0",
    "limits": [
        "One hospital, one microscope, one program in which people outlined the nuclei: other measurements "
        "may differ as a whole, and nothing here would show it.",
        "37 % of these masses are malignant, more than among masses that are aspirated elsewhere: at another "
        "share the probabilities are wrong.",
        "Neither sex nor age is in the data, so no figures can be given by either; in their place stands the "
        "size of the nuclei.",
        "One row is taken for one person; the data do not say who had two masses.",
        "What is missing is estimated from the other values as they go together in these masses.",
    ],
    "uncertainty": (
        "The interval of one mass’s probability holds the middle 95 % of forty refits on resampled masses, "
        "and of draws of what is missing. It does not hold that other laboratories measure differently."
    ),
    "optimistic": (
        "The same laboratory answers as that of training. The data set has been studied for thirty years and "
        "the kind of model is known to suit it; only scale and ridge are chosen inside the folds."
    ),
    "results_meaning": (
        "Nested: every mass was answered by a model that had not seen it, and whose scale and ridge were "
        "chosen on inner folds of the others. Five rounds of ten folds; figures are of the first round where "
        "“rounds” does not say otherwise. Intervals resample masses."
    ),
    "operating_points": {
        "decision": "“flag” from a probability of 50 % on, else “no flag”",
        "frozen": "set before anything was measured",
    },
}
