"""How `coronary_disease` was trained: anyone with the data can repeat it.

``python -m medai_core train coronary_disease --data DIR`` where DIR holds the folder uci_heart. Every method
is tested at each site with what was learned at the others; what is served is fitted on all three.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import CHOICE, YES_NO, Input
from medai_core.learning import metrics, table_models
from medai_core.learning.cards import BOOTSTRAP_SEED
from medai_core.learning.columns import read_columns
from medai_core.learning.sites import fit_at_sites
from medai_core.learning.table_cards import OutOfFold
from medai_core.learning.table_models import Mask, Plan, Table
from medai_core.learning.tabular import Method, TabularModel
from medai_core.models.coronary_disease.facts import COLUMNS, FACTS, RULES, THRESHOLD

TABLE: Final = Path("uci_heart") / "heart_cleveland_hungarian_switzerland.csv"
BANDS: Final = ((20.0, 50.0), (50.0, 60.0), (60.0, 121.0))
RIDGE: Final = 2.2
MARKED: Final = {"cp": ("atypical angina", "no chest pain")}
"""Typical angina was too rare at these sites to have a weight of its own."""
SEED: Final = 7

WIDER: Final = (
    Input("fbs", "fasting glucose above 120 mg/dL", YES_NO),
    Input("restecg", "resting ECG", CHOICE, choices=("0", "1", "2")),
    Input("slope", "slope of the ST segment", CHOICE, choices=("1", "2", "3")),
    Input("ca", "vessels seen", low=0, high=3),
    Input("thal", "thallium scan", CHOICE, choices=("3", "6", "7")),
)
_OUTCOME: Final = Input("num", "narrowing", low=0, high=4)

Values = NDArray[np.float64]


def patients(data: Path) -> Table:
    """Patients of three sites, an exact copy of a row left out. Raises Refusal "data-missing"."""
    path = table_models.found_in(data, TABLE)
    read = read_columns(path, [*COLUMNS, *WIDER, _OUTCOME])
    names = table_models.text_column(path, "site")
    sites = sorted(set(names))
    site = np.array([sites.index(one) for one in names])
    every = np.nan_to_num(np.column_stack([read.written, site]), nan=-99.0)
    _, first = np.unique(every, axis=0, return_index=True)
    row = np.sort(first)
    here = {one.key: read.values[row, place] for place, one in enumerate(read.inputs)}
    sex = [("female", "male")[int(code)] for code in here["sex"]]
    groups = table_models.sex_and_age(sex, here["age"], BANDS)
    return Table(
        row, row, read.of(COLUMNS)[row], (here["num"] > 0).astype(np.float64),
        {"site": {one: site[row] == number for number, one in enumerate(sites)}, **groups},
        sex, here["age"],
        {"site": site[row], "wider": read.of([*COLUMNS, *WIDER])[row]},
        {"exact copies of another row": len(every) - len(row)},
    )  # fmt: skip


def folds(table: Table, turn: int) -> NDArray[np.int64]:
    """One site at a time."""
    return table.more["site"].astype(np.int64)


def _fitted(table: Table, rows: Mask, **more: Any) -> TabularModel:
    return fit_at_sites(
        table.values[rows], table.truth[rows], table.group[rows], table.more["site"][rows], COLUMNS,
        ridge=RIDGE, marked=MARKED, **more,
    )  # fmt: skip


def _served(table: Table, rows: Mask, asked: Mask) -> Values:
    return _fitted(table, rows, refits=0).probabilities(table.values[asked])


def _final(table: Table) -> TabularModel:
    return _fitted(table, np.ones(len(table.row), dtype=bool))


def _plain() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))


def _boosting() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=100, max_leaf_nodes=4, min_samples_leaf=20, random_state=SEED
    )


def _forest() -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(300, min_samples_leaf=5, random_state=SEED)


def further(table: Table, answers: OutOfFold) -> dict[str, Any]:
    """AUROC of every method at every site that it had not seen."""

    def of(given: Values, at: NDArray[np.bool_]) -> dict[str, float | int]:
        return metrics.estimate(
            metrics.auroc, answers.truth[at], given[at], answers.group[at], seed=BOOTSTRAP_SEED
        ).as_dict()

    return {
        "auroc_at_sites_not_seen": {
            PLAN.titles[name]: {site: of(given, at) for site, at in table.groups["site"].items()}
            for name, given in answers.given.items()
        }
    }


PLAN: Final = Plan(
    facts=FACTS,
    columns=COLUMNS,
    rules=RULES,
    threshold=THRESHOLD,
    part="patients of sites not seen",
    read=patients,
    folds=folds,
    served=_served,
    final=_final,
    others={
        "plain": table_models.by_method(COLUMNS, Method(_plain)),
        "forest": table_models.by_method(COLUMNS, Method(_forest)),
        "boosting": table_models.of_classifier(_boosting),
        "wider": table_models.of_classifier(_boosting, "wider"),
    },
    titles={
        "served": "Logistic regression with a level for each site, held back strongly",
        "plain": "Logistic regression without levels",
        "forest": "Extremely randomised trees",
        "boosting": "Gradient boosting that sees what is missing",
        "wider": "Gradient boosting on all columns, which sees what is missing",
    },
    bands=BANDS,
    own=further,
)


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Test at every site, fit on all of them, write the model's files into `out`."""
    table_models.train(PLAN, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the answers in `out` again and write the card."""
    return table_models.measure(PLAN, data, out, say=say)
