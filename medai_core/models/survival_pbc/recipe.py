"""How `survival_pbc` was trained: anyone with the data can repeat it.

``python -m medai_core train survival_pbc --data DIR`` where DIR holds the folder
rdatasets_survival. Every visit is a starting point, with what was known by then; whole people are
held out.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from medai_core.domain.refusal import Refusal
from medai_core.learning import survival_recipes
from medai_core.learning.columns import read_columns
from medai_core.learning.landmarks import known_by_visit
from medai_core.learning.survival import CURVED, Part, Stack
from medai_core.learning.survival_inputs import YEAR_DAYS
from medai_core.learning.survival_learners import Cox
from medai_core.learning.survival_recipes import Cohort, Plan, age_bands
from medai_core.models.survival_pbc.facts import COLUMNS, FACTS, NAME

TABLE: Final = Path("rdatasets_survival") / "pbcseq.csv.gz"
BANDS: Final = ((25.0, 45.0), (45.0, 55.0), (55.0, 65.0), (65.0, 90.0))
TRANSPLANT, DIED = 1, 2


def cohort(data: Path) -> Cohort:
    """Every visit with the time from it to death, transplant or the end of observation, in years."""
    import pandas as pd

    path = data / TABLE
    if not path.is_file():
        raise Refusal(
            "data-missing",
            expected=f"the table {TABLE.as_posix()}",
            found="none",
            what_to_do="Name the folder of the public data sets with --data DIR or MEDAI_DATA.",
        )
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    known, days, place = [], [], []
    for _, visits in table.groupby("id", sort=False):
        ordered = visits.iloc[np.argsort(visits["day"].astype(float), kind="stable")]
        for one in known_by_visit(ordered.to_dict("records"), COLUMNS):
            known.append(one.values)
            days.append(one.day)
        place += ordered.index.tolist()
    table = table.loc[place]
    rows = read_columns(known, COLUMNS).values
    years = (table["futime"].astype(float).to_numpy() - np.array(days)) / YEAR_DAYS
    status = table["status"].astype(int).to_numpy()
    event = (status == DIED).astype(np.float64)
    age, female, day = rows[:, 0], rows[:, 1] == 1, np.array(days)
    groups = {
        "sex": {"female": female, "male": ~female},
        "age": age_bands(age, BANDS),
        "visit": {"first": day == 0, "within two years": (day > 0) & (day <= 730), "later": day > 730},
    }
    first = table.drop_duplicates("id")["status"].astype(int)
    counts = {"died": int((first == DIED).sum()), "transplanted": int((first == TRANSPLANT).sum())}
    return Cohort(
        rows, years, event, table["id"].astype(int).to_numpy(), np.array(place),
        np.where(female, "female", "male").tolist(), age, groups,
        other_events={"death or transplant": (status > 0).astype(np.float64)},
        said={"visits": len(rows), "people": len(first), **counts},
    )  # fmt: skip


STACK: Final = Stack(
    COLUMNS,
    (Part(Cox(10.0), CURVED),),
    logs=("bili", "alk.phos", "ast", "protime", "platelet"),
    curves={"age": 3, "bili": 3, "albumin": 3, "protime": 3},
    members=30,
)

PLAN: Final = Plan(
    NAME, FACTS, STACK, cohort, years=(1.0, 2.0, 5.0), main=2.0, last=10.0, alone=("age", "sex"), bands=BANDS,
    served="Cox with splines over all visits, refitted on resampled people",
)  # fmt: skip


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate, fit on everybody, write the model's files into `out`."""
    survival_recipes.train(PLAN, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return survival_recipes.measure(PLAN, data, out, say=say)
