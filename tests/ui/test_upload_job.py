"""The import beside the pages: it outlives reruns, and ends with its session or when it is cancelled."""

import csv
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.domain.reading import ImportLine, Outcome
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource, from_bytes
from medai_core.store.database import Store
from medai_core.ui.uploads import job as jobs
from medai_core.ui.uploads.panel import archive_limits, progress, summary
from tests.support.films import film


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = Store(home)
    yield opened
    jobs._JOBS.clear()
    opened.close()


@pytest.fixture
def caller(store: Store) -> Caller:
    account = store.accounts.add("reader", "Reader", Role.CLINICIAN, "none", must_change_password=False)
    return Caller(account.id, "reader", "Reader", Role.CLINICIAN, store.name, session_id="one")


def _job(
    store: Store, caller: Caller, sources: Iterator[FileSource], alive: Callable[[], bool] = lambda: True
) -> jobs.ImportJob:
    return jobs.ImportJob(store, caller, sources, identity=None, study_date=None, alive=alive)


def _two(gate: threading.Event, reached: threading.Event) -> Iterator[FileSource]:
    """A film, then another one once the gate opens."""
    yield from_bytes("a", film(1))
    reached.set()
    assert gate.wait(30)
    yield from_bytes("b", film(2))


def test_a_cancelled_import_keeps_what_is_stored(store: Store, caller: Caller) -> None:
    gate, reached = threading.Event(), threading.Event()
    job = _job(store, caller, _two(gate, reached))
    jobs.start("one", job)
    assert reached.wait(30)
    job.cancel()
    gate.set()
    assert job.wait(30)
    assert job.cancelled
    assert summary(job.counts()) == "1 stored, 0 duplicate, 0 refused"


def test_progress_is_told_as_a_part_of_the_whole(store: Store, caller: Caller) -> None:
    sources = [from_bytes("a", film(1)), from_bytes("b", b"no image")]
    job = jobs.ImportJob(
        store, caller, sources, identity=None, study_date=None, alive=lambda: True, count=lambda: 2
    )
    assert progress(0, job.total) == "0 files done"
    jobs.start("one", job)
    assert job.wait(30)
    assert progress(len(job.lines()), job.total) == "2 of 2 files done"
    assert [progress(0, 1), progress(1, None)] == ["0 of 1 file done", "1 file done"]


def test_an_archive_may_unpack_to_less_in_the_demo(caller: Caller) -> None:
    demo, main = archive_limits(replace(caller, store_name="demo")), archive_limits(caller)
    assert (demo.members, demo.total_bytes) == (500, 200 * 2**20)
    assert main.total_bytes > demo.total_bytes


def test_an_import_ends_with_its_session(store: Store, caller: Caller) -> None:
    gate, reached, over = threading.Event(), threading.Event(), threading.Event()
    job = _job(store, caller, _two(gate, reached), lambda: not over.is_set())
    jobs.start("one", job)
    assert reached.wait(30)
    over.set()
    gate.set()
    assert job.wait(30)
    assert job.counts()[Outcome.STORED] == 1
    jobs.start("two", _job(store, caller, iter(())))
    assert jobs.current("one") is None


def test_one_session_has_one_import_at_a_time(store: Store, caller: Caller) -> None:
    gate, reached = threading.Event(), threading.Event()
    job = _job(store, caller, _two(gate, reached))
    jobs.start("one", job)
    with pytest.raises(Refusal) as refused:
        jobs.start("one", _job(store, caller, iter(())))
    assert refused.value.code == "import-running"
    gate.set()
    assert job.wait(30)


def test_a_fault_of_the_server_is_said(store: Store, caller: Caller) -> None:
    def broken() -> Iterator[FileSource]:
        yield from_bytes("a", film(1))
        raise RuntimeError("a name that nobody may read")

    job = _job(store, caller, broken())
    jobs.start("one", job)
    assert job.wait(30)
    assert job.refusal is not None
    assert job.refusal.code == "import-ended-early"
    assert "nobody may read" not in job.refusal.sentence
    assert job.counts()[Outcome.STORED] == 1


def test_a_caller_who_may_not_import_is_refused(store: Store) -> None:
    visitor = Caller("u", "visitor", "Visitor", Role.READ_ONLY, store.name, session_id="one")
    job = _job(store, visitor, iter([from_bytes("a", film())]))
    jobs.start("one", job)
    assert job.wait(30)
    assert job.refusal is not None
    assert job.refusal.code == "not-allowed"


def test_the_csv_holds_no_file_name() -> None:
    lines = [
        ImportLine("DOE_JANE_1980/chest.DCM", Outcome.STORED),
        ImportLine("x.zip/DOE.png", Outcome.REFUSED, expected="a", found="b", what_to_do="c."),
    ]
    rows = list(csv.reader(io.StringIO(jobs.as_csv(lines))))
    assert rows[1] == ["1", ".dcm", "stored", "", "", "", ""]
    assert rows[2] == ["2", ".png", "refused", "", "a", "b", "c."]
    assert "DOE" not in jobs.as_csv(lines)
