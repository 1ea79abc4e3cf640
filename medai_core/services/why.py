"""What an answer is made of: SHAP values of trained predictors, points or Shapley's shares of scores."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from medai_core.domain.explained import Explanation, Part
from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input, Need, Value
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.scores.frame import POINTS, Score, evaluate
from medai_core.services.asking import decoded, label, published, rows, said, trained

MOST_SETS: Final = 14
"""Of so many inputs that differ from the reference person all sets are asked."""

_REFERENCE: Final[Mapping[str, Mapping[str, Value]]] = {
    "systolic_bp": {"mmHg": 120.0},
    "total_cholesterol": {"mg/dL": 170.0, "mmol/L": 4.4},
    "hdl_cholesterol": {"mg/dL": 50.0, "mmol/L": 1.3},
    "bmi": {"kg/m2": 24.0},
    "egfr": {"mL/min/1.73 m2": 95.0},
    "bilirubin": {"mg/dL": 1.0},
    "creatinine": {"mg/dL": 1.0},
    "inr": {"": 1.0},
    "sodium": {"mmol/L": 137.0},
    "albumin": {"g/dL": 3.5},
}
"""By input and unit, the values of the person with whom an equation's answer is compared; a choice of MedAI.

Those of the liver are where MELD 3.0 begins to count. Questions are answered with no.
"""
_OWN: Final = ("age", "sex", "race", "region")
"""Inputs that the reference person shares with the person."""
_GRID: Final = 30


def explain(estimate: RiskEstimate) -> Explanation:
    """How the answer of an estimate is made up; the parts add up to it within 1e-9.

    Raises
    ------
    Refusal
        "no-explanation" where there is no answer, or nothing that it could be compared with.
    """
    if not estimate.answered:
        raise _none("an answer", "an estimate without one")
    if estimate.kind is Kind.SCORE:
        return _of_score(estimate)
    return _of_predictor(estimate)


def _none(expected: str, found: str) -> Refusal:
    return Refusal(
        "no-explanation", expected=expected, found=found, what_to_do="Look at the inputs and the reference."
    )


# ---- trained predictors


def _of_predictor(estimate: RiskEstimate) -> Explanation:
    import numpy as np

    from medai_core.serving import contributions

    asked = trained(estimate)
    row = rows(asked.inputs, [estimate.values])[0]
    generator = np.random.default_rng(contributions.SEED)
    background = asked.population.sample(contributions.BACKGROUND, generator)
    found = contributions.shares(asked.function, row, background, model=bare(asked.model))
    parts = [
        Part(one.key, label(one), said(one, decoded(one, float(code))), float(amount), float(error))
        for one, code, amount, error in zip(asked.inputs, row, found.values, found.errors, strict=True)
    ]
    return Explanation(
        estimate.name,
        estimate.unit,
        found.answer,
        found.base,
        f"the mean of {len(background)} people drawn like those the model was trained on",
        _METHODS[found.method],
        _sorted(parts),
        trained=True,
    )


_METHODS: Final = {
    "tree": "SHAP values, exact, from the model's trees.",
    "linear": "SHAP values, exact, from the model's coefficients.",
    "exact": "SHAP values of the final probability, exact: all sets of inputs were asked.",
    "permutation": "SHAP values of the final probability, from drawn orders of the inputs, each gone "
    "forwards and backwards.",
}


def bare(model: Any) -> Any:
    """The fitted estimator where a predictor's answer is its probability and nothing else; else None."""
    plain = model is not None and model.features is None and model.slope == 1.0 and model.offset == 0.0
    return model.head if plain else None


def _sorted(parts: list[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: -abs(part.amount)))


# ---- published scores


def _of_score(estimate: RiskEstimate) -> Explanation:
    score = published(estimate)
    values = {one.key: estimate.values[one.key] for one in score.inputs if one.key in estimate.values}
    reference = _lowest(score, values) if score.unit == POINTS and not _equation(score) else None
    counted = reference is not None
    reference = reference if reference is not None else _stated(score, values)
    differing = [key for key in values if reference[key] != values[key]]
    amounts = shapley(
        lambda keys: _answer(score, {**reference, **{key: values[key] for key in keys}}), differing
    )
    by_key = dict(zip(differing, amounts, strict=True))
    parts = [
        Part(one.key, label(one), said(one, values[one.key]), by_key.get(one.key, 0.0))
        for one in score.inputs
        if one.key in values and one.need is not Need.SCOPE and (counted or one.key not in _OWN)
    ]
    return Explanation(
        estimate.name,
        score.unit,
        _answer(score, values),
        _answer(score, reference),
        _fewest_words() if counted else _compared(score, values, reference),
        "Points of each item, as published." if counted else _SHARED_OUT,
        _sorted(parts),
        trained=False,
    )


_SHARED_OUT: Final = (
    "Shapley values, exact: each input's change of the equation's answer, averaged over all orders in which "
    "the inputs can leave the values of the person compared with."
)


def _fewest_words() -> str:
    return "the fewest points that the items allow"


def _equation(score: Score) -> bool:
    """Points that come from logarithms, not from items."""
    return score.name == "meld3"


def _answer(score: Score, values: Mapping[str, Value]) -> float:
    """Raises Refusal "no-explanation" where the score does not answer."""
    found = evaluate(score, values)
    if found.value is None:
        raise _none("values for all of which the score has an answer", "some for which it has none")
    return found.value


def shapley(answer: Callable[[list[str]], float], keys: list[str]) -> list[float]:
    """Each key's share of ``answer(keys) - answer([])``: its average change over all orders.

    Raises Refusal "no-explanation" for more than `MOST_SETS` keys.
    """
    from math import factorial

    count = len(keys)
    if count > MOST_SETS:
        raise _none(f"up to {MOST_SETS} inputs that differ", f"{count}")
    answers = [
        answer([key for place, key in enumerate(keys) if chosen >> place & 1]) for chosen in range(2**count)
    ]
    weights = [factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)]
    found = [0.0] * count
    for chosen in range(2**count):
        for place in range(count):
            if not chosen >> place & 1:
                gain = answers[chosen | 1 << place] - answers[chosen]
                found[place] += weights[chosen.bit_count()] * gain
    return found


def _stated(score: Score, values: Mapping[str, Value]) -> dict[str, Value]:
    """The reference person: of the same age and sex, without what is asked for, at stated values.

    Raises Refusal "no-explanation" where the values of MedAI's table do not reach.
    """
    found: dict[str, Value] = {}
    for one in score.inputs:
        if one.key not in values:
            continue
        own = one.key in _OWN or one.need is Need.SCOPE
        if own:
            found[one.key] = values[one.key]
        elif one.kind == YES_NO:
            found[one.key] = False
        elif one.unit in _REFERENCE.get(one.key, {}):
            found[one.key] = _REFERENCE[one.key][one.unit]
        else:
            raise _none("an equation with a person to compare with", f"one without, for {_small(one)}")
    return found


def _compared(score: Score, values: Mapping[str, Value], reference: Mapping[str, Value]) -> str:
    """The reference person in words."""
    asked = [one for one in score.inputs if one.key in values and one.need is not Need.SCOPE]
    same = [_small(one) for one in asked if one.key in _OWN]
    numbers = [
        f"{_small(one)} {said(one, reference[one.key])}"
        for one in asked
        if one.kind == NUMBER and one.key not in _OWN
    ]
    none = [_small(one) for one in asked if one.kind == YES_NO]
    words = f"a person of the same {_joined([_brief(one) for one in same])}" if same else "a person"
    words += f" with {_joined(numbers)}" if numbers else ""
    return words + (f", and with no as the answer to: {', '.join(none)}" if none else "")


def _small(one: Input) -> str:
    """The label within a sentence; what is written in capitals stays so."""
    words = label(one)
    return words if words[1:2].isupper() else f"{words[:1].lower()}{words[1:]}"


def _brief(words: str) -> str:
    return words.split(" as ")[0]


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _lowest(score: Score, values: Mapping[str, Value]) -> dict[str, Value]:
    """Values with which every item gives the fewest points that it can.

    A choice moves last, and only where it gives points by itself: what merely says how another item counts
    (the sex of a waist, the scale of a saturation) stays the person's.
    """
    items = [one for one in score.inputs if one.key in values and one.need is not Need.SCOPE]
    scales = [one for one in items if one.kind != CHOICE]
    around = [dict(values), *_extremes(scales, values)] + [
        {**values, one.key: end} for one in scales for end in (_candidates(one, values[one.key])[1:][::_GRID])
    ]
    found = dict(values)
    for one in scales:
        found[one.key] = _least(score, one, values[one.key], around)
    for one in items:
        if one.kind == CHOICE:
            found[one.key] = _least(score, one, values[one.key], [dict(found)])
    return found


def _extremes(scales: list[Input], values: Mapping[str, Value]) -> list[dict[str, Value]]:
    """The person with all numbers and questions at their one end, and at the other."""
    ends = {one.key: _candidates(one, values[one.key]) for one in scales}
    return [
        {**values, **{key: found[place] for key, found in ends.items()}} for place in (min(1, len(ends)), -1)
    ]


def _least(score: Score, one: Input, own: Value, around: list[dict[str, Value]]) -> Value:
    """The value with the fewest points summed over the persons `around`; the own one among equals."""

    def points(value: Value) -> float:
        answers = [evaluate(score, {**person, one.key: value}).value for person in around]
        return sum(answer for answer in answers if answer is not None) + 1e9 * answers.count(None)

    return min(_candidates(one, own), key=points)


def _candidates(one: Input, own: Value) -> list[Value]:
    """The person's own value first; of a number then a grid from the lowest to the highest."""
    if one.kind == YES_NO:
        return [own, not own]
    if one.kind == CHOICE:
        return [own, *one.choices]
    low, high = one.low or 0.0, one.high if one.high is not None else 2 * float(own)
    return [own, *(low + (high - low) * step / _GRID for step in range(_GRID)), high]
