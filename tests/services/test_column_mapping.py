"""Tables through the whole import: proposed, remembered, planned, committed, imported again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import from_bytes
from medai_core.records.tables.mapping import Mapping
from medai_core.records.tables.reading import GUESSED, REMEMBERED
from medai_core.services import column_mapping
from medai_core.services.records import ImportPlan, commit_import, plan_import
from medai_core.store.database import Store

LABS = (
    b"patient_id,test,value,unit,date\nP1,Potassium,4.5,mmol/L,03/04/2024\nP1,Glucose,<40,mg/dL,03/05/2024\n"
)
PEOPLE = b"patient_id,name,dob,sex\nP1,Erika Muster,1964-08-12,F\n"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = Store(home)
    yield opened
    opened.close()


@pytest.fixture
def caller(store: Store) -> Caller:
    account = store.accounts.add("reader", "Reader", Role.CLINICIAN, "none", must_change_password=False)
    return Caller(account.id, "reader", "Reader", Role.CLINICIAN, store.name)


def _plan(
    store: Store, caller: Caller, *files: tuple[str, bytes], mapping: tuple[Mapping, ...] = ()
) -> ImportPlan:
    sources = [from_bytes(name, content) for name, content in files]
    return plan_import(store, caller, sources, source="clinic", mapping=mapping)


def _imported(store: Store, caller: Caller, *files: tuple[str, bytes]) -> ImportPlan:
    return commit_import(store, caller, _plan(store, caller, *files))


def _counts(plan: ImportPlan) -> tuple[int, ...]:
    return tuple(plan.total(name) for name in ("read", "added", "changed", "unchanged", "refused"))


def test_a_settled_mapping_is_remembered_by_the_header(store: Store, caller: Caller) -> None:
    file = from_bytes("labs.csv", LABS)
    first = column_mapping.propose(store, caller, file)
    assert not first.is_remembered
    assert first.mapping.date_order == ""
    plan = _plan(store, caller, ("labs.csv", LABS))
    assert plan.total("refused") == 2
    assert plan.cautions[GUESSED] == 1
    plan.close()
    settled = Mapping(first.mapping.columns, first.mapping.about, date_order="DMY", decimal=".")
    column_mapping.remember(store, caller, settled, name="labs.csv")
    again = column_mapping.propose(store, caller, from_bytes("other.csv", LABS.replace(b"P1", b"P2")))
    assert again.is_remembered
    assert again.mapping == settled
    plan = _plan(store, caller, ("labs.csv", LABS))
    assert _counts(plan) == (2, 2, 0, 0, 0)
    assert plan.cautions[REMEMBERED] == 1
    plan.close()


def test_a_given_mapping_goes_before_the_remembered_one(store: Store, caller: Caller) -> None:
    proposed = column_mapping.propose(store, caller, from_bytes("labs.csv", LABS)).mapping
    column_mapping.remember(store, caller, Mapping(proposed.columns, proposed.about, date_order="MDY"))
    given = Mapping(proposed.columns, proposed.about, date_order="DMY", decimal=".")
    plan = commit_import(store, caller, _plan(store, caller, ("labs.csv", LABS), mapping=(given,)))
    assert REMEMBERED not in plan.cautions
    entries = store.records.of_patient(plan.some_patients[0], resource_types=["Observation"])
    assert {entry.draft.content["effectiveDateTime"] for entry in entries} == {"2024-04-03", "2024-05-03"}


def test_a_mapping_that_says_too_little_is_not_remembered(store: Store, caller: Caller) -> None:
    proposed = column_mapping.propose(store, caller, from_bytes("labs.csv", LABS)).mapping
    with pytest.raises(Refusal, match="patient's number"):
        column_mapping.remember(store, caller, Mapping(proposed.columns[1:], proposed.about))


def test_those_who_may_only_read_settle_nothing(store: Store, caller: Caller) -> None:
    reader = Caller(caller.user_id, "r", "R", Role.READ_ONLY, store.name)
    with pytest.raises(Refusal, match="rights of a clinician"):
        column_mapping.propose(store, reader, from_bytes("labs.csv", LABS))


def test_a_mapping_of_an_older_form_is_none(store: Store, caller: Caller) -> None:
    digest = column_mapping.propose(store, caller, from_bytes("labs.csv", LABS)).columns.digest
    store.mappings.remember(digest, "old", {"about": "dreams", "columns": []}, caller.user_id)
    assert column_mapping.remembered(store)(digest) is None
    assert store.mappings.forget(digest)
    assert not store.mappings.forget(digest)


def test_the_same_table_again_changes_nothing(store: Store, caller: Caller) -> None:
    people, labs = ("people.csv", PEOPLE), ("labs.csv", LABS.replace(b"03/0", b"13/0"))
    first = _imported(store, caller, people, labs)
    assert _counts(first) == (3, 3, 0, 0, 0)
    assert len(first.some_patients) == 1
    again = _imported(store, caller, people, labs)
    assert _counts(again) == (3, 0, 0, 3, 0)


@pytest.mark.parametrize("turned", [False, True])
def test_rows_that_only_name_a_patient_take_nothing_from_them(
    store: Store, caller: Caller, turned: bool
) -> None:
    files = [("people.csv", PEOPLE), ("labs.csv", LABS.replace(b"03/0", b"13/0"))]
    for file in reversed(files) if turned else files:
        plan = _imported(store, caller, file)
    patient = store.patients.get(plan.some_patients[0])
    assert patient is not None
    assert str(patient.identity.birth_date) == "1964-08-12"
    found = store.records.find("clinic", "Patient", "P1")
    assert found is not None
    assert found.draft.content["gender"] == "female"
    assert len(store.records.of_patient(plan.some_patients[0])) == 3


def test_another_birth_date_is_not_taken_over_in_silence(store: Store, caller: Caller) -> None:
    _imported(store, caller, ("people.csv", PEOPLE))
    plan = _imported(store, caller, ("people.csv", PEOPLE.replace(b"1964", b"1946")))
    assert plan.in_doubt == 1
