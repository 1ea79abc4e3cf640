"""What the card says that is not measured: use, sources, limits."""

from typing import Any, Final

NAME: Final = "image_gate"
VERSION: Final = "1.0.0"
SIZE: Final = 128
"""Rows and columns of the served input."""

POPULATIONS: Final = {"paediatric_pneumonia": ("children",), "chest_findings": ("adults",)}
"""Which films each model on films learned from, as `evaluation` groups them: the distances start there."""

FACTS: Final[dict[str, Any]] = {
    "name": NAME,
    "kind": "gate",
    "title": "Image gate",
    "version": VERSION,
    "task": "Whether a picture is an upright frontal chest film of sufficient quality that is like the films "
    "that a model learned from. No model answers for a picture that the gate refuses.",
    "labels": ["frontal_chest", "lateral_chest", "other"],
    "label_names": {
        "frontal_chest": "Frontal chest film",
        "lateral_chest": "Lateral chest film",
        "other": "Something else",
    },
    "label_meaning": {
        "frontal_chest": "a chest film from the front or the back, however it lies",
        "lateral_chest": "what looks like a chest film from the side",
        "other": "anything else",
    },
    "intended_use": (
        "Research. Asked before every other model: keeps pictures away from models that they were not made "
        "for. It makes no statement on disease and says nothing of a film that it lets pass. Not a medical "
        "device."
    ),
    "not_for": "Telling what a picture shows to a person, checking the technical quality of films, deciding "
    "whether a film must be repeated.",
    "inputs": {
        "age_years": {"from": 0, "to": 120, "note": "any; the models' own ages are held against the header"},
        "views": ["AP", "PA"],
        "modalities": ["CR", "DX"],
        "frames": 1,
        "grey": False,
        "size": SIZE,
        "preprocessing": (
            "As for the models: the file's first view, colour as luminance, squeezed to a square with "
            "antialiasing, grey values replaced by their contrast-limited rank within the middle. Size, "
            "blankness and exposure are measured before that."
        ),
    },
    "training_data": {
        "name": "Frontal films: NIH ChestX-ray14 (adults, some minors), Kermany et al. (children), one film "
        "of each patient. Everything that is refused was made from these films or drawn by code; limits were "
        "also held against freely licensed films of the COVID-19 image collection.",
        "population": "adults of the NIH Clinical Center; children aged 1 to 5 years of Guangzhou Women and "
        "Children's Medical Center",
        "labels": "by the set that a film is from, and by what code made of it",
        "form": "8-bit pictures of 128 to 448 pixels",
        "licence": "NIH: free to use with citation; Kermany: CC BY 4.0; COVID-19 image collection: the films "
        "under CC BY and CC BY-SA only. Pictures under non-commercial licences are tested on and nothing "
        "else.",
        "citation": (
            "Wang X, Peng Y, Lu L, et al. ChestX-ray8. CVPR 2017 (images provided by the NIH Clinical "
            "Center). Kermany DS, Goldbaum M, Cai W, et al. Cell 2018;172(5):1122-1131. Cohen JP, "
            "Morrison P, Dao L. COVID-19 Image Data Collection. arXiv:2003.11597."
        ),
    },
    "start": {
        "network": "EfficientNet-Lite0, first eleven blocks, one input channel, not trained further",
        "weights": "ImageNet weights of EfficientNet-Lite0 (tensorflow/tpu)",
        "licence": "Apache-2.0",
    },
    "licence": "Apache-2.0",
    "method": (
        "One small network on features of a 4 x 4 grid: what the picture shows; turned by a quarter or "
        "upside down; mirrored; inverted; cropped. Beside it, for each model, the Mahalanobis distance of "
        "these features from the model's own training films in 128 directions and beside them, as part of a "
        "limit that was frozen on films of other patients and other hospitals."
    ),
    "limits": [
        "No true lateral film could be learned from (none is free of a non-commercial licence): a lateral "
        "view is caught by the header, by its distance, or by its likeness to halves of frontal films laid "
        "over each other. What that reaches is in the table.",
        "Films of other parts of the body were too few to measure: one leg, two bone scans. A body part in "
        "the header is checked; in the picture it is only as unlike a chest as it looks.",
        "A film that looks mirrored gets a caution and is not refused: a heart on the right looks the same.",
        "Inverted films (dark bones) are refused, not turned over: a viewer's inversion is not the file's.",
        "Turns of less than a quarter are not looked for.",
        "The films come from few hospitals. Unusual but true films (after operations, of very large or small "
        "patients, with many devices) may be refused; they can be read without a model.",
        "A picture that passes is not thereby of good quality.",
    ],
    "uncertainty": (
        "The scores are those of a network that was not calibrated; only the frozen limits mean something. "
        "Intervals on this card count patients, or pictures that others were cut from, once."
    ),
}
