"""Importing what is said of patients: looked through first, then written in one transaction or not at all."""

import base64
import itertools
import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.domain.people import Caller, Role
from medai_core.domain.record import Code, Draft, Lane, Read, Standing
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource, from_bytes, is_no_record, open_sources
from medai_core.records.fhir.drafts import draft_of
from medai_core.records.kinds import kind_of
from medai_core.services import record_filing
from medai_core.services.record_deciding import OLDER, PAST, folded
from medai_core.services.record_filing import MERGE_WAITS
from medai_core.services.record_links import links_of
from medai_core.services.records import WAITING, Progress, commit_import, plan_import
from medai_core.store.database import Store
from medai_core.store.record_writing import Known
from medai_core.store.scratch import BEGINNING, sweep
from medai_core.store.staging import UNCHANGED, Staged, Staging
from tests.support.records import lanes_of, sources_of
from tests.support.statements import LOINC, at, bundle, imported, ndjson, patient, potassium, totals

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def _everything(store: Store) -> list[tuple[Any, ...]]:
    """The record's tables, row by row, without what names the import."""
    with store._database.reading() as connection:
        return [
            tuple(row)
            for table in ("record_entries", "record_values", "record_versions", "record_links", "patients",
                          "unmapped_codes", "pair_reviews")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]  # fmt: skip


def _bring(store: Store, caller: Caller, draft: Draft) -> None:
    """A draft as a reader might have made it."""
    with closing(Staging(store.home)) as staging:
        staging.add([Read("f", "", draft.resource_type, (draft,))], draft.source, links_of)
        staging.seal()
        record_filing.write(store, caller, staging, lambda progress: None, lambda: False)


def test_a_dry_run_says_what_a_commit_then_does_and_changes_nothing(store: Store, reader: Caller) -> None:
    files = [bundle(patient(), potassium("o1")), ndjson(potassium("o2"), {"resourceType": "Observation"})]
    before = store.audit.count()
    plan = plan_import(store, reader, files)
    assert _everything(store) == []
    assert store.audit.count() == before
    assert store.imports.recent() == ()
    done = commit_import(store, reader, plan)
    assert (done.lines, done.new_patients, done.affected) == (plan.lines, 1, 1)
    assert totals(done) == (4, 3, 0, 0, 1)
    by_name = {(line.file, line.resource): line for line in done.lines}
    assert by_name["b.json", "Patient"].added == 1
    assert by_name["a.ndjson", "Observation"].refused == 1
    assert sum(by_name["a.ndjson", "Observation"].reasons.values()) == 1
    (problem,) = done.problems
    assert (problem.file, problem.resource) == ("a.ndjson", "Observation")
    assert "2" in problem.where


def test_the_same_again_changes_nothing(store: Store, reader: Caller) -> None:
    files = [bundle(patient(), potassium("o1"), {"resourceType": "Basic", "id": "b", "code": {"text": "x"}})]
    imported(store, reader, *files)
    before = _everything(store)
    again = imported(store, reader, *files)
    assert totals(again) == (3, 0, 0, 3, 0)
    assert _everything(store) == before
    assert store.patients.count() == 1


def test_what_was_imported_is_told_in_history_and_audit(store: Store, reader: Caller) -> None:
    done = imported(store, reader, bundle(patient(), potassium("o1")), source="Hospital A")
    assert done.import_id is not None
    (record,) = store.imports.recent()
    assert (record.id, record.actor_id, record.cancelled) == (done.import_id, reader.user_id, False)
    assert store.records.lines(done.import_id) == done.lines
    (line,) = store.audit.search(action="record-imported")
    assert line.object_id == done.import_id
    detail = json.dumps(line.detail)
    assert "Muster" not in detail
    assert "MR-p1" not in detail
    assert sources_of(store) == ["Hospital A"]
    assert store.verify() == []


def test_a_newer_version_replaces_the_older_one_which_stays_to_be_seen(store: Store, reader: Caller) -> None:
    imported(store, reader, bundle(patient(), potassium("o1", 4.1, **at("2024-05-06T10:00:00Z"))))
    done = imported(store, reader, ndjson(potassium("o1", 5.2, **at("2024-05-07T10:00:00Z"))))
    assert totals(done) == (1, 0, 1, 0, 0)
    entry = store.records.find("import", "Observation", "o1")
    assert entry is not None
    assert (entry.versions, entry.draft.values[0].number) == (2, 5.2)
    (old,) = store.records.versions(entry.id)
    assert (old.versions, old.draft.values[0].number) == (1, 4.1)
    assert old.draft.content["valueQuantity"]["value"] == 4.1
    patient_id = entry.patient_id
    assert patient_id is not None
    (series,) = store.records.values_of(patient_id)
    assert [point.value.number for point in series.points] == [5.2]


def test_an_older_version_never_overwrites_a_newer_one(store: Store, reader: Caller) -> None:
    newer, older = (
        ndjson(potassium("o1", 5.2, **at("2024-05-07T10:00:00Z"))),
        ndjson(potassium("o1", 4.1, **at("2024-05-06T10:00:00Z"))),
    )
    imported(store, reader, bundle(patient()), newer)
    before = _everything(store)
    done = imported(store, reader, older)
    assert totals(done) == (1, 0, 0, 1, 0)
    assert done.lines[0].reasons == {OLDER: 1}
    assert _everything(store) == before


def test_what_was_said_again_later_is_not_overwritten_by_what_came_between(
    store: Store, reader: Caller
) -> None:
    same: dict[str, Any] = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"text": "x"},
    }
    first = {**same, "valueString": "a"}

    def put(content: dict[str, Any], day: int) -> None:
        """The same content may be said at two times: the source's clock stands beside it."""
        _bring(
            store, reader, replace(draft_of(content, source="A"), recorded=datetime(2024, 5, day, tzinfo=UTC))
        )

    put(first, 1)
    put(first, 5)
    put({**same, "valueString": "b"}, 3)
    entry = store.records.find("A", "Observation", "o1")
    assert entry is not None
    assert (entry.draft.content["valueString"], entry.versions) == ("a", 1)


def test_what_was_replaced_does_not_come_back_with_an_old_file(store: Store, reader: Caller) -> None:
    one, two = ndjson(potassium("o1", 4.1)), ndjson(potassium("o1", 5.2))
    imported(store, reader, bundle(patient()), one)
    imported(store, reader, two)
    done = imported(store, reader, one)
    assert totals(done) == (1, 0, 0, 1, 0)
    assert done.lines[0].reasons == {PAST: 1}
    entry = store.records.find("import", "Observation", "o1")
    assert entry is not None
    assert entry.draft.values[0].number == 5.2


def test_the_same_identity_twice_in_one_import_counts_twice_and_the_later_stays(
    store: Store, reader: Caller
) -> None:
    files = [ndjson(patient(), potassium("o1", 4.1), potassium("o1", 5.2), potassium("o1", 5.2))]
    done = imported(store, reader, *files)
    assert totals(done) == (4, 2, 1, 1, 0)
    entry = store.records.find("import", "Observation", "o1")
    assert entry is not None
    assert (entry.draft.values[0].number, entry.versions) == (5.2, 2)
    assert totals(imported(store, reader, *files)) == (4, 0, 0, 4, 0)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_files_may_come_in_any_order(order: tuple[int, ...], store: Store, reader: Caller) -> None:
    files = [
        ndjson(patient()),
        ndjson(potassium("o1"), potassium("o2")),
        ndjson({"resourceType": "Encounter", "id": "e", "status": "finished",
                "class": {"code": "AMB"}, "subject": {"reference": "Patient/p1"}}),
    ]  # fmt: skip
    for index in order:
        imported(store, reader, files[index])
    (found,) = {entry.patient_id for entry in _entries(store)}
    assert found is not None
    assert store.records.waiting() == ()
    assert lanes_of(store, found) == {Lane.PATIENT: 1, Lane.LABORATORY: 2, Lane.ENCOUNTER: 1}


def _entries(store: Store) -> list[Any]:
    names = [("Patient", "p1"), ("Observation", "o1"), ("Observation", "o2"), ("Encounter", "e")]
    found = [store.records.find("import", *name) for name in names]
    assert None not in found
    return found


def test_what_waits_for_its_patient_is_kept_and_said(store: Store, reader: Caller) -> None:
    done = imported(store, reader, ndjson(potassium("o1")))
    assert totals(done) == (1, 1, 0, 0, 0)
    assert done.cautions == {WAITING: 1}
    assert sum(each.entries for each in store.records.waiting()) == 1
    assert imported(store, reader, ndjson(patient())).cautions == {}
    assert store.records.waiting() == ()


def test_a_patient_is_meant_by_an_identifier_too(store: Store, reader: Caller) -> None:
    by_number = potassium("o1")
    by_number["subject"] = {"type": "Patient", "identifier": {"system": "urn:oid:1.2.3", "value": "MR-p1"}}
    imported(store, reader, ndjson(by_number))
    imported(store, reader, ndjson(patient()))
    entry = store.records.find("import", "Observation", "o1")
    assert entry is not None
    assert entry.patient_id is not None


def test_a_key_with_another_name_gets_a_record_of_its_own_and_a_review(store: Store, reader: Caller) -> None:
    imported(store, reader, ndjson(patient(), potassium("o1")), source="A")
    other = patient(name=[{"family": "Anders", "given": ["Ida"]}])
    done = imported(store, reader, ndjson(other, potassium("o2")), source="B")
    assert (done.new_patients, done.in_doubt) == (0, 1)
    one = store.records.find("A", "Observation", "o1")
    two = store.records.find("B", "Observation", "o2")
    assert one is not None
    assert two is not None
    assert one.patient_id != two.patient_id
    assert one.patient_id is not None
    assert store.records.writer.paired(one.patient_id) == (two.patient_id,)
    first = store.patients.get(one.patient_id)
    assert first is not None
    assert first.identity.name.alphabetic == "Muster Eva"
    (line,) = store.audit.search(action="identity-conflict-found")
    assert "Anders" not in json.dumps(line.detail)
    again = imported(store, reader, ndjson(other), source="C")
    assert (again.new_patients, again.in_doubt) == (0, 0)
    assert store.patients.count() == 2


def test_a_record_in_doubt_about_a_restricted_patient_is_restricted_too(
    store: Store, reader: Caller, second: Caller
) -> None:
    imported(store, reader, ndjson(patient()))
    entry = store.records.find("import", "Patient", "p1")
    assert entry is not None
    assert entry.patient_id is not None
    store.patients.set_restricted(entry.patient_id, restricted=True)
    store.patients.allow(entry.patient_id, reader.user_id)
    imported(store, reader, ndjson(patient(gender="male")), source="B")
    (other,) = store.records.writer.paired(entry.patient_id)
    assert store.patients.may_see(other, reader.user_id)
    assert not store.patients.may_see(other, second.user_id)


def test_what_was_not_known_of_a_patient_is_filled_in(store: Store, reader: Caller) -> None:
    without = patient()
    del without["birthDate"]
    imported(store, reader, ndjson(without), source="A")
    imported(store, reader, ndjson(patient()), source="B")
    entry = store.records.find("A", "Patient", "p1")
    assert entry is not None
    assert entry.patient_id is not None
    known = store.patients.get(entry.patient_id)
    assert known is not None
    assert str(known.identity.birth_date) == "1970-03-04"
    assert store.patients.count() == 1


def _merge(stays: str, goes: str, kind: str = "replaces") -> dict[str, Any]:
    key, other = (stays, goes) if kind == "replaces" else (goes, stays)
    return patient(key, link=[{"type": kind, "other": {"reference": f"Patient/{other}"}}])


@pytest.mark.parametrize("kind", ["replaces", "replaced-by"])
@pytest.mark.parametrize("late", [False, True])
def test_a_merge_that_a_sender_reports_is_proposed_once(
    kind: str, late: bool, store: Store, reader: Caller
) -> None:
    merge = ndjson(_merge("new", "old", kind))
    known = ndjson(patient("old" if kind == "replaces" else "new"))
    if late:
        assert imported(store, reader, merge).cautions == {MERGE_WAITS: 1}
    else:
        imported(store, reader, known)
    done = imported(store, reader, known if late else merge)
    assert done.merges == 1
    ids = {}
    for key in ("old", "new"):
        entry = store.records.find("import", "Patient", key)
        assert entry is not None
        ids[entry.patient_id] = key
    with store._database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT kind, patient_a, patient_b, state FROM pair_reviews"
        ).fetchall()
    assert [(row[0], ids[row[1]], ids[row[2]], row[3]) for row in rows] == [("message", "new", "old", "open")]
    assert imported(store, reader, merge).merges == 0
    assert len(ids) == 2


@pytest.mark.parametrize("turned", [False, True])
def test_a_correction_replaces_its_predecessor_whichever_comes_first(
    turned: bool, store: Store, reader: Caller
) -> None:
    imported(store, reader, ndjson(patient()), source="A")
    drafts = [
        draft_of(potassium("wrong", 41), source="A"),
        replace(draft_of(potassium("right", 4.1), source="A"), replaces=("wrong",)),
    ]
    for draft in reversed(drafts) if turned else drafts:
        _bring(store, reader, draft)
    wrong, right = (store.records.find("A", "Observation", key) for key in ("wrong", "right"))
    assert wrong is not None
    assert right is not None
    assert (wrong.replaced_by, wrong.current, right.current) == (right.id, False, True)
    assert right.patient_id is not None
    (series,) = store.records.values_of(right.patient_id)
    assert [point.value.number for point in series.points] == [4.1]
    assert len(store.records.of_patient(right.patient_id, [Lane.LABORATORY])) == 2


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("entered-in-error", Standing.WITHDRAWN),
        ("cancelled", Standing.WITHDRAWN),
        ("preliminary", Standing.PRELIMINARY),
    ],
)
def test_what_is_not_final_is_kept_and_never_current(
    status: str, standing: Standing, store: Store, reader: Caller
) -> None:
    imported(store, reader, ndjson(patient(), potassium("o1", status=status), potassium("o2")))
    entry = store.records.find("import", "Observation", "o1")
    assert entry is not None
    assert entry.patient_id is not None
    assert (entry.draft.standing, entry.current) == (standing, False)
    current = store.records.of_patient(entry.patient_id, [Lane.LABORATORY], current_only=True)
    assert [each.draft.key for each in current] == ["o2"]
    (series,) = store.records.values_of(entry.patient_id)
    assert [point.entry_id for point in series.points] == [current[0].id]
    (all_of_them,) = store.records.values_of(entry.patient_id, current_only=False)
    assert [point.current for point in all_of_them.points].count(False) == 1


def test_codes_that_nobody_knows_are_counted_and_forgotten_with_their_entry(
    store: Store, reader: Caller
) -> None:
    odd = {"coding": [{"system": "http://here.example/codes", "code": "K-1", "display": "Kalium"}]}
    done = imported(store, reader, ndjson(patient(), potassium("o1", code=odd), potassium("o2", code=odd)))
    (code,) = store.records.unmapped()
    assert (code.code, code.count) == (Code("http://here.example/codes", "K-1", "Kalium"), 2)
    assert [each.code for each in done.unmapped] == [code.code]
    assert done.unmapped_codes == 1
    imported(store, reader, ndjson(potassium("o1"), potassium("o2", 9.9, code=odd)))
    (code,) = store.records.unmapped()
    assert code.count == 1
    imported(store, reader, ndjson(potassium("o2", 9.8)))
    assert store.records.unmapped() == ()


@pytest.mark.parametrize("step", ["read", "compare", "write"])
def test_an_import_that_is_stopped_leaves_the_store_as_it_was(
    step: str, store: Store, reader: Caller
) -> None:
    imported(store, reader, ndjson(patient()))
    before, lines = _everything(store), store.audit.count()
    reached: list[str] = []
    file = ndjson(*(potassium(f"o{number}") for number in range(1200)), patient(name=[{"family": "Neu"}]))

    def tell(progress: Progress) -> None:
        assert 0 <= progress.share <= 1
        if progress.done:
            reached.append(progress.step)

    def stopped() -> bool:
        return step in reached

    def go() -> None:
        plan = plan_import(store, reader, [file], progress=tell, cancelled=stopped)
        with closing(plan):
            commit_import(store, reader, plan, progress=tell, cancelled=stopped)

    with pytest.raises(Refusal) as caught:
        go()
    assert caught.value.code == "import-cancelled"
    assert (_everything(store), store.audit.count()) == (before, lines)
    assert list(store.home.glob(f"{BEGINNING}*")) == []
    assert totals(imported(store, reader, file))[1] == 1200


def test_a_plan_is_committed_once(store: Store, reader: Caller) -> None:
    plan = plan_import(store, reader, [ndjson(patient())])
    commit_import(store, reader, plan)
    with pytest.raises(Refusal) as caught:
        commit_import(store, reader, plan)
    assert caught.value.code == "plan-gone"


def test_what_changed_since_the_dry_run_is_decided_anew(store: Store, reader: Caller) -> None:
    plan = plan_import(store, reader, [ndjson(patient(), potassium("o1"))])
    imported(store, reader, ndjson(patient(), potassium("o1")))
    assert plan.total("added") == 2
    assert totals(commit_import(store, reader, plan)) == (2, 0, 0, 2, 0)


def test_only_clinicians_import(store: Store, visitor: Caller) -> None:
    with pytest.raises(Refusal) as caught:
        plan_import(store, visitor, [ndjson(patient())])
    assert caught.value.code == "not-allowed"


def test_a_killed_import_leaves_nothing_once_it_is_swept(store: Store, reader: Caller, home: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from medai_core.domain.people import Caller, Role\n"
        "from medai_core.services.records import plan_import\n"
        "from medai_core.store.database import Store\n"
        "from tests.support.statements import ndjson, patient\n"
        "store = Store(Path(sys.argv[1]))\n"
        "caller = Caller('os:x', 'os:x', 'x', Role.ADMINISTRATOR, 'main')\n"
        "plan = plan_import(store, caller, [ndjson(patient())])\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    assert sweep(home) == 0
    assert len(list(home.glob(f"{BEGINNING}*"))) == 1
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
    assert sweep(home) == 1
    assert list(home.glob(f"{BEGINNING}*")) == []
    assert store.verify() == []


def test_what_waits_to_be_written_is_sealed_where_the_store_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAI_ENCRYPTION_KEY", base64.b64encode(b"k" * 32).decode())
    store = Store(home)
    caller = Caller("os:x", "os:x", "x", Role.ADMINISTRATOR, "main")
    file = ndjson(patient(), potassium("o1"), name="Muster Eva.ndjson")
    plan = plan_import(store, caller, [file])
    (folder,) = home.glob(f"{BEGINNING}*")
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"Muster" not in held
    assert b"1970-03-04" not in held
    done = commit_import(store, caller, plan)
    assert [line.file for line in done.lines] == ["Muster Eva.ndjson"] * 2
    entry = store.records.find("import", "Patient", "p1")
    assert entry is not None
    assert entry.draft.content == patient()
    assert totals(imported(store, caller, file)) == (2, 0, 0, 2, 0)
    store.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02", b"<Patient/>", b"just words of somebody", b"{", b"[",
     b"{\"resourceType\": \"Bundle\"", b"\xff\xfe{", b"MSH", b"a,b\n1,2\n", b"{}" * 9,
     b"null", b"\xef\xbb\xbf"],
)  # fmt: skip
def test_a_bad_file_is_a_line_and_stops_no_other(content: bytes, store: Store, reader: Caller) -> None:
    done = imported(store, reader, from_bytes("bad", content), ndjson(patient()))
    bad = [line for line in done.lines if line.file == "bad"]
    assert sum(line.refused for line in bad) == sum(line.read for line in bad) >= 1
    assert all(line.reasons for line in bad)
    assert store.patients.count() == 1


def test_a_file_that_cannot_be_opened_is_a_line(store: Store, reader: Caller, tmp_path: Path) -> None:
    (missing,) = open_sources(tmp_path / "nothing.json")
    done = imported(store, reader, missing, ndjson(patient()))
    assert (done.lines[0].resource, done.lines[0].refused) == ("file", 1)


def test_names_with_half_letters_are_stored(store: Store, reader: Caller) -> None:
    odd = patient(name=[{"family": "A\ud800\x00", "given": ["B"]}])
    file = FileSource("n\udcff.json", 0, lambda: bundle(odd).open())
    done = imported(store, reader, file)
    assert totals(done)[0] == 1


class _Kept:
    """One stored statement, changed as `folded` says."""

    def __init__(self) -> None:
        self.known: Known | None = None
        self.past: set[str] = set()

    def bring(self, statements: list[tuple[int, int]]) -> list[int]:
        """Drafts as (content, day or 0 for no time); the weights of their outcomes."""
        group = [
            Staged(number, {"identity": "i", "resource_type": "Observation", "digest": str(content),
                            "recorded": datetime(2024, 5, day, tzinfo=UTC) if day else None,
                            "content": "{}"})
            for number, (content, day) in enumerate(statements)
        ]  # fmt: skip
        decided = folded(self.known, group, {"e": self.past}, {})
        for draft in decided.written:
            if self.known is not None:
                self.past.add(self.known.digest)
            self.known = Known("e", "i", "p", draft.values["digest"], draft.values["recorded"], 1)
        if decided.confirmed and self.known is not None:
            self.known = replace(self.known, recorded=decided.confirmed)
        return [weight for _, weight, _ in decided.outcomes]


_FILES = st.lists(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=5), min_size=1, max_size=4
)


@given(files=_FILES)
def test_any_files_again_in_any_order_change_nothing(files: list[list[tuple[int, int]]]) -> None:
    kept = _Kept()
    for file in files:
        assert len(kept.bring(file)) == len(file)
    before = kept.known
    assert before is not None
    for file in [*files, *reversed(files)]:
        assert set(kept.bring(file)) == {UNCHANGED}
    assert kept.known == before


@given(files=_FILES)
def test_the_newest_stays_whatever_the_order(files: list[list[tuple[int, int]]]) -> None:
    kept = _Kept()
    for file in files:
        kept.bring(file)
    days = [day for file in files for _, day in file]
    assert kept.known is not None
    if max(days):
        assert kept.known.recorded == datetime(2024, 5, max(days), tzinfo=UTC)
    if 0 not in days:
        newest = {content for file in files for content, day in file if day == max(days)}
        assert kept.known.digest in {str(content) for content in newest}


def _sample_files() -> list[str]:
    return [
        str(path)
        for path in (DATA / "fhir_r4_synthea" / "hl7_r4_examples.zip", DATA / "hl7v2_samples")
        if path.exists()
    ]


@pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not on this machine")
@pytest.mark.parametrize("path", _sample_files(), ids=lambda path: Path(path).stem)
def test_nothing_of_the_samples_is_dropped(path: str, store: Store, reader: Caller) -> None:
    sources = list(open_sources(path, skipped=is_no_record))
    assert sources
    for source in sources:
        with source.open() as stream:
            assert kind_of(stream.read(65536), source.name) or source.size == 0
    done = imported(store, reader, *sources)
    for line in done.lines:
        assert line.read == line.added + line.changed + line.unchanged + line.refused
        assert line.read > 0
        assert sum(line.reasons.values()) >= line.refused
    named = {line.file for line in done.lines}
    assert len(named) > 0.95 * len(sources)
    again = imported(store, reader, *sources)
    assert again.total("added") == again.total("changed") == 0
    assert again.total("read") == done.total("read")


def test_the_start_loads_none_of_it() -> None:
    script = "import sys; from medai_core.store.database import Store; import medai_core.services.records\n"
    script += "bad = [n for n in sys.modules if n.startswith(('fhir', 'hl7', 'pint', 'openpyxl'))]\n"
    script += "assert not bad, bad"
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    assert subprocess.run([sys.executable, "-c", script], env=environment, timeout=60).returncode == 0


def test_values_are_found_by_system_and_code(store: Store, reader: Caller) -> None:
    imported(store, reader, ndjson(patient(), potassium("o1")))
    entry = store.records.find("import", "Observation", "o1")
    assert entry is not None
    assert entry.patient_id is not None
    assert store.records.values_of(entry.patient_id, [Code("http://snomed.info/sct", "2823-3")]) == ()
    (series,) = store.records.values_of(entry.patient_id, [Code(LOINC, "2823-3")])
    (point,) = series.points
    assert point.at is not None
    assert (point.value.number, point.value.unit, point.at.offset_minutes) == (4.1, "mmol/L", 120)
