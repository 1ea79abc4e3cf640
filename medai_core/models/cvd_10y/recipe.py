"""How `cvd_10y` was trained: anyone with the data can repeat it.

``python -m medai_core train cvd_10y --data DIR`` where DIR holds the folder framingham_longitudinal. All
methods are cross-validated on the same folds by person; what is served is fitted on all exams.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from medai_core.learning import exam_cards
from medai_core.learning.exam_cards import Plan
from medai_core.learning.framingham import Exams, read_exams
from medai_core.learning.table_cards import read_by_model
from medai_core.learning.tabular import Method
from medai_core.learning.terms import LOG, ROOT, Terms
from medai_core.models.cvd_10y.facts import COLUMNS, FACTS, NAME, PREVALENT, RULES, THRESHOLD

INPUTS = read_by_model(COLUMNS)


def terms() -> Terms:
    """What the served regression reads: curves over numbers, and what changes with age and sex."""
    return Terms(
        [one.key for one in INPUTS],
        scales={"SYSBP": LOG, "TOTCHOL": LOG, "BMI": LOG, "GLUCOSE": LOG, "CIGPDAY": ROOT},
        curves={"AGE": 4, "SYSBP": 3, "DIABP": 3, "TOTCHOL": 3, "BMI": 3, "GLUCOSE": 3, "HEARTRTE": 3},
    )


def head() -> Any:
    """Logistic regression, held back by a ridge."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.02, max_iter=500)


def exams(data: Path) -> Exams:
    """Exams of people without cardiovascular disease."""
    return read_exams(data, INPUTS, event="CVD", time="TIMECVD", prevalent=PREVALENT)


PLAN = Plan(
    NAME, FACTS, COLUMNS, RULES, THRESHOLD, exams, Method(head, terms), {},
    {"served": "Logistic regression with splines"},
)  # fmt: skip


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate, fit on all exams, write the model's files into `out`."""
    exam_cards.train(PLAN, data, work, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return exam_cards.measure(PLAN, data, out, say=say)
