"""What the card says that is not measured: use, data, limits."""

from typing import Any, Final

from medai_core.learning.framingham import READ, refusals, scope_inputs

NAME: Final = "cvd_10y"
VERSION: Final = "1.0.0"
LABEL: Final = "cvd"
PREVALENT: Final = ("PREVCHD", "PREVAP", "PREVMI", "PREVSTRK")
COLUMNS: Final = (*READ, *scope_inputs(*PREVALENT))
RULES: Final = refusals(*PREVALENT)
THRESHOLD: Final = 0.10
"""The operating point, set before anything was measured: one in ten within ten years."""

FACTS: Final[dict[str, Any]] = {
    "name": NAME,
    "kind": "table",
    "title": "Cardiovascular disease within ten years",
    "version": VERSION,
    "task": (
        "The probability that a person without cardiovascular disease gets it within ten years of an exam."
    ),
    "labels": [LABEL],
    "label_names": {LABEL: "cardiovascular disease within ten years"},
    "label_meaning": {
        LABEL: "first heart attack (silent ones too), fatal coronary disease or stroke as the study judged "
        "it, within 3,652 days of the exam; angina alone is none"
    },
    "counted": "Exams",
    "architecture": "mean of logistic regression, proportional hazards and boosted trees",
    "horizon": "ten years from the exam",
    "intended_use": (
        "Research and teaching. To show how a risk is estimated, explained and compared with published "
        "scores, for adults without cardiovascular disease. Not a medical device."
    ),
    "not_for": (
        "Decisions about a patient, people who have had cardiovascular disease, and publication of clinical "
        "findings: the data are teaching data."
    ),
    "training_data": {
        "name": "Framingham Heart Study, teaching data",
        "population": "Framingham, Massachusetts: exams of 1956 to 1968, nearly all of European descent",
        "labels": "events over 24 years, judged by the study; times recomputed from each exam",
        "form": "one row an exam, up to three a person",
        "teaching_data": (
            "Anonymised by permutation; BioLINCC states that it is unsuitable for publication of clinical "
            "findings."
        ),
        "licence": (
            "teaching data of NHLBI/BioLINCC, as shipped with permission in the R package riskCommunicator"
        ),
        "citation": (
            "NHLBI, BioLINCC: Framingham Heart Study teaching data set (contract N01-HC-25195); R package "
            "riskCommunicator."
        ),
    },
    "licence": "Apache-2.0",
    "limits": [
        "One town, sixty years ago, before statins and modern blood pressure treatment: risks today are "
        "lower, and other populations were not measured.",
        "Teaching data, anonymised by permutation and unsuitable for publication of clinical findings.",
        "Who died of something else first counts as having had no event: the probability is of an event "
        "before other death.",
        "HDL and LDL cholesterol were measured at the last exam alone and are not read.",
        "What is missing is estimated from the other values as they go together in Framingham.",
        "What changes with a changed input is an association, not the effect of a treatment.",
    ],
    "uncertainty": (
        "The interval of one person's probability holds the middle 95 % of twenty refits on resampled "
        "people, and of draws of what is missing. It does not hold that people today differ from those of "
        "the study."
    ),
    "optimistic": (
        "The same town and years answer here as those the model learned from, held out person by person; the "
        "served method was chosen among those compared on the same folds, which flatters it slightly."
    ),
    "results_meaning": (
        "All exams of people at risk, and the first exam of each person alone, as others report it. Every "
        "exam was answered by a model that has seen no exam of that person: ten folds by person. n counts "
        "exams, patients counts people; intervals resample people."
    ),
    "operating_points": {
        "decision": "“flag” from a probability of 10 % over ten years on, else “no flag”",
        "frozen": "set before anything was measured",
    },
}
