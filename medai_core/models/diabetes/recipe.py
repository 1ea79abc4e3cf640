"""How `diabetes` was trained: anyone with the data can repeat it.

``python -m medai_core train diabetes --data DIR`` where DIR holds the folder nhanes_2009_2012. All methods
are cross-validated on the same folds by place of survey; what is served is fitted on all adults.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import CHOICE, YES_NO, Input
from medai_core.learning import metrics, table_models
from medai_core.learning.cards import BOOTSTRAP_SEED, short
from medai_core.learning.columns import read_columns
from medai_core.learning.table_cards import OutOfFold
from medai_core.learning.table_models import Plan, Table
from medai_core.learning.tabular import Method, fit_bagged, folds_of
from medai_core.learning.terms import LOG, ROOT, Terms
from medai_core.models.diabetes.facts import COLUMNS, FACTS, RULES, THRESHOLD

TABLE: Final = Path("nhanes_2009_2012") / "nhanes_2009_10.csv.gz"
BANDS: Final = ((20.0, 40.0), (40.0, 60.0), (60.0, 121.0))
FOLDS: Final = 10
SEED: Final = 7
ADULT: Final = 20
RECENT: Final = 2
"""Years since the diagnosis."""

_CURVED: Final = (
    "Age", "BMI", "Pulse", "BPSysAve", "BPDiaAve", "DirectChol", "TotChol", "AlcoholYear",
)  # fmt: skip
_PAIRS: Final = (
    *(("Age", other) for other in ("Gender", "BMI", "DirectChol", "TotChol", "BPSysAve", "BPDiaAve")),
    ("DirectChol", "TotChol"), ("Gender", "BMI"), ("Gender", "DirectChol"),
)  # fmt: skip

WIDER: Final = (
    Input("Height", "body height", unit="cm"),
    Input("HHIncomeMid", "income of the household", unit="USD"),
    Input("Education", "schooling", CHOICE,
          choices=("8th Grade", "9 - 11th Grade", "High School", "Some College", "College Grad")),
    Input("Smoke100", "has smoked 100 cigarettes", YES_NO),
    Input("SmokeNow", "smokes", YES_NO),
    Input("Alcohol12PlusYr", "at least 12 drinks in a year", YES_NO),
    Input("AlcoholDay", "drinks on a day of drinking"),
)  # fmt: skip
HEALTH: Final = Input(
    "HealthGen", "own health", CHOICE, choices=("Excellent", "Vgood", "Good", "Fair", "Poor")
)
_DESIGN: Final = tuple(Input(key, key) for key in ("ID", "SDMVSTRA", "SDMVPSU", "WTINT2YR", "DiabetesAge"))
_OUTCOME: Final = Input("Diabetes", "told by a doctor", YES_NO)


def people(data: Path) -> Table:
    """Adults who answered whether they have diabetes. Raises Refusal "data-missing"."""
    path = table_models.found_in(data, TABLE)
    read = read_columns(path, [*COLUMNS, *WIDER, HEALTH, _OUTCOME, *_DESIGN])
    told = {one.key: read.values[:, place] for place, one in enumerate(read.inputs)}
    adult, known = told["Age"] >= ADULT, np.isfinite(told["Diabetes"])
    row = np.flatnonzero(adult & known)
    here = {key: column[row] for key, column in told.items()}
    race = table_models.text_column(path, "Race1")[row]
    sex = [("female", "male")[int(code)] for code in here["Gender"]]
    groups = table_models.sex_and_age(sex, here["Age"], BANDS)
    return Table(
        row, here["ID"].astype(np.int64), read.of(COLUMNS)[row], here["Diabetes"],
        {**groups, "race, which is not an input": {one: race == one for one in sorted(set(race))}},
        sex, here["Age"],
        {
            "place": (here["SDMVSTRA"] * 10 + here["SDMVPSU"]).astype(np.int64),
            "weight": here["WTINT2YR"],
            "years known": here["Age"] - here["DiabetesAge"],
            "wider": read.of([*COLUMNS, *WIDER])[row],
            "with health": read.of([*COLUMNS, *WIDER, HEALTH])[row],
            "age": here["Age"][:, None],
        },
        {"under 20 years": int((~adult).sum()), "diabetes not known": int((adult & ~known).sum())},
    )  # fmt: skip


def terms() -> Terms:
    """What the served regression reads: curves over numbers, and products that change with age and sex."""
    return Terms(
        [one.key for one in COLUMNS],
        scales={"BMI": LOG, "BPSysAve": LOG, "DirectChol": LOG, "TotChol": LOG, "AlcoholYear": ROOT},
        curves={**dict.fromkeys(_CURVED, 4), "SleepHrsNight": 3},
        pairs=_PAIRS,
    )


def head() -> Any:
    """Logistic regression, held back a little by a ridge."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.2, max_iter=500)


def _boosting() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.03, max_iter=250, max_leaf_nodes=6, min_samples_leaf=40, l2_regularization=5,
        max_features=0.3, random_state=SEED,
    )  # fmt: skip


def _forest() -> Any:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    trees = ExtraTreesClassifier(300, min_samples_leaf=5, max_features=0.4, random_state=SEED)
    return make_pipeline(SimpleImputer(strategy="median"), trees)


def _age_alone() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=500)


SERVED: Final = Method(head, terms)


def folds(table: Table, turn: int) -> NDArray[np.int64]:
    """Whole places of survey."""
    return folds_of(table.truth, table.more["place"], FOLDS, seed=SEED + turn)


def further(table: Table, answers: OutOfFold) -> dict[str, Any]:
    """Figures weighted to the population, and how well recent and long-known diabetes are told apart."""
    truth, given, weight = answers.truth, answers.served, table.more["weight"] / table.more["weight"].mean()
    since = table.more["years known"]
    parts = {
        f"at most {RECENT} years": (truth == 0) | (since <= RECENT),
        f"more than {RECENT} years": (truth == 0) | (since > RECENT),
    }

    def of(at: NDArray[np.bool_]) -> dict[str, Any]:
        found = metrics.estimate(metrics.auroc, truth[at], given[at], answers.group[at], seed=BOOTSTRAP_SEED)
        return {"auroc": found.as_dict(), "with_diabetes": int(truth[at].sum())}

    def ratio(drawn: NDArray[np.float64]) -> float:
        return float((drawn * weight * truth).sum() / (drawn * weight * given).sum())

    def ranked(drawn: NDArray[np.float64]) -> float:
        return metrics.auroc(truth, given, drawn * weight)

    group = answers.group
    return {
        "how long known": {name: of(at) for name, at in parts.items()},
        "weighted_to_the_population": {
            "observed": short(float((weight * truth).sum() / weight.sum())),
            "expected": short(float((weight * given).sum() / weight.sum())),
            "observed_to_expected": metrics.estimate_of(ratio, group, seed=BOOTSTRAP_SEED).as_dict(),
            "auroc": metrics.estimate_of(ranked, group, seed=BOOTSTRAP_SEED).as_dict(),
        },
    }


PLAN: Final = Plan(
    facts=FACTS,
    columns=COLUMNS,
    rules=RULES,
    threshold=THRESHOLD,
    part="adults out of fold",
    read=people,
    folds=folds,
    served=table_models.by_method(COLUMNS, SERVED),
    final=lambda table: fit_bagged(table.values, table.truth, table.group, COLUMNS, SERVED),
    others={
        "boosting": table_models.of_classifier(_boosting),
        "forest": table_models.of_classifier(_forest),
        "wider": table_models.of_classifier(_boosting, "wider"),
        "health": table_models.of_classifier(_boosting, "with health"),
        "age": table_models.of_classifier(_age_alone, "age"),
    },
    titles={
        "served": "Logistic regression with curves and products",
        "boosting": "Gradient boosting on the same inputs",
        "forest": "Extremely randomised trees on the same inputs",
        "wider": "Gradient boosting that also reads height, income, schooling, smoking and more of alcohol",
        "health": "The same with how people rate their own health, which follows the diagnosis",
        "age": "Age alone",
    },
    bands=BANDS,
    own=further,
)


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate, fit on all adults, write the model's files into `out`."""
    table_models.train(PLAN, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return table_models.measure(PLAN, data, out, say=say)
