"""One resource as a draft: who, what, when, how far it may be used."""

from datetime import UTC, date, datetime

import pytest

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.record import Code, Draft, Json, Lane, Standing, Value, When
from medai_core.domain.refusal import Refusal
from medai_core.records.fhir.drafts import draft_of, key_of
from medai_core.records.fhir.standing import REASONS
from medai_core.records.fhir.times import when
from tests.support.fhir import LOINC, UCUM, concept, condition, observation, patient


def _draft(resource: Json) -> Draft:
    return draft_of(resource, source="north")


def test_an_observation() -> None:
    resource = observation()
    draft = _draft(resource)
    code = Code(LOINC, "8867-4", "Heart rate")
    assert (draft.source, draft.resource_type, draft.key) == ("north", "Observation", "o1")
    assert draft.content is resource
    assert draft.lane is Lane.VITAL
    assert draft.subject_key == "p1"
    assert draft.codes == (code,)
    assert draft.title == "Heart rate"
    assert (draft.status, draft.standing) == ("final", Standing.CURRENT)
    assert draft.starts == When(datetime(2020, 5, 6, 5, 8, 9, tzinfo=UTC), 120, "second")
    assert draft.ends is None
    assert draft.values == (Value(code, 61.5, "/min"),)
    assert draft.unmapped == ()
    assert draft.identity is None


@pytest.mark.parametrize(
    ("category", "code", "lane"),
    [
        ("vital-signs", "1234-5", Lane.VITAL),
        ("laboratory", "8867-4", Lane.LABORATORY),
        ("LAB", "8867-4", Lane.LABORATORY),
        ("survey", "8867-4", Lane.OBSERVATION),
        (None, "8867-4", Lane.VITAL),
        (None, "2093-3", Lane.OBSERVATION),
    ],
)
def test_the_lane_of_an_observation(category: str | None, code: str, lane: Lane) -> None:
    given = [concept("urn:x", category)] if category else None
    assert _draft(observation(category=given, code=concept(LOINC, code))).lane is lane


@pytest.mark.parametrize(
    ("element", "value", "number", "unit", "text"),
    [
        ("valueQuantity", {"value": 7, "unit": "mg"}, 7.0, "mg", ""),
        ("valueQuantity", {"value": 0, "unit": "mg"}, 0.0, "mg", ""),
        ("valueQuantity", {"value": 7, "code": "mg", "system": UCUM, "unit": "Milligramm"}, 7.0, "mg", ""),
        ("valueQuantity", {"value": 7, "code": "x", "system": "urn:own", "unit": "drops"}, 7.0, "drops", ""),
        ("valueQuantity", {"unit": "mg"}, None, "mg", ""),
        ("valueInteger", 0, 0.0, "", ""),
        ("valueString", "trace", None, "", "trace"),
        ("valueBoolean", False, None, "", "no"),
        ("valueBoolean", True, None, "", "yes"),
        ("valueCodeableConcept", {"text": "Wine"}, None, "", "Wine"),
        ("valueCodeableConcept", concept("urn:x", "A+"), None, "", "A+"),
        (
            "valueRange",
            {"low": {"value": 1, "unit": "g"}, "high": {"value": 2, "unit": "g"}},
            None,
            "",
            "1 g to 2 g",
        ),
        ("valueRange", {"high": {"value": 2, "unit": "g"}}, None, "", "up to 2 g"),
        ("valueRatio", {"numerator": {"value": 1}, "denominator": {"value": 128}}, None, "", "1 : 128"),
        (
            "valueSampledData",
            {"origin": {"value": 0}, "period": 1, "dimensions": 1, "data": "1 2"},
            None,
            "",
            "sampled data",
        ),
        ("valueTime", "08:00:00", None, "", "08:00:00"),
        ("valueDateTime", "2016-12-30", None, "", "2016-12-30"),
        ("valuePeriod", {"start": "2016", "end": "2017"}, None, "", "2016 to 2017"),
    ],
)
def test_every_kind_of_value(element: str, value: object, number: float | None, unit: str, text: str) -> None:
    (found,) = _draft(observation(**{"valueQuantity": None, element: value})).values
    assert (found.number, found.unit, found.text) == (number, unit, text)


def test_a_comparator_a_range_and_an_interpretation() -> None:
    quantity = {"value": 5, "comparator": "<", "unit": "mg/dL"}
    ranges = [
        {"low": {"value": 1, "unit": "mg/dL"}, "high": {"value": 9, "unit": "mg/dL"}},
        {"low": {"value": 2, "unit": "mg/dL"}, "type": concept("urn:x", "critical")},
    ]
    found = _draft(
        observation(valueQuantity=quantity, referenceRange=ranges, interpretation=[concept("urn:i", "L")])
    )
    assert found.values[0] == Value(Code(LOINC, "8867-4", "Heart rate"), 5.0, "mg/dL", "", "<", 1.0, 9.0, "L")


@pytest.mark.parametrize(
    "ranges",
    [
        [{"low": {"value": 1, "unit": "g/L"}, "high": {"value": 9, "unit": "g/L"}}],
        [{"low": {"value": 1, "unit": "mg"}}, {"low": {"value": 2, "unit": "mg"}}],
        [{"text": "1 to 9"}],
    ],
    ids=["another unit", "one of several", "words alone"],
)
def test_ranges_that_cannot_be_told(ranges: list[Json]) -> None:
    found = _draft(observation(valueQuantity={"value": 5, "unit": "mg"}, referenceRange=ranges)).values[0]
    assert (found.low, found.high) == (None, None)


def test_components_and_what_is_missing() -> None:
    resource = observation(
        valueQuantity=None,
        code=concept(LOINC, "85354-9", "Blood pressure"),
        component=[
            {"code": concept(LOINC, "8480-6"), "valueQuantity": {"value": 120, "unit": "mm[Hg]"}},
            {"code": concept(LOINC, "8462-4"), "dataAbsentReason": concept("urn:x", "not-performed")},
        ],
    )
    found = _draft(resource).values
    assert [(value.code.code, value.number, value.text) for value in found] == [
        ("8480-6", 120.0, ""),
        ("8462-4", None, ""),
    ]


def test_a_reason_for_no_value_is_no_value() -> None:
    (found,) = _draft(observation(valueQuantity=None, dataAbsentReason={"text": "not asked"})).values
    assert found.number is None
    assert found.text == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2011", When(datetime(2011, 1, 1, tzinfo=UTC), None, "year")),
        ("2011-05", When(datetime(2011, 5, 1, tzinfo=UTC), None, "month")),
        ("2011-05-06", When(datetime(2011, 5, 6, tzinfo=UTC), None, "day")),
        ("2011-05-06T23:30:00-05:00", When(datetime(2011, 5, 7, 4, 30, tzinfo=UTC), -300, "second")),
        ("2011-05-06T23:30:00.5Z", When(datetime(2011, 5, 6, 23, 30, 0, 500000, UTC), 0, "second")),
        ("2011-05-06T23:30", When(datetime(2011, 5, 6, 23, 30, tzinfo=UTC), None, "minute")),
        ("2016-12-31T23:59:60Z", When(datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), 0, "second")),
        ("2011-02-30", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (None, None),
        (2011, None),
    ],
)
def test_times(text: object, found: When | None) -> None:
    assert when(text) == found


@pytest.mark.parametrize(
    ("changes", "starts", "ends"),
    [
        ({"onsetDateTime": "2011", "abatementDateTime": "2012-03"}, "2011-01-01", "2012-03-01"),
        (
            {"onsetDateTime": None, "onsetPeriod": {"start": "2011", "end": "2012"}},
            "2011-01-01",
            "2012-01-01",
        ),
        ({"onsetDateTime": None, "onsetString": "in childhood"}, None, None),
        ({"onsetDateTime": None, "abatementString": "later"}, None, None),
    ],
)
def test_when_a_problem_began_and_ended(changes: Json, starts: str | None, ends: str | None) -> None:
    draft = _draft(condition(**changes))
    found = [each.at.date().isoformat() if each else None for each in (draft.starts, draft.ends)]
    assert found == [starts, ends]


def _about(kind: str, **elements: object) -> Json:
    return {"resourceType": kind, "id": "x", "subject": {"reference": "Patient/p1"}, **elements}


DRUG = concept("http://www.nlm.nih.gov/research/umls/rxnorm", "1049221", "Oxycodone")
TABLE = [
    (
        _about(
            "MedicationRequest",
            status="active",
            intent="order",
            medicationCodeableConcept=DRUG,
            authoredOn="2020-01-02",
        ),
        Lane.MEDICATION,
        "Oxycodone",
        "2020-01-02",
    ),
    (
        _about(
            "MedicationRequest",
            status="active",
            intent="order",
            medicationReference={"reference": "#m"},
            contained=[{"resourceType": "Medication", "id": "m", "code": DRUG}],
        ),
        Lane.MEDICATION,
        "Oxycodone",
        None,
    ),
    (
        _about(
            "MedicationStatement",
            status="active",
            medicationCodeableConcept=DRUG,
            effectivePeriod={"start": "2020"},
        ),
        Lane.MEDICATION,
        "Oxycodone",
        "2020-01-01",
    ),
    (
        _about(
            "MedicationAdministration",
            status="completed",
            medicationCodeableConcept=DRUG,
            effectiveDateTime="2020-01-03",
        ),
        Lane.MEDICATION,
        "Oxycodone",
        "2020-01-03",
    ),
    (
        _about(
            "MedicationDispense",
            status="completed",
            medicationCodeableConcept=DRUG,
            whenHandedOver="2020-01-04",
        ),
        Lane.MEDICATION,
        "Oxycodone",
        "2020-01-04",
    ),
    (
        _about(
            "Encounter",
            status="finished",
            type=[concept("urn:x", "1", "Check-up")],
            period={"start": "2020-01-05"},
            **{"class": {"code": "AMB"}},
        ),
        Lane.ENCOUNTER,
        "Check-up",
        "2020-01-05",
    ),
    (
        _about(
            "Procedure",
            status="completed",
            code=concept("urn:x", "1", "Suture"),
            performedPeriod={"start": "2020-01-06"},
        ),
        Lane.PROCEDURE,
        "Suture",
        "2020-01-06",
    ),
    (
        {
            "resourceType": "Immunization",
            "id": "x",
            "status": "completed",
            "vaccineCode": concept("urn:x", "1", "Flu"),
            "patient": {"reference": "Patient/p1"},
            "occurrenceDateTime": "2020-01-07",
        },
        Lane.IMMUNIZATION,
        "Flu",
        "2020-01-07",
    ),
    (
        {
            "resourceType": "AllergyIntolerance",
            "id": "x",
            "code": concept("urn:x", "1", "Nuts"),
            "patient": {"reference": "Patient/p1"},
            "onsetDateTime": "2020-01",
        },
        Lane.ALLERGY,
        "Nuts",
        "2020-01-01",
    ),
    (
        _about("ImagingStudy", status="available", description="Chest", started="2020-01-08"),
        Lane.IMAGING,
        "Chest",
        "2020-01-08",
    ),
    (
        _about(
            "DiagnosticReport",
            status="final",
            code=concept("urn:x", "1", "Lipids"),
            effectiveDateTime="2020-01-09",
        ),
        Lane.REPORT,
        "Lipids",
        "2020-01-09",
    ),
    (
        _about(
            "DocumentReference",
            status="current",
            type=concept("urn:x", "1", "Note"),
            date="2020-01-10T00:00:00Z",
            content=[{"attachment": {"contentType": "text/plain"}}],
        ),
        Lane.DOCUMENT,
        "Note",
        "2020-01-10",
    ),
    (
        _about("CarePlan", status="active", intent="plan", title="Diet", period={"start": "2020-01-11"}),
        Lane.PLAN,
        "Diet",
        "2020-01-11",
    ),
    (
        _about("Goal", lifecycleStatus="active", description={"text": "Walk"}, startDate="2020-01-12"),
        Lane.PLAN,
        "Walk",
        "2020-01-12",
    ),
    (
        _about("RiskAssessment", status="final", code=concept("urn:x", "1", "Stroke")),
        Lane.RISK,
        "Stroke",
        None,
    ),
    (_about("Flag", status="active", code={"text": "Falls"}), Lane.RISK, "Falls", None),
    (
        {
            "resourceType": "Claim",
            "id": "x",
            "status": "active",
            "use": "claim",
            "created": "2020-01-13",
            "type": concept("urn:x", "pharmacy"),
            "patient": {"reference": "Patient/p1"},
            "priority": {"text": "now"},
            "provider": {"display": "d"},
            "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "c"}}],
        },
        Lane.OTHER,
        "pharmacy",
        "2020-01-13",
    ),
    ({"resourceType": "Organization", "id": "x", "name": "North clinic"}, Lane.OTHER, "North clinic", None),
    (
        {
            "resourceType": "NamingSystem",
            "id": "x",
            "name": "n",
            "status": "active",
            "kind": "codesystem",
            "date": "2020",
            "uniqueId": [{"type": "uri", "value": "urn:x"}],
        },
        Lane.OTHER,
        "n",
        "2020-01-01",
    ),
]


@pytest.mark.parametrize(
    ("resource", "lane", "title", "starts"),
    TABLE,
    ids=lambda value: value["resourceType"] if isinstance(value, dict) else None,
)
def test_the_types_that_are_indexed(resource: Json, lane: Lane, title: str, starts: str | None) -> None:
    draft = _draft(resource)
    assert (draft.lane, draft.title) == (lane, title)
    assert (draft.starts.at.date().isoformat() if draft.starts else None) == starts
    is_of_nobody = resource["resourceType"] in ("Organization", "NamingSystem")
    assert draft.subject_key == (None if is_of_nobody else "p1")


def test_the_probabilities_of_a_risk() -> None:
    draft = _draft(
        _about(
            "RiskAssessment",
            status="final",
            prediction=[
                {"outcome": concept("urn:x", "1", "Stroke"), "probabilityDecimal": 0.2},
                {"outcome": {"text": "Falls"}, "qualitativeRisk": {"text": "high"}},
            ],
        )
    )
    assert draft.values == (
        Value(Code("urn:x", "1", "Stroke"), 0.2, "1"),
        Value(Code("", "", "Falls"), None, "", "high", interpretation="high"),
    )


# ---- who


def test_a_patient_goes_by_the_record_number_alone() -> None:
    draft = _draft(patient())
    assert draft.subject_key == draft.key == "p1"
    assert draft.lane is Lane.PATIENT
    assert draft.identity == PatientIdentity(
        "N-77", "http://hospital.example.org", PersonName("Dr. Muster Eva Maria"), date(1980, 2, 29), "F"
    )
    assert draft.title == ""


@pytest.mark.parametrize("kind", ["SS", "DL", "PPN", "NI", "TAX", None])
def test_numbers_that_are_never_taken(kind: str | None) -> None:
    number: Json = {"system": "urn:x", "value": "999-11-2222"}
    if kind:
        number["type"] = concept("urn:k", kind)
    for key in ("p1", None):
        draft = _draft(patient(key, identifier=[number]))  # type: ignore[arg-type]
        assert draft.identity is not None
        assert "999-11-2222" not in repr((draft.identity, draft.key, draft.title))
        assert (draft.identity.identifier, draft.identity.issuer) == (draft.key, "north")


def test_a_number_without_system_names_who_gave_it() -> None:
    number = {"type": concept("urn:k", "MR"), "value": "1", "assigner": {"display": "East"}}
    assert _draft(patient(identifier=[number])).identity == PatientIdentity(
        "1", "East", PersonName("Dr. Muster Eva Maria"), date(1980, 2, 29), "F"
    )


@pytest.mark.parametrize(
    ("gender", "sex"), [("male", "M"), ("female", "F"), ("other", "O"), ("unknown", None), (None, None)]
)
def test_the_sex(gender: str | None, sex: str | None) -> None:
    identity = _draft(patient(gender=gender)).identity
    assert identity is not None
    assert identity.sex == sex


@pytest.mark.parametrize("birth", ["1980", "1980-02", None])
def test_a_birth_date_that_is_no_day_stays_in_the_content(birth: str | None) -> None:
    draft = _draft(patient(birthDate=birth))
    assert draft.identity is not None
    assert draft.identity.birth_date is None
    assert draft.content.get("birthDate") == birth


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([{"text": "Eva Muster"}], PersonName("Eva Muster")),
        ([{"text": "张无忌"}], PersonName(ideographic="张无忌")),
        (
            [{"family": "Yamada", "given": ["Tarou"]}, {"family": "山田", "given": ["太郎"]}],
            PersonName("Yamada Tarou", "山田 太郎"),
        ),
        ([{"use": "old", "text": "Before"}, {"use": "usual", "text": "Now"}], PersonName("Now")),
        ([{"use": "usual"}], PersonName()),
        (None, PersonName()),
    ],
)
def test_names(names: list[Json] | None, shown: PersonName) -> None:
    identity = _draft(patient(name=names)).identity
    assert identity is not None
    assert identity.name == shown


# ---- keys


def test_keys() -> None:
    numbered = observation(None, identifier=[{"system": "urn:x", "value": "7"}])  # type: ignore[arg-type]
    bare = observation(None)  # type: ignore[arg-type]
    assert key_of(observation()) == "o1"
    assert key_of(numbered) == "urn:x|7"
    assert key_of(bare, url="urn:uuid:abc") == "abc"
    assert key_of(bare) == key_of(dict(reversed(bare.items())))
    assert key_of(bare).startswith("content-")
    assert key_of({**bare, "status": "amended"}) != key_of(bare)


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        ({"reference": "Patient/p1"}, "p1"),
        ({"reference": "Patient/p1/_history/3"}, "p1"),
        ({"reference": "http://one.example.org/fhir/Patient/p1"}, "p1"),
        ({"reference": "urn:uuid:0a1b"}, "0a1b"),
        ({"reference": "Group/g1"}, None),
        ({"reference": "#inside"}, None),
        ({"reference": "nonsense"}, None),
        ({"display": "somebody"}, None),
        ({}, None),
    ],
)
def test_whom_it_is_about(reference: Json, key: str | None) -> None:
    assert _draft(observation(subject=reference)).subject_key == key


def test_whoever_has_an_identifier_is_found_by_it() -> None:
    number = {"system": "http://hospital.example.org", "value": "N-77"}
    by_identifier = _draft(observation(subject={"identifier": number})).subject_key
    conditional = {"reference": "Patient?identifier=http://hospital.example.org|N-77"}
    assert by_identifier == _draft(observation(subject=conditional)).subject_key
    assert by_identifier == key_of({"resourceType": "Patient", "identifier": [number]})
    assert "N-77" not in str(by_identifier)


# ---- how far it may be used


def test_every_reason_is_a_sentence() -> None:
    for word, (standing, sentence) in REASONS.items():
        assert standing is not Standing.CURRENT, word
        assert sentence.endswith(".")
        assert sentence[0].isupper()


@pytest.mark.parametrize(
    ("resource", "standing", "status"),
    [
        (observation(status="entered-in-error"), Standing.WITHDRAWN, "entered-in-error"),
        (observation(status="cancelled"), Standing.WITHDRAWN, "cancelled"),
        (observation(status="preliminary"), Standing.PRELIMINARY, "preliminary"),
        (observation(status="registered"), Standing.PRELIMINARY, "registered"),
        (observation(status="unknown"), Standing.PRELIMINARY, "unknown"),
        (observation(status="amended"), Standing.CURRENT, "amended"),
        (observation(status="corrected"), Standing.CURRENT, "corrected"),
        (observation(status="something-else"), Standing.PRELIMINARY, "something-else"),
        (
            observation(modifierExtension=[{"url": "urn:not", "valueBoolean": True}]),
            Standing.PRELIMINARY,
            "final",
        ),
        (condition(), Standing.CURRENT, "active"),
        (condition(clinicalStatus=concept("urn:x", "resolved")), Standing.CURRENT, "resolved"),
        (condition(verificationStatus=concept("urn:x", "refuted")), Standing.WITHDRAWN, "active, refuted"),
        (
            condition(verificationStatus=concept("urn:x", "entered-in-error")),
            Standing.WITHDRAWN,
            "active, entered-in-error",
        ),
        (
            condition(verificationStatus=concept("urn:x", "differential")),
            Standing.PRELIMINARY,
            "active, differential",
        ),
        (
            condition(verificationStatus=concept("urn:x", "provisional")),
            Standing.PRELIMINARY,
            "active, provisional",
        ),
        (
            {
                "resourceType": "AllergyIntolerance",
                "patient": {"reference": "Patient/p1"},
                "verificationStatus": concept("urn:x", "unconfirmed"),
            },
            Standing.CURRENT,
            "unconfirmed",
        ),
        (
            {
                "resourceType": "AllergyIntolerance",
                "patient": {"reference": "Patient/p1"},
                "verificationStatus": concept("urn:x", "refuted"),
            },
            Standing.WITHDRAWN,
            "refuted",
        ),
        (_about("Procedure", status="not-done"), Standing.WITHDRAWN, "not-done"),
        (_about("Procedure", status="stopped"), Standing.CURRENT, "stopped"),
        (
            _about("MedicationRequest", status="active", intent="proposal", medicationCodeableConcept=DRUG),
            Standing.PRELIMINARY,
            "active",
        ),
        (
            _about(
                "MedicationRequest",
                status="active",
                intent="order",
                medicationCodeableConcept=DRUG,
                doNotPerform=True,
            ),
            Standing.WITHDRAWN,
            "active, do not perform",
        ),
        (
            _about("MedicationRequest", status="draft", intent="order", medicationCodeableConcept=DRUG),
            Standing.PRELIMINARY,
            "draft",
        ),
        (
            _about("MedicationStatement", status="not-taken", medicationCodeableConcept=DRUG),
            Standing.WITHDRAWN,
            "not-taken",
        ),
        (
            _about(
                "DocumentReference",
                status="current",
                docStatus="preliminary",
                content=[{"attachment": {"title": "t"}}],
            ),
            Standing.PRELIMINARY,
            "current, preliminary",
        ),
        (
            _about("Encounter", status="planned", **{"class": {"code": "AMB"}}),
            Standing.PRELIMINARY,
            "planned",
        ),
        (
            _about("Goal", lifecycleStatus="planned", description={"text": "Walk"}),
            Standing.CURRENT,
            "planned",
        ),
    ],
)
def test_standing(resource: Json, standing: Standing, status: str) -> None:
    draft = _draft(resource)
    assert (draft.standing, draft.status) == (standing, status)


# ---- versions, corrections, codes


def test_when_it_was_written() -> None:
    assert _draft(observation()).recorded is None
    issued = _draft(observation(issued="2020-05-07T00:00:00+02:00"))
    assert issued.recorded == datetime(2020, 5, 6, 22, tzinfo=UTC)
    stamped = _draft(observation(issued="2020-05-07T00:00:00Z", meta={"lastUpdated": "2021-01-01T00:00:00Z"}))
    assert stamped.recorded == datetime(2021, 1, 1, tzinfo=UTC)


def test_what_it_corrects() -> None:
    document = _about(
        "DocumentReference",
        status="current",
        content=[{"attachment": {"title": "t"}}],
        relatesTo=[
            {"code": "replaces", "target": {"reference": "DocumentReference/old"}},
            {"code": "appends", "target": {"reference": "DocumentReference/other"}},
        ],
    )
    assert _draft(document).replaces == ("old",)
    plan = _about("CarePlan", status="active", intent="plan", replaces=[{"reference": "CarePlan/a"}])
    assert _draft(plan).replaces == ("a",)


def test_codes_that_nobody_knows() -> None:
    own = Code("http://hospital.example.org/codes", "HR", "Heart")
    only = {"coding": [{"system": own.system, "code": own.code, "display": own.display}]}
    beside = {"coding": [*only["coding"], *concept(LOINC, "8867-4")["coding"]]}
    assert _draft(observation(code=only)).unmapped == (own,)
    assert _draft(observation(code=beside)).unmapped == ()
    assert _draft(observation(code={"text": "pulse"})).unmapped == (Code("", "", "pulse"),)
    parts = [{"code": only, "valueInteger": 1}]
    assert _draft(observation(component=parts)).unmapped == (own,)


def test_what_is_no_resource_is_refused() -> None:
    for wrong in ({}, {"resourceType": ""}, {"resourceType": 5}, [], "text", None):
        with pytest.raises(Refusal) as refused:
            draft_of(wrong, source="north")  # type: ignore[arg-type]
        assert refused.value.code == "fhir-invalid"


def test_what_is_let_through_with_a_caution_can_be_refused() -> None:
    resource = observation(effectiveDateTime="2020-05-06T07:08")
    assert draft_of(resource, source="north").starts is not None
    with pytest.raises(Refusal, match="without seconds or without an offset"):
        draft_of(resource, source="north", lenient=False)
