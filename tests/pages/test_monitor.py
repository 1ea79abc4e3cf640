"""The monitor as people see it: empty, full, refused to those who may only look, and exported."""

from datetime import datetime, tzinfo

import pytest
import streamlit as st

from medai_core.domain.people import Caller, Role
from medai_core.services import monitoring
from medai_core.store.database import Store
from medai_core.ui.monitor import NOT_TRUTH
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support import watched


class _Clock(datetime):
    """A day on which what the tests make up is recent."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return watched.NOW.astimezone(tz)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "datetime", _Clock)


def test_nothing_yet_says_what_is_needed(reader: Caller, open_page: OpenPage) -> None:
    drawn = words(open_page("models", monitor=watched.MODEL))
    assert "Nothing to show for this window yet" in drawn
    assert "too few to say" in drawn.lower()


def test_a_drift_is_seen_with_its_reasons(reader: Caller, store: Store, open_page: OpenPage) -> None:
    watched.fill(store)
    drawn = words(open_page("models", monitor=watched.MODEL))
    assert "Drifted" in drawn
    assert "Mean grey: PSI" in drawn
    assert "The model refuses more often than before." in drawn
    assert "agree less often than before" in drawn
    assert NOT_TRUTH.split(".")[0] in drawn
    for rule in monitoring.RULE:
        assert rule.split(":")[0] in drawn


def test_the_window_is_kept_in_the_address(reader: Caller, store: Store, open_page: OpenPage) -> None:
    watched.fill(store, watched.Plan(answers=900))
    page = open_page("models", monitor=watched.MODEL, window="365 days")
    assert "2025-11-22 to 2026-11-21" in words(page)
    page.button_group(key="window").set_value("30 days").run()
    assert "2026-10-23 to 2026-11-21" in words(page)


def test_the_list_says_how_a_model_stands(reader: Caller, store: Store, open_page: OpenPage) -> None:
    watched.fill(store)
    page = open_page("models")
    assert "▲ drifted" in words(page)
    page.button(key=f"models:monitor:{watched.MODEL}").click().run()
    assert "Monitor: " in words(page)
    page.button(key="monitor:back").click().run()
    assert "Open the card" in words(page)


def test_an_unknown_name_is_refused_in_words(reader: Caller, open_page: OpenPage) -> None:
    assert "unknown-model" in words(open_page("models", monitor="no_such_model"))


def test_those_who_may_only_look_do_not_see_it(sign_in: SignIn, store: Store, open_page: OpenPage) -> None:
    sign_in(Role.READ_ONLY)
    watched.fill(store, watched.Plan(answers=300))
    assert "drifted" not in words(open_page("models"))
    drawn = words(open_page("models", monitor=watched.MODEL))
    assert "not-allowed" in drawn
    assert "PSI" not in drawn


def test_administrators_are_told(sign_in: SignIn, store: Store, open_page: OpenPage) -> None:
    sign_in(Role.ADMINISTRATOR)
    assert "drifted" not in words(open_page("admin"))
    watched.fill(store)
    assert "drifted" not in words(open_page("admin")), "a list counts anew once a minute"
    st.cache_data.clear()
    drawn = words(open_page("admin"))
    assert "▲ drifted" in drawn
    assert "Mean grey: PSI" in drawn


def test_the_numbers_are_exported_and_audited(reader: Caller, store: Store, open_page: OpenPage) -> None:
    watched.fill(store)
    page = open_page("models", monitor=watched.MODEL)
    assert store.audit.search(action="monitor-exported") == ()
    page.button(key="monitor:export").click().run()
    assert f"Download monitor_{watched.MODEL}_1.0.0_2026-08-24_to_2026-11-21.csv" in words(page)
    (line,) = store.audit.search(action="monitor-exported")
    assert line.detail["model"] == watched.MODEL
