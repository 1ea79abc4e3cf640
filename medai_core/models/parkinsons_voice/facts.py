"""What the card says that is not measured: use, data, inputs, limits."""

from typing import Any, Final

from medai_core.domain.inputs import Input, Need

NAME: Final = "parkinsons_voice"
LABEL: Final = "parkinsons"
THRESHOLD: Final = 0.75
"""The operating point, set before anything was measured: the share of people with the disease in the data."""

_ESTIMATED: Final = "It is estimated from the other values."


def _measure(key: str, help_: str, low: float, high: float, unit: str = "") -> Input:
    return Input(key, help_, unit=unit, low=low, high=high, need=Need.OPTIONAL, without=_ESTIMATED)


EVERY: Final = (
    _measure("MDVP:Fo(Hz)", "mean pitch of the voice", 50, 500, "Hz"),
    _measure("HNR", "harmonics against noise", -10, 60, "dB"),
    _measure("RPDE", "recurrence period density entropy", 0, 1),
    _measure("DFA", "detrended fluctuation analysis", 0, 2),
    _measure("D2", "correlation dimension", 0, 10),
    _measure("spread2", "spread of the pitch, second measure", -2, 2),
    _measure("spread1", "spread of the pitch, first measure (logarithm)", -15, 5),
    _measure("PPE", "pitch period entropy", 0, 2),
)
"""Measures that say different things; the many jitters and shimmers are nearly copies of one another."""

CHOICES: Final = {
    "the two of the pitch's spread": ("spread1", "PPE"),
    "the four of the paper": ("HNR", "RPDE", "DFA", "PPE"),
    "eight": tuple(one.key for one in EVERY),
}
"""Sets of inputs among which inner folds choose."""

FACTS: Final[dict[str, Any]] = {
    "name": NAME,
    "kind": "table",
    "title": "Parkinson’s disease, from the voice",
    "version": "1.0.0",
    "task": "The probability that a recorded voice is that of a person with Parkinson’s disease.",
    "labels": [LABEL],
    "label_names": {LABEL: "Parkinson’s disease"},
    "label_meaning": {LABEL: "the person had Parkinson’s disease (status 1)"},
    "horizon": "now: whether the person has the disease",
    "intended_use": (
        "Research and teaching. To show how little 32 people can tell, and how a split by recording would "
        "have hidden it. Not a medical device."
    ),
    "not_for": (
        "Any decision about a person: eight people without the disease are far too few. Other microphones, "
        "languages, and voices that are hoarse for another reason."
    ),
    "training_data": {
        "name": "Oxford Parkinson’s Disease Detection Dataset",
        "population": "195 recordings of 32 people: 24 with the disease, 8 without",
        "labels": "known disease",
        "form": "one row a recording of a sustained vowel, six or seven a person",
        "licence": "CC BY 4.0 (UCI)",
        "citation": (
            "Little MA, McSharry PE, Hunter EJ, Spielman J, Ramig LO. IEEE Trans Biomed Eng 2009;56:1015; "
            "UCI Machine Learning Repository."
        ),
    },
    "licence": "Apache-2.0",
    "limits": [
        "VERY FEW PEOPLE: 32, of whom 8 without the disease. Every figure here could be much better or much "
        "worse among others; the intervals say so, and even they rest on 8 people.",
        "75 % of these people have the disease, as nowhere else: the probabilities hold for no clinic.",
        "Neither sex nor age is in the data. People with the disease may have been older, and a voice ages; "
        "the model cannot tell that from disease. In their place stands the pitch of the voice.",
        "Recordings of one place and microphone. The data set’s paper has 31 people, the file 32.",
        "Recordings of one person are not independent: what counts is people, not rows.",
    ],
    "uncertainty": (
        "The interval of one recording’s probability holds the middle 95 % of forty refits on resampled "
        "people, and of draws of what is missing. With eight people without the disease it is too narrow."
    ),
    "optimistic": (
        "One place, one microphone. Which measures to read is chosen inside the folds, but the data set has "
        "been studied often and that these measures do well on it was known before."
    ),
    "results_meaning": (
        "Nested, by person: every recording was answered by a model that had heard nobody of that person’s "
        "fold, and whose inputs were chosen on inner folds of the others. Five rounds of eight folds. n "
        "counts recordings, patients counts people; intervals resample people."
    ),
    "operating_points": {
        "decision": "“flag” from a probability of 75 % on, else “no flag”",
        "frozen": "set before anything was measured, at the share of people with the disease in the data",
    },
}
