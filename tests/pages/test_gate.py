"""No page draws anything for whoever is not signed in, or not allowed."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Role
from medai_core.store.database import Store
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.checkout import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_signed_out_a_page_shows_the_sign_in_form_only(
    name: str, store: Store, open_alone: Callable[[str], AppTest]
) -> None:
    drawn = words(open_alone(name))
    assert "/auth/sign-in" in drawn
    assert "medai_worklist" not in drawn
    assert "Check files and answers" not in drawn


@pytest.mark.parametrize("name", PAGES)
def test_each_page_runs_in_an_empty_store(name: str, sign_in: SignIn, open_page: OpenPage) -> None:
    sign_in(Role.ADMINISTRATOR)
    drawn = words(open_page(name))
    assert "/auth/sign-in" not in drawn
    assert "could not be drawn" not in drawn


@pytest.mark.parametrize(("name", "role"), [("admin", Role.CLINICIAN), ("review", Role.READ_ONLY)])
def test_a_page_stays_closed_to_a_lesser_role(
    name: str, role: Role, sign_in: SignIn, open_alone: Callable[[str], AppTest]
) -> None:
    sign_in(role)
    page = open_alone(name)
    assert "This needs the role of" in page.error[0].value
    drawn = words(page)
    assert "New account" not in drawn
    assert "Move a study" not in drawn
