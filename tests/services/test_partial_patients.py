"""Patients of whom only a part is said: what is absent stays, what is deleted goes, nobody is mixed."""

import json
from typing import Any

import pytest

from medai_core.domain.people import Caller
from medai_core.imaging.archive import FileSource, from_bytes
from medai_core.services.records import ImportPlan
from medai_core.store.database import Store
from tests.support.statements import at, bundle, imported, ndjson, patient, totals

PID = {
    1: "1", 3: "77^^^HOSP^MR", 5: "Muster^Eva", 7: "19700304", 8: "F", 11: "Street 1^^Town^^1234",
    13: "555-1", 14: "555-2", 16: "M",
}  # fmt: skip


def adt(day: int | None = 1, **changed: str | None) -> FileSource:
    """An ADT^A08; `f11="x"` sets a field, `f11=None` leaves it out."""
    fields = PID | {int(name[1:]): value for name, value in changed.items()}
    pid = "|".join(["PID", *(fields.get(number) or "" for number in range(1, 31))])
    time = f"202401{day:02d}120000+0000" if day else ""
    header = f"MSH|^~\\&|ADT|HOSP|MEDAI|HOSP|{time}||ADT^A08|M{day}|P|2.5.1"
    return from_bytes("a.hl7", f"{header}\r{pid}\r".encode())


def content(store: Store, source: str = "ADT@HOSP") -> dict[str, Any]:
    """The one Patient that is stored."""
    (known,) = [one for one in store.quality.people() if one.content]
    assert known.content is not None
    return known.content


def again(store: Store, caller: Caller, *files: FileSource, **options: Any) -> ImportPlan:
    """Imported twice: the second time changes nothing."""
    first = imported(store, caller, *files, **options)
    second = imported(store, caller, *files, **options)
    assert second.total("added") == second.total("changed") == 0
    return first


def test_fields_that_a_message_leaves_out_stay(store: Store, reader: Caller) -> None:
    again(store, reader, adt())
    whole = content(store)
    bare = adt(2, f7=None, f11=None, f13=None, f14=None, f16="S")
    assert again(store, reader, bare).total("changed") == 1
    now = content(store)
    assert now.pop("maritalStatus") != whole.pop("maritalStatus")
    assert now == whole


def test_fields_that_a_message_deletes_go_and_their_version_stays(store: Store, reader: Caller) -> None:
    again(store, reader, adt())
    again(store, reader, adt(2, f11='""', f13='""', f14=None, f16='""'))
    now = content(store)
    assert "address" not in now
    assert "maritalStatus" not in now
    assert [each["value"] for each in now["telecom"]] == ["555-2"]
    (known,) = store.quality.people()
    (entry,) = store.records.of_patient(known.patient.id, resource_types=["Patient"])
    (before,) = store.records.versions(entry.id)
    assert before.draft.content["address"]


def test_a_number_more_does_not_lose_the_ones_before(store: Store, reader: Caller) -> None:
    again(store, reader, adt(f3="77^^^HOSP^MR~12^^^REG^PI"))
    again(store, reader, adt(2, f16="S"))
    assert [each["value"] for each in content(store)["identifier"]] == ["77", "12"]


def test_an_older_message_completes_nothing(store: Store, reader: Caller) -> None:
    again(store, reader, adt(5, f11=None))
    done = imported(store, reader, adt(4))
    assert done.total("changed") == 0
    assert "address" not in content(store)


@pytest.mark.parametrize("day", [None, 1])
def test_parts_without_an_order_change_nothing_when_they_come_again(
    store: Store, reader: Caller, day: int | None
) -> None:
    parts = [
        adt(day, f11=None, f16=None),
        adt(day, f13=None, f16="S"),
        adt(day, f7=None, f16="M", f11=None),
        adt(day, f8=None, f13="555-9"),
    ]
    again(store, reader, *parts)
    for part in parts:
        assert imported(store, reader, part).total("changed") == 0


def test_two_persons_under_one_number_are_never_mixed(store: Store, reader: Caller) -> None:
    imported(store, reader, adt())
    imported(store, reader, adt(2, f5="Other^Otto", f7="19500101", f8="M", f11=None))
    other = next(
        one.content
        for one in store.quality.people()
        if one.content and one.content["name"][0]["family"] == "Other"
    )
    assert "address" not in other


def test_a_whole_resource_replaces_and_a_part_of_one_does_not(store: Store, reader: Caller) -> None:
    full = patient(telecom=[{"value": "555-1"}], address=[{"city": "Town"}], **at("2024-01-01T00:00:00Z"))
    again(store, reader, ndjson(full))
    subsetted = {"tag": [{"code": "SUBSETTED"}], "lastUpdated": "2024-01-02T00:00:00Z"}
    again(store, reader, ndjson({**patient(), "meta": subsetted, "maritalStatus": {"text": "married"}}))
    now = content(store)
    assert now["telecom"] == full["telecom"]
    assert now["maritalStatus"] == {"text": "married"}
    again(store, reader, ndjson(patient(**at("2024-01-03T00:00:00Z"))))
    assert "telecom" not in content(store)


@pytest.mark.parametrize("more", [{}, {"active": True}, {"identifier": [{"system": "urn:x", "value": "9"}]}])
def test_a_patient_that_names_nobody_takes_nothing_away(
    store: Store, reader: Caller, more: dict[str, Any]
) -> None:
    full = patient(address=[{"city": "Town"}])
    imported(store, reader, ndjson(full))
    again(store, reader, bundle({"resourceType": "Patient", "id": "p1", **more}))
    now = content(store)
    assert now["address"] == full["address"]
    assert now["name"] == full["name"]
    assert {each["value"] for each in now["identifier"]} >= {"MR-p1"}


def test_rows_of_a_table_leave_what_their_columns_do_not_hold(store: Store, reader: Caller) -> None:
    full = patient("p1", address=[{"city": "Town"}])
    full["identifier"] = [{"value": "p1"}]
    imported(store, reader, ndjson(full), source="ward")
    rows = from_bytes("p.csv", b"patient id,sex,date of death\np1,F,2024-05-06\n")
    done = imported(store, reader, rows, source="ward")
    assert totals(done)[1:3] == (0, 1), json.dumps(done.lines[0].reasons)
    now = content(store)
    assert now["address"] == full["address"]
    assert now["deceasedDateTime"].startswith("2024-05-06")
