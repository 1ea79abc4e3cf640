"""A demo that is still being filled shows its first studies at once."""

import threading
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.imaging.archive import FileSource
from medai_core.security import stores
from medai_core.security.accounts import demo_user
from medai_core.services import demo
from medai_core.store.database import Store
from medai_core.ui.session import UserSession
from medai_core.ui.worklist import filling
from tests.support.films import film, sources


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A demo of two films; the second one comes once this is set."""
    second = threading.Event()

    def slowly() -> Iterator[FileSource]:
        first, last = sources(film(1, patient_id="D-1"), film(2, patient_id="D-2"))
        yield first
        assert second.wait(30)
        yield last

    stores.forget(stores.DEMO)
    monkeypatch.setattr(demo, "demo_sources", slowly)
    monkeypatch.setattr(filling.st, "spinner", lambda text: nullcontext())
    yield second
    stores.forget(stores.DEMO)


def test_the_first_study_is_enough_to_go_on(go_on: threading.Event) -> None:
    store = demo.begin_demo()
    user = UserSession(demo_user(store)[0], store, "")
    assert not filling.wait_for_first_rows(user)
    assert store.studies.count() == 1
    go_on.set()
    demo.wait_until_filled(store)
    assert filling.wait_for_first_rows(user)
    assert store.studies.count() == 2
    store.close()


def test_no_other_store_waits(go_on: threading.Event, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = Store(tmp_path_factory.mktemp("main"))
    assert filling.wait_for_first_rows(UserSession(Caller("u", "u", "U", Role.CLINICIAN, "main"), store, ""))
    go_on.set()
    store.close()
