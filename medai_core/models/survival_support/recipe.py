"""How `survival_support` was trained: anyone with the data can repeat it.

``python -m medai_core train survival_support --data DIR`` where DIR holds the folder
deepsurv_benchmarks. All methods are cross-validated on the same folds by person; what is served is fitted
on everybody.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from medai_core.domain.inputs import NUMBER
from medai_core.learning import survival_recipes
from medai_core.learning.survival import CURVED, Part, Stack
from medai_core.learning.survival_inputs import YEAR_DAYS, people, read_table
from medai_core.learning.survival_learners import Boosting, Cox, KernelCox
from medai_core.learning.survival_recipes import Cohort, Plan, age_bands
from medai_core.models.survival_support.facts import COLUMNS, FACTS, NAME

TABLE: Final = Path("deepsurv_benchmarks") / "support_train.csv"
BANDS: Final = ((18.0, 50.0), (50.0, 65.0), (65.0, 80.0), (80.0, 110.0))

RACES: Final = {1: "white", 2: "black", 3: "other (3)", 4: "other (4)", 5: "other (5)", 0: "not recorded"}
"""In tables of groups alone, never an input."""


def cohort(data: Path) -> Cohort:
    """Seriously ill adults; time in years."""
    rows, seen = read_table(data, TABLE, COLUMNS, ("time_days", "event", "race_code"))
    years, event = seen["time_days"] / YEAR_DAYS, seen["event"]
    age, female, cancer = rows[:, 0], rows[:, 1] == 1, rows[:, 5]
    bands = age_bands(age, BANDS)
    sexes = {"female": female, "male": ~female}
    groups = {
        "sex": sexes,
        "age": bands,
        "sex and age": {
            f"{sex}, {band}": here & there for sex, here in sexes.items() for band, there in bands.items()
        },
        "cancer": {name: cancer == code for code, name in enumerate(COLUMNS[5].choices)},
        "race as recorded": {name: seen["race_code"] == code for code, name in RACES.items()},
    }
    person = people(rows, years, event)
    return Cohort(
        rows, years, event, person, np.arange(len(rows)), np.where(female, "female", "male").tolist(), age,
        groups, said={"people": len(np.unique(person)), "deaths": int(event.sum())},
    )  # fmt: skip


LOGS: Final = ("wbc", "creatinine")
CURVES: Final = {one.key: 4 for one in COLUMNS if one.kind == NUMBER and one.key != "n_comorbidities"}
MEMBERS: Final = 4
STACK: Final = Stack(
    COLUMNS,
    (
        Part(KernelCox(width=0.05, ridge=3.0)),
        Part(Boosting(depth=4, rate=0.05, trees=120, leaf=30, rank=True)),
        Part(Boosting(depth=6, rate=0.05, trees=120, leaf=40, rank=True)),
    ),
    logs=LOGS,
    curves=CURVES,
    members=MEMBERS,
)

MORE: Final = {
    "Cox with splines": Stack(COLUMNS, (Part(Cox(3.0), CURVED),), LOGS, CURVES),
}

PLAN: Final = Plan(
    NAME, FACTS, STACK, cohort, years=(0.5, 1.0, 2.0, 5.0), main=1.0, last=5.0, alone=("age", "sex_female"),
    bands=BANDS, more=MORE,
    served="Mean of Cox in a Gaussian kernel and of gradient boosting, shallow and deep",
)  # fmt: skip


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate, fit on everybody, write the model's files into `out`."""
    survival_recipes.train(PLAN, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return survival_recipes.measure(PLAN, data, out, say=say)
