"""What is FHIR R4 and what is not, in words; the fast walk never takes what the published models refuse."""

import copy
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from medai_core.records.fhir import structure, validity
from medai_core.records.fhir.primitives import Grade
from medai_core.records.fhir.structure import model_of, resource_form, walk
from medai_core.records.fhir.validity import verdict_of
from tests.support.fhir import Json, concept, condition, observation, patient

SECRET = "Geheimrat Muster"


@pytest.mark.parametrize(
    ("resource", "sentence"),
    [
        (observation(valueQuantity={"value": SECRET}), "Observation.valueQuantity.value: expected a number."),
        (observation(valueQuantity={"value": "12"}), "Observation.valueQuantity.value: expected a number."),
        (observation(valueQuantity={"value": True}), "Observation.valueQuantity.value: expected a number."),
        (
            observation(valueQuantity={"value": float("inf")}),
            "Observation.valueQuantity.value: expected a number that is finite.",
        ),
        (
            observation(valueQuantity=[{"value": 1}]),
            "Observation.valueQuantity: expected one object, not a list.",
        ),
        (observation(valueQuantity="12 mg"), "Observation.valueQuantity: expected an object."),
        (observation(category=concept("urn:x", "y")), "Observation.category: expected a list."),
        (observation(status=None), "Observation.status: expected a value, for it is required."),
        (observation(status=7), "Observation.status: expected a code."),
        (observation(status=["final"]), "Observation.status: expected one value."),
        (observation(code=None), "Observation.code: expected a value, for it is required."),
        (observation(valueString="x"), "Observation.value[x]: expected one value."),
        (
            observation(effectiveDateTime="06.05.2020"),
            "Observation.effectiveDateTime: expected a date or a time",
        ),
        (
            observation(effectiveDateTime="2020-02-30"),
            "Observation.effectiveDateTime: expected a day that the",
        ),
        (observation(colour="red"), "Observation.colour: FHIR R4 has no such element."),
        (observation(**{SECRET: "red"}), "Observation.(unknown): FHIR R4 has no such element."),
        (patient(birthDate=SECRET), "Patient.birthDate: expected a date as YYYY, YYYY-MM or YYYY-MM-DD."),
        (patient(name={"text": SECRET}), "Patient.name: expected a list."),
        (patient(name=[SECRET]), "Patient.name: expected an object."),
        (patient(active="true"), "Patient.active: expected true or false."),
        (patient(multipleBirthInteger=1.5), "Patient.multipleBirthInteger: expected a whole number."),
        (patient(contained=[{"id": SECRET}]), "Patient.contained: expected a resource of FHIR R4."),
        (
            patient(contained=[{"resourceType": "Quantity"}]),
            "Patient.contained: expected a resource of FHIR R4.",
        ),
        (patient("ä b"), "Patient.id: expected an id of letters"),
        (condition(subject=None), "Condition.subject: expected a value, for it is required."),
        (
            {"resourceType": SECRET},
            "Expected a resource type of FHIR R4 (4.0.1); found another resourceType.",
        ),
        ({"resourceType": "Quantity"}, "Expected a resource type of FHIR R4 (4.0.1); found another"),
        ({"resourceType": "DomainResource"}, "Expected a resource type of FHIR R4 (4.0.1); found another"),
        ({"resourceType": "../patient"}, "Expected a resource type of FHIR R4 (4.0.1); found another"),
        ({"resourceType": "patient"}, "Expected a resource type of FHIR R4 (4.0.1); found another"),
        ({"id": SECRET}, "Expected a FHIR resource; found an object without resourceType."),
        ([SECRET], "Expected a FHIR resource, an object with a resourceType; found something else."),
    ],
)
def test_what_is_wrong_is_said_without_what_it_was(resource: Any, sentence: str) -> None:
    refused = verdict_of(resource).refused
    assert refused.startswith(sentence), refused
    assert SECRET not in refused


def test_several_things_that_are_wrong() -> None:
    many = verdict_of(observation(a=1, b=2, c=3, d=4, e=5)).refused
    assert many.count("no such element") == 3
    assert many.endswith("; and 2 more.")


@pytest.mark.parametrize(
    "resource",
    [
        {
            "resourceType": "Encounter",
            "status": "completed",
            "class": [concept("urn:x", "AMB")],
            "actualPeriod": {"start": "2020"},
        },
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "subject": {"reference": "Patient/p1"},
            "medication": {"concept": {"text": "Aspirin"}},
        },
        {
            "resourceType": "Procedure",
            "status": "completed",
            "subject": {"reference": "Patient/p1"},
            "occurrenceDateTime": "2020",
        },
        {
            "resourceType": "AllergyIntolerance",
            "patient": {"reference": "Patient/p1"},
            "type": concept("urn:x", "allergy"),
        },
        {
            "resourceType": "Condition",
            "subject": {"reference": "Patient/p1"},
            "clinicalStatus": concept("urn:x", "active"),
            "participant": [{"actor": {"reference": "Patient/p1"}}],
        },
    ],
    ids=lambda resource: resource["resourceType"],
)
def test_r5_is_told_as_such(resource: Json) -> None:
    refused = verdict_of(resource).refused
    assert refused.startswith(
        f"Expected FHIR R4 (4.0.1); found {resource['resourceType']} as FHIR R5 has it."
    )


@pytest.mark.parametrize(
    ("kind", "release"),
    [
        ("ActorDefinition", "R5"),
        ("NutritionIntake", "R5"),
        ("ProcedureRequest", "STU3"),
        ("BodySite", "STU3"),
    ],
)
def test_resource_types_of_other_releases(kind: str, release: str) -> None:
    expected = f"Expected FHIR R4 (4.0.1); found {kind}, a resource type of FHIR {release}."
    assert verdict_of({"resourceType": kind}).refused == expected


@pytest.mark.parametrize("kind", ["SubstanceSpecification", "MedicinalProduct", "EffectEvidenceSynthesis"])
def test_what_r4b_no_longer_has_is_kept_as_it_came(kind: str) -> None:
    verdict = verdict_of({"resourceType": kind, "anything": [1, {"x": None}]})
    assert verdict.refused == ""
    assert verdict.cautions == (f"{kind} is of FHIR 4.0.1 alone: kept as it came, unchecked.",)


def test_what_r4b_has_rewritten_is_kept_as_it_came() -> None:
    trait = {"definitionCodeableConcept": {"text": "a"}}
    old: Json = {"resourceType": "EvidenceVariable", "status": "active", "type": "dichotomous"}
    old["characteristic"] = [trait]
    assert verdict_of(old).refused == ""
    assert verdict_of(old).cautions


@pytest.mark.parametrize("text", ["2020-05-06T07:08", "2020-05-06T07:08:09", "2020-05-06T07:08+02:00"])
def test_times_that_are_understood_all_the_same(text: str) -> None:
    verdict = verdict_of(observation(effectiveDateTime=text))
    assert verdict.refused == ""
    (caution,) = verdict.cautions
    assert caution.startswith("Observation.effectiveDateTime: a time without seconds")
    assert text not in caution


def test_an_extension_may_say_why_a_required_value_is_missing() -> None:
    reason = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    assert verdict_of(observation(status=None, _status={"extension": [reason]})).refused == ""
    assert verdict_of(observation(status=None, _status={"id": "x"})).refused != ""


def test_deep_nesting_ends() -> None:
    inner: Json = {"url": "urn:x", "valueString": "x"}
    for _ in range(200):
        inner = {"url": "urn:x", "extension": [inner]}
    assert "levels of elements" in verdict_of(patient(extension=[inner])).refused


def test_contained_resources_that_name_each_other_end() -> None:
    one = {"resourceType": "Organization", "id": "a", "name": "A", "partOf": {"reference": "#b"}}
    two = {"resourceType": "Organization", "id": "b", "name": "B", "partOf": {"reference": "#a"}}
    verdict = verdict_of(patient(contained=[one, two], managingOrganization={"reference": "#a"}))
    assert verdict.refused == ""
    assert set(verdict.references) == {"#a", "#b"}


# ---- the walk and the published models


def _model_takes(resource: Json) -> bool:
    try:
        model_of(resource["resourceType"]).model_validate(copy.deepcopy(resource))
    except (ValidationError, ValueError):
        return False
    return True


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-1e300, 1e300),
    st.sampled_from(
        [
            "", " ", "x", "final", "a b", " a", "a  b", "12", "true", "2020", "2020-13", "2020-02-30", "0000",
            "2020-05-06T07:08:09Z", "2020-05-06T24:00:00Z", "2020-05-06T07:08:09", "2016-12-31T23:59:60Z",
            "2020-05-06T07:08:09+15:00", "urn:uuid:1", "http://a b", "#x", "Patient/1", "YQ==", "YQ=", "é\n",
            "٢٠٢٠", "a" * 300, "1.2.3", "urn:oid:1.2", "08:00:00", "25:00:00", "\x0b",
        ]
    ),
)  # fmt: skip
_NAMES = st.sampled_from("value code system coding text extension url reference start".split())
_ANY = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_NAMES, inner, max_size=2),
    max_leaves=4,
)
FULL: list[Json] = [
    observation(
        referenceRange=[{"low": {"value": 1}, "text": "a"}],
        component=[{"code": {"text": "a"}, "valueInteger": 1}],
        note=[{"text": "n", "time": "2020-05-06T07:08:09Z"}],
        meta={"lastUpdated": "2020-05-06T07:08:09Z", "profile": ["urn:x"], "tag": [{"code": "t"}]},
        extension=[{"url": "urn:x", "valueDecimal": 1.5}],
    ),
    patient(
        contact=[{"telecom": [{"system": "phone", "value": "1", "rank": 1}]}],
        photo=[{"contentType": "image/png", "data": "YQ==", "size": 1}],
        multipleBirthInteger=2,
        text={"status": "generated", "div": "<div>x</div>"},
        contained=[{"resourceType": "Organization", "id": "a", "name": "A"}],
    ),
    {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order",
        "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": {"text": "Aspirin"},
        "dosageInstruction": [{"timing": {"event": ["2020"], "repeat": {"frequency": 1, "period": 1,
         "periodUnit": "d", "dayOfWeek": ["mon"], "timeOfDay": ["08:00:00"]}}, "asNeededBoolean": True}],
    },
]  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in inner for place in [(*path, key), *_places(each, (*path, key))]]


def _changed(resource: Json, place: tuple[Any, ...], value: Any, how: str) -> Json:
    changed = copy.deepcopy(resource)
    holder: Any = changed
    for key in place[:-1]:
        holder = holder[key]
    if how == "remove":
        del holder[place[-1]]
    elif how == "add" and isinstance(holder, dict):
        holder["valueString"] = value
    else:
        holder[place[-1]] = value
    return changed


@given(
    resource=st.sampled_from(FULL), value=_ANY, how=st.sampled_from(["set", "remove", "add"]), data=st.data()
)
def test_what_the_walk_takes_the_models_take(
    resource: Json, value: Any, how: str, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from([each for each in _places(resource) if each != ("resourceType",)]))
    changed = _changed(resource, place, value, how)
    form = resource_form(changed["resourceType"])
    assert form is not None
    problems = walk(changed, form).problems
    if not problems:
        assert _model_takes(changed), (place, value, how)
    verdict = verdict_of(changed)
    if not verdict.refused and not verdict.cautions:
        assert _model_takes(changed), (place, value, how)
    if verdict.refused and all(problem.grade is not Grade.WRONG for problem in problems):
        assert not _model_takes(changed), (place, value, how)


@given(value=_ANY)
def test_no_value_breaks_the_check(value: Any) -> None:
    assert isinstance(verdict_of(value).refused, str)
    assert isinstance(verdict_of({"resourceType": "Patient", "name": value}).refused, str)


def test_every_resource_type_of_the_models_has_a_form() -> None:
    from fhir.resources.R4B import fhirtypes

    names = [name.removesuffix("Type") for name in fhirtypes.__all__ if name.endswith("Type")]
    forms = [name for name in names if (model := model_of(name)) is not None and model.has_resource_base()]
    assert len(forms) > 130
    for name in random.Random(4).sample(forms, 25):
        form = resource_form(name)
        assert form is not None
        assert {"id", "meta"} <= set(form.elements)


def test_elements_know_their_kind() -> None:
    form = structure.form_of("CodeableConcept")
    assert form.elements["coding"].is_list
    assert form.elements["coding"].type_name == "Coding"
    assert form.elements["text"].check is not None
    assert not form.elements["text"].is_list
    value = resource_form("Observation")
    assert value is not None
    assert value.choice_of["valueQuantity"] == "value"
    assert validity.verdict_of(observation(valueString=None)).refused == ""
