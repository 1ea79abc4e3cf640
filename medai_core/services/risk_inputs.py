"""What a patient's record says about the questions of risks; never what is not current there.

filled gives the questions with the newest usable statement, its day, its source and its entries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from medai_core.domain.inputs import NUMBER, Input, plain
from medai_core.domain.people import Caller, Patient
from medai_core.domain.record import Code, Entry, Lane, Measured, When
from medai_core.domain.risk import Recorded
from medai_core.records.analytes import LOINC
from medai_core.records.units import converted
from medai_core.scores.frame import evaluate
from medai_core.services.patient_record import group_of, line_of
from medai_core.services.risk_facts import FACTS, NEEDS_PROBLEM, SMOKING, Fact, smokes, told_by
from medai_core.services.risk_questions import Catalogue
from medai_core.services.scores import score_of
from medai_core.store import clock
from medai_core.store.database import Store

WEIGHT: Final = "29463-7"
HEIGHT: Final = "8302-2"
CREATININE: Final = "2160-0"
SAME: Final = {
    "2093-3": ("14647-2",),
    "2085-9": ("14646-4",),
    CREATININE: ("38483-4", "14682-9"),
    "1975-2": ("42719-5", "14631-6"),
    "2951-2": ("2947-0",),
    "2345-7": ("2339-0",),
    "8310-5": ("8331-1",),
}
"""LOINC codes of the same quantity by mass or by amount, in blood or serum, or measured in another way."""
_TOMORROW: Final = timedelta(days=1)
_SEXES: Final = {"F": "female", "M": "male"}
_KILOGRAM: Final = Input("weight", "body weight", unit="kg", low=1, high=700, loinc=(WEIGHT,))
_METRE: Final = Input("height", "body height", unit="m", low=0.3, high=2.8, loinc=(HEIGHT,))
_MG_DL: Final = Input("creatinine", "creatinine", unit="mg/dL", low=0.1, high=30, loinc=(CREATININE,))


@dataclass(frozen=True, slots=True)
class _Record:
    """What was read of one person's record: values by LOINC code, problems and drugs, newest first."""

    values: Mapping[str, Sequence[Measured]]
    entries: Sequence[Entry]
    ongoing: Sequence[bool | None]
    now: datetime


def filled(store: Store, caller: Caller, patient: Patient, asked: Catalogue) -> Catalogue:
    """The questions, each with what the record says; `patient` is one whom the caller may see.

    Raises Refusal "not-allowed".
    """
    record = _read(store, caller, patient.id, asked)
    found = {key: _fact(key, fact, record) for key, fact in FACTS.items() if key in asked.questions}
    for key, question in asked.questions.items():
        if question.input.kind == NUMBER and question.input.loinc:
            found[key] = _measured(question.input, record)
    found["smoker"] = _smoker(store, record)
    found.update(_of_person(patient, record.now))
    found["bmi"] = found.get("bmi") or _body_mass(record)
    found["egfr"] = found.get("egfr") or _filtration(record, found)
    return replace(
        asked,
        questions={key: replace(one, recorded=found.get(key)) for key, one in asked.questions.items()},
    )


def _read(store: Store, caller: Caller, patient_id: str, asked: Catalogue) -> _Record:
    """Values and statements of all records of the person that are open to the caller."""
    group = group_of(store, caller, patient_id)
    wanted = {code for one in asked.questions.values() for code in one.input.loinc}
    wanted |= {other for code in wanted for other in SAME.get(code, ())} | {WEIGHT, HEIGHT, SMOKING}
    codes = [Code(LOINC, code) for code in sorted(wanted | {CREATININE, *SAME[CREATININE]})]
    lanes = (Lane.PROBLEM, Lane.MEDICATION)
    entries = [
        entry
        for entry in store.records.of_patient(patient_id, lanes, current_only=True)
        if entry.patient_id in group
    ]
    closed = set(store.records.group(patient_id)) - set(group)
    series = store.records.values_of(patient_id, codes)
    values = {one.code.code: tuple(reversed(one.points)) for one in series}
    if closed:
        values = {code: _open(store, points, group) for code, points in values.items()}
    return _Record(values, entries, [line_of(entry).ongoing for entry in entries], clock.now())


def _open(store: Store, points: Sequence[Measured], group: Sequence[str]) -> tuple[Measured, ...]:
    """Without values of a merged record that is closed to the caller."""
    entries = {point.entry_id: store.records.get(point.entry_id) for point in points}
    return tuple(
        point for point in points if (entry := entries[point.entry_id]) and entry.patient_id in group
    )


# ---- values


def _measured(one: Input, record: _Record) -> Recorded | None:
    """The newest value that is a plain number in a known unit and within the widest range."""
    passed = 0
    for point in _newest(one, record):
        number = _number(one, point)
        if number is not None and one.holds(number):
            note = "A newer value could not be used." if passed else ""
            return _as_recorded(point, number, record.now, note)
        passed += 1
    return None


def _newest(one: Input, record: _Record) -> Iterator[Measured]:
    """The values under the codes of an input, newest first, those without a time last; none of the future."""
    codes = [other for code in one.loinc for other in (code, *SAME.get(code, ()))]
    points = [point for code in dict.fromkeys(codes) for point in record.values.get(code, ())]
    points.sort(key=lambda point: point.at.at.timestamp() if point.at else 0.0, reverse=True)
    for point in points:
        if point.at is None or point.at.at <= record.now + _TOMORROW:
            yield point


def _number(one: Input, point: Measured) -> float | None:
    value = point.value
    if value.number is None or value.comparator:
        return None
    if not value.unit:
        return value.number if not one.unit else None
    code = Code(LOINC, value.code.code) if value.code.system == LOINC else None
    return converted(value.number, value.unit, one.unit or "1", code=code)


def _as_recorded(point: Measured, number: float, now: datetime, note: str) -> Recorded:
    value = point.value
    written = f"{plain(value.number)} {value.unit}".strip()
    repaired = " Repaired in the record by a person." if point.raw is not None else ""
    return Recorded(
        value=number,
        written=written,
        at=point.at,
        age_days=_days(point.at, now),
        source=point.source,
        entries=(point.entry_id,),
        note=f"{note}{repaired}".strip(),
    )


def _days(at: When | None, now: datetime) -> int | None:
    return None if at is None else max(0, (now - at.at).days)


# ---- computed


def _of_person(patient: Patient, now: datetime) -> dict[str, Recorded | None]:
    """Age in completed years and sex, from who the patient is."""
    born, sex = patient.identity.birth_date, _SEXES.get(patient.identity.sex or "")
    found: dict[str, Recorded | None] = {}
    if born is not None and born <= now.date():
        years = _years(born, now.date())
        found["age"] = Recorded(
            float(years), f"born {born.isoformat()}", source="the patient's birth date", lasting=True,
            computed=True,
        )  # fmt: skip
    if sex:
        found["sex"] = Recorded(sex, sex, source="the patient's data", lasting=True)
    return found


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _body_mass(record: _Record) -> Recorded | None:
    """Body mass index from the newest weight and height; as old as the weight."""
    weight, height = _measured(_KILOGRAM, record), _measured(_METRE, record)
    if weight is None or height is None:
        return None
    index = float(weight.value) / float(height.value) ** 2
    return replace(
        weight, value=index, written=f"{weight.written}, {height.written}", computed=True,
        entries=(*weight.entries, *height.entries),
        note="Computed: weight by the square of height.",
    )  # fmt: skip


def _filtration(record: _Record, found: Mapping[str, Recorded | None]) -> Recorded | None:
    """eGFR by CKD-EPI 2021 from the newest creatinine; as old as that."""
    creatinine, age, sex = _measured(_MG_DL, record), found.get("age"), found.get("sex")
    if creatinine is None or age is None or sex is None:
        return None
    score = score_of("egfr_ckdepi_2021")
    answer = evaluate(score, {"creatinine": creatinine.value, "age": age.value, "sex": sex.value})
    if answer.value is None:
        return None
    return replace(
        creatinine, value=answer.value, written=f"creatinine {creatinine.written}", computed=True,
        note="Computed from creatinine, age and sex by CKD-EPI 2021.",
    )  # fmt: skip


# ---- problems, drugs, smoking


def _fact(key: str, fact: Fact, record: _Record) -> Recorded | None:
    """Yes with its entries, or "no" to be confirmed where the record has such entries but none of these."""
    told = told_by(fact, record.entries, record.ongoing)
    beside = NEEDS_PROBLEM.get(key)
    if told and beside is not None and not told_by(beside, record.entries, record.ongoing):
        first = _told(told, record.now)
        return replace(
            first, unsure=True,
            note="The drug has several uses, and no such problem is recorded: confirm what it is for.",
        )  # fmt: skip
    if told:
        return _told(told, record.now)
    lane = Lane.MEDICATION if fact.of_drugs else Lane.PROBLEM
    count = sum(entry.draft.lane is lane for entry in record.entries)
    if not count:
        return None
    noun = "drugs" if fact.of_drugs else "problems"
    return Recorded(
        False, "not recorded", unsure=True, lasting=True,
        note=f"Not among the {count} {noun} of the record."
        if count > 1
        else f"The record holds one {noun[:-1]}, another one.",
    )  # fmt: skip


def _told(told: Sequence[Entry], now: datetime) -> Recorded:
    first = told[0].draft
    titles = list(dict.fromkeys(entry.draft.title for entry in told if entry.draft.title))
    return Recorded(
        True,
        "; ".join(titles[:3]) or first.resource_type,
        at=first.starts,
        age_days=_days(first.starts, now),
        source=first.source,
        entries=tuple(entry.id for entry in told[:3]),
        lasting=True,
    )


SMOKING_DAYS: Final = 365
"""A setting of MedAI: an older smoking status is confirmed before it is used."""


def _smoker(store: Store, record: _Record) -> Recorded | None:
    """What the newest smoking status says of smoking now."""
    for point in record.values.get(SMOKING, ()):
        entry = store.records.get(point.entry_id)
        answer = smokes(answers_of(entry.draft.content)) if entry is not None else None
        if answer is None:
            continue
        days = _days(point.at, record.now)
        return Recorded(
            answer, point.value.text or ("smokes" if answer else "does not smoke"), at=point.at,
            age_days=days, source=point.source, entries=(point.entry_id,),
            unsure=days is None or days > SMOKING_DAYS,
        )  # fmt: skip
    return None


def answers_of(content: Mapping[str, Any]) -> list[str]:
    """The codes of an observation's answer, its components' included."""
    holders = [content, *(one for one in content.get("component", []) if isinstance(one, dict))]
    concepts = [holder.get("valueCodeableConcept") for holder in holders]
    return [
        str(coding.get("code"))
        for concept in concepts
        if isinstance(concept, dict)
        for coding in concept.get("coding", [])
        if isinstance(coding, dict)
    ]
