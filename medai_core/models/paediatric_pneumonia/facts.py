"""What the card says that is not measured: use, population, sources, limits."""

from typing import Any, Final

NAME: Final = "paediatric_pneumonia"
VERSION: Final = "1.0.0"
SIZE: Final = 192
"""Rows and columns of the served input."""

LIMITS_PER_FINDING: Final[dict[str, list[str]]] = {
    "pneumonia": [
        "Films without pneumonia in the set are of children thought well enough not to have it: other "
        "diseases of the chest are hardly among them and may score as pneumonia.",
        "The operating point keeps sensitivity high on changed copies of films, at the price of more false "
        "alarms.",
    ],
    "bacterial": [
        "Bacterial and viral pneumonia look much alike: the subgroups give how well the two are told apart.",
        "Never enough to choose a treatment by.",
    ],
    "viral": [
        "Bacterial and viral pneumonia look much alike: the subgroups give how well the two are told apart.",
        "Measured on fewer films than bacterial pneumonia.",
    ],
}

FACTS: Final[dict[str, Any]] = {
    "name": NAME,
    "title": "Pneumonia on chest films of children",
    "version": VERSION,
    "task": "Probability of pneumonia, and of bacterial and viral pneumonia, on one frontal chest film.",
    "labels": ["pneumonia", "bacterial", "viral"],
    "label_names": {"pneumonia": "Pneumonia", "bacterial": "Bacterial pneumonia", "viral": "Viral pneumonia"},
    "label_meaning": {
        "pneumonia": "pneumonia of either kind; the sum of the two others",
        "bacterial": "pneumonia labelled bacterial",
        "viral": "pneumonia labelled viral",
    },
    "intended_use": (
        "Research. A second look beside a clinician's own reading of a frontal chest film of a child aged "
        "1 to 5 years in whom pneumonia is in question. Not a medical device; never the only reader."
    ),
    "not_for": (
        "Adults, infants under 1 year, children of 6 years and older, lateral views, follow-up of a known "
        "pneumonia, any finding other than pneumonia, and any decision taken without a clinician."
    ),
    "inputs": {
        "age_years": {"from": 1, "to": 5, "note": "until the sixth birthday"},
        "views": ["AP", "PA"],
        "modalities": ["CR", "DX"],
        "frames": 1,
        "grey": True,
        "size": SIZE,
        "preprocessing": (
            "The file's first view (modality transform, default window or VOI LUT, inversion last), "
            "squeezed to a square with antialiasing, grey values replaced by their contrast-limited rank "
            "within the middle of the picture."
        ),
    },
    "training_data": {
        "name": "Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images, version 2 (chest X-ray "
        "part)",
        "population": "children aged 1 to 5 years, antero-posterior films, Guangzhou Women and Children's "
        "Medical Center",
        "labels": "two physicians graded each film; a third expert checked the evaluation set",
        "form": "8-bit pictures of 224 x 224 pixels, aspect not kept; 1,596 of them also at 320 pixels in "
        "their own aspect",
        "licence": "CC BY 4.0",
        "citation": (
            "Kermany DS, Goldbaum M, Cai W, et al. Identifying Medical Diagnoses and Treatable Diseases by "
            "Image-Based Deep Learning. Cell 2018;172(5):1122-1131. doi:10.1016/j.cell.2018.02.010. Data: "
            "Mendeley Data, doi:10.17632/rscbjbr9sj.2"
        ),
    },
    "start": {
        "network": "EfficientNet-Lite0, one input channel, class-activation head",
        "weights": "ImageNet weights of EfficientNet-Lite0 (tensorflow/tpu)",
        "licence": "Apache-2.0",
    },
    "licence": "Apache-2.0",
    "limits": [
        "One hospital, children aged 1 to 5 years, one period: how it does elsewhere has not been measured.",
        "The training set holds traps: at the source, width to height, sharpness, size and compression "
        "differ between classes. Training changed all of these at random, and results are given on "
        "perturbed copies too, but what is left of the traps cannot be ruled out.",
        "Most training films are small copies (224 x 224 pixels) of the originals; detail beyond that is "
        "not used.",
        "Prevalence in training was 74 % pneumonia. Where pneumonia is rarer, the probabilities are too "
        "high.",
        "Bacterial and viral pneumonia overlap on films; their split is much less certain than pneumonia "
        "itself.",
        "No other disease was labelled: effusion, tuberculosis, heart disease, foreign bodies may score as "
        "pneumonia or not at all.",
        "The heat map shows what the score is made of, coarsely; it does not outline disease.",
        "The films held out also chose the number of epochs and the operating points, so results on them "
        "are somewhat too good. The set's official test was neither read nor used.",
    ],
    "uncertainty": (
        "The interval of a score holds the middle 95 % of replicates. Each refits the calibration on "
        "resampled held-out patients and moves the film's logits as far as a random change of the picture "
        "(stretch, blur, compression, contrast, borders) moved those of a held-out film. It holds neither "
        "the doubt whether another hospital's films are alike nor that of the labels."
    ),
}
