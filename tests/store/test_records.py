"""The record on every kind of database: entries, versions, corrections, merged patients, counts."""

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.domain.record import Code, Lane
from medai_core.store import tables
from medai_core.store.database import Store
from medai_core.store.ids import Ids
from tests.support.records import lanes_of, sources_of
from tests.support.statements import LOINC, at, imported, ndjson, patient, potassium, totals

CALLER = Caller("os:x", "os:x", "x", Role.ADMINISTRATOR, "main")


def _patient_of(store: Store, key: str) -> str:
    entry = store.records.find("import", "Patient", key)
    assert entry is not None
    assert entry.patient_id is not None
    return entry.patient_id


def test_what_is_said_is_found_by_patient_lane_time_and_code(store: Store) -> None:
    odd = {"coding": [{"system": "http://here.example", "code": "K"}]}
    file = ndjson(
        patient(),
        potassium("o1"),
        potassium("o2", 5.0, effectiveDateTime="2023-01-01"),
        potassium("o3", code=odd),
        potassium("lost", subject="nobody"),
    )
    assert totals(imported(store, CALLER, file)) == (5, 5, 0, 0, 0)
    patient_id = _patient_of(store, "p1")
    found = store.records.of_patient(patient_id, [Lane.LABORATORY])
    assert [entry.draft.key for entry in found][-1] == "o2"
    newest = found[0]
    assert store.records.get(newest.id) == newest
    assert newest.draft.starts is not None
    since = store.records.of_patient(patient_id, since=newest.draft.starts.at)
    assert {entry.draft.key for entry in since} == {"o1", "o3"}
    (series,) = store.records.values_of(patient_id, [Code(LOINC, "2823-3")])
    assert [point.value.number for point in series.points] == [5.0, 4.1]
    assert lanes_of(store, patient_id) == {Lane.PATIENT: 1, Lane.LABORATORY: 3}
    (waits,) = store.records.waiting()
    assert (waits.source, waits.resource_type, waits.entries, waits.patients) == (
        "import", "Observation", 1, 1,
    )  # fmt: skip
    assert store.records.unmapped_count() == 1
    (unmapped,) = store.records.unmapped()
    assert (unmapped.code.code, unmapped.count) == ("K", 1)
    assert sources_of(store) == ["import"]
    assert totals(imported(store, CALLER, file)) == (5, 0, 0, 5, 0)


def test_versions_are_kept_in_order(store: Store) -> None:
    for day, value in enumerate((4.0, 5.0, 6.0), 1):
        imported(store, CALLER, ndjson(patient(), potassium("o1", value, **at(f"2024-05-0{day}T00:00:00Z"))))
    entry = store.records.find("import", "Observation", "o1")
    assert entry is not None
    assert (entry.versions, entry.draft.values[0].number) == (3, 6.0)
    before = store.records.versions(entry.id)
    assert [(old.versions, old.draft.values[0].number) for old in before] == [(1, 4.0), (2, 5.0)]


def test_merged_patients_show_as_one_and_come_apart_again(store: Store) -> None:
    imported(store, CALLER, ndjson(*(patient(key) for key in "abc")))
    imported(store, CALLER, ndjson(*(potassium(f"o{key}", subject=key) for key in "abc")))
    ids = {key: _patient_of(store, key) for key in "abc"}
    _merge(store, ids["b"], ids["a"])
    _merge(store, ids["c"], ids["b"])
    for key in "abc":
        assert store.records.survivor(ids[key]) == ids["a"]
        assert set(store.records.group(ids[key])) == set(ids.values())
        assert len(store.records.of_patient(ids[key], [Lane.LABORATORY])) == 3
        assert lanes_of(store, ids[key])[Lane.PATIENT] == 3
    _merge(store, ids["b"], None)
    assert [entry.draft.key for entry in store.records.of_patient(ids["a"], [Lane.LABORATORY])] == ["oa"]
    assert len(store.records.of_patient(ids["c"], [Lane.LABORATORY])) == 2


def _merge(store: Store, goes: str, stays: str | None) -> None:
    with store._database.transaction() as connection:
        query = tables.patients.update().where(tables.patients.c.id == goes)
        connection.execute(query.values(merged_into=stays))


def test_a_circle_of_merges_ends(store: Store) -> None:
    imported(store, CALLER, ndjson(patient("a"), patient("b")))
    one, two = _patient_of(store, "a"), _patient_of(store, "b")
    _merge(store, one, two)
    _merge(store, two, one)
    assert set(store.records.group(one)) == {one, two}


@pytest.mark.parametrize("kind", ["replaces", "replaced-by"])
def test_a_reported_merge_stands_on_the_queue(kind: str, store: Store) -> None:
    imported(store, CALLER, ndjson(patient("a"), patient("b")))
    said = patient("a", link=[{"type": kind, "other": {"reference": "Patient/b"}}])
    assert imported(store, CALLER, ndjson(said)).merges == 1
    with store._database.reading() as connection:
        (row,) = connection.execute(tables.pair_reviews.select()).mappings()
    stays, goes = ("a", "b") if kind == "replaces" else ("b", "a")
    assert (row["patient_a"], row["patient_b"]) == (_patient_of(store, stays), _patient_of(store, goes))
    assert (row["kind"], row["state"]) == ("message", "open")


def test_ids_of_one_import_differ_and_stand_in_order() -> None:
    ids = Ids()
    made = [ids.next() for _ in range(5000)]
    assert len(set(made)) == 5000
    assert made == sorted(made)
    assert {len(each) for each in made} == {22}
