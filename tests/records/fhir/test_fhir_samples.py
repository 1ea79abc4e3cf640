"""Every file of the public sample set: what is read is counted, what is refused has a reason that holds.

Runs where the sample set lies beside the repository.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import pytest

from medai_core.domain.record import Draft, Read
from medai_core.records.fhir.reading import read_fhir
from medai_core.records.fhir.writing import bundle_of
from tests.records.fhir.test_fhir_writing import NOW
from tests.support.fhir import SAMPLES, Json

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public sample set is not here")

EXAMPLES = "hl7_r4_examples.zip"
BUNDLES = "bundles.zip"
BULK = "bulk_export_ndjson_10patients.zip"
PARTS = 11
"""The bundles are read in so many tests, one a part."""
SINGLE = ("hospitalInformation1596649672088.json", "practitionerInformation1596649672088.json")


def _members(archive: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(SAMPLES / archive) as opened:
        for name in opened.namelist():
            yield name, opened.read(name)


def _read(name: str, content: bytes) -> list[Read]:
    return list(read_fhir(lambda: io.BytesIO(content), name, source="samples"))


def _expected(name: str, content: bytes) -> Counter[str]:
    """Each entry with a resource once under its type; each line; a single resource."""
    if name.endswith(".ndjson"):
        lines = [json.loads(line) for line in content.splitlines() if line.strip()]
        return Counter(line.get("resourceType", "resource") for line in lines)
    document = json.loads(content)
    if document["resourceType"] != "Bundle":
        return Counter([document["resourceType"]])
    return Counter(
        entry["resource"]["resourceType"] for entry in document.get("entry", ()) if "resource" in entry
    )


def _check(name: str, content: bytes) -> tuple[list[Read], Counter[str]]:
    found = _read(name, content)
    read = Counter(each.resource for each in found)
    refused = Counter(each.refused for each in found if each.refused)
    assert all(bool(each.drafts) != bool(each.refused) for each in found), name
    expected = _expected(name, content)
    if not expected:
        expected = Counter({"Bundle": 1})
    assert read == expected, name
    return found, refused


def _contents(content: bytes) -> list[Json]:
    return [entry["resource"] for entry in json.loads(content)["entry"]]


def _canonical(resource: Json) -> str:
    return json.dumps(resource, sort_keys=True)


def test_every_official_example_goes_in_but_those_that_hold_nothing() -> None:
    refused: dict[str, Counter[str]] = {}
    for name, content in _members(EXAMPLES):
        _, why = _check(name, content)
        if why:
            refused[name] = why
    assert refused == {
        "Bundle-bundle-request-medsallergies.json": Counter({NOTHING: 1}),
        "Bundle-bundle-request-simplesummary.json": Counter({NOTHING: 1}),
    }


NOTHING = "Expected resources; found a bundle that holds requests or responses alone, or nothing."


@pytest.mark.parametrize("part", range(PARTS))
def test_every_bundle_goes_in_whole_and_out_again_equal(part: int) -> None:
    for name, content in islice(_members(BUNDLES), part, None, PARTS):
        found, refused = _check(name, content)
        assert not refused
        drafts = [draft for each in found for draft in each.drafts]
        _of_one_patient(drafts)
        made = bundle_of(drafts, at=NOW)
        came, goes = map(Counter, (map(_canonical, _contents(content)), _resources(made)))
        assert goes == came, name
        before = {(entry["fullUrl"], entry["resource"]["id"]) for entry in json.loads(content)["entry"]}
        assert {(entry["fullUrl"], entry["resource"]["id"]) for entry in made["entry"]} == before, name


def _resources(made: Json) -> Iterator[str]:
    return (_canonical(entry["resource"]) for entry in made["entry"])


def _of_one_patient(drafts: list[Draft]) -> None:
    """All statements are about the bundle's one patient, whose numbers of the state stay unseen."""
    (patient,) = [draft for draft in drafts if draft.resource_type == "Patient"]
    assert {draft.subject_key for draft in drafts} <= {patient.key, None}
    nobody = {draft.resource_type for draft in drafts if draft.subject_key is None}
    assert nobody <= {"Organization", "Practitioner"}
    assert patient.identity is not None
    assert patient.identity.issuer == "http://hospital.smarthealthit.org"
    assert not patient.identity.identifier.startswith("999-")


def test_the_bulk_export_goes_in_but_its_log() -> None:
    total: Counter[str] = Counter()
    for name, content in _members(BULK):
        found, refused = _check(name, content)
        total.update(each.resource for each in found)
        if name == "log.ndjson":
            assert refused.total() == len(found)
            assert all("without resourceType" in why for why in refused)
        else:
            assert not refused, name
    assert total["Patient"] == 13


@pytest.mark.parametrize("name", SINGLE)
def test_the_other_bundles(name: str) -> None:
    _, refused = _check(name, (SAMPLES / name).read_bytes())
    assert not refused
