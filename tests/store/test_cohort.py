"""Questions about all patients, asked of both kinds of database."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, PatientIdentity, Role
from medai_core.domain.record import Code, Lane
from medai_core.store import tables
from medai_core.store.database import Store
from medai_core.store.patient_search import Visible
from tests.support.cohort import (
    DIABETES,
    HBA1C,
    HYPERTENSION,
    LOINC,
    SNOMED,
    SYSTOLIC,
    dies,
    people,
    problem,
    someone,
)
from tests.support.measured import value
from tests.support.raw import Raw
from tests.support.statements import bundle, imported

ALL = Visible(None, all_restricted=True)
LOADER = Caller("loader", "loader", "Loader", Role.CLINICIAN, "main")


@pytest.fixture
def filled(store: Store) -> Store:
    """Twelve people."""
    imported(store, LOADER, bundle(*people(12)), source="ward")
    return store


@pytest.fixture
def record_of(store: Store) -> Callable[[int], str]:
    """The opaque id of one of them, by number."""

    def found(number: int) -> str:
        entry = store.records.find("ward", "Patient", f"c{number}")
        assert entry is not None
        assert entry.patient_id is not None
        return entry.patient_id

    return found


def test_everybody_is_there_and_who_has_died(filled: Store, record_of: Callable[[int], str]) -> None:
    assert len(filled.cohorts.people(ALL)) == 12
    assert {record for record, _ in filled.cohorts.deaths()} == {
        record_of(number) for number in range(12) if dies(number)
    }
    first = dict(filled.cohorts.deaths())[record_of(4)]
    assert first == datetime(2016, 2, 2, tzinfo=UTC)


def test_restricted_people_are_in_no_answer_that_names_who_is_visible(
    filled: Store, record_of: Callable[[int], str]
) -> None:
    filled.patients.set_restricted(record_of(0), restricted=True)
    closed = Visible("somebody")
    assert len(filled.cohorts.people(closed)) == 11
    counted = dict(filled.cohorts.codes(Lane.PROBLEM, closed, fewest=1))
    assert {code.code: count for code, count in counted.items()} == {HYPERTENSION: 3, DIABETES: 2}
    assert filled.cohorts.codes(Lane.PROBLEM, closed, fewest=4) == []
    everybody = dict(filled.cohorts.codes(Lane.PROBLEM, ALL, fewest=1))
    assert {code.code: count for code, count in everybody.items()} == {HYPERTENSION: 4, DIABETES: 3}


def test_a_code_is_found_with_its_time_and_name(filled: Store, record_of: Callable[[int], str]) -> None:
    found = filled.cohorts.having(Lane.PROBLEM, [Code(SNOMED, HYPERTENSION)], None, None)
    assert {one.record for one in found} == {record_of(number) for number in (0, 3, 6, 9)}
    assert {one.starts for one in found} == {datetime(2014, 2, 3, tzinfo=UTC)}
    late = filled.cohorts.having(Lane.PROBLEM, [Code(SNOMED, HYPERTENSION)], date(2014, 2, 4), None)
    assert late == []
    assert filled.cohorts.having(Lane.PROBLEM, [Code("other", HYPERTENSION)], None, None) == []
    assert filled.cohorts.name(Code(SNOMED, HYPERTENSION)) == "Hypertensive disorder"


def test_values_are_found_by_range_window_and_as_the_newest(
    filled: Store, record_of: Callable[[int], str]
) -> None:
    code = Code(LOINC, HBA1C)
    assert filled.cohorts.units(code) == ["%"]
    newest = {record: (number, at[:10]) for record, number, _, at in filled.cohorts.newest(code, None, None)}
    assert len(newest) == 11
    assert newest[record_of(4)] == (pytest.approx(5.6), "2024-01-09")
    before = filled.cohorts.newest(code, None, date(2023, 12, 31))
    assert [number for record, number, *_ in before if record == record_of(4)] == [pytest.approx(5.4)]
    assert filled.cohorts.within(code, {"%": (5.59, 5.61)}, None, None) == {record_of(4), record_of(6)}
    assert filled.cohorts.within(code, {"mmol/mol": (0, 99)}, None, None) == set()
    measured = filled.cohorts.measured(ALL, fewest=5)
    assert {(one.code, units) for one, units in measured} == {(HBA1C, ("%",)), (SYSTOLIC, ("mm[Hg]",))}
    assert filled.cohorts.measured(ALL, fewest=12) == []


def test_withdrawn_and_replaced_entries_say_nothing(filled: Store, record_of: Callable[[int], str]) -> None:
    wrong = value("c4-b", HBA1C, 5.6, "%", subject="c4", day="2024-01-09", status="entered-in-error")
    refuted = problem("c3", HYPERTENSION, "Hypertensive disorder", "2014-02-03")
    code = {
        "system": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
        "code": "entered-in-error",
    }
    refuted["verificationStatus"] = {"coding": [code]}
    del refuted["clinicalStatus"]
    imported(filled, LOADER, bundle(wrong, refuted), source="ward")
    newest = {record: number for record, number, *_ in filled.cohorts.newest(Code(LOINC, HBA1C), None, None)}
    assert newest[record_of(4)] == pytest.approx(5.4)
    found = filled.cohorts.having(Lane.PROBLEM, [Code(SNOMED, HYPERTENSION)], None, None)
    assert record_of(3) not in {one.record for one in found}


def test_a_new_version_takes_the_place_of_the_old_one(filled: Store) -> None:
    (patient, *_) = someone(0)
    alive = {name: said for name, said in patient.items() if name != "deceasedDateTime"}
    imported(
        filled, LOADER, bundle({**alive, "meta": {"lastUpdated": "2027-01-01T00:00:00Z"}}), source="ward"
    )
    assert len(filled.cohorts.deaths()) == sum(map(dies, range(12))) - 1


def test_entries_of_before_are_gone_through_once(filled: Store, raw: Raw) -> None:
    before = filled.cohorts.codes(Lane.PROBLEM, ALL, fewest=1)
    deaths = sorted(filled.cohorts.deaths(), key=str)
    for statement in (
        "DELETE FROM record_codes", "DELETE FROM record_deaths",
        f"UPDATE record_entries SET coded = {'false' if raw.url else '0'}",
    ):  # fmt: skip
        raw.run(statement)
    waiting = filled.cohorts.unindexed()
    assert waiting > 40
    assert filled.cohorts.deaths() == []
    done = 0
    while count := filled.cohorts.index(7):
        done += count
    assert done == waiting
    assert filled.cohorts.codes(Lane.PROBLEM, ALL, fewest=1) == before
    assert sorted(filled.cohorts.deaths(), key=str) == deaths


def test_the_first_and_last_that_happened(filled: Store, record_of: Callable[[int], str]) -> None:
    found = {
        record: (first, last) for record, first, last in filled.cohorts.first_and_last(datetime.now(UTC))
    }
    first, last = found[record_of(3)]
    assert (first.date(), last.date()) == (date(2014, 2, 3), date(2025, 1, 2))


def test_the_stamp_changes_with_what_answers_depend_on(
    filled: Store, record_of: Callable[[int], str]
) -> None:
    stamps = [filled.cohorts.stamp("somebody")]
    assert filled.cohorts.stamp("somebody") == stamps[0]
    filled.patients.set_restricted(record_of(0), restricted=True)
    stamps.append(filled.cohorts.stamp("somebody"))
    filled.patients.add(PatientIdentity("new"))
    stamps.append(filled.cohorts.stamp("somebody"))
    imported(filled, LOADER, bundle(*someone(20)), source="ward")
    stamps.append(filled.cohorts.stamp("somebody"))
    assert len(set(stamps)) == 4


def test_erasing_takes_codes_and_deaths_along(filled: Store, record_of: Callable[[int], str]) -> None:
    with filled.transaction():
        filled.erasing.erase(record_of(0), reason="asked", erased_by="admin")
    assert len(filled.cohorts.deaths()) == sum(map(dies, range(12))) - 1
    assert len(filled.cohorts.having(Lane.PROBLEM, [Code(SNOMED, HYPERTENSION)], None, None)) == 3
    assert len(filled.cohorts.people(ALL)) == 11


def test_codes_are_found_in_an_encrypted_store_and_are_not_readable_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = base64.b64encode(bytes([7]) * 32).decode()
    monkeypatch.setenv("MEDAI_ENCRYPTION_KEY", key)
    sealed = Store(tmp_path / "sealed")
    imported(sealed, LOADER, bundle(*people(12)), source="ward")
    found = sealed.cohorts.having(Lane.PROBLEM, [Code(SNOMED, HYPERTENSION)], None, None)
    assert len(found) == 4
    counted = dict(sealed.cohorts.codes(Lane.PROBLEM, ALL, fewest=1))
    assert counted[Code(SNOMED, HYPERTENSION, "Hypertensive disorder")] == 4
    sealed.close()
    written = b"".join(path.read_bytes() for path in (tmp_path / "sealed").glob("medai.sqlite3*"))
    assert HYPERTENSION.encode() not in written
    assert b"Hypertensive" not in written


def test_what_is_kept_of_codes_is_a_table_of_the_record() -> None:
    assert {key.column.table for key in tables.record_codes.foreign_keys} == {tables.record_entries}
