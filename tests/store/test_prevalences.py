"""Settings of a site, a reading's choice, and databases from before there was either."""

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, PatientIdentity, PersonName, Role
from medai_core.domain.prediction import Prediction
from medai_core.domain.prevalence import PrevalenceChoice
from medai_core.domain.reading import Reading, Verdict
from medai_core.store import schema
from medai_core.store.connection import Database, database_url
from medai_core.store.database import Store
from medai_core.store.rows import DraftChanges, NewStudy, SiteSetting
from tests.support.prevalence import local_answer
from tests.support.raw import Raw

READER = Caller("reader-1", "reader", "R. Reader", Role.CLINICIAN, "main")


def drafted(store: Store, study: str, add_image: object, prediction: Prediction) -> Reading:
    """A draft with an answer and a verdict."""
    prediction_id = store.predictions.add(add_image(store, study), prediction)  # type: ignore[operator]
    draft = store.readings.start(study, READER)
    changes = DraftChanges("Report", "", Verdict.AGREE, None, prediction_id, False)
    return store.readings.save(draft.id, changes, revision=draft.revision)


def test_settings_are_kept_by_model(store: Store) -> None:
    store.prevalences.set("one", "ward", {"edema": 0.1}, changed_by="a")
    store.prevalences.set("two", "ward", {"edema": 0.2}, changed_by="a")
    store.prevalences.set("one", "ward", {"edema": 0.3, "mass": 0.05}, changed_by="b")
    store.prevalences.set_default("one", "clinic", changed_by="b")
    assert store.prevalences.of_model("one") == (
        SiteSetting("clinic", {}, True),
        SiteSetting("ward", {"edema": 0.3, "mass": 0.05}, False),
    )
    store.prevalences.set_default("one", "ward", changed_by="b")
    store.prevalences.set("one", "ward", {}, changed_by="b")
    assert [(one.name, one.site_default) for one in store.prevalences.of_model("one")] == [
        ("clinic", False), ("ward", True)
    ]  # fmt: skip
    store.prevalences.set_default("one", None, changed_by="b")
    store.prevalences.remove("one", "clinic")
    assert store.prevalences.of_model("one") == (SiteSetting("ward", {}, False),)
    assert store.prevalences.of_model("two") == (SiteSetting("ward", {"edema": 0.2}, False),)


def test_a_choice_is_part_of_the_draft_and_other_saves_leave_it(
    store: Store, study: str, add_image: object, prediction: Prediction
) -> None:
    draft = drafted(store, study, add_image, prediction)
    choice = PrevalenceChoice(prediction.model, "ward", (("pneumonia", 0.2),))
    chosen = store.readings.choose_prevalence(draft.id, choice, revision=draft.revision)
    assert (chosen.prevalence_choice, chosen.revision) == (choice, draft.revision + 1)
    changes = DraftChanges("Other words", "", Verdict.AGREE, None, draft.prediction_id, False)
    saved = store.readings.save(draft.id, changes, revision=chosen.revision)
    assert saved.prevalence_choice == choice
    assert store.readings.choose_prevalence(draft.id, None, revision=saved.revision).prevalence_choice is None


@pytest.mark.parametrize("change", ["replace(prevalence, ' 0.3,', ' 0.4,')", "NULL"])
def test_what_is_signed_holds_the_prevalence_and_shows_any_change_of_it(
    store: Store, raw: Raw, study: str, add_image: object, prediction: Prediction, change: str
) -> None:
    draft = drafted(store, study, add_image, prediction)
    local = local_answer(prediction)
    signed = store.readings.sign(draft.id, READER, revision=draft.revision, prevalence=local)
    assert signed.prevalence == local
    assert store.readings.verify() == []
    if raw.url:
        change = change.replace("(prevalence", "(prevalence::text").replace("0.4,')", "0.4,')::json")
    raw.run(f"UPDATE readings SET prevalence = {change}", without=("readings_no_update",))
    assert store.readings.verify() == [f"Reading {signed.id} is not as it was signed."]


def test_a_store_from_before_keeps_its_signed_readings(
    home: Path, tmp_path: Path, prediction: Prediction, add_image: object
) -> None:
    """What was signed before there was a prevalence is read, and verified, as it was."""
    old = tmp_path / "old.sqlite3"
    _older_store(old, home, prediction, add_image)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
        names = {row[1] for row in connection.execute("PRAGMA table_info(readings)")}
        assert not {"prevalence", "prevalence_choice"} & names
    shutil.copy(old, home / "medai.sqlite3")
    store = Store(home)
    (reading,) = [one for study in _studies(store) for one in store.readings.of_study(study)]
    assert (reading.report, reading.prevalence, reading.prevalence_choice) == ("Report", None, None)
    assert store.verify() == []
    store.prevalences.set("one", "ward", {"edema": 0.1}, changed_by="a")
    assert store.prevalences.of_model("one") == (SiteSetting("ward", {"edema": 0.1}, False),)
    store.close()


def _studies(store: Store) -> list[str]:
    with store._database.reading() as connection:
        return list(connection.exec_driver_sql("SELECT id FROM studies").scalars())


def _older_store(old: Path, home: Path, prediction: Prediction, add_image: object) -> None:
    """A database at revision 0002 with one signed reading, its rows taken over from one of today."""
    store = Store(home)
    identity = PatientIdentity("P-1", "", PersonName("Lindt Anna"), date(2022, 5, 4), "F")
    study = store.studies.add(store.patients.add(identity).id, NewStudy("1.2.3", "A7", "DX", "Thorax"))
    draft = drafted(store, study, add_image, prediction)
    store.readings.sign(draft.id, READER, revision=draft.revision)
    store.close()
    database = Database(database_url(home, f"sqlite:///{old}"))
    schema.upgrade(database, "0002")
    database.close()
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("ATTACH ? AS new", (str(home / "medai.sqlite3"),))
        tables = [row[0] for row in connection.execute(
            "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name != 'alembic_version'"
        )]  # fmt: skip
        for table in tables:
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
        connection.commit()
