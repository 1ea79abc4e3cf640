"""Out again: what came in, element by element, and our own resources as the published models take them."""

import copy
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.reading import Reading, Verdict
from medai_core.domain.record import Draft
from medai_core.records.fhir.drafts import draft_of
from medai_core.records.fhir.own import (
    ModelAnswer,
    StoredInstance,
    StoredSeries,
    StoredStudy,
    address,
    answer_of,
    fhir_id,
    imaging_study_of,
    patient_of,
    report_of,
)
from medai_core.records.fhir.structure import model_of
from medai_core.records.fhir.writing import bundle_of, references_in
from tests.support.fhir import Json, bundle, concept, condition, drafts, observation, patient, reads

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WHO = "urn:uuid:14867dba-fb11-4df3-9829-8e8e081b39e6"


def _valid(resource: Json) -> None:
    model_of(resource["resourceType"]).model_validate(copy.deepcopy(resource))


def _out(found: list[Draft], own: list[Json] | None = None) -> Json:
    made = bundle_of(found, own or [], at=NOW, name="a_b")
    _valid(made)
    return json.loads(json.dumps(made, sort_keys=True))  # type: ignore[no-any-return]


def _same(before: list[Draft], after: list[Draft]) -> None:
    def order(draft: Draft) -> tuple[str, str]:
        return draft.resource_type, draft.key

    assert sorted(after, key=order) == sorted(before, key=order)


def test_what_goes_out_comes_back_equal() -> None:
    before = drafts(bundle(observation(), condition(), patient()))
    made = _out(before)
    assert made["entry"][0]["resource"]["resourceType"] == "Patient"
    assert [entry["resource"] for entry in made["entry"][1:]] == [observation(), condition()]
    _same(before, drafts(made))


def test_references_of_every_kind_resolve_in_what_goes_out() -> None:
    inside = bundle(
        patient("14867dba-fb11-4df3-9829-8e8e081b39e6"),
        observation("by-urn", subject={"reference": WHO}),
        patient("abs"),
        observation("by-address", subject={"reference": "http://one.example.org/Patient/abs"}),
        patient("rel"),
        observation("by-id", subject={"reference": "Patient/rel"}),
        observation(
            "by-number", subject={"identifier": {"system": "http://hospital.example.org", "value": "N-77"}}
        ),
    )
    inside["entry"][0]["fullUrl"] = WHO
    before = drafts(inside)
    made = _out(before)
    urls = [entry["fullUrl"] for entry in made["entry"]]
    assert {WHO, "http://one.example.org/Patient/abs"} <= set(urls)
    assert len(set(urls)) == len(urls)
    _same(before, drafts(made))
    assert not any(each.cautions for each in reads(made))


def test_entries_without_an_id_keep_the_name_that_others_call_them_by() -> None:
    nameless = patient(None, identifier=None)  # type: ignore[arg-type]
    inside = bundle(observation(subject={"reference": WHO}), nameless)
    inside["entry"][1]["fullUrl"] = WHO
    before = drafts(inside)
    assert before[0].subject_key == before[1].key == WHO.removeprefix("urn:uuid:")
    _same(before, drafts(_out(before)))


def test_the_same_id_of_two_sources_stands_twice() -> None:
    north = draft_of(patient(), source="north")
    south = draft_of(patient(), source="south / ä")
    urls = [entry["fullUrl"] for entry in _out([north, south, north])["entry"]]
    assert urls == [
        "https://medai.invalid/fhir/north/Patient/p1",
        "https://medai.invalid/fhir/south%20%2F%20%C3%A4/Patient/p1",
    ]


def test_nothing_at_all_is_an_empty_bundle() -> None:
    assert "entry" not in _out([])


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)
_NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
_KEYS = st.from_regex(r"[A-Za-z0-9\-.]{1,20}", fullmatch=True)
_REFERENCES = st.sampled_from(["Patient/p1", "http://one.example.org/Patient/p1", WHO, "Group/g"])
_OBSERVATIONS = st.fixed_dictionaries(
    {
        "key": _KEYS,
        "subject": st.builds(lambda target: {"reference": target}, _REFERENCES),
        "code": st.builds(concept, st.sampled_from(["http://loinc.org", "urn:own"]), _KEYS, _TEXT),
    },
    optional={
        "valueQuantity": st.builds(lambda number, unit: {"value": number, "unit": unit}, _NUMBERS, _TEXT),
        "note": st.lists(st.builds(lambda text: {"text": text}, _TEXT), min_size=1, max_size=2),
        "effectiveDateTime": st.sampled_from(
            ["2020", "2020-02", "2020-02-29", "2020-02-29T01:02:03.4567-05:00"]
        ),
        "status": st.sampled_from(["final", "amended", "entered-in-error", "preliminary"]),
        "extension": st.builds(lambda text: [{"url": "urn:x", "valueString": text}], _TEXT),
    },
)


@settings(max_examples=25)
@given(given_=st.lists(_OBSERVATIONS, max_size=4, unique_by=lambda each: each["key"]))
def test_any_observations_come_back_equal(given_: list[dict[str, Any]]) -> None:
    resources = [observation(**each) for each in given_]
    inside = bundle(patient(), *resources)
    inside["entry"][0]["fullUrl"] = WHO
    before = drafts(json.dumps(inside, ensure_ascii=False))
    made = _out(before)
    assert sorted(map(json.dumps, resources)) == sorted(
        json.dumps(_ordered(entry["resource"], resources)) for entry in made["entry"][1:]
    )
    _same(before, drafts(json.dumps(made, ensure_ascii=False)))


def _ordered(resource: Json, before: list[Json]) -> Json:
    """The resource of before that equals this one: the order of elements has no meaning in JSON."""
    return next(each for each in before if each == resource)


# ---- what MedAI itself says

STUDY = StoredStudy(
    id="st_1",
    uid="1.2.840.1",
    accession_number="A77",
    modalities=("DX", "CR"),
    description="Thorax p.a.",
    study_date=date(2026, 1, 2),
    image_count=2,
    series=(
        StoredSeries(
            "1.2.840.1.1",
            "DX",
            1,
            "PA",
            "CHEST",
            "R",
            (StoredInstance("1.2.840.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", 1),),
        ),
        StoredSeries("", "CR", instances=(StoredInstance("", ""),)),
        StoredSeries("1.2.840.1.2", instances=(StoredInstance("1.2.840.1.2.1"),)),
    ),
)
READING = Reading(
    "r_1",
    "st_1",
    "i1",
    "u1",
    "Dr. Ada",
    "",
    False,
    "No effusion.\nHeart enlarged.",
    "",
    Verdict.AGREE,
    None,
    None,
    None,
    NOW,
    NOW,
    NOW,
    "d" * 64,
)
ANSWER = ModelAnswer(
    "a_1",
    "st_1",
    Prediction(
        "paediatric_pneumonia",
        "1.0.0",
        "ab" * 32,
        "cd" * 32,
        None,
        (Finding("pneumonia", 0.71, 0.6, 0.8, 0.5), Finding("viral", 0.2, 0.1, 0.3, 0.5, reliable=False)),
        ("The age is not known.",),
    ),
    NOW,
    "Pneumonia on chest films",
    (("pneumonia", "Pneumonia"),),
)
HERE = address("Patient", "p_1")


def test_our_own_resources_are_r4() -> None:
    own = [
        patient_of(
            "p_1",
            PatientIdentity("N-77", "HOSP", PersonName("Yamada Tarou", "山田 太郎"), date(1960, 2, 3), "M"),
        ),
        imaging_study_of(STUDY, HERE),
        report_of(READING, STUDY, HERE),
        *answer_of(ANSWER, HERE),
    ]
    made = _out([], own)
    for entry in made["entry"]:
        _valid(entry["resource"])
    urls = {entry["fullUrl"] for entry in made["entry"]}
    assert set(references_in([entry["resource"] for entry in made["entry"]])) <= urls
    kinds = {draft.resource_type: draft for draft in drafts(made)}
    assert set(kinds) == {
        "Patient",
        "ImagingStudy",
        "DiagnosticReport",
        "RiskAssessment",
        "Device",
        "Provenance",
    }
    assert {kind: draft.subject_key for kind, draft in kinds.items()} == {
        "Patient": "p.1",
        "ImagingStudy": "p.1",
        "DiagnosticReport": "p.1",
        "RiskAssessment": "p.1",
        "Device": None,
        "Provenance": "p.1",
    }
    assert not any(each.cautions for each in reads(made))


def test_a_patient_of_ours() -> None:
    identity = PatientIdentity("N-77", "urn:oid:1.2", PersonName("Muster Eva"), None, None)
    made = patient_of("p_1", identity)
    assert made["identifier"][0]["system"] == "urn:oid:1.2"
    assert "gender" not in made
    assert "birthDate" not in made
    back = draft_of(made, source="x").identity
    assert back is not None
    assert (back.identifier, back.issuer, back.name) == ("N-77", "urn:oid:1.2", PersonName("Muster Eva"))


def test_a_model_s_answer_says_its_model_and_its_interval() -> None:
    risk, device, provenance = answer_of(ANSWER, HERE)
    assert risk["prediction"] == [{"outcome": {"text": "Pneumonia"}, "probabilityDecimal": 0.71}]
    assert [note["text"] for note in risk["note"]] == [
        "Pneumonia: 95% interval 0.6000 to 0.8000, operating point 0.5000",
        "The age is not known.",
    ]
    assert risk["performer"]["reference"].endswith(f"/Device/{device['id']}")
    assert device["version"] == [{"value": "1.0.0"}]
    assert "ab" * 32 in device["note"][0]["text"]
    assert provenance["target"] == [{"reference": address("RiskAssessment", "a_1")}]
    assert provenance["entity"][1]["what"]["identifier"]["value"] == f"urn:sha256:{'cd' * 32}"
    assert draft_of(risk, source="x").values[0].number == 0.71


@pytest.mark.parametrize(
    "prediction",
    [
        Prediction("m", "1", "ab", "cd", "Expected a chest film.", (), ()),
        Prediction("m", "1", "ab", "cd", None, (Finding("x", 0.2, 0.1, 0.3, 0.5, reliable=False),), ()),
    ],
)
def test_where_a_model_says_nothing_there_is_no_risk(prediction: Prediction) -> None:
    assert answer_of(ModelAnswer("a", "s", prediction, NOW), HERE) == ()


def test_an_addendum_names_its_reading_and_a_draft_is_no_report() -> None:
    from dataclasses import replace

    addendum = report_of(replace(READING, id="r_2", addendum_to="r_1"), STUDY, HERE)
    _valid(addendum)
    assert addendum["extension"][0]["valueReference"] == {"reference": address("DiagnosticReport", "r_1")}
    with pytest.raises(ValueError, match="not signed"):
        report_of(replace(READING, signed_at=None), STUDY, HERE)


def test_pictures_have_studies_without_uids() -> None:
    made = imaging_study_of(StoredStudy("s", modalities=("",), image_count=1), HERE)
    _valid(made)
    assert "series" not in made
    assert "modality" not in made


@given(st.text("abcXYZ019-_", min_size=1, max_size=22), st.text("abcXYZ019-_", min_size=1, max_size=22))
def test_ids_stay_apart(one: str, other: str) -> None:
    assert (fhir_id(one) == fhir_id(other)) == (one == other)
