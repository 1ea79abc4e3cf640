"""How `mortality_nhanes1` was trained: anyone with the data can repeat it.

``python -m medai_core train mortality_nhanes1 --data DIR`` where DIR holds the folder
nhanes1_mortality. All methods are cross-validated on the same folds by person; what is served is fitted
on everybody.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from medai_core.domain.inputs import NUMBER
from medai_core.learning import survival_recipes
from medai_core.learning.survival import CURVED, Part, Stack
from medai_core.learning.survival_inputs import people, read_table
from medai_core.learning.survival_learners import Boosting, Cox, KernelCox
from medai_core.learning.survival_recipes import Cohort, Plan, age_bands
from medai_core.models.mortality_nhanes1.facts import COLUMNS, FACTS, NAME

TABLE: Final = Path("nhanes1_mortality") / "nhanes1_subset.csv.gz"
BANDS: Final = ((25.0, 40.0), (40.0, 55.0), (55.0, 65.0), (65.0, 75.0))

RACES: Final = {1: "white", 2: "black", 3: "other"}
"""In tables of groups alone, never an input."""


def cohort(data: Path) -> Cohort:
    """Adults with follow-up; time in years. The sign of the outcome says death or censoring; 0 is none."""
    rows, seen = read_table(data, TABLE, COLUMNS, ("y_signed_years", "Race"))
    signed = seen["y_signed_years"]
    number = np.flatnonzero(signed != 0)
    rows, years, event = rows[number], np.abs(signed[number]), (signed[number] > 0).astype(np.float64)
    age, female, race = rows[:, 0], rows[:, 1] == 1, seen["Race"][number]
    bands = age_bands(age, BANDS)
    sexes = {"female": female, "male": ~female}
    groups = {
        "sex": sexes,
        "age": bands,
        "sex and age": {
            f"{sex}, {band}": here & there for sex, here in sexes.items() for band, there in bands.items()
        },
        "race as recorded": {name: race == code for code, name in RACES.items()},
    }
    left_out = int((signed == 0).sum())
    return Cohort(
        rows, years, event, people(rows, years, event), number,
        np.where(female, "female", "male").tolist(), age, groups,
        said={"people": len(number), "deaths": int(event.sum()), "left out, no follow-up": left_out},
    )  # fmt: skip


LOGS: Final = ("Sedimentation rate",)
CURVES: Final = {one.key: 4 for one in COLUMNS if one.kind == NUMBER}
MEMBERS: Final = 4
STACK: Final = Stack(
    COLUMNS,
    (
        Part(Cox(3.0), CURVED),
        Part(KernelCox(width=0.02, ridge=3.0)),
        Part(Boosting(depth=4, rate=0.05, trees=120, leaf=30, rank=True)),
    ),
    logs=LOGS,
    curves=CURVES,
    members=MEMBERS,
)

MORE: Final = {
    "Cox with splines": Stack(COLUMNS, (Part(Cox(3.0), CURVED),), LOGS, CURVES),
}

PLAN: Final = Plan(
    NAME, FACTS, STACK, cohort, years=(5.0, 10.0, 15.0, 20.0), main=10.0, last=20.0, alone=("Age", "Sex"),
    bands=BANDS, more=MORE,
    served="Mean of Cox with splines, Cox in a Gaussian kernel, and gradient boosting",
)  # fmt: skip


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate, fit on everybody, write the model's files into `out`."""
    survival_recipes.train(PLAN, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return survival_recipes.measure(PLAN, data, out, say=say)
