"""What MedAI itself has to say of a patient, as FHIR R4 resources: studies, signed readings, models' answers.

Every function gives a plain resource that the R4B models accept. References are addresses that stand in the
bundle as `fullUrl`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from medai_core.domain.people import PatientIdentity
from medai_core.domain.prediction import Prediction
from medai_core.domain.reading import Reading
from medai_core.domain.record import Json

BASE: Final = "https://medai.invalid/fhir"
"""Addresses of what no server holds (RFC 2606): they name, and lead nowhere."""

_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_UIDS: Final = "urn:dicom:uid"
_ADDENDUM: Final = "http://hl7.org/fhir/StructureDefinition/diagnosticReport-addendumOf"
_SCRIPT: Final = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_GENDER: Final = {"M": "male", "F": "female", "O": "other"}
_REPORT: Final = {"system": "http://loinc.org", "code": "18748-4", "display": "Diagnostic imaging study"}


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """One stored image: its SOP instance and class UID, and its number in the series."""

    uid: str
    class_uid: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """One stored series."""

    uid: str
    modality: str = ""
    number: int | None = None
    description: str = ""
    body_part: str = ""
    laterality: str = ""
    instances: tuple[StoredInstance, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredStudy:
    """One stored study under its opaque id. `uid` is empty for pictures."""

    id: str
    uid: str = ""
    accession_number: str = ""
    modalities: tuple[str, ...] = ()
    description: str = ""
    study_date: date | None = None
    image_count: int = 0
    series: tuple[StoredSeries, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One model's answer to an image of a study; `label_names` pairs (label, words) as the card has them."""

    id: str
    study_id: str
    prediction: Prediction
    at: datetime
    title: str = ""
    label_names: tuple[tuple[str, str], ...] = ()


def fhir_id(opaque: str) -> str:
    """An opaque id in the letters that FHIR allows; different ids stay different."""
    return opaque.replace("_", ".")[:64]


def address(resource_type: str, opaque: str) -> str:
    """The address under which a resource of ours stands in a bundle."""
    return f"{BASE}/{resource_type}/{fhir_id(opaque)}"


def patient_of(patient_id: str, identity: PatientIdentity) -> Json:
    """The Patient, where no source has sent one."""
    number: Json = {"type": _concept(f"{_TERMS}/v2-0203", "MR", "Medical record number")}
    if ":" in identity.issuer:
        number["system"] = identity.issuer
    elif identity.issuer:
        number["assigner"] = {"display": identity.issuer}
    number["value"] = identity.identifier
    names: list[Json] = []
    if identity.name.alphabetic:
        names.append({"text": identity.name.alphabetic})
    if identity.name.ideographic:
        script = {"url": _SCRIPT, "valueCode": "IDE"}
        names.append({"extension": [script], "text": identity.name.ideographic})
    return _without_gaps(
        {
            "resourceType": "Patient",
            "id": fhir_id(patient_id),
            "identifier": [number] if identity.identifier else None,
            "name": names,
            "gender": _GENDER.get(identity.sex or ""),
            "birthDate": identity.birth_date.isoformat() if identity.birth_date else None,
        }
    )


def imaging_study_of(study: StoredStudy, patient: str) -> Json:
    """The ImagingStudy of a stored study; `patient` is the address of the Patient.

    DICOM's times have no offset from UTC, so `started` is the day.
    """
    identifiers: list[Json] = []
    if study.uid:
        identifiers.append({"system": _UIDS, "value": f"urn:oid:{study.uid}"})
    if study.accession_number:
        kind = _concept(f"{_TERMS}/v2-0203", "ACSN", "Accession ID")
        identifiers.append({"type": kind, "value": study.accession_number})
    series = [_series(each) for each in study.series if each.uid]
    return _without_gaps(
        {
            "resourceType": "ImagingStudy",
            "id": fhir_id(study.id),
            "identifier": identifiers,
            "status": "available",
            "modality": [{"system": _DICOM, "code": each} for each in study.modalities if each],
            "subject": {"reference": patient},
            "started": study.study_date.isoformat() if study.study_date else None,
            "numberOfSeries": len(series) or None,
            "numberOfInstances": study.image_count or None,
            "description": study.description,
            "series": series,
        }
    )


def _series(series: StoredSeries) -> Json:
    return _without_gaps(
        {
            "uid": series.uid,
            "number": series.number if series.number is not None and series.number >= 0 else None,
            "modality": {"system": _DICOM, "code": series.modality or "OT"},
            "description": series.description,
            "numberOfInstances": len(series.instances) or None,
            "bodySite": {"display": series.body_part} if series.body_part else None,
            "laterality": {"display": series.laterality} if series.laterality else None,
            "instance": [_instance(each) for each in series.instances if each.uid],
        }
    )


def _instance(instance: StoredInstance) -> Json:
    kind = f"urn:oid:{instance.class_uid}" if instance.class_uid else ""
    return _without_gaps(
        {
            "uid": instance.uid,
            "sopClass": {"system": "urn:ietf:rfc:3986", "code": kind} if kind else {"display": "not stated"},
            "number": instance.number if instance.number is not None and instance.number >= 0 else None,
        }
    )


def report_of(reading: Reading, study: StoredStudy, patient: str) -> Json:
    """The DiagnosticReport of a signed reading; an addendum names the reading that it is added to."""
    if reading.signed_at is None:
        raise ValueError("A reading that is not signed is no report.")
    above: list[Json] = []
    if reading.addendum_to:
        reference = {"reference": address("DiagnosticReport", reading.addendum_to)}
        above.append({"url": _ADDENDUM, "valueReference": reference})
    return _without_gaps(
        {
            "resourceType": "DiagnosticReport",
            "id": fhir_id(reading.id),
            "extension": above,
            "status": "final",
            "category": [_concept(f"{_TERMS}/v2-0074", "RAD", "Radiology")],
            "code": {"coding": [_REPORT]},
            "subject": {"reference": patient},
            "effectiveDateTime": study.study_date.isoformat() if study.study_date else None,
            "issued": _instant(reading.signed_at),
            "resultsInterpreter": [{"display": reading.author_name}] if reading.author_name else None,
            "imagingStudy": [{"reference": address("ImagingStudy", study.id)}],
            "conclusion": reading.report,
        }
    )


def answer_of(answer: ModelAnswer, patient: str) -> tuple[Json, ...]:
    """RiskAssessment, Device and Provenance of a model's answer; nothing where it refused.

    Labels that the card calls unreliable are left out, as on every page.
    """
    prediction = answer.prediction
    findings = [finding for finding in prediction.findings if finding.reliable]
    if prediction.refused is not None or not findings:
        return ()
    words = dict(answer.label_names)
    model = _model_id(prediction)
    ranges = [
        f"{words.get(each.label, each.label)}: {each.level:.0%} interval {each.low:.4f} to {each.high:.4f}, "
        f"operating point {each.threshold:.4f}"
        for each in findings
    ]
    risk = {
        "resourceType": "RiskAssessment",
        "id": fhir_id(answer.id),
        "status": "final",
        "method": {"text": f"{answer.title or prediction.model}, version {prediction.version}"},
        "subject": {"reference": patient},
        "occurrenceDateTime": _instant(answer.at),
        "performer": {"reference": address("Device", model)},
        "basis": [{"reference": address("ImagingStudy", answer.study_id)}],
        "prediction": [
            {
                "outcome": {"text": words.get(each.label, each.label)},
                "probabilityDecimal": each.probability,
            }
            for each in findings
        ],
        "note": [{"text": text} for text in (*ranges, *prediction.cautions) if text],
    }
    return risk, _device(answer, model), _provenance(answer, model)


def _model_id(prediction: Prediction) -> str:
    return f"model-{prediction.model}-{prediction.version}-{prediction.weights_digest[:12]}"


def _device(answer: ModelAnswer, model: str) -> Json:
    prediction = answer.prediction
    return {
        "resourceType": "Device",
        "id": fhir_id(model),
        "deviceName": [{"name": answer.title or prediction.model, "type": "model-name"}],
        "type": {"text": "Machine learning model, research use"},
        "version": [{"value": prediction.version}],
        "note": [{"text": f"Weights: SHA-256 {prediction.weights_digest}"}],
    }


def _provenance(answer: ModelAnswer, model: str) -> Json:
    digest = {"system": "urn:ietf:rfc:3986", "value": f"urn:sha256:{answer.prediction.input_digest}"}
    study = {"reference": address("ImagingStudy", answer.study_id)}
    return {
        "resourceType": "Provenance",
        "id": fhir_id(f"by-{answer.id}"),
        "target": [{"reference": address("RiskAssessment", answer.id)}],
        "recorded": _instant(answer.at),
        "agent": [
            {
                "type": _concept(f"{_TERMS}/provenance-participant-type", "assembler", "Assembler"),
                "who": {"reference": address("Device", model)},
            }
        ],
        "entity": [
            {"role": "source", "what": study},
            {"role": "source", "what": {"identifier": digest, "display": "The image's file"}},
        ],
    }


def _concept(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _without_gaps(resource: Json) -> Json:
    """The resource without elements that hold nothing: FHIR has no empty ones."""
    return {name: value for name, value in resource.items() if value not in (None, "", [], {})}
