"""The gate in a real browser: forms, cookies, the way back, text over a lock, tabs after a sign-out."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.checkout import SECRET_NAME
from tests.support.server import ADMINISTRATOR, NEW_PASSWORD
from tests.web.conftest import Watched

pytestmark = pytest.mark.browser

SECONDS = 30_000


@pytest.fixture
def context(chromium: Any) -> Iterator[Any]:
    made = chromium.new_context(viewport={"width": 1280, "height": 800})
    made.set_default_timeout(SECONDS)
    yield made
    made.close()


@pytest.fixture
def complaints(context: Any) -> list[str]:
    """What the browser's console says against the content security policy, and errors of scripts."""
    found: list[str] = []
    context.on(
        "console",
        lambda message: found.append(message.text) if "Content Security Policy" in message.text else None,
    )
    context.on("weberror", lambda error: found.append(str(error.error)))
    return found


def _sign_in(tab: Any, url: str) -> None:
    tab.goto(url)
    tab.fill("input[name=username]", ADMINISTRATOR)
    tab.fill("input[name=password]", NEW_PASSWORD)
    tab.click("button:has-text('Sign in')")


def _until(tab: Any, holds: Callable[[], bool]) -> None:
    """Let the browser go on until something holds, for at most twenty seconds."""
    until = time.monotonic() + 20
    while not holds() and time.monotonic() < until:
        tab.wait_for_timeout(100)
    assert holds()


def test_signing_in_leads_to_the_page_that_was_asked_for(
    watched: Watched, context: Any, complaints: list[str]
) -> None:
    tab = context.new_page()
    _sign_in(tab, f"{watched.server.url}/reading?note=abc")
    tab.wait_for_selector(f"text=page reading of {SECRET_NAME}")
    assert tab.url == f"{watched.server.url}/reading?note=abc"
    (cookie,) = [each for each in context.cookies() if each["name"] == "medai_session"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert "medai_session" not in tab.evaluate("document.cookie")
    tab.reload()
    tab.wait_for_selector(f"text=page reading of {SECRET_NAME}")
    tab.wait_for_function("document.querySelector('img[src*=\"/media/\"]')?.naturalWidth > 0")
    assert complaints == []


def test_text_and_view_survive_a_lock_and_leave_the_screen_meanwhile(watched: Watched, context: Any) -> None:
    tab = context.new_page()
    _sign_in(tab, f"{watched.server.url}/reading?note=abc")
    tab.wait_for_selector("textarea")
    tab.click("textarea")
    tab.keyboard.type("half a sentence, never left")
    _until(
        tab, lambda: "comment: half a sentence, never left" in watched.marks()
    )  # by the pause, not by blur
    assert tab.evaluate("document.activeElement.tagName") == "TEXTAREA"
    store = watched.store()
    try:
        (newest, *_) = (each for each in store.sessions.live() if each.account.username == ADMINISTRATOR)
        store.sessions.lock(newest.id)
    finally:
        store.close()
    tab.wait_for_selector("h1:has-text('Locked')")
    tab.wait_for_function(f"!document.body.innerText.includes('{SECRET_NAME}')")
    assert tab.locator("textarea:visible").count() == 0
    tab.fill("input[type=password]", NEW_PASSWORD)
    tab.click("button:has-text('Unlock')")
    tab.wait_for_selector("textarea")
    tab.wait_for_function("document.querySelector('textarea').value === 'half a sentence, never left'")
    assert tab.url == f"{watched.server.url}/reading?note=abc"


def test_signing_out_clears_the_other_tabs_and_real_input_is_told(watched: Watched, context: Any) -> None:
    first, second = context.new_page(), context.new_page()
    beats: list[int] = []
    context.on(
        "response",
        lambda answer: beats.append(answer.status) if answer.url.endswith("/auth/heartbeat") else None,
    )
    _sign_in(first, f"{watched.server.url}/reading")
    first.wait_for_selector(f"text=page reading of {SECRET_NAME}")
    second.goto(f"{watched.server.url}/models")
    second.wait_for_selector(f"text=page models of {SECRET_NAME}")
    first.mouse.move(300, 300)
    first.mouse.move(310, 320)
    _until(first, lambda: bool(beats))
    assert beats == [200], "one heartbeat for any amount of input within a minute"
    first.click(".st-key-medai-frame button")
    first.click("button:has-text('Sign out')")
    first.wait_for_selector("input[name=username]")
    second.wait_for_selector("input[name=username]")
    second.wait_for_function(f"!document.body.innerText.includes('{SECRET_NAME}')")
    second.reload()
    second.wait_for_selector("input[name=username]")
    assert not [each for each in context.cookies() if each["name"] == "medai_session"]
