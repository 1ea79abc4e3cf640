"""One score's or predictor's answer in the common form: value, interval, category, peers, refusal."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from medai_core.domain.inputs import RISK_UNIT, Need, Value
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.scores.frame import Answer, Score, evaluate
from medai_core.services.risk_questions import Asker
from medai_core.services.scores import score_of
from medai_core.serving import registry
from medai_core.serving.registry import ModelCard

_NO_PEERS: Final = (
    "No population that a served model knows holds all inputs of this score, so no comparison is drawn."
)
_NO_PEERS_TRAINED: Final = "The card gives no comparison with people of this age and sex."
_OWN: Final = "Trained here on a table of somebody's own, and released by an administrator."
_LEVEL: Final = "95 % of the refits of the model"
_HIGH: Final = {"pce_ascvd": 0.2, "framingham_2008": 0.2}
"""Where the publication's highest category begins (score2 depends on age)."""


def answered(asker: Asker, values: Mapping[str, Value], waiting: tuple[str, ...] = ()) -> RiskEstimate:
    """What a score or predictor says of values in its own units."""
    if asker.kind is Kind.SCORE:
        return of_score(asker, score_of(asker.name), values, waiting)
    return of_model(asker, registry.card(asker.name), values, waiting)


# ---- published scores


def of_score(
    asker: Asker, score: Score, values: Mapping[str, Value], waiting: tuple[str, ...] = ()
) -> RiskEstimate:
    """A published score; one that is not meant for the person is refused before it is computed."""
    answer = evaluate(score, values)
    against, unknown = _scope(asker, values)
    lacks = _lacks_alone(answer)
    refused = " ".join([*against, "" if lacks or answer.refused is None else answer.refused]).strip()
    given = answer.value if not against and not unknown else None
    low, high = answer.interval or (None, None)
    return RiskEstimate(
        name=score.name, title=score.title, kind=Kind.SCORE, version=score.version, unit=score.unit,
        outcome=outcome_of(score.title), topic=asker.topic, inputs=score.inputs,
        values={one.key: values[one.key] for one in score.inputs if one.key in values},
        value=given, low=low, high=high,
        interval_means="The range that the missing values leave." if answer.interval else "",
        category=answer.category or "" if given is not None else "",
        threshold=_threshold(score.name, values),
        next_step=_next_step(score.name, answer) if given is not None else "",
        missing=(*unknown, *answer.missing), waiting=waiting, refused=refused or None,
        cautions=answer.cautions, use_for=score.use_for, not_for=score.not_for, validation=score.validation,
        reference=score.reference, highest=score.high, no_peers=_NO_PEERS if score.unit == RISK_UNIT else "",
    )  # fmt: skip


def _scope(asker: Asker, values: Mapping[str, Value]) -> tuple[list[str], tuple[str, ...]]:
    """Why it is not meant for this person, and what would have to be known to say so."""
    against = [one.without for one in asker.conditions if values.get(one.key) is False]
    against += [one.refuses for one in asker.exclusions if values.get(one.key) is True]
    return against, tuple(one.key for one in asker.conditions if one.key not in values)


def _lacks_alone(answer: Answer) -> bool:
    """Whether nothing but missing values keeps a score from answering."""
    return (
        answer.refused is not None and answer.refused == f"Not computed without {', '.join(answer.missing)}."
    )


def outcome_of(title: str) -> str:
    """What a title speaks of, without the name in brackets: "heart failure within 10 years"."""
    plain = re.sub(r"\s*\([^()]*\)$", "", title).strip()
    within = re.sub(r"\bin (\d+) years\b", r"within \1 years", plain)
    first, _, rest = within.partition(" ")
    return within if first.isupper() else f"{first[:1].lower()}{first[1:]} {rest}".strip()


def _threshold(name: str, values: Mapping[str, Value]) -> float | None:
    if name == "score2":
        age = values.get("age")
        return None if age is None else 0.075 if float(age) < 50 else 0.1
    return _HIGH.get(name)


_NEWS2_STEPS: Final = {
    "low": "Ward-based response",
    "low-medium": "Urgent ward-based response",
    "medium": "Key threshold for urgent response",
    "high": "Urgent or emergency response",
}
_CURB65_STEPS: Final = (
    "Probably suitable for home treatment",
    "Probably suitable for home treatment",
    "Consider hospital-supervised treatment",
    "Manage in hospital as severe pneumonia",
    "Manage in hospital as severe pneumonia",
    "Manage in hospital as severe pneumonia",
)


def _next_step(name: str, answer: Answer) -> str:
    """What the publication itself says to do, for the clinician's decision; empty where it says nothing."""
    if name == "news2":
        word = (answer.category or "").split(" ")[0]
        return f"{_NEWS2_STEPS[word]} (RCP, NEWS2 2017, chart 2)." if word in _NEWS2_STEPS else ""
    if name == "curb65" and answer.value is not None:
        return f"{_CURB65_STEPS[int(answer.value)]} (Lim 2003)."
    return ""


# ---- trained predictors

FEWEST_SHARE: Final = 0.5
"""A setting of MedAI: a trained predictor is shown where at least this share of its inputs is known."""


def of_model(
    asker: Asker, card: ModelCard, values: Mapping[str, Value], waiting: tuple[str, ...] = ()
) -> RiskEstimate:
    """A trained predictor; what it does not know it estimates from the rest, as long as half is known."""
    read = [one for one in card.inputs.columns if one.need is not Need.SCOPE]
    against, unknown = _scope(asker, values)
    missing = tuple(one.key for one in read if one.key not in values)
    own = {one.key for one in card.inputs.columns}
    values = {key: value for key, value in values.items() if key in own}
    empty = _of_card(asker, card, values, (*unknown, *missing), waiting)
    if against:
        return replace(empty, refused=" ".join(against))
    if unknown or len(missing) > len(read) * (1 - FEWEST_SHARE):
        return empty
    return _ANSWERS[card.kind](empty, card, values) if card.kind in _ANSWERS else empty


def _of_card(
    asker: Asker, card: ModelCard, values: Mapping[str, Value], missing: tuple[str, ...],
    waiting: tuple[str, ...],
) -> RiskEstimate:  # fmt: skip
    data = card.data
    return RiskEstimate(
        name=card.name, title=card.title, kind=asker.kind, version=card.version, unit=RISK_UNIT,
        outcome=str(data.get("outcome") or outcome_of(card.title)), topic=asker.topic,
        inputs=card.inputs.columns, values=dict(values), missing=missing, waiting=waiting,
        cautions=(_OWN,) if card.is_own else (), use_for=card.intended_use,
        not_for=_text(data.get("not_for")), no_peers=_NO_PEERS_TRAINED,
        reference=_text(data.get("training_data", {}).get("citation")),
    )  # fmt: skip


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(str(one) for one in value)
    return str(value or "")


def _of_table(empty: RiskEstimate, card: ModelCard, values: Mapping[str, Value]) -> RiskEstimate:
    from medai_core.serving import tabular

    answer = tabular.answer(card.name, values)
    if answer.refused is not None:
        return replace(empty, refused=answer.refused)
    threshold = card.thresholds[card.labels[0]]
    flagged = answer.decision == tabular.FLAG
    return replace(
        empty,
        value=answer.probability,
        low=answer.low,
        high=answer.high,
        interval_means=_LEVEL,
        category="at or above the operating point" if flagged else "below the operating point",
        flagged=flagged,
        threshold=threshold,
        missing=answer.missing,
        cautions=(*empty.cautions, *answer.cautions),
    )


def _of_survival(empty: RiskEstimate, card: ModelCard, values: Mapping[str, Value]) -> RiskEstimate:
    """The risk of the event by the year at which the card compares people."""
    from medai_core.serving import survival

    curve, year = survival.curve(card.name, values), survival.main_year(card)
    outcome = f"{curve.outcome} within {year:g} years of {curve.time_zero}"
    if curve.refused is not None:
        return replace(empty, outcome=outcome, refused=curve.refused)
    alive, low, high = curve.at(year)
    return replace(
        empty,
        outcome=outcome,
        value=1 - alive,
        low=1 - high,
        high=1 - low,
        interval_means=_LEVEL,
        missing=curve.missing,
        cautions=(*empty.cautions, *curve.cautions),
    )


_ANSWERS: Final[dict[str, Callable[[RiskEstimate, ModelCard, Mapping[str, Value]], RiskEstimate]]] = {
    registry.TABLE: _of_table,
    registry.SURVIVAL: _of_survival,
}
