"""Idle lock over real connections: ticks do not count, real input does, the same view comes back."""

import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.support.checkout import SECRET_NAME
from tests.support.page import Page
from tests.support.server import NEW_PASSWORD, csrf_of
from tests.web.conftest import Start, Watched

IDLE_SECONDS = 4


@pytest.fixture(scope="module")
def hurried(start: Start) -> Watched:
    """A server whose sessions lock after a few seconds."""
    return start({"MEDAI_IDLE_SECONDS": str(IDLE_SECONDS)})


@pytest.fixture(scope="module")
def client(hurried: Watched) -> Iterator[httpx.Client]:
    with closing(hurried.server.sign_in()) as signed_in:
        yield signed_in


def _locked(page: Page, timers: list[str], seconds: float) -> bool:
    """Tick as an open tab does until it shows the lock; False where it does not within `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        drawn = page.tick(timers[0])
        if "Locked" in drawn.text:
            assert SECRET_NAME not in drawn.text
            return True
        time.sleep(0.5)
    return False


def _unlock(client: httpx.Client, csrf: str, password: str) -> httpx.Response:
    return client.post("/auth/unlock", data={"csrf": csrf, "password": password})


def test_ticks_let_the_session_lock_and_unlocking_brings_the_same_view(
    hurried: Watched, client: httpx.Client
) -> None:
    _unlock(client, csrf_of(client), NEW_PASSWORD)
    with Page(client) as page:
        drawn = page.open("reading", "note=half a sentence")
        csrf, document = drawn.csrf(), next(path for path in drawn.media if path.endswith(".pdf"))
        assert client.get(document).status_code == 200
        assert _locked(page, drawn.timers, 4 * IDLE_SECONDS)
        assert client.get(document).status_code == 401
        hurried.forget()
        assert "Locked" in page.open("reading").text
        assert hurried.marks() == []
        assert _unlock(client, csrf, "wrong").status_code == 403
        assert _unlock(client, csrf, NEW_PASSWORD).status_code == 200
        again = page.open("reading")
        assert "note: half a sentence" in again.text
        assert client.get(document).status_code == 200


def test_a_heartbeat_of_real_input_keeps_it_open(client: httpx.Client) -> None:
    _unlock(client, csrf_of(client), NEW_PASSWORD)
    with Page(client) as page:
        drawn = page.open("reading")
        csrf = drawn.csrf()
        until = time.monotonic() + 2 * IDLE_SECONDS
        while time.monotonic() < until:
            assert client.post("/auth/heartbeat", headers={"X-CSRF-Token": csrf}).status_code == 200
            assert not _locked(page, drawn.timers, 0.4)
            time.sleep(0.3)
        assert _locked(page, drawn.timers, 4 * IDLE_SECONDS)
        assert client.post("/auth/heartbeat", headers={"X-CSRF-Token": csrf}).status_code == 401


def test_a_lock_locks_every_tab(client: httpx.Client) -> None:
    _unlock(client, csrf_of(client), NEW_PASSWORD)
    with Page(client) as first, Page(client) as second:
        one, two = first.open("reading"), second.open("models")
        assert _locked(first, one.timers, 4 * IDLE_SECONDS)
        assert "Locked" in second.tick(two.timers[0]).text


def test_a_fragment_s_timer_is_no_activity(client: httpx.Client) -> None:
    _unlock(client, csrf_of(client), NEW_PASSWORD)
    with Page(client) as page:
        drawn = page.open("reading")
        until = time.monotonic() + 4 * IDLE_SECONDS
        while time.monotonic() < until:
            if "Locked" in page.tick(drawn.timers[1]).text:
                break
            time.sleep(0.3)
        else:
            raise AssertionError("a timer kept the session open")
