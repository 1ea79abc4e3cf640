"""How `survival_gbsg` was trained: anyone with the data can repeat it.

``python -m medai_core train survival_gbsg --data DIR`` where DIR holds the folder
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
from medai_core.models.survival_gbsg.facts import COLUMNS, FACTS, NAME

TABLE: Final = Path("deepsurv_benchmarks") / "gbsg_train.csv"
BANDS: Final = ((20.0, 45.0), (45.0, 55.0), (55.0, 65.0), (65.0, 100.0))


def cohort(data: Path) -> Cohort:
    """Women with node-positive breast cancer; time in years."""
    rows, seen = read_table(data, TABLE, COLUMNS, ("time_months", "event"))
    years, event = seen["time_months"] / 12, seen["event"]
    keys = [one.key for one in COLUMNS]
    age, past = rows[:, keys.index("age")], rows[:, keys.index("postmenopausal")] == 1
    nodes = rows[:, keys.index("n_positive_nodes")]
    groups = {
        "age": age_bands(age, BANDS),
        "menopause": {"before": ~past, "after": past},
        "positive nodes": {
            "1 to 3": nodes <= 3,
            "4 to 9": (nodes > 3) & (nodes < 10),
            "10 or more": nodes >= 10,
        },
    }
    person = people(rows, years, event)
    return Cohort(
        rows, years, event, person, np.arange(len(rows)), ["female"] * len(rows), age, groups,
        said={"people": len(np.unique(person)), "events": int(event.sum())},
    )  # fmt: skip


LOGS: Final = ("n_positive_nodes", "pgr", "er")
CURVES: Final = {"age": 4, "n_positive_nodes": 3, "pgr": 4, "er": 4}
MEMBERS: Final = 12
NETWORK: Final = DiscreteNet()
STACK: Final = Stack(
    COLUMNS,
    (
        Part(Cox(3.0)),
        Part(KernelCox(width=0.05, ridge=10.0)),
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
    NAME, FACTS, STACK, cohort, years=(1.0, 3.0, 5.0, 7.0), main=5.0, last=7.0, alone=("age",),
    bands=BANDS, more=MORE, served="Mean of Cox, Cox in a Gaussian kernel, and gradient boosting",
)  # fmt: skip


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate, fit on everybody, write the model's files into `out`."""
    survival_recipes.train(PLAN, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return survival_recipes.measure(PLAN, data, out, say=say)
