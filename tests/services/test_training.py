"""Training from end to end: the author's alone, in a process of its own, cancelled, saved, released."""

import csv
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medai_core.__main__ import main
from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.security.stores import close_stores, open_store
from medai_core.services import (
    own_models,
    training,
    training_compare,
    training_process,
    training_save,
)
from medai_core.serving import registry, tabular
from medai_core.store.database import Store
from medai_core.store.trainings import Training
from tests.support.own_tables import risk_table

AUTHOR = Caller("author-1", "author", "Author", Role.CLINICIAN, "main")
OTHER = Caller("other-1", "other", "Other", Role.CLINICIAN, "main")
READER = Caller("reader-1", "reader", "Reader", Role.READ_ONLY, "main")
ADMINISTRATOR = Caller("admin-1", "admin", "Admin", Role.ADMINISTRATOR, "main")
SECONDS = 200.0


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """The main store under MEDAI_HOME, as the worker opens it too."""
    yield open_store()
    training_process.wait(60)
    close_stores()


def brought(store: Store, *kinds: str, rows: int = 160) -> str:
    """A table with its question chosen, to be compared with some kinds of models."""
    found = training.bring(store, AUTHOR, "ward 7.csv", risk_table(rows))
    training.set_target(store, AUTHOR, found, "outcome", ["1"])
    chosen = training.choices_of(training.look(store, AUTHOR, found))
    assert chosen is not None
    chosen = type(chosen).from_dict({**chosen.as_dict(), "candidates": list(kinds or ("logistic",))})
    training.set_choices(store, AUTHOR, found, chosen)
    return found


def after(store: Store, training_id: str) -> Training:
    """The training once nothing works on it any more."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = training.look(store, AUTHOR, training_id)
        if found.state not in training.AT_WORK:
            return found
        time.sleep(0.2)
    raise AssertionError("the training did not end in time")


def compared(store: Store, *kinds: str) -> Training:
    """As the process does it, but in this one."""
    found = store.trainings.get(brought(store, *kinds))
    assert found is not None
    store.trainings.change(found.id, **training_compare.compare(store, found, Silent()))
    return training.look(store, AUTHOR, found.id)


def saved_here(store: Store, found: Training, name: str, title: str) -> Training:
    """The same, of saving."""
    wanted = {"candidate": name, "title": title, "threshold": 0.4, "costs": None}
    store.trainings.change(found.id, choices={**(found.choices or {}), "save": wanted})
    again = store.trainings.get(found.id)
    assert again is not None
    store.trainings.change(found.id, **training_save.save(store, again, Silent()))
    return training.look(store, AUTHOR, found.id)


class Silent:
    """Nobody looks at the progress."""

    def tell(self, share: float, words: str) -> None:
        assert 0 <= share <= 1
        assert words

    def change(self, **values: Any) -> None:
        assert values


def test_a_table_is_its_authors_alone(store: Store) -> None:
    found = brought(store)
    assert [one.id for one in training.mine(store, AUTHOR)] == [found]
    for caller in (OTHER, ADMINISTRATOR):
        assert training.mine(store, caller) == ()
        with pytest.raises(Refusal) as caught:
            training.look(store, caller, found)
        assert caught.value.code == "training-missing"
    with pytest.raises(Refusal, match="clinician"):
        training.bring(store, READER, "x.csv", risk_table(100))
    with pytest.raises(Refusal, match="clinician"):
        training.mine(store, READER)


def test_nobody_reads_the_table_past_the_store(store: Store, home: Path) -> None:
    found = brought(store)
    folder = store.trainings.folder(found)
    kept = (folder / "table").read_bytes()
    assert b"patient_id" not in kept
    assert store.trainings.table(found) == risk_table(160)
    training.remove(store, AUTHOR, found)
    assert not folder.exists()
    with pytest.raises(Refusal) as caught:
        training.look(store, AUTHOR, found)
    assert caught.value.code == "training-missing"


def test_a_changed_file_is_refused(store: Store) -> None:
    found = brought(store)
    path = store.trainings.folder(found) / "table"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Refusal) as caught:
        store.trainings.table(found)
    assert caught.value.code == "training-table-missing"


def test_from_a_table_to_a_released_model(store: Store, home: Path, tmp_path: Path) -> None:
    begun = brought(store, "logistic", "tree")
    training.start(store, AUTHOR, begun)
    found = after(store, begun)
    assert found.refusal is None
    assert found.state == training.COMPARED
    assert found.result is not None
    assert set(found.result["candidates"]) == {"logistic", "tree"}
    assert found.result["recommended"] == "logistic"
    assert found.result["candidates"]["logistic"]["figures"]["auroc"]["value"] > 0.7
    with pytest.raises(Refusal) as caught:
        training.save(store, AUTHOR, found.id, name="logistic", title=" ", threshold=0.3)
    assert caught.value.code == "training-title"
    training.save(store, AUTHOR, found.id, name="logistic", title="Made-up outcome", threshold=0.3)
    saved = after(store, found.id)
    assert (saved.state, saved.refusal, saved.model) == (training.SAVED, None, "own_made_up_outcome")
    _is_its_authors(store)
    _is_released(store)
    _answers_a_table(tmp_path)
    own_models.withdraw(store, ADMINISTRATOR, "own_made_up_outcome")
    assert registry.available(registry.TABLE) == tuple(
        one for one in registry.available(registry.TABLE) if not one.is_own
    )
    own_models.remove(store, AUTHOR, "own_made_up_outcome")
    assert own_models.visible(store, AUTHOR) == ()
    assert training.look(store, AUTHOR, found.id).model is None


def _is_its_authors(store: Store) -> None:
    name = "own_made_up_outcome"
    (card,) = own_models.visible(store, AUTHOR)
    assert card.data["local"] == {"state": "local, not validated", "author": AUTHOR.user_id}
    assert "None yet" in card.intended_use
    assert card.folder.parent == store.home / "models"
    assert {oct(path.stat().st_mode & 0o777) for path in card.folder.iterdir()} == {"0o600"}
    assert own_models.visible(store, OTHER) == ()
    assert name not in {one.name for one in registry.available(None)}
    with pytest.raises(Refusal) as caught:
        tabular.answer(name, {"age": 60.0})
    assert caught.value.code == "unknown-model"
    with pytest.raises(Refusal, match="administrator"):
        own_models.release(store, AUTHOR, name, intended_use="x" * 30, not_for="y" * 30)


def _is_released(store: Store) -> None:
    name = "own_made_up_outcome"
    with pytest.raises(Refusal) as caught:
        own_models.release(store, ADMINISTRATOR, name, intended_use="short", not_for="y" * 30)
    assert caught.value.code == "release-use"
    with pytest.raises(Refusal) as caught:
        own_models.release(store, ADMINISTRATOR, name, intended_use="x" * 30, not_for="y" * 30)
    assert caught.value.code == "release-not-measured"  # 32 rows held out are too few
    with pytest.raises(Refusal) as caught:
        own_models.measure_on(store, AUTHOR, name, "other.csv", b"age,sbp\n60,120\n")
    assert caught.value.code == "held-out-target"
    figures = own_models.measure_on(store, AUTHOR, name, "other.csv", risk_table(300, seed=5, sign=";"))
    assert figures["auroc"]["n"] == 300
    assert figures["auroc"]["value"] > 0.7
    use = "For the clinic's own study of made-up outcomes in adults."
    own_models.release(
        store, ADMINISTRATOR, name, intended_use=use, not_for="Decisions about a patient's care."
    )
    card = registry.card(name)
    assert card.is_released
    assert card.intended_use == use
    assert card.data["local"]["released_by"] == ADMINISTRATOR.user_id
    assert next(iter(card.data["results"])) == "a further file"
    with pytest.raises(Refusal, match="others use"):
        own_models.remove(store, AUTHOR, name)


def _answers_a_table(tmp_path: Path) -> None:
    table, out = tmp_path / "people.csv", tmp_path / "answers.csv"
    table.write_text("age,sbp,smoker,more\n45,110,no,1\n80,180,yes,2\n,,,3\n70,,yes,4\n", encoding="utf-8")
    assert main(["predict", "own_made_up_outcome", str(table), "--csv", str(out)]) == 0
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert float(rows[0]["probability"]) < float(rows[1]["probability"])
    assert (rows[0]["decision"], rows[1]["decision"]) == ("no flag", "flag")
    assert rows[2]["refused"]
    assert "sbp" in rows[3]["cautions"]
    answer = tabular.answer("own_made_up_outcome", {"age": 70.0, "smoker": True})
    assert answer.probability is not None
    assert answer.low is not None
    assert answer.high is not None
    assert answer.low <= answer.probability <= answer.high


def test_the_same_table_gives_the_same_card(store: Store) -> None:
    cards = []
    for _ in range(2):
        saved = saved_here(store, compared(store, "tree"), "tree", "Twice")
        assert saved.model is not None
        folder = store.home / "models" / saved.model
        cards.append(json.loads((folder / "card.json").read_text(encoding="utf-8")))
    first, second = cards
    assert (first.pop("name"), second.pop("name")) == ("own_twice", "own_twice_2")
    assert first == second


def test_what_was_compared_before_is_kept_when_it_is_cancelled(store: Store) -> None:
    found = brought(store, "logistic", "forest", rows=2500)
    training.start(store, AUTHOR, found)
    with pytest.raises(Refusal) as caught:
        training.start(store, AUTHOR, found)
    assert caught.value.code == "training-running"
    deadline = time.monotonic() + SECONDS
    while not (training.look(store, AUTHOR, found).result or {}).get("candidates"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    training.cancel(store, AUTHOR, found)
    ended = after(store, found)
    assert ended.refusal is not None
    assert ended.refusal["code"] == "training-cancelled"
    assert ended.state == training.COMPARED
    assert set((ended.result or {})["candidates"]) == {"logistic"}


def test_a_run_whose_process_died_is_shown_as_broken_off(store: Store) -> None:
    found = brought(store, "forest", rows=2500)
    training.start(store, AUTHOR, found)
    child = training_process._CHILDREN[found]
    deadline = time.monotonic() + SECONDS
    while not store.trainings.is_worked_on(found):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(timeout=30)
    ended = training.look(store, AUTHOR, found)
    assert ended.state == training.ENDED
    assert ended.refusal is not None
    assert ended.refusal["code"] == "training-broken-off"
    assert store.trainings.table(found) == risk_table(2500)  # nobody's work is lost


def test_a_run_that_another_server_began_is_found_broken_off(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = brought(store)
    monkeypatch.setattr(training_process, "begin", lambda store, training_id: 0)
    training.start(store, AUTHOR, found)
    assert training.look(store, AUTHOR, found).state == training.RUNNING  # it may only just have begun
    monkeypatch.setattr(training, "STARTING_SECONDS", 0.0)
    assert training.look(store, AUTHOR, found).state == training.ENDED


def test_a_removed_training_ends_its_process(store: Store) -> None:
    found = brought(store, "forest", rows=2500)
    training.start(store, AUTHOR, found)
    child = training_process._CHILDREN[found]
    training.remove(store, AUTHOR, found)
    assert child.wait(timeout=60) != 0
    assert not store.trainings.folder(found).exists()


def test_what_cannot_be_learned_from_is_refused_before_a_process_is_begun(store: Store) -> None:
    found = brought(store, rows=40)
    with pytest.raises(Refusal) as caught:
        training.start(store, AUTHOR, found)
    assert caught.value.code == "training-too-few"
    assert training.look(store, AUTHOR, found).state == training.NEW


def test_results_say_of_which_choices_they_are(store: Store) -> None:
    found = compared(store, "logistic")
    training.set_target(store, AUTHOR, found.id, "smoker", ["yes"])
    again = training.look(store, AUTHOR, found.id)
    assert training.choices_of(again) != training.compared_choices(again)
    kept = training.compared_choices(again)
    assert kept is not None
    assert kept.target == "outcome"
