"""The component mounted by Streamlit itself, in a real browser."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("the server did not start")


@pytest.fixture
def url(home: Path) -> Iterator[str]:
    """A running server with the mini app."""
    port = _free_port()
    command = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "tests/viewer/mini_app.py"),
        "--server.headless=true", f"--server.port={port}",
        "--server.fileWatcherType=none", "--server.address=127.0.0.1",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "VIEWER_TEST_SERVER": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


WIDTH = "input[aria-label='Window width']"


def test_the_viewer_lives_in_streamlit(tab: Any, url: str) -> None:
    tab.set_viewport_size({"width": 1100, "height": 760})
    tab.goto(url)
    tab.wait_for_selector(f"{WIDTH}:enabled", timeout=30_000)
    assert "case=0" in tab.locator("body").inner_text()
    first = tab.locator(WIDTH).input_value()

    # A view survives a rerun and a reload, and none of it reaches Python.
    tab.locator(WIDTH).fill("321")
    tab.locator(WIDTH).press("Enter")
    tab.get_by_role("button", name="Run again").click()
    tab.wait_for_timeout(700)
    assert tab.locator(WIDTH).input_value() == "321"
    tab.reload()
    tab.wait_for_selector(f"{WIDTH}:enabled", timeout=30_000)
    assert tab.locator(WIDTH).input_value() == "321"

    # Keys work at once, without a click; case, model, heat map and key image reach Python.
    tab.keyboard.press("Space")
    assert tab.locator(WIDTH).input_value() == first
    tab.keyboard.press("n")
    tab.get_by_text(re.compile("case=1 .*current=case1")).wait_for(timeout=10_000)
    tab.keyboard.press("a")
    tab.get_by_text(re.compile("case=1 ai=True")).wait_for(timeout=10_000)
    tab.keyboard.press("m")
    tab.wait_for_selector("input[aria-label='Opacity of the heat map']:enabled", timeout=10_000)
    tab.keyboard.press("k")
    tab.get_by_text("key image of case1: True").wait_for(timeout=10_000)
    tab.keyboard.press("Shift+N")
    tab.get_by_text(re.compile("case=0 ai=True")).wait_for(timeout=10_000)

    # Letters that Streamlit itself listens to stay in the viewer, also in its fields.
    tab.locator(WIDTH).press("c")
    tab.locator(WIDTH).press("r")
    tab.wait_for_timeout(300)
    assert tab.get_by_role("dialog").count() == 0
