"""The exams of the Framingham teaching data: who is at risk, and what follows within ten years of each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Need
from medai_core.domain.refusal import Refusal
from medai_core.learning.columns import read_columns

TABLE: Final = Path("framingham_longitudinal") / "frmgham2.csv.gz"
TEN_YEARS: Final = 3_652
"""Days."""

YEAR: Final = 365
_ESTIMATED: Final = "It is estimated from the other values."


def _number(
    key: str,
    help_: str,
    unit: str,
    ends: tuple[float, float],
    *,
    loinc: str = "",
    dated: bool = False,
    **more: object,
) -> Input:
    return Input(
        key, help_, unit=unit, low=ends[0], high=ends[1], need=Need.OPTIONAL, without=_ESTIMATED,
        aliases=(key.lower(),), loinc=(loinc,) if loinc else (),
        max_age_days=YEAR if loinc or dated else None,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _asked(key: str, help_: str, *, changeable: bool = False) -> Input:
    return Input(
        key, help_, YES_NO, need=Need.OPTIONAL, without=_ESTIMATED, aliases=(key.lower(),),
        changeable=changeable, max_age_days=YEAR if changeable else None,
    )  # fmt: skip


def _scope(key: str, help_: str, refuses: str) -> Input:
    return Input(key, help_, YES_NO, need=Need.SCOPE, refuses=refuses, aliases=(key.lower(),))


READ: Final = (
    Input(
        "SEX", "sex as the study recorded it", CHOICE, choices=("male", "female"), need=Need.OPTIONAL,
        without=_ESTIMATED, words={"1": "male", "2": "female", "m": "male", "f": "female"}, aliases=("sex",),
    ),
    _number("AGE", "age at the exam", "years", (0, 120), completed_years=True),
    _number("SYSBP", "systolic blood pressure", "mmHg", (50, 320), loinc="8480-6", changeable=True),
    _number("DIABP", "diastolic blood pressure", "mmHg", (20, 200), loinc="8462-4", changeable=True),
    _asked("BPMEDS", "takes medicine for high blood pressure", changeable=True),
    _asked("PREVHYP", "has high blood pressure"),
    _asked("CURSMOKE", "smokes", changeable=True),
    _number("CIGPDAY", "cigarettes a day", "", (0, 150), changeable=True, dated=True),
    _asked("DIABETES", "has diabetes"),
    _number(
        "TOTCHOL", "total cholesterol", "mg/dL", (50, 800), loinc="2093-3", changeable=True,
        also=("mmol/L", "mg/dL"),
    ),
    _number("BMI", "body mass index", "kg/m2", (10, 80), loinc="39156-5", changeable=True),
    _number("GLUCOSE", "glucose, not fasting", "mg/dL", (20, 900), loinc="2345-7", also=("mmol/L", "mg/dL")),
    _number("HEARTRTE", "heart rate", "/min", (25, 250), loinc="8867-4"),
)  # fmt: skip
"""What the models read of an exam, in the units of the study."""

HDL: Final = _number(
    "HDLC", "HDL cholesterol", "mg/dL", (5, 250), loinc="2085-9", changeable=True, also=("mmol/L", "mg/dL")
)

PREVALENT: Final = {
    "PREVCHD": ("has coronary heart disease", "already has it: coronary heart disease"),
    "PREVAP": ("has angina pectoris", "already has it: angina pectoris"),
    "PREVMI": ("has had a heart attack", "already has it: a heart attack"),
    "PREVSTRK": ("has had a stroke", "already has it: a stroke"),
}


def scope_inputs(*keys: str) -> tuple[Input, ...]:
    """Questions whose yes is refused."""
    return tuple(_scope(key, PREVALENT[key][0], _refusal(key)) for key in keys)


def refusals(*keys: str) -> list[dict[str, str]]:
    """Rules for a card: who already has the outcome, and ages beyond those of people."""
    rules = [{"column": key, "when": "= yes", "sentence": _refusal(key)} for key in keys]
    return [
        *rules,
        {"column": "AGE", "when": "< 18", "sentence": "The model is for adults; AGE is below 18 years."},
        {"column": "AGE", "when": "> 110", "sentence": "AGE is above 110 years, which cannot be."},
    ]


def _refusal(key: str) -> str:
    return f"This person {PREVALENT[key][1]} ({key})."


@dataclass(frozen=True, slots=True)
class Exams:
    """Exams of people at risk.

    Parameters
    ----------
    row : array, shape (n,)
        The exam's row in the table.
    values : array, shape (n, k)
        In the order of the inputs that were asked for.
    person, period : arrays, shape (n,)
        The person's number in order of appearance, and the exam's (1 to 3).
    days, event : arrays, shape (n,)
        Days from the exam to the event, to death or to the end; and whether it was the event.
    """

    row: NDArray[np.int64]
    values: NDArray[np.float64]
    person: NDArray[np.int64]
    period: NDArray[np.int64]
    days: NDArray[np.float64]
    event: NDArray[np.float64]
    left_out: dict[str, int]
    more: NDArray[np.float64]
    """Further columns that were asked for to be compared, shape (n, m)."""

    @property
    def target(self) -> NDArray[np.float64]:
        """Truth, days and event: what the heads are fitted to, shape (n, 3)."""
        return np.column_stack([self.truth, np.maximum(self.days, 1.0), self.event])

    @property
    def truth(self) -> NDArray[np.float64]:
        """Whether the event came within ten years of the exam; death first is none."""
        return ((self.event > 0) & (self.days <= TEN_YEARS)).astype(np.float64)


def read_exams(
    data: Path,
    inputs: tuple[Input, ...],
    *,
    event: str,
    time: str,
    prevalent: tuple[str, ...],
    more: tuple[Input, ...] = (),
) -> Exams:
    """Exams of people without the outcome, read as the served model reads them.

    Parameters
    ----------
    event, time : str
        The outcome's column, and its days from the first exam.
    prevalent : tuple of str
        Columns whose 1 means that the person has it already.

    Raises
    ------
    Refusal
        "data-missing".
    """
    path = data / TABLE
    if not path.is_file():
        raise Refusal(
            "data-missing",
            expected=f"the table {TABLE} in the folder of public data sets",
            found="none",
            what_to_do="Name the folder with --data DIR or MEDAI_DATA.",
        )
    keys = ("RANDID", "PERIOD", "TIME", event, time, *prevalent)
    asked = (*inputs, *more)
    read = read_columns(path, [*asked, *(Input(key, key) for key in keys)])
    told = {key: read.values[:, len(asked) + place] for place, key in enumerate(keys)}
    days = told[time] - told["TIME"]
    has = np.any([told[key] == 1 for key in prevalent], axis=0)
    late = ~has & (told[event] == 1) & (days <= 0)
    row = np.flatnonzero(~has & ~late)
    _, first, member = np.unique(told["RANDID"], return_index=True, return_inverse=True)
    person = np.argsort(np.argsort(first))[member]
    early = ~has & ~late & (told[event] == 0) & (days <= TEN_YEARS)
    return Exams(
        row, read.values[row, : len(inputs)], person[row], told["PERIOD"][row].astype(np.int64), days[row],
        told[event][row],
        {"has it already": int(has.sum()), "had the event before the exam": int(late.sum()),
         "of those kept, ended without the event within ten years, most by death": int(early.sum())},
        read.values[row, len(inputs) : len(asked)],
    )  # fmt: skip
