"""Which measures of guidelines a person's values call for, which cannot be judged, and the plan to print.

judge (pure), questions, content. Nothing is decided: each measure is for the clinician's decision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from medai_core.domain.inputs import Input, Value
from medai_core.domain.people import Caller, Patient
from medai_core.domain.risk import Assessment
from medai_core.security.stores import DEMO
from medai_core.services.patient_record import whose
from medai_core.services.prevention_measures import LEFT_OUT, MEASURES
from medai_core.services.prevention_sources import (
    FACTORS,
    OWN_QUESTIONS,
    RISK_WORDS,
    AllOf,
    AnyOf,
    Check,
    Condition,
    LeftOut,
    Measure,
)
from medai_core.services.risk_askers import everything
from medai_core.store import clock
from medai_core.store.database import Store

RISK_PREFIX: Final = "risk:"
DECISION: Final = "For the clinician's decision, with the patient. A guideline's measure is no order."


class State(StrEnum):
    """What the values say of a measure."""

    APPLIES = "applies"
    NOT_JUDGED = "cannot be judged"
    NOT_FOR = "is not for this person"


@dataclass(frozen=True, slots=True)
class Judged:
    """A measure with what the values say; `missing` in words, `values` those that decided."""

    measure: Measure
    state: State
    missing: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All measures, by factor in a fixed order; what applies, what lacks something, what is for others."""

    applies: tuple[Judged, ...]
    not_judged: tuple[Judged, ...]
    not_for: tuple[Judged, ...]
    left_out: tuple[LeftOut, ...] = LEFT_OUT


@dataclass(frozen=True, slots=True)
class PlanContent:
    """A plan ready to be set; `patient` is None for a person who is not in the store."""

    plan: Plan
    patient: Patient | None
    printed_at: datetime
    printed_by: str = ""
    demo: bool = False


def judge(found: Assessment, own: Mapping[str, Value]) -> Plan:
    """Hold every measure against what is known of a person; `own` answers `OWN_QUESTIONS`."""
    values: dict[str, Value] = {key: known.value for key, known in found.known.items()}
    for key in RISK_WORDS:
        estimate = found.estimate(key.removeprefix(RISK_PREFIX))
        if estimate is not None and estimate.value is not None:
            values[key] = estimate.value
    values.update(own)
    if values.get("smoker") is True:
        values.setdefault("ever_smoked", True)
    return judged(values)


def judged(values: Mapping[str, Value]) -> Plan:
    """Hold every measure against values by the keys of the questions."""
    every = sorted(
        (_judged(one, values) for one in MEASURES), key=lambda one: FACTORS.index(one.measure.factor)
    )
    applies, not_judged, not_for = (tuple(one for one in every if one.state is state) for state in State)
    return Plan(applies, not_judged, not_for)


def _judged(measure: Measure, values: Mapping[str, Value]) -> Judged:
    whole = AllOf(measure.conditions)
    holds = met(whole, values)
    if holds is None:
        missing = tuple(dict.fromkeys(words(key) for key in lacking(whole, values)))
        return Judged(measure, State.NOT_JUDGED, missing)
    used = tuple(
        said(key, values[key]) for key in dict.fromkeys(keys_of(whole)) if key in values
    )  # what is known of those that the measure asks for
    return Judged(measure, State.APPLIES if holds else State.NOT_FOR, values=used)


def met(condition: Condition, values: Mapping[str, Value]) -> bool | None:
    """Whether a condition holds; None where it turns on what is not known."""
    if isinstance(condition, Check):
        return _met(condition, values)
    answers = [met(one, values) for one in condition.tests]
    deciding = isinstance(condition, AnyOf)
    if deciding in answers:
        return deciding
    return None if None in answers else not deciding


def _met(test: Check, values: Mapping[str, Value]) -> bool | None:
    if test.key not in values:
        return None
    value = values[test.key]
    if test.equals is not None:
        return value == test.equals
    number = float(value)
    return (
        (test.at_least is None or number >= test.at_least)
        and (test.at_most is None or number <= test.at_most)
        and (test.below is None or number < test.below)
    )


def lacking(condition: Condition, values: Mapping[str, Value]) -> list[str]:
    """The keys that are not known and on which a condition turns; none where it is judged without them."""
    if met(condition, values) is not None:
        return []
    if isinstance(condition, Check):
        return [condition.key]
    return [key for one in condition.tests for key in lacking(one, values)]


def keys_of(condition: Condition) -> Iterable[str]:
    if isinstance(condition, Check):
        return [condition.key]
    return [key for one in condition.tests for key in keys_of(one)]


def questions(plan: Plan) -> tuple[Input, ...]:
    """The questions of this module that a measure which is not judged, or applies, turns on."""
    measures = [one.measure for one in (*plan.applies, *plan.not_judged)]
    asked = {key for one in measures for key in keys_of(AllOf(one.conditions))}
    return tuple(one for one in OWN_QUESTIONS if one.key in asked)


def words(key: str) -> str:
    """What a key asks, in words."""
    if key in RISK_WORDS:
        return RISK_WORDS[key]
    own = next((one.help for one in OWN_QUESTIONS if one.key == key), "")
    question = everything()[1].questions.get(key)
    return own or (question.input.help if question is not None else key)


def said(key: str, value: Value) -> str:
    """A value with what it is of."""
    if key in RISK_WORDS:
        return f"{RISK_WORDS[key]}: {100 * float(value):.1f} %"
    if isinstance(value, bool):
        return f"{words(key)}: {'yes' if value else 'no'}"
    own = next((one for one in OWN_QUESTIONS if one.key == key), None)
    question = everything()[1].questions.get(key)
    unit = own.unit if own is not None else question.input.unit if question is not None else ""
    return f"{words(key)}: {value if isinstance(value, str) else f'{value:.4g}'} {unit}".strip()


def content(store: Store, caller: Caller, patient_id: str | None, plan: Plan) -> PlanContent:
    """The plan to print. Audited where it is of a patient; raises Refusal "not-allowed"."""
    patient = whose(store, caller, patient_id) if patient_id else None
    made = PlanContent(
        plan, patient, clock.now(), caller.display_name or caller.username, demo=store.name == DEMO
    )
    if patient is not None:
        detail = {"measures": str(len(plan.applies)), "not judged": str(len(plan.not_judged))}
        store.audit.append(caller.user_id, "prevention-plan-handed-out", patient.id, detail)
    return made
