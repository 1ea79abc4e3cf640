"""A score or predictor asked anew with changed values, many people at once; and its inputs in words."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input, Value
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.scores.catalogue import score_named
from medai_core.scores.frame import Score, evaluate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from medai_core.learning.population import Population

    Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]

People = Sequence[Mapping[str, Value]]
NOT_GIVEN: Final = "not given"
_SHORT: Final = 44


@dataclass(frozen=True, slots=True)
class Asked:
    """What gave an estimate, ready to answer for other values; `answers` holds None where it refuses."""

    inputs: tuple[Input, ...]
    answers: Callable[[People], list[float | None]]

    def answer(self, values: Mapping[str, Value]) -> float | None:
        """For one person."""
        return self.answers([values])[0]


def asked(estimate: RiskEstimate) -> Asked:
    """Raises Refusal "not-asked-anew" for one that cannot be asked again."""
    if estimate.kind is Kind.SCORE:
        score = published(estimate)
        return Asked(estimate.inputs, lambda people: [evaluate(score, one).value for one in people])
    one = trained(estimate)
    return Asked(one.inputs, lambda people: _numbers(one.function(rows(one.inputs, people))))


def published(estimate: RiskEstimate) -> Score:
    """The score behind an estimate."""
    score = score_named(estimate.name)
    if score is None:
        raise not_asked("a score that is shipped")
    return score


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained predictor: its final answer as a function of rows, its columns, and who it was trained on.

    `model` holds the fitted parts; of a survival predictor the answer is the risk by its main year.
    """

    function: "Function"
    inputs: tuple[Input, ...]
    population: "Population"
    model: Any


def trained(estimate: RiskEstimate) -> Trained:
    """The predictor behind an estimate. Raises Refusal "unknown-model", "usage", "not-asked-anew"."""
    from medai_core.serving import survival, tabular

    if estimate.kind is Kind.PREDICTOR:
        name = estimate.name
        return Trained(
            tabular.function(name), tabular.inputs(name), tabular.population(name), tabular.model_of(name)
        )
    if estimate.kind is Kind.SURVIVAL:
        name = estimate.name
        return Trained(survival.function(name), survival.inputs(name), survival.population(name), None)
    raise not_asked("a trained predictor")


def not_asked(expected: str) -> Refusal:
    """For what cannot be asked anew."""
    return Refusal(
        "not-asked-anew",
        expected=expected,
        found="one that cannot be asked again with other values",
        what_to_do="Look at another answer.",
    )


def _numbers(values: "NDArray[np.float64]") -> list[float | None]:
    return [float(value) if math.isfinite(value) else None for value in values]


def rows(inputs: Sequence[Input], people: People) -> "NDArray[np.float64]":
    """People as rows of shape (n, n_inputs): numbers, 0 and 1 for no and yes, places of choices, or NaN."""
    import numpy as np

    return np.array([[_coded(one, person.get(one.key)) for one in inputs] for person in people], float)


def _coded(one: Input, value: Value | None) -> float:
    if value is None:
        return math.nan
    if one.kind == CHOICE:
        return float(one.choices.index(str(value))) if value in one.choices else math.nan
    return float(value)


def decoded(one: Input, code: float) -> Value | None:
    """The value of a cell of `rows`; None for NaN."""
    if math.isnan(code):
        return None
    if one.kind == CHOICE:
        return one.choices[min(max(round(code), 0), len(one.choices) - 1)]
    return code >= 0.5 if one.kind == YES_NO else float(code)


# ---- words


def label(one: Input) -> str:
    """An input in few words."""
    text = re.sub(r"\s*\([^()]*\)", "", one.help) or one.key.replace("_", " ")
    if len(text) > _SHORT:
        text = re.split(r"[:;,]", text, maxsplit=1)[0].strip()
    return text[:1].upper() + text[1:] if text.split(" ")[0].islower() else text


def said(one: Input, value: Value | None) -> str:
    """A value with its unit; that it was not given where it is None."""
    if value is None:
        return NOT_GIVEN
    if one.kind == YES_NO:
        return "yes" if value is True else "no"
    if one.kind == CHOICE or not isinstance(value, int | float):
        return str(value).replace("_", " ")
    unit = "" if one.unit == "1" else one.unit
    return f"{written(float(value))} {unit}".strip()


def written(number: float) -> str:
    """With at most four digits that count."""
    if float(number).is_integer():
        return f"{number:,.0f}".replace("-", "\u2212")
    return f"{number:.4g}".replace("-", "\u2212")


def is_number(one: Input) -> bool:
    """Whether an input has a scale."""
    return one.kind == NUMBER
