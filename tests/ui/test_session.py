"""The gate inside a page: who is there, asked of the store at every run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Role
from medai_core.security import accounts, sessions
from medai_core.security.stores import close_stores, cookie_value, open_store
from medai_core.store.database import Store
from medai_core.web.cookies import SESSION

SignIn = Callable[[Role], str]


def _page() -> None:
    import streamlit as st

    from medai_core.domain.people import Role
    from medai_core.ui.session import require_user

    user = require_user(Role(st.query_params.get("role", "read-only")))
    st.write(f"{user.caller.username} in {user.store.name}")
    st.write("remembered: " + st.session_state.setdefault("who", user.caller.username))


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    yield open_store()
    close_stores()


@pytest.fixture
def cookies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the browser brings along; a test fills it."""
    brought: dict[str, str] = {}
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda self: brought))
    return brought


@pytest.fixture
def sign_in(store: Store, cookies: dict[str, str]) -> SignIn:
    """Signs a new user in; returns the token."""

    def signed_in(role: Role) -> str:
        account = store.accounts.add(role.value, role.value, role, "no password", must_change_password=False)
        _, token, _ = sessions.start(store, account)
        cookies[SESSION] = cookie_value(store, token)
        return token

    return signed_in


def _run(page: AppTest) -> str:
    page.run()
    assert not page.exception
    return " | ".join([*(item.value for item in page.markdown), *(item.value for item in page.title)])


def test_without_a_session_the_form_stands_there(store: Store, cookies: dict[str, str]) -> None:
    assert _run(AppTest.from_function(_page, default_timeout=30)) == "Sign in"
    cookies[SESSION] = "main.invented"
    assert _run(AppTest.from_function(_page, default_timeout=30)) == "Sign in"


def test_with_one_the_page_is_drawn(sign_in: SignIn) -> None:
    sign_in(Role.READ_ONLY)
    assert _run(AppTest.from_function(_page, default_timeout=30)).startswith("read-only in main")


def test_the_store_is_asked_at_every_run(store: Store, sign_in: SignIn) -> None:
    token = sign_in(Role.CLINICIAN)
    page = AppTest.from_function(_page, default_timeout=30)
    assert _run(page).startswith("clinician in main")
    sessions.lock(store, token)
    assert _run(page).endswith("Locked")
    assert "clinician in main" not in _run(page)
    record = store.sessions.live()[0]
    store.sessions.unlock(record.id)
    assert _run(page).startswith("clinician in main")
    sessions.revoke(store, token)
    assert _run(page) == "Sign in"


def test_a_role_that_is_too_low_gets_a_sentence_and_nothing_else(sign_in: SignIn) -> None:
    sign_in(Role.CLINICIAN)
    page = AppTest.from_function(_page, default_timeout=30)
    page.query_params["role"] = "administrator"
    assert _run(page) == ""
    assert "This needs the role of administrator; yours is clinician." in page.error[0].value


def test_state_of_one_person_is_dropped_for_the_next(sign_in: SignIn) -> None:
    page = AppTest.from_function(_page, default_timeout=30)
    sign_in(Role.CLINICIAN)
    assert "remembered: clinician" in _run(page)
    assert "remembered: clinician" in _run(page)
    sign_in(Role.READ_ONLY)
    assert "remembered: read-only" in _run(page)


def test_a_one_time_password_leads_to_a_new_one(store: Store, cookies: dict[str, str]) -> None:
    password = accounts.ensure_administrator(store)
    assert password is not None
    _, token, _ = accounts.sign_in(store, accounts.FIRST_NAME, password)
    cookies[SESSION] = cookie_value(store, token)
    assert "Choose a password" in _run(AppTest.from_function(_page, default_timeout=30))


def test_unlocking_in_place_needs_the_password(store: Store, cookies: dict[str, str]) -> None:
    one_time = accounts.ensure_administrator(store)
    assert one_time is not None
    caller, token, _ = accounts.sign_in(store, accounts.FIRST_NAME, one_time)
    accounts.change_password(store, caller, one_time, "a long enough passphrase 7")
    cookies[SESSION] = cookie_value(store, token)
    page = AppTest.from_function(_page, default_timeout=30)
    assert _run(page).startswith("admin in main")
    sessions.lock(store, token)
    assert "Locked" in _run(page)
    page.text_input(key="secret:unlock").set_value("wrong")
    page.button[0].click()
    assert "Locked" in _run(page)
    assert "Expected your password" in page.error[0].value
    page.text_input(key="secret:unlock").set_value("a long enough passphrase 7")
    page.button[0].click()
    assert _run(page).startswith("admin in main")
