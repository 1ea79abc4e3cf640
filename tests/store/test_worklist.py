"""The worklist: order, filters, restrictions, neighbours."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medai_core.domain.people import PatientIdentity, PersonName, Role
from medai_core.domain.reading import Priority, StudyState
from medai_core.store.database import Store
from medai_core.store.rows import NewStudy, StudyFilter

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def patient(store: Store, number: int, **values: object) -> str:
    identity = PatientIdentity(f"P-{number:04d}", "HOSP", PersonName(f"Patient {number}"))
    return store.patients.add(replace(identity, **values)).id  # type: ignore[arg-type]


def study(
    store: Store, patient_id: str, hour: int, priority: Priority = Priority.ROUTINE, **values: object
) -> str:
    new = replace(NewStudy(priority=priority, modality="DX"), **values)  # type: ignore[arg-type]
    return store.studies.add(patient_id, new, received_at=START + timedelta(hours=hour))


def ids(store: Store, filters: StudyFilter) -> list[str]:
    return [row.id for row in store.studies.page(filters)[0]]


def test_urgency_first_then_the_longest_waiting(store: Store) -> None:
    owner = patient(store, 1)
    late_routine = study(store, owner, 5)
    early_routine = study(store, owner, 1)
    urgent = study(store, owner, 6, Priority.URGENT)
    stat = study(store, owner, 7, Priority.STAT)
    signed = study(store, owner, 0, Priority.STAT)
    store.studies.set_state(signed, StudyState.SIGNED, signed_by_name="R. Reader")
    assert ids(store, StudyFilter()) == [stat, urgent, early_routine, late_routine, signed]


def test_a_model_raises_by_one_step_and_only_when_switched_on(store: Store) -> None:
    owner = patient(store, 1)
    plain, raised = study(store, owner, 1), study(store, owner, 2)
    urgent, stat = study(store, owner, 3, Priority.URGENT), study(store, owner, 4, Priority.STAT)
    store.studies.set_model_state(
        raised, "finding above threshold", raised_by="pneumonia 71 %, threshold 50 %"
    )
    store.studies.set_model_state(stat, "finding above threshold", raised_by="pneumonia 71 %, threshold 50 %")
    assert ids(store, StudyFilter()) == [stat, urgent, plain, raised]
    assert ids(store, StudyFilter(model_raises=True)) == [stat, raised, urgent, plain]
    row = store.studies.page(StudyFilter(model_raises=True))[0][1]
    assert row.raised_by == "pneumonia 71 %, threshold 50 %"
    assert row.priority is Priority.ROUTINE


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(Priority), st.booleans()), min_size=1, max_size=8))
def test_raising_never_lowers_anything_below_its_own_step(
    store: Store, cases: list[tuple[Priority, bool]]
) -> None:
    owner = patient(store, 1) if store.patients.find("HOSP", "P-0001") is None else ""
    owner = owner or store.patients.find("HOSP", "P-0001").id  # type: ignore[union-attr]
    before = set(ids(store, StudyFilter()))
    for hour, (priority, raised) in enumerate(cases):
        study_id = study(store, owner, hour, priority)
        store.studies.set_model_state(study_id, "finding above threshold", raised_by="x" if raised else "")
    rows = {row.id: row for row in store.studies.page(StudyFilter(), limit=500)[0] if row.id not in before}
    plain = [i for i in ids_all(store, StudyFilter()) if i in rows]
    moved = [i for i in ids_all(store, StudyFilter(model_raises=True)) if i in rows]
    for study_id, row in rows.items():
        if row.raised_by:  # whoever stands before it now stood before it already, or was raised too
            new = set(moved[: moved.index(study_id)]) - set(plain[: plain.index(study_id)])
            assert all(rows[other].raised_by for other in new)


def ids_all(store: Store, filters: StudyFilter) -> list[str]:
    return [row.id for row in store.studies.page(filters, limit=1000)[0]]


def test_filters(store: Store) -> None:
    first = patient(store, 1, name=PersonName("Wang Xiaoming", "王小明"))
    second = patient(store, 2, name=PersonName("Müller Jörg"))
    film = study(
        store, first, 1, description="Thorax p.a.", study_date=date(2026, 1, 1), accession_number="ACC-9"
    )
    scan = study(store, second, 2, modality="CT, MR", study_date=date(2026, 2, 1))
    store.studies.set_state(scan, StudyState.READ)
    for search in ("王小明", "xiaoming", "P-0001", "p0001", "thorax", "acc9", "wang thorax"):
        assert ids(store, StudyFilter(search=search)) == [film], search
    assert ids(store, StudyFilter(search="muller")) == [scan]
    assert ids(store, StudyFilter(search="muller thorax")) == []
    assert ids(store, StudyFilter(search="***")) == []
    assert ids(store, StudyFilter(search="   ")) == [film, scan]
    assert ids(store, StudyFilter(states=(StudyState.READ,))) == [scan]
    assert ids(store, StudyFilter(modalities=("MR",))) == [scan]
    assert ids(store, StudyFilter(modalities=("M",))) == []
    assert ids(store, StudyFilter(date_from=date(2026, 1, 15))) == [scan]
    assert ids(store, StudyFilter(date_to=date(2026, 1, 15))) == [film]
    assert ids(store, StudyFilter(patient_id=first)) == [film]
    counts = store.studies.count_by_state(StudyFilter(states=(StudyState.READ,)))
    assert counts == {StudyState.NEW: 1, StudyState.READ: 1, StudyState.SIGNED: 0}
    assert store.studies.modalities(StudyFilter()) == ("CT", "DX", "MR")


def test_pages_hold_each_study_once(store: Store) -> None:
    owner = patient(store, 1)
    every = {study(store, owner, number % 3) for number in range(25)}
    for order in ("priority", "received", "study date"):
        filters = StudyFilter(order=order)
        pages = [store.studies.page(filters, offset=offset, limit=10) for offset in (0, 10, 20)]
        assert [len(rows) for rows, _ in pages] == [10, 10, 5]
        assert {total for _, total in pages} == {25}
        assert {row.id for rows, _ in pages for row in rows} == every


@pytest.mark.parametrize("order", ["priority", "received", "study date"])
@pytest.mark.parametrize("raises", [False, True])
def test_neighbours_follow_the_list(store: Store, order: str, raises: bool) -> None:
    owner = patient(store, 1)
    for number, priority in enumerate([*Priority, *Priority]):
        study_id = study(
            store, owner, number % 2, priority, study_date=date(2026, 1, number + 1) if number % 3 else None
        )
        store.studies.set_model_state(study_id, "not scored", raised_by="x" if number % 2 else "")
    filters = StudyFilter(order=order, model_raises=raises)
    listed = ids(store, filters)
    for before, here, after in zip([None, *listed], listed, [*listed[1:], None], strict=False):
        assert store.studies.neighbours(filters, here) == (before, after)


def test_neighbours_of_a_study_that_left_the_list(store: Store) -> None:
    owner = patient(store, 1)
    first, second, third = (study(store, owner, hour) for hour in (1, 2, 3))
    store.studies.set_state(second, StudyState.READ)
    assert store.studies.neighbours(StudyFilter(states=(StudyState.NEW,)), second) == (first, third)
    assert store.studies.neighbours(StudyFilter(), "unknown") == (None, None)


def test_restricted_patients_are_seen_by_those_on_their_list(store: Store) -> None:
    account = store.accounts.add("anna", "Anna", Role.CLINICIAN, "x", must_change_password=False)
    hidden = patient(store, 1)
    store.patients.set_restricted(hidden, restricted=True)
    study_id = study(store, hidden, 1)
    assert ids(store, StudyFilter()) == ids(store, StudyFilter(caller_id=account.id)) == []
    assert store.studies.count_by_state(StudyFilter())[StudyState.NEW] == 0
    assert store.studies.modalities(StudyFilter()) == ()
    store.patients.allow(hidden, account.id)
    store.patients.allow(hidden, account.id)
    assert ids(store, StudyFilter(caller_id=account.id)) == [study_id]
    assert ids(store, StudyFilter(all_restricted=True)) == [study_id]
    store.patients.disallow(hidden, account.id)
    assert ids(store, StudyFilter(caller_id=account.id)) == []


def test_an_unknown_order_is_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="order"):
        store.studies.page(StudyFilter(order="name"))
