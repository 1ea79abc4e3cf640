"""The Train page: bring a table, choose, compare in a process of its own, save, release."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, Role
from medai_core.services import training, training_compare, training_process, training_save
from medai_core.store.database import Store
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.own_tables import risk_table


@pytest.fixture
def brought(store: Store, sign_in: SignIn) -> str:
    """A table that the signed-in clinician brought."""
    caller = sign_in()
    return training.bring(store, caller, "ward7.csv", risk_table(200))


def test_an_empty_page_says_what_to_do(sign_in: SignIn, open_page: OpenPage) -> None:
    sign_in()
    assert "No table yet" in words(open_page("train"))


def test_others_do_not_see_it(brought: str, sign_in: SignIn, open_page: OpenPage) -> None:
    sign_in(name="another")
    assert "ward7" not in words(open_page("train"))
    page = open_page("train", training=brought)
    assert "training-missing" in words(page)
    assert "sbp" not in words(page)


def test_readers_have_no_such_page(sign_in: SignIn, open_alone: Callable[[str], AppTest]) -> None:
    sign_in(Role.READ_ONLY)
    assert "clinician" in open_alone("train").error[0].value


def test_the_profile_and_the_question_survive_a_reload(
    store: Store, brought: str, open_page: OpenPage
) -> None:
    page = open_page("train", training=brought)
    drawn = words(page)
    assert "200 rows" in drawn
    assert "Nearly every row has a value of its own" in drawn
    page.selectbox(key=f"train:{brought}:target").select("outcome").run()
    assert "Columns to learn from" in words(page)
    again = open_page("train", training=brought)
    assert again.selectbox(key=f"train:{brought}:target").value == "outcome"
    columns = again.multiselect(key=f"train:{brought}:outcome:columns").value
    assert columns == ["age", "sbp", "smoker"]
    assert "Takes about" in words(again)


def test_choices_are_kept_as_they_are_made(store: Store, brought: str, open_page: OpenPage) -> None:
    page = open_page("train", training=brought)
    page.selectbox(key=f"train:{brought}:target").select("outcome").run()
    page.multiselect(key=f"train:{brought}:outcome:kinds").set_value(["logistic", "tree"]).run()
    found = store.trainings.get(brought)
    assert found is not None
    chosen = training.choices_of(found)
    assert chosen is not None
    assert chosen.candidates == ("logistic", "tree")


def test_deleting_asks_nobody_twice(store: Store, brought: str, open_page: OpenPage) -> None:
    page = open_page("train", training=brought)
    page.button(key=f"train:delete:{brought}").click().run()
    assert store.trainings.get(brought) is None
    assert "No table yet" in words(page)


class _Silent:
    """Nobody looks at the progress."""

    def tell(self, share: float, words: str) -> None:
        assert 0 <= share <= 1

    def change(self, **values: Any) -> None:
        assert values


@pytest.fixture
def compared(store: Store, brought: str) -> str:
    """The same table with logistic regression compared, as the process does it."""
    one = store.trainings.get(brought)
    assert one is not None
    caller = Caller(one.owner_id, "x", "X", Role.CLINICIAN, "main")
    training.set_target(store, caller, brought, "outcome", ["1"])
    chosen = training.choices_of(training.look(store, caller, brought))
    assert chosen is not None
    training.set_choices(store, caller, brought, replace(chosen, candidates=("logistic",)))
    store.trainings.change(
        brought, **training_compare.compare(store, training.look(store, caller, brought), _Silent())
    )
    return brought


def test_results_are_drawn_and_costs_move_the_point(compared: str, open_page: OpenPage) -> None:
    page = open_page("train", training=compared)
    drawn = words(page)
    for heading in ("Comparison", "Operating point by cost", "Decision curve", "What it goes by"):
        assert heading in drawn
    assert "40 rows are held out" in drawn
    before = next(part for part in drawn.split("|") if "Flag from" in part)
    page.slider(key=f"train:{compared}:alarm").set_value(100).run()
    after = next(part for part in words(page).split("|") if "Flag from" in part)
    assert before != after


def test_a_model_without_a_title_is_not_saved(store: Store, compared: str, open_page: OpenPage) -> None:
    page = open_page("train", training=compared)
    page.button(key=f"train:{compared}:save").click().run()
    assert "training-title" in words(page)
    one = store.trainings.get(compared)
    assert one is not None
    assert one.state == training.COMPARED


def test_an_administrator_releases_what_another_trained(
    store: Store, compared: str, sign_in: SignIn, open_page: OpenPage
) -> None:
    one = store.trainings.get(compared)
    assert one is not None
    wanted = {"candidate": "logistic", "title": "Made up", "threshold": 0.4, "costs": None}
    store.trainings.change(compared, choices={**(one.choices or {}), "save": wanted})
    again = store.trainings.get(compared)
    assert again is not None
    store.trainings.change(compared, **training_save.save(store, again, _Silent()))
    assert "local, not validated" in words(open_page("train"))
    sign_in(Role.ADMINISTRATOR, "chief")
    page = open_page("train", model="own_made_up")
    assert "Intended use: what for, for whom, when" in words(page)
    page.text_area(key="train:use:own_made_up").set_value("For the clinic's study of made-up outcomes.").run()
    page.text_area(key="train:not:own_made_up").set_value("Decisions about the care of a patient.").run()
    page.button(key="train:release:own_made_up").click().run()
    assert page.button(key="train:withdraw:own_made_up").label == "Withdraw"
    assert "Made up" in words(open_page("models"))


def test_a_run_under_way_shows_how_far_it_is(
    store: Store, brought: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_process, "begin", lambda store, training_id: 0)
    page = open_page("train", training=brought)
    page.selectbox(key=f"train:{brought}:target").select("outcome").run()
    page.button(key=f"train:{brought}:start").click().run()
    assert "It runs in a process of its own" in words(page)
    store.trainings.change(brought, progress={"share": 0.4, "step": "Decision tree (2 of 7)", "left": 90})
    assert "about 2 minutes left" in words(open_page("train", training=brought))
    page.button(key=f"train:{brought}:cancel").click().run()
    one = store.trainings.get(brought)
    assert one is not None
    assert one.cancel_asked
