"""How `parkinsons_updrs` was trained: anyone with the data can repeat it.

``python -m medai_core train parkinsons_updrs --data DIR`` where DIR holds the folder parkinsons_uci. People
are held out whole; the interval is made from the errors on them, and all is compared with the mean.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input
from medai_core.learning import cards, table_cards, table_models
from medai_core.learning.cards import CARD_FILE
from medai_core.learning.columns import read_columns
from medai_core.learning.values import Persons, ValueModel, Values, conformal_width, equal_shares, fit_value
from medai_core.models.parkinsons_updrs import measuring
from medai_core.models.parkinsons_updrs.facts import COLUMNS, ENDS, LABEL, RULES
from medai_core.models.parkinsons_updrs.measuring import MEAN, SERVED, Answers

TABLE: Final = Path("parkinsons_uci") / "parkinsons_updrs.data"
FOLDS: Final = 14
SEED: Final = 7
RIDGE: Final = 20.0
"""Held back about as much as half of the people would."""

BANDS: Final = ((30.0, 60.0), (60.0, 70.0), (70.0, 121.0))


@dataclass(frozen=True, slots=True)
class Recordings:
    """Rows of the data set: inputs (n, k), the rating (n,), and whose each is (n,)."""

    values: Values
    target: Values
    person: Persons


def recordings(data: Path) -> Recordings:
    """All recordings. Raises Refusal "data-missing"."""
    path = table_models.found_in(data, TABLE)
    read = read_columns(path, [*COLUMNS, Input(LABEL, "rating"), Input("subject#", "person")])
    return Recordings(read.of(COLUMNS), read.values[:, -2], read.values[:, -1].astype(np.int64))


def head() -> Any:
    """A line held back by a ridge."""
    from sklearn.linear_model import Ridge

    return Ridge(alpha=RIDGE)


def _forest() -> Any:
    from sklearn.ensemble import ExtraTreesRegressor

    return ExtraTreesRegressor(100, min_samples_leaf=60, max_features=0.5, random_state=SEED)


def folds(person: Persons) -> NDArray[np.int64]:
    """A fold number a row: three people each, drawn at random."""
    people, member = np.unique(person, return_inverse=True)
    found: NDArray[np.int64] = (np.random.default_rng(SEED).permutation(len(people)) % FOLDS)[member]
    return found


def _out_of_fold(table: Recordings, fold: NDArray[np.int64]) -> dict[str, Values]:
    """What the served model, a forest, age alone and the mean say of people whom they have not seen."""
    found = {name: np.zeros(len(fold)) for name in (SERVED, MEAN, "age", "forest")}
    for number in range(FOLDS):
        held = fold == number
        given, target, person = table.values[~held], table.target[~held], table.person[~held]
        shares = equal_shares(person)

        def said(columns: int, make: Callable[[], Any], held: NDArray[np.bool_] = held) -> Values:
            seen = table.values[~held, :columns]
            model = fit_value(
                seen, table.target[~held], table.person[~held], COLUMNS[:columns], make, width=0, ends=ENDS
            )
            return model.values(table.values[held, :columns])

        found[SERVED][held] = said(given.shape[1], head)
        found["age"][held] = said(1, head)
        found["forest"][held] = said(given.shape[1], _forest)
        found[MEAN][held] = float(shares @ target / shares.sum())
    return found


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Hold people out, make the interval, fit on all of them, write the model's files into `out`."""
    table = recordings(data)
    fold = folds(table.person)
    answers = Answers(table.person, fold, table.target, _out_of_fold(table, fold))
    answers.write(out)
    width = conformal_width(np.abs(answers.target - answers.given[SERVED]), table.person)
    model = fit_value(table.values, table.target, table.person, COLUMNS, head, width=width, ends=ENDS)
    model.save(out)
    measuring.write_golden(model, out)
    evaluate(data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the answers in `out` again and write the card. Raises Refusal "data-missing"."""
    table = recordings(data)
    answers = Answers.read(out, table.person, table.target)
    model = ValueModel.load(out)
    sex = ["male" if code == 0 else "female" for code in table.values[:, 1]]
    groups = table_models.sex_and_age(sex, table.values[:, 0], BANDS)
    del groups["sex and age"]
    card = {
        **measuring.facts(answers),
        "inputs": table_cards.inputs_of(COLUMNS, model.population, RULES),
        "rows": {"rows": len(table.target), "people": len(np.unique(table.person)), "left_out": {}},
        **measuring.figures(answers, model.width, groups, say),
        "files": table_cards.files(out),
    }
    path = out / CARD_FILE
    path.write_text(cards.as_text(card), encoding="utf-8")
    return path
