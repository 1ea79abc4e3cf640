"""What the card says that is not measured: use, population, sources, limits."""

from typing import Any, Final

from medai_core.models.chest_findings.films import ADULT_YEARS, LABELS

NAME: Final = "chest_findings"
VERSION: Final = "1.1.0"
SIZE: Final = 128
"""Rows and columns of the served input."""

ENLARGED: Final = 160
"""Rows and columns that the network brings its input to: no more detail, but more positions."""

OLDEST_YEARS: Final = 95
"""The oldest patient of the training films is 93."""

LABEL_MEANING: Final = {
    "Atelectasis": "collapse or under-inflation of a part of the lung, as plates or of a lobe",
    "Cardiomegaly": "an enlarged heart shadow",
    "Effusion": "fluid between lung and chest wall",
    "Infiltration": "a hazy or patchy shadow of any cause, as the report words it; overlaps with pneumonia "
    "and consolidation",
    "Mass": "a rounded shadow of 3 cm or more",
    "Nodule": "a rounded shadow of less than 3 cm",
    "Pneumonia": "pneumonia named in the report; on a film it looks like infiltration or consolidation",
    "Pneumothorax": "air between lung and chest wall, with or without a drain",
    "Consolidation": "air spaces filled with fluid or tissue",
    "Edema": "fluid in the lung tissue, mostly of the failing heart",
    "Emphysema": "destroyed, over-inflated lung tissue; in these reports also air under the skin",
    "Fibrosis": "scarring of the lung",
    "Pleural_Thickening": "a thickened pleura",
    "Hernia": "stomach or bowel in the chest, mostly a hiatus hernia",
}

_SMALL_DETAIL: Final = (
    "The network sees 128 x 128 pixels, about 3 mm each: {what} can vanish before it looks. A low score "
    "does not exclude it."
)

LIMITS_PER_FINDING: Final[dict[str, list[str]]] = {
    "Atelectasis": ["Thin plates of atelectasis are finer than a pixel of the network's input."],
    "Cardiomegaly": [
        "On films taken from front to back (AP), or lying, the heart looks larger; the score does not know "
        "how the film was taken.",
    ],
    "Effusion": ["Small effusions that only blunt an angle are easily missed at this size."],
    "Infiltration": [
        "A word of reports rather than one disease: its labels overlap with pneumonia, consolidation, edema "
        "and atelectasis, and readers themselves disagree on it.",
    ],
    "Mass": ["Masses and nodules are told apart by the report's words, not by a measured size."],
    "Nodule": [_SMALL_DETAIL.format(what="a nodule of less than 1 cm")],
    "Pneumonia": [
        "Rarely named in these reports, and a diagnosis that a film alone does not make: many films with "
        "pneumonia carry Infiltration or Consolidation instead.",
        "The films added for this finding carry no other label, and more of them than of the others are AP.",
    ],
    "Pneumothorax": [
        _SMALL_DETAIL.format(what="a small pneumothorax"),
        "Many of the films show a drain: the network may see the treatment rather than the air.",
    ],
    "Consolidation": ["Its labels overlap with infiltration, pneumonia and atelectasis."],
    "Edema": ["Mostly on AP films of very ill patients, whose lines and tubes are in the picture too."],
    "Emphysema": [
        "The reports use the word for air under the skin as well, mostly beside a drain.",
    ],
    "Fibrosis": [_SMALL_DETAIL.format(what="the fine lines of fibrosis")],
    "Pleural_Thickening": ["Thickening along the chest wall is often no wider than a pixel or two."],
    "Hernia": ["Too few patients to measure well; a hernia without an air bubble is hardly visible."],
}

FACTS: Final[dict[str, Any]] = {
    "kind": "findings",
    "name": NAME,
    "title": "Fourteen findings on chest films of adults",
    "version": VERSION,
    "task": "Probability of each of fourteen findings on one frontal chest film of an adult.",
    "labels": list(LABELS),
    "label_names": {label: label.replace("_", " ") for label in LABELS},
    "label_meaning": LABEL_MEANING,
    "intended_use": (
        "Research. A second look beside a clinician's own reading of a frontal chest film of an adult. Not a "
        "medical device; never the only reader."
    ),
    "not_for": (
        "Children and adolescents, lateral views, anything not among the fourteen findings (fractures, "
        "tuberculosis, misplaced tubes and lines are not), follow-up of size or course, excluding a finding, "
        "and any decision taken without a clinician."
    ),
    "inputs": {
        "age_years": {"from": ADULT_YEARS, "to": OLDEST_YEARS, "note": "until the next birthday"},
        "views": ["AP", "PA"],
        "modalities": ["CR", "DX"],
        "frames": 1,
        "grey": True,
        "size": SIZE,
        "preprocessing": (
            "The file's first view (modality transform, default window or VOI LUT, inversion last), squeezed "
            "to a square of 128 x 128 with antialiasing, grey values replaced by their contrast-limited rank "
            "within the middle of the picture. The network brings that to 160 x 160 itself: no more "
            "detail, but more places. Neither age, sex nor view is an input."
        ),
    },
    "training_data": {
        "name": "NIH ChestX-ray14: films of one range of patient numbers taken whole (natural), and films "
        "of other patients chosen for their findings (enriched)",
        "population": "adults of 18 years and older, NIH Clinical Center, Bethesda, 1992 to 2015; PA and AP",
        "labels": "mined from the reports' words by a program; nobody looked at the films again for them. "
        "The authors give the program's precision as over 90 %; re-readings by radiologists found less for "
        "some findings. A film without a label may show the finding all the same, when the report did not "
        "name it",
        "form": "8-bit pictures, 128 x 128 pixels (natural) and 448 x 448 (enriched, brought to 128), made "
        "square by the source",
        "pretraining": "small films (64 x 64) of other NIH patients, three of ten films in the later "
        "training too; films of children of the paediatric set (Kermany et al., CC BY 4.0)",
        "licence": "free to use with citation and acknowledgement of the NIH Clinical Center",
        "acknowledgement": "The NIH Clinical Center is the provider of the films.",
        "citation": (
            "Wang X, Peng Y, Lu L, Lu Z, Bagheri M, Summers RM. ChestX-ray8: Hospital-scale Chest X-ray "
            "Database and Benchmarks on Weakly-Supervised Classification and Localization of Common Thorax "
            "Diseases. CVPR 2017:3462-3471"
        ),
    },
    "start": {
        "network": "EfficientNet-Lite0, one input channel, class-activation head, fourteen sigmoid outputs; "
        "it answers the film and its mirror image, and gives the mean",
        "weights": "ImageNet weights of EfficientNet-Lite0 (tensorflow/tpu)",
        "licence": "Apache-2.0",
    },
    "licence": "Apache-2.0",
    "limits": [
        "One hospital, a research clinic with many very ill patients and repeated films: how it does "
        "elsewhere has not been measured.",
        "The labels were mined from reports by a program, so the figures say how well the network finds what "
        "reports name, not what is there. Infiltration, Consolidation and Pneumonia are the most doubtful.",
        "The network sees 128 x 128 pixels. Nodules, small pneumothoraces and fibrosis suffer the most.",
        "AP films are of sicker patients: the view alone foretells findings, and drains, lines and markers "
        "are in the pictures. The subgroups show how much is left within one view.",
        "Some patients have very many films (up to 137): training weighed them down, intervals resample "
        "whole patients, but a few patients still make up much of the rarer findings.",
        "The figures are those of three networks on films of patients they never saw. The served network "
        "went on from one of them, on all films and on the three's answers, and cannot be measured on them; "
        "it should do no worse, but that is not shown.",
        "Operating points were chosen on the films that specificity is given for.",
        "The heat map shows what the score is made of, in 10 x 10 fields; it does not outline disease, and "
        "the few boxes there are do not prove that it points to the place.",
    ],
    "uncertainty": (
        "The interval of a score holds the middle 95 % of replicates. Each refits the calibration on "
        "resampled patients and moves the film's logits as far as a random change of the picture (stretch, "
        "blur, compression, contrast, borders) moved those of a film that the network had not seen. It holds "
        "neither the doubt whether another hospital's films are alike nor that of the labels."
    ),
    "tried": [
        "A further stage of training on films enlarged to 160 pixels: on one fold worse than answering "
        "enlarged films without it; not taken up.",
        "A second network that went straight from the pre-training to the mixed films: its mean with the "
        "first was no better on one fold; not taken up.",
        "Weights averaged over stages of the same training: worse than the last stage alone; not taken up.",
        "Three served networks side by side, one from each fold: three times the size and time for answers "
        "much like one's; not taken up.",
        "Leaving out the last halving of the map, for twice the rows and columns: hardly any change of "
        "discrimination; taken up for a finer map.",
        "Batch normalisation left free, a higher learning rate and weaker augmentation: clearly worse after "
        "two passes; not taken up.",
    ],
}
