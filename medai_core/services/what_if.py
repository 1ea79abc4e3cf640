"""What if: an answer to changed values, its curve along one input, the smallest change out of high risk."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING, Final

from medai_core.domain.explained import Answered, Change, Curve, Handle, Move
from medai_core.domain.inputs import NUMBER, YES_NO, Input, Need, Value
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.scores.frame import evaluate
from medai_core.scores.inputs import ACUTE_DAYS
from medai_core.services import levers
from medai_core.services.asking import Asked, asked, label, published, said, trained
from medai_core.services.levers import moved, quantity_of, reach, spread_of

if TYPE_CHECKING:
    from medai_core.learning.population import Margin

POINTS: Final = 41
"""Of a curve."""
MOST_INPUTS: Final = 3
"""That a smallest change moves together."""
_LEVELS: Final = {1: 24, 2: 8, 3: 5}
"""Steps of each input that are tried, by how many inputs move together."""
_FINER: Final = 4
"""Times that the best change found is made smaller around itself."""
_STEPS: Final = 100


def with_threshold(estimate: RiskEstimate) -> RiskEstimate:
    """With the points at which the publication's high category begins, where the estimate holds none."""
    if estimate.threshold is not None or estimate.name not in _HIGH_FROM:
        return estimate
    return replace(estimate, threshold=_HIGH_FROM[estimate.name])


_HIGH_FROM: Final = {"findrisc": 15.0, "has_bled": 3.0}


def handles(estimate: RiskEstimate) -> tuple[Handle, ...]:
    """What can be moved: changeable inputs of more than a day's meaning; empty where there is none.

    A number goes as far as the predictor's training, or three standard deviations to either side.
    """
    margins = _margins(estimate)
    return tuple(
        _handle(one, estimate.values.get(one.key), margins.get(one.key)) for one in changeable(estimate)
    )


def changeable(estimate: RiskEstimate) -> tuple[Input, ...]:
    """The inputs behind the handles."""
    return tuple(
        one
        for one in estimate.inputs
        if one.changeable
        and one.need is not Need.SCOPE
        and not (one.max_age_days is not None and one.max_age_days <= ACUTE_DAYS)
    )


def _handle(one: Input, value: Value | None, margin: "Margin | None") -> Handle:
    if one.kind != NUMBER:
        choices: tuple[Value, ...] = (False, True) if one.kind == YES_NO else one.choices
        return Handle(one.key, label(one), one.unit, value, choices=choices)
    low, high = (margin.low, margin.high) if margin is not None else _scale(one, value)
    if value is not None:
        low, high = min(low, float(value)), max(high, float(value))
    step = _step((high - low) / _STEPS if high > low else 1.0)
    step = max(step, 1.0) if margin is not None and margin.whole else step
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    return Handle(one.key, label(one), one.unit, value, low, high, step)


def _scale(one: Input, value: Value | None) -> tuple[float, float]:
    """The range of a slider: three standard deviations around the person, within the input's own range."""
    middle = float(value) if value is not None else _middle(one)
    reach_ = 3 * spread_of(one)
    low, high = middle - reach_, middle + reach_
    return (
        low if one.low is None else max(low, one.low),
        high if one.high is None else min(high, one.high),
    )


def _middle(one: Input) -> float:
    known = quantity_of(one)
    if known is not None and known.end is not None:
        return known.end
    return ((one.low or 0.0) + (one.high or 0.0)) / 2


def _step(raw: float) -> float:
    """1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * first for first in (1, 2, 5, 10) if power * first >= raw * 0.999)


# ---- one changed person


def changed(estimate: RiskEstimate, changes: Mapping[str, Value]) -> dict[str, Value]:
    """The person's values with `changes` and with what moves along."""
    return moved(estimate.inputs, estimate.values, changes)


def answer(estimate: RiskEstimate, changes: Mapping[str, Value]) -> Answered:
    """What would be said of the changed person."""
    values = changed(estimate, changes)
    if estimate.kind is Kind.SCORE:
        found = evaluate(published(estimate), values)
        return Answered(found.value, found.category or "", refused=found.refused or "")
    if estimate.kind is Kind.SURVIVAL:
        return Answered(asked(estimate).answer(values))
    from medai_core.serving import tabular

    told = tabular.answer(estimate.name, values)
    flagged = None if not told.decision else told.decision == tabular.FLAG
    return Answered(told.probability, told.decision, flagged, told.refused or "")


def along(estimate: RiskEstimate, changes: Mapping[str, Value]) -> list[tuple[str, str, str]]:
    """What moved along with the changes: label, value before, value after."""
    values = changed(estimate, changes)
    return [
        (label(one), said(one, estimate.values.get(one.key)), said(one, values.get(one.key)))
        for one in estimate.inputs
        if one.key not in changes and values.get(one.key) != estimate.values.get(one.key)
    ]


def curve(estimate: RiskEstimate, key: str, changes: Mapping[str, Value]) -> Curve:
    """Answers along the scale of one number, the other `changes` held."""
    handle = next(one for one in handles(estimate) if one.key == key)
    span = handle.high - handle.low
    at = tuple(handle.low + span * place / (POINTS - 1) for place in range(POINTS))
    people = [changed(estimate, {**changes, key: value}) for value in at]
    return Curve(key, handle.label, handle.unit, at, tuple(asked(estimate).answers(people)))


# ---- the smallest change


@dataclass(frozen=True, slots=True)
class _Lever:
    """An input that may move from where it is to `end`; `effort` of going all the way."""

    input: Input
    start: Value
    end: Value
    effort: float

    def at(self, share: float) -> Value:
        """The value at a share of the way, 0..1; a question is answered otherwise or not."""
        if self.input.kind != NUMBER:
            return self.end if share > 0 else self.start
        return float(self.start) + (float(self.end) - float(self.start)) * share

    def steps(self, count: int) -> tuple[float, ...]:
        """Shares of the way that are tried, none of them nothing."""
        return tuple((n + 1) / count for n in range(count)) if self.input.kind == NUMBER else (1.0,)


Shares = Mapping[int, float]


def smallest_change(estimate: RiskEstimate) -> Change | None:
    """The change of least effort within realistic ranges after which the answer is below the threshold.

    None where there is no threshold, or the answer is below it already. Of each input the change goes only in
    the direction that is held to be an improvement, as far as `levers.reach` says; at most `MOST_INPUTS`
    inputs move, and with them what is bound to them. Effort is counted in standard deviations, another answer
    to a question of yes or no as one.
    """
    if estimate.value is None or estimate.threshold is None or estimate.value < estimate.threshold:
        return None
    search = _Search(estimate, asked(estimate), _levers(estimate))
    best = search.best()
    tried = tuple(_move(lever, 1.0) for lever in search.levers)
    if best is None:
        return Change((), estimate.value, None, estimate.threshold, tried, search.lowest())
    return Change(
        tuple(_move(search.levers[place], share) for place, share in best.items()),
        estimate.value,
        search.answers([best])[0],
        estimate.threshold,
        tried,
    )


def below(threshold: float, *, risk: bool) -> float:
    """What a changed answer must stay under, so that it is below the threshold as whole percentages too."""
    if not risk:
        return threshold
    return min(threshold, (math.floor(threshold * 100 + 0.5) - 0.5) / 100)


def _levers(estimate: RiskEstimate) -> list[_Lever]:
    """One lever a bound group: pressure by its systolic value, weight, cholesterol by its total."""
    found, margins = [], _margins(estimate)
    present = levers.roles(changeable(estimate))
    follows = {
        levers.DIASTOLIC: levers.SYSTOLIC, levers.BMI: levers.WEIGHT, levers.LDL: levers.TOTAL,
    }  # fmt: skip
    for one in changeable(estimate):
        known = quantity_of(one)
        start = estimate.values.get(one.key)
        leader = present.get(follows.get(known.role, "")) if known else None
        if start is None or (leader is not None and leader.key in estimate.values):
            continue
        for end in reach(one, start):
            gap = abs(float(end) - float(start)) if one.kind == NUMBER else 0.0
            margin = margins.get(one.key)
            spread = spread_of(one, None if margin is None else float(margin.knots.std()))
            effort = gap / spread if one.kind == NUMBER else 1.0
            found.append(_Lever(one, start, end, effort))
    return found


def _margins(estimate: RiskEstimate) -> "dict[str, Margin]":
    """How the numbers lie in a predictor's population; none for a published score."""
    if estimate.kind is Kind.SCORE:
        return {}
    held = trained(estimate).population
    return {
        one.key: margin for one, margin in zip(held.inputs, held.margins, strict=True) if one.kind == NUMBER
    }


def _move(lever: _Lever, share: float) -> Move:
    one, value = lever.input, lever.at(share)
    return Move(one.key, label(one), said(one, lever.start), said(one, value), value, lever.effort * share)


class _Search:
    """Tries changes of one, two and three inputs on a grid, then makes the best one smaller."""

    def __init__(self, estimate: RiskEstimate, ask: Asked, levers_: Sequence[_Lever]) -> None:
        assert estimate.threshold is not None
        self._estimate, self._ask = estimate, ask
        self._below = below(estimate.threshold, risk=estimate.is_risk)
        self.levers = tuple(levers_)

    def answers(self, many: Sequence[Shares]) -> list[float | None]:
        """Answers to changes, each by the places of its levers."""
        if not many:
            return []
        people = [
            changed(
                self._estimate,
                {self.levers[place].input.key: self.levers[place].at(share) for place, share in one.items()},
            )
            for one in many
        ]
        return self._ask.answers(people)

    def effort(self, one: Shares) -> float:
        """In standard deviations; of two equal ones the one with fewer inputs is the smaller."""
        return sum(self.levers[place].effort * share for place, share in one.items()) + 1e-3 * len(one)

    def lowest(self) -> float | None:
        """The lowest answer when up to `MOST_INPUTS` inputs go all the way."""
        found = [value for value in self.answers(list(self._ends())) if value is not None]
        return min(found, default=None)

    def _ends(self) -> Iterable[Shares]:
        for count in range(1, MOST_INPUTS + 1):
            for places in combinations(range(len(self.levers)), count):
                yield dict.fromkeys(places, 1.0)

    def best(self) -> Shares | None:
        """The change of least effort that is found, or None."""
        tried: list[Shares] = []
        for count in range(1, MOST_INPUTS + 1):
            for places in combinations(range(len(self.levers)), count):
                if not self._alone(places):
                    continue
                steps = [self.levers[place].steps(_LEVELS[count]) for place in places]
                tried += [dict(zip(places, shares, strict=True)) for shares in product(*steps)]
        found = self._least(tried)
        width = 1 / _LEVELS[len(found)] if found else 0.0
        for _ in range(_FINER if found else 0):
            assert found is not None
            found = self._least([found, *self._around(found, width)])
            width /= 3
        return found

    def _alone(self, places: Sequence[int]) -> bool:
        """Whether no two of the levers are the same habit."""
        known = [quantity_of(self.levers[place].input) for place in places]
        smoking = [one for one in known if one and one.role in {levers.SMOKES, levers.CIGARETTES}]
        return len(smoking) < 2

    def _around(self, one: Shares, width: float) -> list[Shares]:
        """The change with each number a little smaller, the others a little larger or as they are."""
        choices = [
            (share,)
            if self.levers[place].input.kind != NUMBER
            else tuple(min(1.0, max(0.0, share + width * step / 3)) for step in range(-3, 4))
            for place, share in one.items()
        ]
        found = (dict(zip(one, shares, strict=True)) for shares in product(*choices))
        return [change for change in found if all(share > 0 for share in change.values())]

    def _least(self, tried: Sequence[Shares]) -> Shares | None:
        enough = [
            one
            for one, value in zip(tried, self.answers(tried), strict=True)
            if value is not None and value < self._below
        ]
        return min(enough, key=self.effort, default=None)
