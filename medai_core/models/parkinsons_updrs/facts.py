"""What the card says that is not measured: use, data, inputs, limits."""

from typing import Any, Final

from medai_core.domain.inputs import CHOICE, Input, Need

NAME: Final = "parkinsons_updrs"
LABEL: Final = "motor_UPDRS"
ENDS: Final = (0.0, 108.0)
"""Of the motor part of the scale."""

_ESTIMATED: Final = "It is estimated from the other values."


def _measure(key: str, help_: str, low: float, high: float, unit: str = "", **more: Any) -> Input:
    return Input(
        key, help_, unit=unit, low=low, high=high, need=Need.OPTIONAL, without=_ESTIMATED, **more
    )  # fmt: skip


COLUMNS: Final = (
    _measure("age", "age", 0, 120, "years", completed_years=True),
    Input(
        "sex", "sex as the study recorded it", CHOICE, choices=("male", "female"), need=Need.OPTIONAL,
        without=_ESTIMATED, words={"0": "male", "1": "female", "m": "male", "f": "female"},
    ),
    _measure("HNR", "harmonics against noise", -10, 60, "dB"),
    _measure("RPDE", "recurrence period density entropy", 0, 1),
    _measure("DFA", "detrended fluctuation analysis", 0, 2),
    _measure("PPE", "pitch period entropy", 0, 2),
)  # fmt: skip
"""What the model reads. The other UPDRS and the days since recruitment are never inputs."""

RULES: Final = (
    {"column": "age", "when": "< 18", "sentence": "The model is for adults; age is below 18 years."},
    {"column": "age", "when": "> 120", "sentence": "age is above 120 years, which cannot be."},
)

FACTS: Final[dict[str, Any]] = {
    "name": NAME,
    "kind": "value",
    "title": "Motor severity of Parkinson’s disease, from the voice",
    "version": "1.0.0",
    "task": "The motor part of the UPDRS of a person with early Parkinson’s disease.",
    "labels": [LABEL],
    "label_names": {LABEL: "motor UPDRS"},
    "label_meaning": {LABEL: "motor part of the Unified Parkinson’s Disease Rating Scale; more is worse"},
    "units": {LABEL: "points"},
    "thresholds": {},
    "horizon": "now: the severity at the time of the recording",
    "intended_use": (
        "Research and teaching. To show what voice, age and sex say of severity in people not heard before: "
        "next to nothing. Not a medical device."
    ),
    "not_for": (
        "Any decision about a person. Following one person over time: that was not measured. People without "
        "Parkinson’s disease."
    ),
    "training_data": {
        "name": "Oxford Parkinson’s Disease Telemonitoring Dataset",
        "population": "5,875 recordings of 42 people with early disease over six months",
        "labels": "rated at the start, after three and six months; the authors drew lines between",
        "form": "one row a recording, 101 to 168 a person",
        "licence": "CC BY 4.0 (UCI)",
        "citation": (
            "Tsanas A, Little MA, McSharry PE, Ramig LO. IEEE Trans Biomed Eng 2010;57:884; UCI Machine "
            "Learning Repository."
        ),
    },
    "licence": "Apache-2.0",
    "limits": [
        "42 people: intervals are wide, and other people may differ from all of them.",
        "Nearly all of the scale’s variance lies between people. A split by recording would look nearly "
        "perfect and mean nothing; here whole people are held out.",
        "The scale was rated three times a person; what stands between are straight lines drawn by the "
        "authors.",
        "Early disease: 5 to 40 points. More severe disease was not seen and is not foretold.",
        "What is missing is estimated from the other values as they go together in these recordings.",
    ],
    "uncertainty": (
        "The interval holds a new person’s rating 95 % of the time, if that person is like these 42: it is "
        "conformal by person, from errors on people who were held out. It is as wide for everybody."
    ),
    "optimistic": (
        "One study, people who volunteered and recorded themselves. The measures read are those of the "
        "authors' earlier paper; the ridge was settled while looking at such folds."
    ),
    "results_meaning": (
        "Every recording was answered by a model that had heard nobody of that person’s fold: 14 folds of "
        "three people. Errors are the mean over people of each one’s mean. n counts recordings, patients "
        "counts people; intervals resample people."
    ),
}
