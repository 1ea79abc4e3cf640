"""Everything of one patient, out: whole, of nobody else, for those who may, and audited."""

import csv
import io
import json
from collections.abc import Callable

import pytest

from medai_core.domain.people import Caller
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import from_bytes
from medai_core.records.fhir.structure import model_of
from medai_core.services import administration, reading
from medai_core.services.patient_export import (
    COLUMNS,
    bundle_bytes,
    bundle_of_patient,
    file_name,
    table_bytes,
)
from medai_core.services.patients import search
from medai_core.services.records import commit_import, plan_import
from medai_core.store.database import Store
from tests.support.fhir import LOINC, Json, bundle, concept, condition, observation, patient
from tests.support.films import PASSWORD

DOCTOR = {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Arzt"}]}
CLINIC = {"resourceType": "Organization", "id": "k1", "name": "Nordklinik"}
ROLE = {
    "resourceType": "PractitionerRole",
    "id": "r1",
    "practitioner": {"reference": "Practitioner/d1"},
    "organization": {"reference": "Organization/k1"},
}
SEEN_BY = [{"reference": "PractitionerRole/r1"}]
ELSEWHERE = {"resourceType": "Organization", "id": "k2", "name": "Südklinik"}


@pytest.fixture
def bring_in(store: Store, administrator: Caller) -> Callable[..., str]:
    """Import resources; the opaque id of the one patient found by a word."""

    def run(word: str, *resources: Json, source: str = "north") -> str:
        file = from_bytes("file.json", json.dumps(bundle(*resources)).encode())
        plan = commit_import(store, administrator, plan_import(store, administrator, [file], source=source))
        assert plan.total("refused") == 0
        (row,) = search(store, administrator, word).rows
        return row.patient.id

    return run


def _resources(found: Json) -> list[Json]:
    return sorted(
        (entry["resource"] for entry in found["entry"]), key=lambda each: json.dumps(each, sort_keys=True)
    )


def _sorted(*resources: Json) -> list[Json]:
    return sorted(resources, key=lambda each: json.dumps(each, sort_keys=True))


def test_all_of_one_patient_and_nothing_of_another(
    store: Store, reader: Caller, bring_in: Callable[..., str]
) -> None:
    mine = [
        patient(),
        condition(),
        observation(performer=SEEN_BY),
        observation("old", status="entered-in-error"),
    ]
    other = patient(
        "p2", identifier=[{"type": concept("urn:k", "MR"), "value": "9"}], name=[{"text": "Zweite"}]
    )
    others = [other, observation("of-p2", subject={"reference": "Patient/p2"}), ELSEWHERE]
    known = bring_in("Muster", *mine, DOCTOR, CLINIC, ROLE)
    bring_in("Zweite", *others)
    found = bundle_of_patient(store, reader, known)
    model_of("Bundle").model_validate(json.loads(json.dumps(found)))
    assert _resources(found) == _sorted(*mine, DOCTOR, CLINIC, ROLE)
    assert json.loads(bundle_bytes(store, reader, known))["entry"] == found["entry"]


def test_what_goes_out_comes_in_again_unchanged(
    store: Store, reader: Caller, administrator: Caller, bring_in: Callable[..., str]
) -> None:
    known = bring_in("Muster", patient(), condition(), observation(performer=SEEN_BY), DOCTOR, CLINIC, ROLE)
    out = from_bytes("out.json", bundle_bytes(store, reader, known))
    again = plan_import(store, administrator, [out], source="north")
    assert (again.total("read"), again.total("unchanged")) == (6, 6)
    again.close()


def test_studies_readings_and_answers_go_along(
    store: Store, reader: Caller, study_id: str, image_id: str
) -> None:
    record = store.studies.get(study_id)
    assert record is not None
    known = record.row.patient.id
    draft = reading.draft(store, reader, study_id)
    assert "DiagnosticReport" not in _kinds(bundle_of_patient(store, reader, known)), "a draft is no report"
    draft = reading.save_draft(store, reader, draft.id, report="No effusion.", revision=draft.revision)
    reading.sign(store, reader, draft.id, PASSWORD)
    finding = Finding("pneumonia", 0.71, 0.6, 0.8, 0.5)
    store.predictions.add(
        image_id, Prediction("paediatric_pneumonia", "1.0.0", "ab" * 32, "cd" * 32, None, (finding,), ())
    )
    found = bundle_of_patient(store, reader, known)
    assert _kinds(found) == [
        "Patient", "ImagingStudy", "DiagnosticReport", "RiskAssessment", "Device", "Provenance",
    ]  # fmt: skip
    for entry in found["entry"]:
        model_of(entry["resource"]["resourceType"]).model_validate(json.loads(json.dumps(entry["resource"])))
    by_kind = {entry["resource"]["resourceType"]: entry["resource"] for entry in found["entry"]}
    assert by_kind["DiagnosticReport"]["conclusion"] == "No effusion."
    assert (
        by_kind["RiskAssessment"]["method"]["text"] == "Pneumonia on chest films of children, version 1.0.0"
    )
    assert by_kind["ImagingStudy"]["numberOfInstances"] == 1


def _kinds(found: Json) -> list[str]:
    return [entry["resource"]["resourceType"] for entry in found["entry"]]


def test_who_may_export(
    store: Store,
    reader: Caller,
    visitor: Caller,
    administrator: Caller,
    bring_in: Callable[..., str],
) -> None:
    known = bring_in("Muster", patient(), observation())
    for make in (bundle_bytes, table_bytes):
        with pytest.raises(Refusal) as refused:
            make(store, visitor, known)
        assert refused.value.code == "not-allowed"
    administration.restrict_patient(
        store, administrator, known, restricted=True, allowed=frozenset({administrator.user_id})
    )
    for make in (bundle_bytes, table_bytes):
        with pytest.raises(Refusal) as refused:
            make(store, reader, known)
        assert refused.value.code == "not-allowed"
        assert make(store, administrator, known)
    with pytest.raises(Refusal):
        bundle_bytes(store, administrator, "nobody")


def test_every_export_is_audited_without_a_name(
    store: Store, reader: Caller, bring_in: Callable[..., str]
) -> None:
    known = bring_in("Muster", patient(), observation())
    bundle_bytes(store, reader, known)
    table_bytes(store, reader, known)
    lines = store.audit.search(reader.user_id, "record-exported", known, limit=10)
    assert [line.detail for line in lines] == [
        {"form": "csv", "entries": "2"},
        {"form": "json", "entries": "2"},
    ]
    assert "Muster" not in str(lines)
    assert file_name(known, "csv") == f"medai-record-{known}.csv"


def test_the_table(store: Store, reader: Caller, bring_in: Callable[..., str]) -> None:
    pressure = observation(
        "bp",
        code=concept(LOINC, "85354-9", "Blood pressure"),
        valueQuantity=None,
        effectiveDateTime="2020-02",
        component=[
            {
                "code": concept(LOINC, "8480-6", "Systolic"),
                "valueQuantity": {"value": -1.5, "unit": "mm[Hg]"},
            },
            {"code": concept(LOINC, "8462-4", "Diastolic"), "dataAbsentReason": {"text": "cuff"}},
        ],
    )
    wicked = observation("w", code={"text": "=HYPERLINK(1)"}, valueQuantity=None, valueString="@SUM(A1:A9)")
    known = bring_in("Muster", patient(), pressure, wicked)
    content = table_bytes(store, reader, known)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == COLUMNS
    by_value = {row["measured"]: row for row in rows}
    assert by_value["Systolic"]["number"] == "-1.5"
    assert by_value["Systolic"]["starts"] == "2020-02"
    assert by_value["Diastolic"]["number"] == ""
    evil = next(row for row in rows if row["text"])
    assert (evil["title"], evil["text"]) == ("'=HYPERLINK(1)", "'@SUM(A1:A9)")
    assert all(not cell.startswith(("=", "@", "+")) for row in rows for cell in row.values())
    assert "999-11-2222" not in content.decode()


@pytest.mark.parametrize("kind", ["json", "ndjson"])
def test_numbers_go_out_digit_by_digit(store: Store, administrator: Caller, kind: str) -> None:
    """FHIR R4, decimal: the precision of a value is part of it; 7.40 is not 7.4."""
    texts = ("7.40", "7", "7.0", "0.010", "1e3", "100.00", "1.00000000000000000001")
    person = json.dumps(patient("p1"))
    lines = [person]
    for number, text in enumerate(texts):
        made = observation(id=f"o{number}", subject={"reference": "Patient/p1"})
        made["valueQuantity"] = {"value": "HERE", "unit": "mmol/L"}
        made["referenceRange"] = [{"low": {"value": "HERE", "unit": "mmol/L"}}]
        lines.append(json.dumps(made).replace('"HERE"', text))
    if kind == "json":
        entries = ",".join('{"resource":' + line + "}" for line in lines)
        content = '{"resourceType":"Bundle","type":"collection","entry":[' + entries + "]}"
    else:
        content = "\n".join(lines)
    file = from_bytes(f"a.{kind}", content.encode())
    for again in (False, True):
        plan = plan_import(store, administrator, [file], source="north")
        done = commit_import(store, administrator, plan)
        assert done.total("refused") == 0
        assert done.total("unchanged" if again else "added") == len(lines)
    entry = store.records.find("north", "Patient", "p1")
    assert entry is not None
    out = bundle_bytes(store, administrator, str(entry.patient_id))
    found = json.loads(out, parse_float=str, parse_int=str)
    said = {
        each["resource"]["id"]: each["resource"]
        for each in found["entry"]
        if each["resource"]["resourceType"] == "Observation"
    }
    for number, text in enumerate(texts):
        assert said[f"o{number}"]["valueQuantity"]["value"] == text
        assert said[f"o{number}"]["referenceRange"][0]["low"]["value"] == text
    numbers = [point.value.number for series in store.records.values_of(str(entry.patient_id))
               for point in series.points]  # fmt: skip
    assert sorted(filter(None, numbers)) == sorted(map(float, texts))
    again_in = plan_import(store, administrator, [from_bytes("out.json", out)], source="north")
    assert (again_in.total("added"), again_in.total("changed")) == (0, 0)
    again_in.close()
