"""How `survival_metabric` was trained: anyone with the data can repeat it.

``python -m medai_core train survival_metabric --data DIR`` where DIR holds the folder
deepsurv_benchmarks. All methods are cross-validated on the same folds by person; what is served is fitted
on everybody.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from medai_core.learning import survival_recipes
from medai_core.learning.survival import CURVED, Part, Stack
from medai_core.learning.survival_inputs import people, read_table
from medai_core.learning.survival_learners import Boosting, Cox, KernelCox
from medai_core.learning.survival_nets import DiscreteNet
from medai_core.learning.survival_recipes import Cohort, Plan, age_bands
from medai_core.models.survival_metabric.facts import COLUMNS, FACTS, NAME

TABLE: Final = Path("deepsurv_benchmarks") / "metabric_train.csv"
BANDS: Final = ((20.0, 50.0), (50.0, 60.0), (60.0, 70.0), (70.0, 100.0))


def cohort(data: Path) -> Cohort:
    """Women with breast cancer; time in years."""
    rows, seen = read_table(data, TABLE, COLUMNS, ("time_months", "event"))
    years, event = seen["time_months"] / 12, seen["event"]
    age = rows[:, -1]
    keys = [one.key for one in COLUMNS]
    positive = rows[:, keys.index("er_positive")] == 1
    treated = rows[:, keys.index("chemotherapy")] == 1
    groups = {
        "age": age_bands(age, BANDS),
        "receptor": {"oestrogen-receptor positive": positive, "negative": ~positive},
        "chemotherapy": {"had it": treated, "had none": ~treated},
    }
    person = people(rows, years, event)
    return Cohort(
        rows, years, event, person, np.arange(len(rows)), ["female"] * len(rows), age, groups,
        said={"people": len(np.unique(person)), "deaths": int(event.sum())},
    )  # fmt: skip


LOGS: Final = ()
CURVES: Final = {"EGFR": 4, "PGR": 4, "ERBB2": 4, "MKI67": 4, "age": 4}
MEMBERS: Final = 12
NETWORK: Final = DiscreteNet()
STACK: Final = Stack(
    COLUMNS,
    (
        Part(Cox(3.0), CURVED),
        Part(KernelCox(width=0.05, ridge=3.0)),
        Part(Boosting(depth=2, rate=0.05, trees=120, leaf=20, rank=True)),
    ),
    logs=LOGS,
    curves=CURVES,
    members=MEMBERS,
)

MORE: Final = {
    "Cox with splines": Stack(COLUMNS, (Part(Cox(3.0), CURVED),), LOGS, CURVES, MEMBERS),
    "A small Keras network for discrete time": Stack(COLUMNS, (Part(NETWORK),), LOGS, CURVES, members=1),
}

PLAN: Final = Plan(
    NAME, FACTS, STACK, cohort, years=(1.0, 5.0, 10.0), main=5.0, last=20.0, alone=("age",),
    bands=BANDS, more=MORE,
    served="Mean of Cox with splines, Cox in a Gaussian kernel, and gradient boosting",
)  # fmt: skip


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate, fit on everybody, write the model's files into `out`."""
    survival_recipes.train(PLAN, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return survival_recipes.measure(PLAN, data, out, say=say)
