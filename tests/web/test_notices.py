"""A sentence waits for one browser, for a while."""

import time

import pytest

from medai_core.web import notices


def test_a_notice_is_for_one_browser() -> None:
    notices.leave("one", "Wrong.")
    assert notices.read("one") == "Wrong."
    assert notices.read("one") == "Wrong."
    assert notices.read("two") is None
    notices.clear("one")
    assert notices.read("one") is None


def test_a_notice_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    notices.leave("one", "Wrong.")
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert notices.read("one") is None
