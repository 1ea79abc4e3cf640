"""An assessment in the patient's record: each risk that a clinician keeps becomes a FHIR RiskAssessment.

save, history. What is kept says which score or model of which version said it, and from which values; the
values that came from the record are referred to.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from medai_core.domain.inputs import Value
from medai_core.domain.people import Caller, Role
from medai_core.domain.record import Entry, Json
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Assessment, Kind, Known, Origin, RiskEstimate, Saved
from medai_core.records.fhir.drafts import draft_of
from medai_core.records.fhir.own import address
from medai_core.security.access import require, require_patient
from medai_core.services.risk_questions import Catalogue
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.ids import new_id
from medai_core.store.record_rows import columns_of

SAID_BY: Final = "risk"
"""The source of every risk that was kept here."""
EXTENSION: Final = "https://medai.invalid/fhir/StructureDefinition/risk"
"""The extension that names the score or model, its version, value, unit, interval and inputs."""

_TERMS: Final = "https://medai.invalid/fhir/CodeSystem/risk"
_PROBABILITY: Final = "1"


def save(
    store: Store,
    caller: Caller,
    patient_id: str,
    asked: Catalogue,
    found: Assessment,
    names: Collection[str],
) -> int:
    """Keep the answers of these names; how many. All or none, with one audit line.

    Raises Refusal "not-allowed", "nothing-chosen".
    """
    require(caller, Role.CLINICIAN)
    require_patient(store, caller, patient_id)
    chosen = [one for one in found.answered if one.name in set(names)]
    if not chosen:
        raise Refusal(
            "nothing-chosen", expected="at least one risk that has an answer", found="none",
            what_to_do="Choose what is to be kept.",
        )  # fmt: skip
    survivor = store.records.survivor(patient_id)
    require_patient(store, caller, survivor)
    at = clock.now()
    resources = [_resource(store, caller, survivor, asked, found, one, at.isoformat()) for one in chosen]
    with store.transaction():
        import_id = store.imports.start(caller.user_id)
        rows = [
            {**columns_of(draft_of(one, source=SAID_BY)), "id": new_id(), "patient_id": survivor,
             "import_id": import_id, "versions": 1}
            for one in resources
        ]  # fmt: skip
        store.records.writer.insert(rows)
        store.imports.finish(import_id)
        detail = {"import": import_id, "risks": ", ".join(one.name for one in chosen)}
        store.audit.append(caller.user_id, "risk-assessment-saved", survivor, detail)
    return len(chosen)


def _resource(
    store: Store, caller: Caller, patient_id: str, asked: Catalogue, found: Assessment, one: RiskEstimate,
    at: str,
) -> Json:  # fmt: skip
    used = _used(asked, found, one)
    entries = dict.fromkeys(entry for known in used.values() if known.recorded for entry in _entries(known))
    basis = [_reference(entry) for entry_id in entries if (entry := store.records.get(entry_id)) is not None]
    prediction: Json = {"outcome": {"text": one.outcome}}
    if one.unit == _PROBABILITY and one.value is not None:
        prediction["probabilityDecimal"] = one.value
    if one.category:
        prediction["qualitativeRisk"] = {"text": one.category}
    digest = hashlib.sha256(f"{patient_id}\n{one.name}\n{at}\n{caller.user_id}".encode()).hexdigest()
    resource: Json = {
        "resourceType": "RiskAssessment",
        "id": f"risk-{digest[:32]}",
        "extension": [_told(caller, used, one)],
        "status": "final",
        "code": {"coding": [{"system": _TERMS, "code": one.name, "display": one.title}], "text": one.title},
        "method": {"text": f"{one.title}, version {one.version}"},
        "subject": {"reference": address("Patient", patient_id)},
        "occurrenceDateTime": at,
        "performer": {"display": caller.display_name or caller.username},
        "basis": basis,
        "prediction": [prediction],
        "note": [{"text": text} for text in _notes(one)],
    }
    return {name: value for name, value in resource.items() if value not in ([], {})}


def _used(asked: Catalogue, found: Assessment, one: RiskEstimate) -> dict[str, Known]:
    """What the answer was given from, by its own keys."""
    places = {key: asked.places.get((one.name, key), key) for key in one.values}
    return {key: found.known[place] for key, place in places.items() if place in found.known}


def _entries(known: Known) -> tuple[str, ...]:
    """The entries that a used value is from; a typed one is from none."""
    if known.recorded is None or known.origin in (Origin.TYPED, Origin.IMPLIED):
        return ()
    return known.recorded.entries


def _reference(entry: Entry) -> Json:
    return {"reference": f"{entry.draft.resource_type}/{entry.draft.key}", "display": entry.draft.title}


def _notes(one: RiskEstimate) -> list[str]:
    said = [f"{one.value:g} {one.unit}" if one.unit != _PROBABILITY and one.value is not None else ""]
    if one.low is not None and one.high is not None:
        said.append(f"Interval {one.low:.4g} to {one.high:.4g}. {one.interval_means}")
    if one.kind is not Kind.SCORE:
        said.append("A trained predictor: an association, not a cause.")
    said += [*one.cautions, one.reference]
    return [text for text in said if text]


def _told(caller: Caller, used: Mapping[str, Known], one: RiskEstimate) -> Json:
    """Everything that is needed to show it again, and to see what it was computed from."""
    parts: list[Json] = [
        {"url": "name", "valueString": one.name},
        {"url": "version", "valueString": one.version or "not given"},
        {"url": "kind", "valueString": one.kind.value},
        {"url": "unit", "valueString": one.unit},
        {"url": "by", "valueString": caller.user_id},
    ]
    numbers = {"value": one.value, "low": one.low, "high": one.high}
    parts += [{"url": name, "valueDecimal": value} for name, value in numbers.items() if value is not None]
    for key, value in one.values.items():
        origin = used[key].origin.value if key in used else Origin.IMPLIED.value
        inner = [{"url": "key", "valueString": key}, {"url": "origin", "valueString": origin}, _plain(value)]
        parts.append({"url": "input", "extension": inner})
    return {"url": EXTENSION, "extension": parts}


def _plain(value: Value) -> Json:
    if isinstance(value, bool):
        return {"url": "value", "valueBoolean": value}
    return {"url": "value", "valueDecimal" if isinstance(value, float | int) else "valueString": value}


# ---- what was kept


def history(store: Store, caller: Caller, patient_id: str, *, limit: int = 200) -> tuple[Saved, ...]:
    """The risks that were kept of a patient, newest first; withdrawn ones are left out.

    Raises Refusal "not-allowed".
    """
    require(caller, Role.READ_ONLY)
    require_patient(store, caller, patient_id)
    entries = store.records.of_patient(patient_id, current_only=True, resource_types=("RiskAssessment",))
    found = [saved for entry in entries if entry.draft.source == SAID_BY and (saved := _saved(entry))]
    return tuple(found[:limit])


def _saved(entry: Entry) -> Saved | None:
    content, starts = entry.draft.content, entry.draft.starts
    told = [one for one in content.get("extension", ()) if one.get("url") == EXTENSION]
    if not told or starts is None:
        return None
    plain = _values(told[0].get("extension", ()))
    prediction: Json = next(iter(content.get("prediction", ())), {})
    return Saved(
        entry_id=entry.id,
        at=starts.at,
        name=str(plain.get("name", "")),
        title=entry.draft.title,
        version=str(plain.get("version", "")),
        value=_number(plain.get("value")),
        unit=str(plain.get("unit", "")),
        low=_number(plain.get("low")),
        high=_number(plain.get("high")),
        category=str(prediction.get("qualitativeRisk", {}).get("text", "")),
        by=str(content.get("performer", {}).get("display", "")),
    )


def _values(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The plain values of an extension's parts by name."""
    return {
        str(one["url"]): value
        for one in parts
        for name, value in one.items()
        if name.startswith("value") and one.get("url") != "input"
    }


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
