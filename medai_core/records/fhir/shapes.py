"""What stands where in the resource types that we model: one line a type."""

from dataclasses import dataclass
from typing import Final

from medai_core.domain.record import Lane


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a resource type keeps what we show of it.

    `concepts` are tried in turn for codes and title, `names` for a title that is plain text; `times` are
    `name[x]` elements or plain dates, `subject` the elements that name the patient, by themselves or by a
    `target` in them.
    """

    lane: Lane = Lane.OTHER
    concepts: tuple[str, ...] = ("code", "type", "category")
    times: tuple[str, ...] = ("effective", "occurrence", "performed", "period", "date", "created", "recorded")
    subject: tuple[str, ...] = ("subject", "patient", "beneficiary", "individual", "for")
    names: tuple[str, ...] = ("title", "description", "name")


_DRUG: Final = ("medicationCodeableConcept", "medicationReference")
_ANY: Final = Shape()

SHAPES: Final[dict[str, Shape]] = {
    "Patient": Shape(Lane.PATIENT, (), (), (), ()),
    "Condition": Shape(Lane.PROBLEM, ("code",), ("onset",)),
    "AllergyIntolerance": Shape(Lane.ALLERGY, ("code",), ("onset",)),
    "MedicationRequest": Shape(Lane.MEDICATION, _DRUG, ("dosageInstruction", "authoredOn")),
    "MedicationStatement": Shape(Lane.MEDICATION, _DRUG, ("effective", "dosage")),
    "MedicationAdministration": Shape(Lane.MEDICATION, _DRUG, ("effective",)),
    "MedicationDispense": Shape(Lane.MEDICATION, _DRUG, ("whenHandedOver", "whenPrepared")),
    "Observation": Shape(Lane.OBSERVATION, ("code",), ("effective",)),
    "Encounter": Shape(Lane.ENCOUNTER, ("type", "reasonCode", "serviceType", "class"), ("period",)),
    "EpisodeOfCare": Shape(Lane.ENCOUNTER, ("type",), ("period",)),
    "Procedure": Shape(Lane.PROCEDURE, ("code", "category"), ("performed",)),
    "Immunization": Shape(Lane.IMMUNIZATION, ("vaccineCode",), ("occurrence",)),
    "ImagingStudy": Shape(Lane.IMAGING, ("procedureCode", "modality"), ("started",), names=("description",)),
    "Media": Shape(Lane.IMAGING, ("type", "modality"), ("created",), names=("deviceName",)),
    "DiagnosticReport": Shape(Lane.REPORT, ("code",), ("effective",)),
    "DocumentReference": Shape(Lane.DOCUMENT, ("type", "category"), ("context", "date")),
    "Composition": Shape(Lane.DOCUMENT, ("type",), ("date",)),
    "ClinicalImpression": Shape(Lane.DOCUMENT, ("code",), ("effective", "date")),
    "RiskAssessment": Shape(Lane.RISK, ("code", "method"), ("occurrence",)),
    "DetectedIssue": Shape(Lane.RISK, ("code",), ("identified",), names=("detail",)),
    "Flag": Shape(Lane.RISK, ("code", "category"), ("period",)),
    "AdverseEvent": Shape(Lane.RISK, ("event", "category"), ("date", "detected")),
    "CarePlan": Shape(Lane.PLAN, ("category",), ("period", "created")),
    "CareTeam": Shape(Lane.PLAN, ("category",), ("period",)),
    "Goal": Shape(Lane.PLAN, ("description",), ("start",), names=()),
    "ServiceRequest": Shape(Lane.PLAN, ("code", "category"), ("occurrence", "authoredOn")),
    "NutritionOrder": Shape(Lane.PLAN, (), ("dateTime",)),
    "ImmunizationRecommendation": Shape(Lane.PLAN, (), ("date",)),
    "Appointment": Shape(Lane.PLAN, ("serviceType", "appointmentType"), ("start",)),
    "FamilyMemberHistory": Shape(Lane.OTHER, ("relationship",), ("date",), names=()),
    "Consent": Shape(Lane.OTHER, ("category", "scope"), ("dateTime",)),
    "Claim": Shape(Lane.OTHER, ("type",), ("billablePeriod", "created")),
    "ExplanationOfBenefit": Shape(Lane.OTHER, ("type",), ("billablePeriod", "created")),
    "Specimen": Shape(Lane.OTHER, ("type",), ("receivedTime",)),
    "MolecularSequence": Shape(Lane.OTHER, ("type",), ()),
    "Provenance": Shape(Lane.OTHER, ("activity",), ("occurred", "recorded"), ("target", "patient")),
    "AuditEvent": Shape(Lane.OTHER, ("type",), ("period", "recorded"), ("patient",)),
    "AppointmentResponse": Shape(Lane.OTHER, (), ("start",), ("actor",), ()),
    "EnrollmentRequest": Shape(Lane.OTHER, (), ("created",), ("candidate",), ()),
    "Binary": Shape(Lane.OTHER, (), (), ("securityContext",), ()),
    "Person": Shape(Lane.OTHER, (), (), ("link",), ()),
    "Device": Shape(Lane.OTHER, ("type",), (), ("patient",), ()),
    "Organization": Shape(Lane.OTHER, ("type",), (), ()),
    "Practitioner": Shape(Lane.OTHER, (), (), (), ()),
    "PractitionerRole": Shape(Lane.OTHER, ("code", "specialty"), ("period",), ()),
    "Location": Shape(Lane.OTHER, ("type",), (), ()),
    "Medication": Shape(Lane.OTHER, ("code",), (), ()),
}


def shape_of(resource_type: str) -> Shape:
    """The shape of a type; one that fits most for those without a line of their own."""
    return SHAPES.get(resource_type, _ANY)
