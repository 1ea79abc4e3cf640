"""How `stroke_10y` was trained: anyone with the data can repeat it.

``python -m medai_core train stroke_10y --data DIR`` where DIR holds the folder framingham_longitudinal. All
methods are cross-validated on the same folds by person; what is served is fitted on all exams.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from medai_core.learning import exam_cards, exam_methods
from medai_core.learning.exam_cards import Plan
from medai_core.learning.framingham import READ, Exams, read_exams
from medai_core.models.stroke_10y.facts import COLUMNS, FACTS, NAME, PREVALENT, RULES, THRESHOLD

COST: Final = 0.01
RIDGE: Final = 100.0
"""How far the regressions are held back."""


def exams(data: Path) -> Exams:
    """Exams of people without a stroke."""
    return read_exams(
        data, READ, event="STROKE", time="TIMESTRK", prevalent=PREVALENT, more=exam_methods.MORE
    )


PLAN: Final = Plan(
    NAME, FACTS, COLUMNS, RULES, THRESHOLD, exams, exam_methods.blend(COST, RIDGE),
    exam_methods.others(COST, RIDGE),
)  # fmt: skip


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate, fit on all exams, write the model's files into `out`."""
    exam_cards.train(PLAN, data, work, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return exam_cards.measure(PLAN, data, out, say=say)
