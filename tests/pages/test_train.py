"""The Train page: bring a table, choose, compare in a process of its own, save, release."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Role
from medai_core.services import training
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
