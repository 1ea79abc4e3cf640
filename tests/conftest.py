"""Fixtures for all tests: a home of their own, and no way out of the machine's own files."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_SETTINGS = (
    "MEDAI_HOME",
    "MEDAI_DATABASE_URL",
    "MEDAI_DEMO",
    "MEDAI_DATA",
    "MEDAI_PUBLIC_URL",
    "MEDAI_TRUSTED_PROXY",
    "MEDAI_IDLE_SECONDS",
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every test has its own MEDAI_HOME and starts from an environment without MedAI settings."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    monkeypatch.setenv("MEDAI_HOME", str(folder))
    yield folder
