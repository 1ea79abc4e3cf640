"""Fixtures for all tests: a home of their own, and no way out of the machine's own files."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from medai_core.store.database import Store
from tests.support.postgres import Postgres, start, why_not
from tests.support.raw import Raw

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_SETTINGS = (
    "MEDAI_HOME",
    "MEDAI_DATABASE_URL",
    "MEDAI_DEMO",
    "MEDAI_DATA",
    "MEDAI_PUBLIC_URL",
    "MEDAI_TRUSTED_PROXY",
    "MEDAI_IDLE_SECONDS",
    "MEDAI_DEVICE",
    "MEDAI_ENCRYPTION_KEY",
    "MEDAI_OIDC_ISSUER",
    "MEDAI_OIDC_CLIENT_ID",
    "MEDAI_OIDC_CLIENT_SECRET",
)

# How long drawing an example takes says how busy the machine is, not whether a property holds.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has its own MEDAI_HOME and starts from an environment without MedAI settings."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    monkeypatch.setenv("MEDAI_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL server. Without one: skipped, or failed where MEDAI_REQUIRE asks for it."""
    reason = why_not()
    if reason:
        if "postgresql" in os.environ.get("MEDAI_REQUIRE", ""):
            pytest.fail(f"MEDAI_REQUIRE asks for the PostgreSQL tests, but there is {reason}")
        pytest.skip(reason)
    server = start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest migration, made once."""
    home = tmp_path_factory.mktemp("empty")
    Store(home).close()
    return home / "medai.sqlite3"


@pytest.fixture(scope="session")
def empty_database(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same on a PostgreSQL server."""
    name = postgres.database()
    Store(tmp_path_factory.mktemp("empty"), postgres.url(name)).close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, home: Path) -> Iterator[str | None]:
    """Where the tables lie: the usual file (None), or a database of their own on a real server."""
    if request.param == "sqlite":
        home.mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("empty_tables"), home)
        yield None
        return
    server = request.getfixturevalue("postgres")
    name = server.lend(request.getfixturevalue("empty_database"))
    yield server.url(name)
    if "raw" in request.fixturenames:  # its triggers may be gone
        server.drop(name)
    else:
        server.give_back(name)


@pytest.fixture
def raw(home: Path, url: str | None) -> Raw:
    """A way past the store to its tables."""
    return Raw(home, url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser. Without one: skipped with a reason, or failed where MEDAI_REQUIRE asks for it."""
    path = shutil.which("chromium")
    reason = "" if path else "no chromium on this machine"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        reason = "playwright is not installed"
    if reason:
        if "browser" in os.environ.get("MEDAI_REQUIRE", ""):
            pytest.fail(f"MEDAI_REQUIRE asks for the browser tests, but {reason}")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()
