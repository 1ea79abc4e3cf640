"""The import of records beside the pages: dry run, commit, cancel, and the table of its counts."""

import csv
import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.domain.record import RecordLine
from medai_core.imaging.archive import FileSource, from_bytes
from medai_core.services.records import ImportPlan
from medai_core.store import connection
from medai_core.store.database import Store
from medai_core.ui import jobs
from medai_core.ui.records.job import JOBS, RecordJob, as_csv
from medai_core.ui.records.results import counts_sentence, patients_sentence
from tests.support.records import sources_of

LABS = b"patient_id,test,value,unit\nP1,Potassium,4.5,mmol/L\nP1,Glucose,9-Oct,mg/dL\n"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = Store(home)
    yield opened
    JOBS.clear()
    opened.close()


@pytest.fixture
def caller(store: Store) -> Caller:
    account = store.accounts.add("reader", "Reader", Role.CLINICIAN, "none", must_change_password=False)
    return Caller(account.id, "reader", "Reader", Role.CLINICIAN, store.name, session_id="one")


def _job(store: Store, caller: Caller, *, alive: bool = True, content: bytes = LABS) -> RecordJob:
    files: list[FileSource] = [from_bytes("labs.csv", content)]
    return RecordJob(store, caller, lambda: files, source="clinic", alive=lambda: alive)


def test_a_dry_run_stores_nothing_and_the_import_follows_it(store: Store, caller: Caller) -> None:
    job = _job(store, caller)
    JOBS.start("one", job)
    assert job.wait(60)
    assert job.plan is not None
    assert not job.is_done
    assert sources_of(store) == []
    assert counts_sentence(job.plan, is_done=False) == (
        "2 read: 1 would be new, 0 would be changed, 0 as stored, 1 refused."
    )
    assert patients_sentence(job.plan, is_done=False) == "About 1 patient; 1 to be added."
    job.commit()
    assert job.wait(60)
    assert job.is_done
    assert sources_of(store) == ["clinic"]
    assert patients_sentence(job.plan, is_done=True) == "About 1 patient; 1 added."
    JOBS.put_away("one")
    assert JOBS.current("one") is None


def test_a_cancelled_dry_run_leaves_nothing(store: Store, caller: Caller) -> None:
    reached, gate = threading.Event(), threading.Event()

    def files() -> list[FileSource]:
        reached.set()
        assert gate.wait(30)
        return [from_bytes("labs.csv", LABS)]

    job = RecordJob(store, caller, files, source=None, alive=lambda: True)
    JOBS.start("one", job)
    assert reached.wait(30)
    job.cancel()
    gate.set()
    assert job.wait(60)
    assert job.cancelled
    assert job.plan is None
    assert not list(store.home.glob("staging-*"))


def test_signing_out_ends_it_and_lets_go_of_what_was_read(store: Store, caller: Caller) -> None:
    job = _job(store, caller, alive=False)
    JOBS.start("one", job)
    assert job.wait(60)
    assert job.cancelled
    assert not list(store.home.glob("staging-*"))


def test_putting_a_plan_away_lets_go_of_it(store: Store, caller: Caller) -> None:
    job = _job(store, caller)
    JOBS.start("one", job)
    assert job.wait(60)
    assert list(store.home.glob("staging-*"))
    JOBS.put_away("one")
    assert not list(store.home.glob("staging-*"))
    assert sources_of(store) == []


def test_a_plan_is_let_go_of_once_its_session_is_gone(
    store: Store, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.02)
    there = threading.Event()
    there.set()
    files: list[FileSource] = [from_bytes("labs.csv", LABS)]
    own: jobs.Jobs[RecordJob] = jobs.Jobs()
    job = RecordJob(store, caller, lambda: files, source="clinic", alive=there.is_set)
    other = RecordJob(store, caller, lambda: files, source="clinic", alive=lambda: True)
    own.start("one", job)
    own.start("two", other)
    assert job.wait(60)
    assert other.wait(60)
    assert own.forget_ended() == 2
    assert len(list(store.home.glob("staging-*"))) == 2
    there.clear()
    deadline = time.monotonic() + 30
    while own.current("one") is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert own.current("one") is None
    assert own.current("two") is other
    assert job.plan is not None
    assert job.plan.staging is not None
    while not job.plan.staging.closed and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(list(store.home.glob("staging-*"))) == 1
    own.clear()


def test_a_plan_stands_where_another_import_is_being_stored(
    store: Store, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.1)
    job = _job(store, caller)
    JOBS.start("one", job)
    assert job.wait(60)
    with store.transaction():
        job.commit()
        assert job.wait(60)
    assert job.may_try_again
    assert sources_of(store) == []
    job.commit()
    assert job.wait(60)
    assert job.is_done
    assert not job.may_try_again
    assert sources_of(store) == ["clinic"]


def test_the_counts_as_a_table_hold_no_name_and_no_formula() -> None:
    lines = (
        RecordLine("Muster Erika.csv", "clinic", "row", 3, 1, 0, 0, 2, {"=Expected a date.": 2}),
        RecordLine("b.json", "clinic", "Patient", 1, 1, 0, 0, 0, {}),
    )
    plan = ImportPlan(lines, (), {}, (), 0, 0, 0, 0, "clinic")
    rows = list(csv.reader(io.StringIO(as_csv(plan).decode("utf-8-sig"))))
    assert rows[0][:3] == ["file", "extension", "resource"]
    assert rows[1] == ["1", ".csv", "row", "3", "1", "0", "0", "2", "'=Expected a date.", "2"]
    assert rows[2] == ["2", ".json", "Patient", "1", "1", "0", "0", "0", "", ""]
