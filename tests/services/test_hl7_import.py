"""HL7 v2 in the store: corrections, withdrawals, older messages, the same again, notes that are replaced."""

import pytest

from medai_core.domain.people import Caller, Patient
from medai_core.domain.record import Entry, Lane
from medai_core.imaging.archive import from_bytes
from medai_core.services.records import ImportPlan, commit_import, plan_import
from medai_core.store.database import Store
from tests.support.hl7 import message, msh, obr, obx, pid, segment


def taken_in(store: Store, caller: Caller, *files: bytes) -> ImportPlan:
    """The files are stored as one import."""
    sources = [from_bytes(f"file-{n}", each) for n, each in enumerate(files)]
    return commit_import(store, caller, plan_import(store, caller, sources))


def result(value: str, status: str = "F", day: int = 5, control: str = "1", **fields: str) -> bytes:
    header = msh(f7=f"202401{day:02d}120000+0100", f10=control)
    return message(header, pid(), obr(), obx(value, f11=status, **fields))


def note(event: str, number: str, parent: str = "", day: int = 5) -> bytes:
    txa = segment("TXA", {2: "DS", 4: "20240105", 12: number, 13: parent, 17: "AU"})
    text = obx(f"Text of {number}.", "TX", f3=["11", "Note", "L"])
    return message(msh(f"MDM^{event}", f7=f"202401{day:02d}"), pid(), txa, text)


def patient(store: Store) -> Patient:
    (found,) = [each.patient for each in store.quality.people()]
    return found


def current(store: Store) -> list[float | None]:
    """Potassium as it is shown."""
    return [
        point.value.number for series in store.records.values_of(patient(store).id) for point in series.points
    ]


def entries(store: Store, lane: Lane) -> tuple[Entry, ...]:
    return store.records.of_patient(patient(store).id, [lane])


def totals(plan: ImportPlan) -> dict[str, int]:
    return {name: plan.total(name) for name in ("added", "changed", "unchanged", "refused")}


def test_a_correction_takes_the_place_of_its_predecessor_which_is_kept(store: Store, reader: Caller) -> None:
    taken_in(store, reader, result("4.1"))
    done = taken_in(store, reader, result("4.7", "C", day=6, control="2"))
    assert totals(done) == {"added": 0, "changed": 1, "unchanged": 1, "refused": 0}
    assert current(store) == [4.7]
    (entry,) = entries(store, Lane.LABORATORY)
    assert [each.draft.values[0].number for each in store.records.versions(entry.id)] == [4.1]
    assert entry.draft.status == "corrected"


def test_an_older_message_never_overwrites_a_newer_one(store: Store, reader: Caller) -> None:
    taken_in(store, reader, result("4.7", "C", day=6))
    done = taken_in(store, reader, result("4.1", day=5))
    assert totals(done)["changed"] == 0
    assert current(store) == [4.7]


@pytest.mark.parametrize("status", ["D", "W", "X"])
def test_what_is_taken_back_is_kept_and_not_shown(store: Store, reader: Caller, status: str) -> None:
    taken_in(store, reader, result("4.1"), result("", status, day=6))
    assert current(store) == []
    (entry,) = entries(store, Lane.LABORATORY)
    assert not entry.current
    assert store.records.versions(entry.id)[0].draft.values[0].number == 4.1


@pytest.mark.parametrize("status", ["P", "R", "I", "S", "O", ""])
def test_what_is_not_final_is_kept_and_not_shown(store: Store, reader: Caller, status: str) -> None:
    taken_in(store, reader, result("4.1", status))
    assert current(store) == []
    assert len(entries(store, Lane.LABORATORY)) == 1
    taken_in(store, reader, result("4.2", "F", day=6))
    assert current(store) == [4.2]


def test_a_correction_with_another_time_replaces_the_result_of_the_order(
    store: Store, reader: Caller
) -> None:
    taken_in(store, reader, result("4.1", f14=""))
    taken_in(store, reader, result("4.7", "C", day=6, f14="20240105083000+0100"))
    assert current(store) == [4.7]
    assert len(entries(store, Lane.LABORATORY)) == 2


def test_the_same_message_again_changes_nothing_whatever_its_control_id(store: Store, reader: Caller) -> None:
    taken_in(store, reader, result("4.1"))
    for again in (result("4.1"), result("4.1", control="77"), result("4.1", day=9)):
        assert totals(taken_in(store, reader, again)) == {
            "added": 0,
            "changed": 0,
            "unchanged": 2,
            "refused": 0,
        }


def test_a_series_of_one_order_is_several_values(store: Store, reader: Caller) -> None:
    for hour in (8, 9, 10):
        taken_in(store, reader, result(f"4.{hour}", day=5 + hour, f14=f"20240105{hour:02d}0000+0100"))
    assert len(current(store)) == 3


@pytest.mark.parametrize("backwards", [False, True])
def test_a_note_that_is_replaced_is_no_longer_current(
    store: Store, reader: Caller, *, backwards: bool
) -> None:
    files = [note("T02", "D1"), note("T10", "D2", "D1", day=6)]
    for each in reversed(files) if backwards else files:
        taken_in(store, reader, each)
    found = {each.draft.content["identifier"][0]["value"]: each for each in entries(store, Lane.DOCUMENT)}
    assert found["D2"].current
    assert not found["D1"].current
    assert found["D1"].replaced_by == found["D2"].id


def test_a_dry_run_says_what_the_commit_does(store: Store, reader: Caller) -> None:
    sources = [from_bytes("a", result("4.1") + result("4.7", "C", day=6)), from_bytes("b", note("T02", "D1"))]
    plan = plan_import(store, reader, sources)
    told = totals(plan)
    assert totals(commit_import(store, reader, plan)) == told
    assert told == {"added": 3, "changed": 1, "unchanged": 3, "refused": 0}
