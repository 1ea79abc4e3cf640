"""No page, fragment or callback runs for whoever is not signed in: over real connections."""

import time

import httpx
import pytest

from tests.support.checkout import PAGES, SECRET_NAME
from tests.support.page import Page
from tests.support.server import sign_out
from tests.web.conftest import Start, Watched


def test_a_deep_link_on_a_fresh_server_runs_no_page(start: Start) -> None:
    fresh = start()
    with fresh.server.client() as client:
        answer = client.get("/worklist", follow_redirects=True)
        assert answer.status_code == 200
        assert SECRET_NAME not in answer.text
        for name in (*PAGES, "unlisted", "worklist", ""):
            with Page(client) as tab:
                drawn = tab.open(name)
            assert drawn.signed_out, name
            assert SECRET_NAME not in drawn.text
    assert fresh.marks() == []


def test_signed_in_the_pages_run_and_unlisted_files_do_not(watched: Watched, page: Page) -> None:
    watched.forget()
    for name in PAGES[1:]:
        drawn = page.open(name)
        assert f"page {name} of" in drawn.text
    page.open("unlisted")
    assert not any(mark.startswith("unlisted") for mark in watched.marks())


def test_a_page_of_another_role_is_not_there(watched: Watched, reader: httpx.Client) -> None:
    watched.forget()
    with Page(reader) as tab:
        drawn = tab.open("admin")
    assert "Admin" not in drawn.titles
    assert not any(mark.startswith("admin") for mark in watched.marks())


def test_an_invented_cookie_opens_nothing(watched: Watched) -> None:
    watched.forget()
    for value in ("main.x", "main.", "demo.x", "x", ".", "main." + "a" * 4000):
        with watched.server.client(cookies={"medai_session": value}) as client, Page(client) as tab:
            assert tab.open("reading").signed_out
    assert watched.marks() == []


def test_signing_out_clears_every_open_tab_at_once(admin: httpx.Client) -> None:
    with Page(admin) as first, Page(admin) as second:
        assert SECRET_NAME in first.open("reading").text
        assert SECRET_NAME in second.open("models").text
        assert sign_out(admin).status_code == 303
        for tab in (first, second):
            drawn = tab.drawn(seconds=5)
            assert drawn.signed_out
            assert SECRET_NAME not in drawn.text


def test_a_session_ended_elsewhere_is_cleared_by_the_next_tick(
    watched: Watched, admin: httpx.Client, page: Page
) -> None:
    drawn = page.open("reading")
    assert SECRET_NAME in drawn.text
    _revoke_all(watched)
    after = page.tick(drawn.timers[0])
    assert after.signed_out
    assert SECRET_NAME not in after.text


def test_a_timer_of_a_page_that_was_left_runs_no_more(page: Page) -> None:
    left = page.open("models")
    hash_of_left = page.page_hash
    drawn = page.open("reading")
    with pytest.raises(TimeoutError):
        page.tick(left.timers[0], hash_of_left, seconds=1.5)
    assert page.tick(drawn.timers[0], page.page_hash).text == ""


@pytest.mark.parametrize("how", ["fragment", "callback", "page"])
def test_no_part_of_a_page_runs_for_an_ended_session(watched: Watched, page: Page, how: str) -> None:
    drawn = page.open("reading")
    watched.forget()
    _revoke_all(watched)
    if how == "fragment":
        after = page.tick(drawn.timers[1])
        assert "fragment entered" in watched.marks()
    elif how == "callback":
        after = page.press(drawn.widgets["press"], "reading")
    else:
        after = page.open("reading")
    assert after.signed_out
    assert SECRET_NAME not in after.text
    assert not {"fragment ran", "callback ran", "reading: admin"} & set(watched.marks())


def test_a_tab_that_comes_back_as_somebody_else_brings_no_state(
    admin: httpx.Client, clinician: httpx.Client
) -> None:
    with Page(admin) as tab:
        assert "note: private words" in tab.open("reading", "note=private words").text
        assert "note: private words" in tab.open("reading").text
        streamlit_id = tab.session_id
    with Page(clinician, streamlit_id) as tab:
        drawn = tab.open("reading")
        assert tab.session_id == streamlit_id
    assert "for clinician" in drawn.text
    assert "note: none" in drawn.text


def test_a_page_that_fails_shows_a_code_and_logs_no_data(watched: Watched, page: Page) -> None:
    drawn = page.open("reading", "fail=1")
    assert "no film of" not in drawn.text
    code = drawn.text.split("give the code ")[1].split(" ")[0]
    log = (watched.server.home / "logs" / "medai.log").read_text("utf-8")
    assert code in log
    assert "ValueError" in log
    time.sleep(0.2)
    for place in (log, "".join(watched.server.output)):
        assert SECRET_NAME not in place
    assert "ValueError" in "".join(watched.server.output)


def _revoke_all(watched: Watched) -> None:
    store = watched.store()
    try:
        account = store.accounts.by_username("admin")
        assert account is not None
        assert store.sessions.revoke_all(account.id) > 0
    finally:
        store.close()
