"""The demo's made-up records: as the program writes them, and about the demo's own patients."""

import json

from medai_core.domain.people import Caller
from medai_core.domain.record import Lane
from medai_core.imaging.archive import from_bytes
from medai_core.services.demo_record import RESOURCES, SOURCE, writing
from medai_core.services.patient_record import overview
from medai_core.services.records import commit_import, plan_import
from medai_core.store.database import Store


def test_the_file_is_what_the_program_writes() -> None:
    assert RESOURCES.read_text(encoding="utf-8") == writing.content()


def test_every_resource_says_that_it_is_made_up() -> None:
    for line in RESOURCES.read_text(encoding="utf-8").splitlines():
        assert json.loads(line)["meta"]["security"][0]["code"] == "HTEST"


def test_it_goes_in_whole_and_twice_changes_nothing(store: Store, reader: Caller) -> None:
    def bring_in() -> tuple[int, int, int]:
        file = from_bytes("people.ndjson", RESOURCES.read_bytes())
        plan = commit_import(store, reader, plan_import(store, reader, [file], source=SOURCE))
        return plan.total("read"), plan.total("added"), plan.total("refused")

    lines = len(RESOURCES.read_text(encoding="utf-8").splitlines())
    assert bring_in() == (lines, lines, 0)
    assert bring_in() == (lines, 0, 0)
    patient = store.patients.find("MedAI phantom", "VIRTUAL-1")
    assert patient is not None
    record = overview(store, reader, patient.id)
    assert record.counts[Lane.PROBLEM] == 4
    assert record.hidden == {Lane.PROBLEM: 1, Lane.LABORATORY: 1}
