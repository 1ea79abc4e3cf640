"""From a table and what was chosen to rows that can be learned from, and what would leak into them.

prepared(table, profile, choices) -> Prepared; leaks(table, profile, target, positive) -> issues.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input, Need
from medai_core.domain.refusal import Refusal
from medai_core.domain.training import (
    NOTE,
    USABLE,
    WARN,
    Choices,
    ColumnProfile,
    Issue,
    Kind,
    TableProfile,
)
from medai_core.learning.comparing import GROUP, TIME, Data
from medai_core.learning.metrics import auroc
from medai_core.learning.splits import joined_groups
from medai_core.services.training_table import Table, choices_of, numbers
from medai_core.services.training_words import is_id_like, is_of_afterwards, names_a_person, plausible

FEWEST_ROWS: Final = 60
FEWEST_OF_CLASS: Final = 15
MOST_CLASSES: Final = 30
MOST_READ: Final = 60
"""A model reads as many expanded columns at most: of wider tables those that differ most are kept."""

ALONE: Final = 0.99
NEARLY_ALONE: Final = 0.95
SAME_GAPS: Final = 0.9

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Rows to learn from: `rows` are their places in the table, `inputs` the columns of `data.X`.

    `left_out` says how many rows were not used, by reason; `most` how many expanded columns are kept.
    """

    data: Data
    rows: NDArray[np.int64]
    inputs: tuple[Input, ...]
    left_out: dict[str, int]
    most: int | None


def prepared(table: Table, profile: TableProfile, choices: Choices) -> Prepared:
    """Rows with an outcome, each once, as numbers.

    Raises
    ------
    Refusal
        "training-target", "training-one-class", "training-too-few", "training-no-inputs", "training-split".
    """
    outcome = target_values(table, profile, choices.target, choices.positive)
    columns = _inputs_of(profile, choices)
    known = ~np.isnan(outcome)
    left_out = {"without an outcome": int((~known).sum())}
    keep = known.copy()
    if choices.deduplicate:
        first = _first_of_copies(table, choices)
        left_out["copies of a row before"] = int((keep & ~first).sum())
        keep &= first
    order = np.zeros(table.rows)
    if choices.split == TIME:
        order = _order(table, profile, choices.time)
        left_out["without a time"] = int((keep & np.isnan(order)).sum())
        keep &= ~np.isnan(order)
    X = np.column_stack([_values(table, one, choices) for one in columns])
    empty = np.isnan(X).all(axis=1)
    left_out["without any input"] = int((keep & empty).sum())
    keep &= ~empty
    rows = np.flatnonzero(keep)
    _require_enough(outcome[rows])
    usable = [place for place, one in enumerate(columns) if _fillable(one, X[rows, place])]
    if not usable:
        raise _no_inputs()
    columns, X = [columns[place] for place in usable], X[:, usable]
    sizes = tuple(len(choices_of(one)) if one.kind is Kind.CATEGORY else 0 for one in columns)
    data = Data(
        X[rows], outcome[rows], _groups(table, choices, rows), order[rows], sizes, choices.split == TIME
    )
    _require_groups(data, choices)
    inputs = tuple(_input(one) for one in columns)
    wide = sum(max(1, size) for size in sizes) > MOST_READ
    most = MOST_READ if wide else (20 if choices.select else None)
    return Prepared(data, rows, inputs, {why: n for why, n in left_out.items() if n}, most)


def target_values(table: Table, profile: TableProfile, target: str, positive: Sequence[str]) -> Values:
    """1 where the outcome is, 0 where another value stands, NaN where none does."""
    column = profile.column(target)
    if column is None:
        raise _bad_target("a column of this table", "none of this name", "Choose the target again.")
    cells = table.column(target)
    texts = {cell for cell in cells if cell is not None}
    if len(texts) < 2:
        raise Refusal(
            "training-one-class",
            expected="a target with at least two values: people with the outcome and people without it",
            found="one value alone" if texts else "an empty column",
            what_to_do="Choose another target, or add the people who are missing.",
        )
    if len(texts) > MOST_CLASSES:
        raise _bad_target(
            f"a target of at most {MOST_CLASSES} values: Train answers questions of yes or no",
            f"{len(texts):,} values",
            "Make a column of it that says yes or no, for example whether a number lies above a threshold.",
        )
    chosen = set(positive)
    if not chosen or not chosen < texts:
        raise _bad_target(
            "at least one value that counts as the outcome, and at least one that does not",
            "all of them or none",
            "Choose which values of the target count as the outcome.",
        )
    return np.array([np.nan if cell is None else float(cell in chosen) for cell in cells])


def class_counts(table: Table, target: str) -> list[tuple[str, int]]:
    """The values of a target with their counts, the rarest last; at most one more than is allowed."""
    counts = Counter(cell for cell in table.column(target) if cell is not None)
    return counts.most_common(MOST_CLASSES + 1)


def _inputs_of(profile: TableProfile, choices: Choices) -> list[ColumnProfile]:
    apart = {choices.target, choices.group, choices.time}
    found = [
        one
        for one in profile.columns
        if one.name in choices.columns and one.name not in apart and one.kind in USABLE and one.distinct > 1
    ]
    if not found:
        raise _no_inputs()
    return found


def _values(table: Table, column: ColumnProfile, choices: Choices) -> Values:
    """The numbers of a column; what cannot be true, and zeros that mean missing, are gaps."""
    found = numbers(table.column(column.name), column)
    if column.kind is Kind.NUMBER:
        known = plausible(column.name)
        with np.errstate(invalid="ignore"):
            if known is not None:
                found[(found < known[0]) | (found > known[1])] = np.nan
            if column.name in choices.zeros:
                found[found == 0] = np.nan
    return found


def _fillable(column: ColumnProfile, values: Values) -> bool:
    """Whether enough stands in a column, in the rows that are used, to learn its distribution."""
    known = values[~np.isnan(values)]
    if len(known) < 5 or len(np.unique(known)) < 2:
        return False
    return column.kind is Kind.NUMBER or int(np.bincount(known.astype(int)).max()) >= 5


def _first_of_copies(table: Table, choices: Choices) -> NDArray[np.bool_]:
    """Rows that do not stand in the table before, cell by cell."""
    seen: set[tuple[str | None, ...]] = set()
    found = np.zeros(table.rows, dtype=bool)
    for place, row in enumerate(zip(*table.columns, strict=True)):
        found[place] = row not in seen
        seen.add(row)
    return found


def _groups(table: Table, choices: Choices, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of one person, and rows that are copies of each other, stay together whatever the split."""
    keys: list[Sequence[Hashable | None]] = []
    if choices.group:
        cells = table.column(choices.group)
        keys.append([cells[row] for row in rows])
    if not choices.deduplicate:
        whole = list(zip(*table.columns, strict=True))
        keys.append([whole[row] for row in rows])
    return joined_groups(*keys) if keys else np.arange(len(rows))


def _order(table: Table, profile: TableProfile, time: str) -> Values:
    column = profile.column(time)
    if column is None or column.kind not in (Kind.DATE, Kind.NUMBER):
        raise Refusal(
            "training-split",
            expected="a column of dates or numbers by which rows are put in order",
            found="another column or none",
            what_to_do="Choose the time column, or split at random or by group.",
        )
    return numbers(table.column(time), column)


def _require_enough(outcome: Values) -> None:
    positives, rows = int(outcome.sum()), len(outcome)
    fewest = min(positives, rows - positives)
    if rows and fewest == 0:
        raise Refusal(
            "training-one-class",
            expected="people with the outcome and people without it among the rows that can be used",
            found="only one of the two",
            what_to_do="Choose other values as the outcome, or add the people who are missing.",
        )
    if rows < FEWEST_ROWS or fewest < FEWEST_OF_CLASS:
        raise Refusal(
            "training-too-few",
            expected=f"at least {FEWEST_ROWS} rows, {FEWEST_OF_CLASS} of them with the outcome and "
            f"{FEWEST_OF_CLASS} without it",
            found=f"{rows} rows that can be used, {positives} of them with the outcome",
            what_to_do="Add rows: what is learned from fewer says nothing of other people.",
        )


def _require_groups(data: Data, choices: Choices) -> None:
    """Both classes must be there in enough groups to be held out."""
    for value in (0.0, 1.0):
        if len(np.unique(data.group[data.y == value])) < 10:
            raise Refusal(
                "training-split",
                expected="at least 10 groups with the outcome and 10 without it, to hold some of them out",
                found="fewer",
                what_to_do="Choose another group column, or add people.",
            )
    if choices.split == GROUP and not choices.group:
        raise Refusal(
            "training-split",
            expected="a column that names whose row it is",
            found="none",
            what_to_do="Choose the group column, or split at random.",
        )


def _input(column: ColumnProfile) -> Input:
    """How a row to come is asked for the column."""
    said = f"The column \u201c{column.name}\u201d of the table that was trained on"
    if column.kind is Kind.YES_NO:
        return Input(column.name, said, YES_NO, need=Need.OPTIONAL)
    if column.kind is Kind.CATEGORY:
        return Input(column.name, said, CHOICE, choices=choices_of(column), need=Need.OPTIONAL)
    known = plausible(column.name)
    low, high = (known[0], known[1]) if known is not None else (None, None)
    return Input(column.name, said, NUMBER, column.unit, low, high, need=Need.OPTIONAL)


def _bad_target(expected: str, found: str, what_to_do: str) -> Refusal:
    return Refusal("training-target", expected=expected, found=found, what_to_do=what_to_do)


def _no_inputs() -> Refusal:
    return Refusal(
        "training-no-inputs",
        expected="at least one column of numbers, of yes and no, or of choices besides the target",
        found="none that can be used",
        what_to_do="Choose the columns again, or look at what the profile says of them.",
    )


# ---- what would leak


def leaks(table: Table, profile: TableProfile, target: str, positive: Sequence[str]) -> tuple[Issue, ...]:
    """Columns that may give the outcome away, or name people, with a sentence each."""
    outcome = target_values(table, profile, target, positive)
    known = ~np.isnan(outcome)
    y = outcome[known]
    found: list[Issue] = []
    for column in profile.columns:
        if column.name == target or column.kind is Kind.EMPTY or column.distinct < 2:
            continue
        found += _leaks_of(table, column, known, y)
        found += _of_groups(column, profile.rows)
    return tuple(found)


def _leaks_of(table: Table, column: ColumnProfile, known: NDArray[np.bool_], y: Values) -> list[Issue]:
    found = []
    cells = table.column(column.name)
    gaps = np.array([cell is None for cell in cells])[known]
    if 10 <= gaps.sum() <= len(gaps) - 10:
        agreement = max(_agreement(gaps, y > 0.5), _agreement(gaps, y < 0.5))
        if agreement >= SAME_GAPS:
            text = (
                "It is missing almost exactly where the outcome is, or is not: it was filled in afterwards."
            )
            found.append(Issue("gaps-are-the-outcome", WARN, text, column.name))
    if column.kind in USABLE and not is_id_like(column, table.rows):
        alone = _alone(numbers(cells, column)[known], y, column)
        if alone >= ALONE:
            text = f"It tells the outcome by itself (AUROC {alone:.3f}): it is the outcome in other words."
            found.append(Issue("tells-alone", WARN, text, column.name))
        elif alone >= NEARLY_ALONE:
            text = f"It nearly tells the outcome by itself (AUROC {alone:.3f}). Is it known beforehand?"
            found.append(Issue("nearly-alone", NOTE, text, column.name))
        elif _implies(numbers(cells, column)[known], y, column):
            text = "Wherever it has one of its values the outcome is certain: it is a part of the outcome."
            found.append(Issue("implies-the-outcome", WARN, text, column.name))
    if is_of_afterwards(column.name):
        text = "By its name it is known only when the outcome is. Leave it out unless it is known before."
        found.append(Issue("known-afterwards", WARN, text, column.name))
    if column.kind is Kind.DATE:
        text = "Dates after the outcome would give it away: they are no input."
        found.append(Issue("date-of", NOTE, text, column.name))
    return found


def _agreement(gaps: NDArray[np.bool_], outcome: NDArray[np.bool_]) -> float:
    """The correlation of two yes-or-no columns (phi)."""
    if gaps.std() == 0 or outcome.std() == 0:
        return 0.0
    return float(np.corrcoef(gaps, outcome)[0, 1])


def _alone(values: Values, y: Values, column: ColumnProfile) -> float:
    """The AUROC of one column, whichever way it points; of choices by the shares of the other half."""
    there = ~np.isnan(values)
    values, y = values[there], y[there]
    if len(y) < 40 or y.sum() < 5 or len(y) - y.sum() < 5:
        return 0.0
    if column.kind is Kind.CATEGORY:
        half = np.arange(len(y)) % 2 == 0
        scores = np.empty(len(y))
        for mine, other in ((half, ~half), (~half, half)):
            codes = values[other].astype(int)
            size = int(values.max()) + 1
            events, rows = np.bincount(codes, y[other], size), np.bincount(codes, minlength=size)
            shares = (events + y.mean()) / (rows + 1)
            scores[mine] = shares[values[mine].astype(int)]
        values = scores
    found = auroc(y, values)
    return max(found, 1 - found)


def _implies(values: Values, y: Values, column: ColumnProfile) -> bool:
    """Whether one value of a column with few of them is (nearly) never without the outcome, or with it."""
    if column.distinct > 12 or column.kind is Kind.DATE:
        return False
    share = float(y.mean())
    for value in np.unique(values[~np.isnan(values)]):
        inside = y[values == value]
        if len(inside) >= 30 and (inside.mean() >= 0.99 and share < 0.7):
            return True
    return False


def _of_groups(column: ColumnProfile, rows: int) -> list[Issue]:
    """Columns that name people of whom several rows stand in the table."""
    repeats = column.present / max(1, column.distinct)
    if not names_a_person(column.name) or is_id_like(column, rows) or not 1.05 <= repeats <= rows / 10:
        return []
    if column.distinct < 20:
        return []
    text = "It seems to name people of whom several rows stand here: split by it, and do not learn from it."
    return [Issue("names-people", WARN, text, column.name)]


def proposed(profile: TableProfile, target: str, found: Sequence[Issue]) -> tuple[str, ...]:
    """The columns that are inputs unless a person says otherwise: usable, not naming, not leaking."""
    out = {one.column for one in found if one.severity == WARN}
    return tuple(
        one.name
        for one in profile.columns
        if one.name != target
        and one.name not in out
        and one.kind in USABLE
        and one.distinct > 1
        and not is_id_like(one, profile.rows)
        and one.present >= 0.05 * profile.rows
    )
