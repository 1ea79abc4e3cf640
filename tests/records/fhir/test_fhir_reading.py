"""Files of FHIR: every entry once, half of a file too, and a sentence for what is wrong with the rest."""

import io
import json
import tracemalloc
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.domain.record import Read
from medai_core.records.fhir import documents, surveying
from medai_core.records.fhir.reading import read_fhir
from tests.support.fhir import Json, bundle, concept, condition, drafts, observation, patient, reads


def _told(found: list[Read]) -> list[tuple[str, str, bool]]:
    return [(each.where, each.resource, not each.refused) for each in found]


def _lines(*resources: Json) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in resources)


@pytest.mark.parametrize(
    "kind", ["transaction", "batch", "collection", "searchset", "document", "message", "batch-response"]
)
def test_every_entry_of_a_bundle_counts_once(kind: str) -> None:
    found = reads(bundle(patient(), observation(), condition(), kind=kind))
    assert _told(found) == [
        ("Bundle.entry[0]", "Patient", True),
        ("Bundle.entry[1]", "Observation", True),
        ("Bundle.entry[2]", "Condition", True),
    ]
    assert {each.file for each in found} == {"file.json"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
def test_the_method_of_a_request_changes_nothing(method: str) -> None:
    given_ = bundle(observation(), kind="transaction")
    given_["entry"][0]["request"] = {"method": method, "url": "Observation"}
    given_["entry"].append({"request": {"method": "DELETE", "url": "Patient/p1"}})
    assert _told(reads(given_)) == [("Bundle.entry[0]", "Observation", True)]


@pytest.mark.parametrize("entries", [[], [{"request": {"method": "GET", "url": "Patient"}}], None])
def test_a_bundle_without_resources_is_said_to_be_one(entries: list[Json] | None) -> None:
    given_ = {"resourceType": "Bundle", "type": "batch"} | ({} if entries is None else {"entry": entries})
    (found,) = reads(given_)
    assert (found.resource, found.drafts) == ("Bundle", ())
    assert "requests or responses alone, or nothing" in found.refused


def test_a_single_resource() -> None:
    assert _told(reads(patient())) == [("Patient", "Patient", True)]
    entry = {"item": {"reference": "Patient/p1"}}
    (found,) = drafts({"resourceType": "List", "status": "current", "mode": "working", "entry": [entry]})
    assert found.content["entry"] == [entry]


def test_a_list_of_resources() -> None:
    found = reads(json.dumps([patient(), observation()]))
    assert [each.resource for each in found] == ["Patient", "Observation"]


@pytest.mark.parametrize("name", ["Observation.000.ndjson", "export.jsonl", "export.json", "export"])
def test_one_resource_a_line(name: str) -> None:
    text = _lines(patient(), observation("o1"), observation("o2"))
    assert _told(reads(text, name)) == [
        ("line 1", "Patient", True),
        ("line 2", "Observation", True),
        ("line 3", "Observation", True),
    ]


def test_lines_that_are_wrong_leave_the_others() -> None:
    text = "\r\n".join(
        [
            json.dumps(patient()),
            "",
            "{broken",
            json.dumps(observation())[:-9],
            "[1]",
            '{"a": 1}',
            "12",
            json.dumps(observation(status=None)),
            json.dumps(bundle(observation("a"), observation("b"))),
            json.dumps(observation("o2")),
        ]
    )
    found = reads(text, "a.ndjson")
    assert _told(found) == [
        ("line 1", "Patient", True),
        ("line 3", "resource", False),
        ("line 4", "resource", False),
        ("line 5", "resource", False),
        ("line 6", "resource", False),
        ("line 7", "resource", False),
        ("line 8", "Observation", False),
        ("line 9, Bundle.entry[0]", "Observation", True),
        ("line 9, Bundle.entry[1]", "Observation", True),
        ("line 10", "Observation", True),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["a.json", "a.ndjson"])
def test_encodings(encoding: str, name: str) -> None:
    resource = patient(name=[{"text": "Žofie Łącka 張"}])
    (found,) = drafts(json.dumps(resource, ensure_ascii=False).encode(encoding), name)
    assert found.content == resource


@pytest.mark.parametrize("name", ["a.json", "a.ndjson"])
def test_bytes_that_are_no_text_refuse_their_resource_alone(name: str) -> None:
    good, bad = observation("o1"), patient(name=[{"text": "J\udcfcrgen"}])
    if name == "a.json":
        text = json.dumps(bundle(bad, good), ensure_ascii=False)
    else:
        text = f"{json.dumps(bad, ensure_ascii=False)}\n{json.dumps(good)}\n"
    found = reads(text.encode("utf-8", "surrogateescape"), name)
    assert [bool(each.refused) for each in found] == [True, False]
    assert found[0].refused == documents.NOT_UTF8


@pytest.mark.parametrize("text", [r"\ud83d", r"\u0000"])
def test_characters_that_cannot_be_stored(text: str) -> None:
    raw = json.dumps(observation(valueQuantity=None, valueString="X")).replace("X", text)
    (found,) = reads(raw)
    assert found.refused.startswith("Expected text")
    (paired,) = drafts(json.dumps(observation(valueQuantity=None, valueString="\U0001f600")))
    assert paired.values[0].text == "\U0001f600"


# ---- half a file


def test_half_a_bundle_gives_what_is_whole() -> None:
    text = json.dumps(bundle(patient(), observation("o1"), observation("o2")))
    cut = text[: text.index('"o2"')]
    found = reads(cut)
    assert _told(found) == [
        ("Bundle.entry[0]", "Patient", True),
        ("Bundle.entry[1]", "Observation", True),
        ("after Bundle.entry[1]", "Bundle", False),
    ]
    assert found[-1].refused == "The file ends in the middle: a part of it is missing."


TEXT = json.dumps(bundle(patient(), observation("o1", note=[{"text": 'a "{[\\" b'}]), condition()), indent=1)


@given(end=st.integers(0, len(TEXT)), size=st.sampled_from([1, 7, 4096]))
def test_a_file_cut_anywhere(end: int, size: int) -> None:
    whole = [each.drafts[0] for each in reads(TEXT)]
    found = _small_steps(TEXT[:end].encode(), size)
    kept = [draft for each in found for draft in each.drafts]
    assert kept == whole[: len(kept)]
    if end < len(TEXT):
        assert found[-1].refused
        assert "Muster" not in found[-1].refused
    else:
        assert kept == whole
        assert not any(each.refused for each in found)


def _small_steps(content: bytes, size: int) -> list[Read]:
    class Slow(io.BytesIO):
        def read(self, count: int | None = -1) -> bytes:
            return super().read(size)

    return list(read_fhir(lambda: Slow(content), "a.json", source="north"))


@given(st.binary(max_size=40) | st.text(alphabet='{}[]",:\\ \n01eE.-entryresourceTypul', max_size=60))
def test_any_bytes(content: bytes | str) -> None:
    for name in ("a.json", "a.ndjson"):
        for found in reads(content if isinstance(content, bytes) else content.encode(), name):
            assert bool(found.refused) != bool(found.drafts)


def test_text_after_the_end_is_not_passed_over() -> None:
    found = reads(json.dumps(bundle(patient())) + "\n\n garbage")
    assert _told(found) == [("Bundle.entry[0]", "Patient", True), ("after Bundle.entry[0]", "Bundle", False)]
    assert "more text after the end" in found[-1].refused
    single = reads(json.dumps(patient(), indent=1) + " garbage")
    assert [bool(each.refused) for each in single] == [False, True]


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "9" * 5000])
def test_a_number_that_json_has_not_costs_its_own_entry_alone(number: str) -> None:
    text = json.dumps(bundle(patient(), observation(valueQuantity={"value": 77}), condition()))
    found = reads(text.replace("77", number))
    assert [each.where for each in found] == [f"Bundle.entry[{index}]" for index in range(3)]
    assert [bool(each.drafts) for each in found] == [True, False, True]
    assert found[1].refused == "Expected numbers that JSON has; found others."


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_are_none(number: str) -> None:
    raw = json.dumps(observation(valueQuantity={"value": 0})).replace('"value": 0', f'"value": {number}')
    (found,) = reads(raw, "a.ndjson")
    assert "number" in found.refused
    assert reads(raw)[0].refused


@pytest.mark.parametrize("name", ["a.json", "a.ndjson"])
def test_json_that_is_nested_too_deeply(name: str) -> None:
    (found,) = reads("[" * 100_000, name)
    assert found.refused


def test_entries_that_are_no_resources() -> None:
    odd = [7, {"resource": "Patient"}, {"resource": []}, {"resource": {"id": "x"}}, {"resource": patient()}]
    found = reads({"resourceType": "Bundle", "type": "collection", "entry": odd})
    assert [bool(each.refused) for each in found] == [True, True, True, True, False]


# ---- references


def test_references_by_address() -> None:
    who = "urn:uuid:14867dba-fb11-4df3-9829-8e8e081b39e6"
    given_ = bundle(observation(subject={"reference": who}), patient("other-id"), kind="transaction")
    given_["entry"][1]["fullUrl"] = who
    first, second = drafts(given_)
    assert first.subject_key == second.key == "other-id"


def test_a_bundle_s_own_addresses_are_followed() -> None:
    given_ = bundle(patient("p12"), observation(subject={"reference": "http://one.example.org/Patient/odd"}))
    given_["entry"][0]["fullUrl"] = "http://one.example.org/Patient/odd"
    assert drafts(given_)[1].subject_key == "p12"


def test_a_subject_known_by_an_identifier_alone() -> None:
    number = {"system": "http://hospital.example.org", "value": "N-77"}
    for subject in (
        {"identifier": number},
        {"reference": "Patient?identifier=http://hospital.example.org|N-77"},
    ):
        assert drafts(bundle(patient(), observation(subject=subject)))[1].subject_key == "p1"


def test_a_reference_that_leads_nowhere_is_a_caution() -> None:
    found = reads(
        bundle(observation(subject={"reference": "urn:uuid:nobody"}, device={"reference": "#gone"}))
    )
    assert not found[0].refused
    assert found[0].drafts[0].subject_key == "nobody"
    assert found[0].cautions == (
        "It refers to a resource that is not in this bundle.",
        "It refers to a contained resource that it does not contain.",
    )
    elsewhere = reads(bundle(observation(subject={"reference": "Patient/not-here"})))
    assert elsewhere[0].cautions == ()


def test_a_drug_in_an_entry_of_its_own() -> None:
    drug = {"resourceType": "Medication", "id": "m1", "code": concept("urn:x", "1", "Aspirin")}
    request = {
        "resourceType": "MedicationRequest",
        "id": "r",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": "Medication/m1"},
    }
    assert drafts(bundle(request, drug))[0].title == "Aspirin"


def test_whom_a_provenance_and_a_binary_are_about() -> None:
    note = {
        "resourceType": "DocumentReference",
        "id": "d",
        "status": "current",
        "subject": {"reference": "Patient/p1"},
        "content": [{"attachment": {"url": "Binary/b1"}}],
    }
    binary = {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": "YQ=="}
    made = {
        "resourceType": "Provenance",
        "id": "v",
        "recorded": "2020-05-06T07:08:09Z",
        "target": [{"reference": "Observation/o1"}],
        "agent": [{"who": {"display": "x"}}],
    }
    found = drafts(bundle(made, binary, observation("o1"), note))
    assert {draft.resource_type: draft.subject_key for draft in found} == {
        "Provenance": "p1",
        "Binary": "p1",
        "Observation": "p1",
        "DocumentReference": "p1",
    }


# ---- the same id again


def test_the_same_again_is_the_same() -> None:
    assert len(drafts(bundle(observation(), observation()))) == 2


def test_one_id_for_two_things_is_refused() -> None:
    found = reads(bundle(observation(), condition("o1"), observation(status="amended"), observation()))
    assert [bool(each.refused) for each in found] == [False, False, True, False]
    assert "has the same id and says something else" in found[2].refused


def test_versions_of_a_resource_come_in_order() -> None:
    first = observation(status="preliminary", meta={"versionId": "1"})
    second = observation(status="final", meta={"versionId": "2"})
    assert [draft.status for draft in drafts(bundle(first, second))] == ["preliminary", "final"]
    newest_first = bundle(observation(status="final"), observation(status="preliminary"), kind="history")
    for entry, day in zip(newest_first["entry"], ("02", "01"), strict=True):
        entry["response"] = {"status": "200", "lastModified": f"2020-01-{day}T00:00:00Z"}
    found = drafts(newest_first)
    assert [draft.status for draft in found] == ["preliminary", "final"]
    assert [draft.recorded.day for draft in found if draft.recorded] == [1, 2]


def test_one_id_on_two_servers_is_two_things() -> None:
    given_ = bundle(observation(), observation(status="amended"))
    given_["entry"][1]["fullUrl"] = "http://two.example.org/Observation/o1"
    assert [draft.key for draft in drafts(given_)] == ["o1", "http://two.example.org/Observation/o1"]


# ---- bundles in bundles, and large things


def test_a_bundle_inside_a_bundle_counts_once_and_goes_in() -> None:
    inner = bundle(patient(), observation(), observation("bad", status=None), id="inner")
    (found,) = reads(bundle(inner, kind="batch-response"))
    assert (found.where, found.resource, found.refused) == ("Bundle.entry[0]", "Bundle", "")
    assert [draft.resource_type for draft in found.drafts] == ["Patient", "Observation"]
    assert found.cautions == ("Observation.status: expected a value, for it is required.",)
    (empty,) = reads(bundle({"resourceType": "Bundle", "type": "searchset", "total": 0}))
    assert [draft.resource_type for draft in empty.drafts] == ["Bundle"]


def test_bundles_in_bundles_end() -> None:
    inner = bundle(patient())
    for _ in range(40):
        inner = bundle(inner)
    (found,) = reads(inner)
    assert found.refused


@pytest.mark.parametrize("name", ["a.json", "a.ndjson"])
def test_a_resource_that_is_too_large_leaves_the_others(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from medai_core.records.fhir import reading

    for module in (documents, reading):
        monkeypatch.setattr(module, "LARGEST_RESOURCE", 20_000)
    monkeypatch.setattr(documents, "_CHUNK", 512)
    large = observation("big", note=[{"text": 'q"\\{[' * 9000}])
    given_ = [observation("o1"), large, observation("o2")]
    found = reads(bundle(*given_) if name == "a.json" else _lines(*given_), name)
    assert [bool(each.refused) for each in found] == [False, True, False]
    assert found[1].refused == documents.TOO_LARGE


def test_a_note_of_100_mb_is_refused_in_little_memory() -> None:
    class Note(io.RawIOBase):
        """A resource that is never whole in memory."""

        def __init__(self) -> None:
            start, end = json.dumps(observation(note=[{"text": "X"}])).split("X")
            head = f'{{"resourceType": "Bundle", "type": "collection", "entry": [{{"resource": {start}'
            tail = f'{end}}}, {{"resource": {json.dumps(patient())}}}]}}'
            self.pieces = iter([head, *["a" * 2**20] * 100, tail])
            self.rest = b""

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            if not self.rest:
                self.rest = next(self.pieces, "").encode()
            piece, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
            buffer[: len(piece)] = piece
            return len(piece)

    def open_() -> BinaryIO:
        return io.BufferedReader(Note())  # type: ignore[return-value]

    tracemalloc.start()
    found = list(read_fhir(open_, "a.json", source="north"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(each.resource, bool(each.refused)) for each in found] == [("resource", True), ("Patient", False)]
    assert most < 6 * documents.LARGEST_RESOURCE


def test_large_bundles_are_read_twice_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = bundle(observation("o1", subject={"reference": "urn:uuid:x"}), observation("o2"), patient("p9"))
    given_["entry"][2]["fullUrl"] = "urn:uuid:x"
    once = reads(given_)
    monkeypatch.setattr(surveying, "KEPT_ENTRIES", 1)
    assert reads(given_) == once
    assert once[0].drafts[0].subject_key == "p9"


def test_any_other_json_is_said_to_be_no_fhir() -> None:
    for text in ("{}", '{"a": [1, 2]}', "5", '"x"', "null", "[]", ""):
        (found,) = reads(text)
        assert found.refused
        assert found.resource == "resource"
