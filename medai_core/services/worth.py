"""Which missing input is worth measuring: how far it would shrink the interval and change the decision."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Final

from medai_core.domain.explained import Worth, WorthKnowing
from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input, Need, Value
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.scores.frame import Score, evaluate
from medai_core.services.asking import label, published, rows, trained

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

DRAWS: Final = 1_600
"""Of all that is missing together, given what is known."""
SLICES: Final = 16
"""Into so many slices of equal size the draws are cut by the value that would become known."""
SEED: Final = 20261122
LEVEL: Final = 0.95
MOST_MISSING: Final = 4
"""Of a published score the ranges of so many missing inputs are gone through together."""
_GRID: Final = 7


def worth(estimate: RiskEstimate) -> WorthKnowing | None:
    """What each missing input would tell, most first; None where nothing is missing.

    Raises
    ------
    Refusal
        "no-worth" where too much is missing, or nothing says how the missing values lie.
    """
    return _of_score(estimate) if estimate.kind is Kind.SCORE else _of_predictor(estimate)


def _none(expected: str, found: str) -> Refusal:
    return Refusal(
        "no-worth", expected=expected, found=found, what_to_do="Give some of the missing values first."
    )


# ---- trained predictors


def _of_predictor(estimate: RiskEstimate) -> WorthKnowing | None:
    """From draws of the missing values given the known ones, put to the model's refits."""
    import numpy as np

    asked = trained(estimate)
    function, inputs = asked.function, asked.inputs
    row = rows(inputs, [estimate.values])[0]
    missing = np.flatnonzero(np.isnan(row))
    if not len(missing) or len(missing) == len(row):
        return None
    drawn = asked.population.given(row, DRAWS, np.random.default_rng(SEED))
    means = function(drawn)
    answers = means if asked.model is None else asked.model.shared(drawn)
    low, high = _ends(answers)
    now = float(function(row[None])[0])
    found = []
    for column in missing:
        slices = _slices(drawn[:, column])
        width = sum(len(part) * _width(answers[part]) for part in slices) / DRAWS
        changes = _changes(means, slices, now, estimate.threshold)
        found.append(Worth(inputs[column].key, label(inputs[column]), width, changes))
    told = _MEANS_ALONE if asked.model is None else _MEANS
    return WorthKnowing(estimate.unit, low, high, told, _ranked(found), DRAWS)


_MEANS: Final = (
    "the middle 95\u202f% of the answers of the model's refits to values that the missing inputs may have, "
    "given the known ones"
)
_MEANS_ALONE: Final = (
    "the middle 95\u202f% of the answers to values that the missing inputs may have, given the known ones"
)


def _ends(answers: "Values") -> tuple[float, float]:
    import numpy as np

    low, high = np.quantile(answers, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _width(answers: "Values") -> float:
    low, high = _ends(answers)
    return high - low


def _slices(column: "Values") -> "list[NDArray[np.intp]]":
    """The draws by the value that would become known: each of few by itself, else slices of one size."""
    import numpy as np

    values = np.unique(column)
    if len(values) <= SLICES:
        return [np.flatnonzero(column == value) for value in values]
    return [part for part in np.array_split(np.argsort(column, kind="stable"), SLICES) if len(part)]


def _changes(
    means: "Values", slices: "Sequence[NDArray[np.intp]]", now: float, threshold: float | None
) -> float | None:
    """How often the answer, averaged over what is still missing, lies on the other side of the threshold."""
    if threshold is None:
        return None
    other = [part for part in slices if (float(means[part].mean()) >= threshold) != (now >= threshold)]
    return float(sum(len(part) for part in other)) / len(means)


def _ranked(found: Sequence[Worth]) -> tuple[Worth, ...]:
    return tuple(sorted(found, key=lambda one: one.width))


# ---- published scores


def _of_score(estimate: RiskEstimate) -> WorthKnowing | None:
    """The range that the missing inputs leave, each over the whole range that the score was made for."""
    score = published(estimate)
    missing = _missing(score, estimate.values)
    if not missing:
        return None
    if len(missing) > MOST_MISSING:
        raise _none(f"at most {MOST_MISSING} missing values", f"{len(missing)}")
    grids = {one.key: _grid(one) for one in missing}
    whole = _range(score, estimate.values, grids)
    if whole is None:
        raise _none("a score that is meant for this person", "one that is not")
    low, high = whole
    found = []
    for one in missing:
        rest = {key: grid for key, grid in grids.items() if key != one.key}
        ranges = [_range(score, {**estimate.values, one.key: value}, rest) for value in grids[one.key]]
        widths = [one_range[1] - one_range[0] for one_range in ranges if one_range is not None]
        width = sum(widths) / len(widths)
        found.append(Worth(one.key, label(one), width, None))
    count = math.prod(len(grid) for grid in grids.values())
    return WorthKnowing(estimate.unit, low, high, _RANGE_MEANS, _ranked(found), count)


_RANGE_MEANS: Final = (
    "the answers for all values of the missing inputs within the range that the score was made for, none "
    "held likelier than another"
)


def _missing(score: Score, values: Mapping[str, Value]) -> list[Input]:
    """What is needed and not known; of inputs that stand for one another the first group that is begun."""
    groups = [group for group in score.either if values.keys() & set(group)] or list(score.either[:1])
    wanted = set(groups[0]) if groups else set()
    stand_ins = {key for group in score.either for key in group} - wanted
    return [
        one
        for one in score.inputs
        if one.key not in values
        and one.key not in stand_ins
        and (one.need is Need.NEEDED or one.key in wanted or (one.need is Need.OPTIONAL and one.without))
    ]


def _grid(one: Input) -> list[Value]:
    if one.kind == YES_NO:
        return [False, True]
    if one.kind == CHOICE:
        return list(one.choices)
    low, high = one.low, one.high
    if one.kind != NUMBER or low is None or high is None:
        raise _none("missing values with a range", "one without")
    return [*(low + (high - low) * step / (_GRID - 1) for step in range(_GRID - 1)), high]


def _range(
    score: Score, values: Mapping[str, Value], grids: Mapping[str, list[Value]]
) -> tuple[float, float] | None:
    """The lowest and the highest answer over all combinations; None where there is none."""
    answers = [
        found
        for chosen in product(*grids.values())
        if (found := evaluate(score, {**values, **dict(zip(grids, chosen, strict=True))}).value) is not None
    ]
    return (min(answers), max(answers)) if answers else None
