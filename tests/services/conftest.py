"""A store with users of every role, and a study in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.security import passwords
from medai_core.store.database import Store
from tests.support.films import PASSWORD, brought_in, film


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """An empty main store."""
    opened = Store(home)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Hashing is slow on purpose: once a run."""
    return passwords.hashed(PASSWORD)


def _caller(store: Store, name: str, role: Role, password_hash: str) -> Caller:
    account = store.accounts.add(name, name.title(), role, password_hash, must_change_password=False)
    return Caller(account.id, name, account.display_name, role, store.name)


@pytest.fixture
def reader(store: Store, password_hash: str) -> Caller:
    """A clinician."""
    return _caller(store, "reader", Role.CLINICIAN, password_hash)


@pytest.fixture
def second(store: Store, password_hash: str) -> Caller:
    """Another clinician."""
    return _caller(store, "second", Role.CLINICIAN, password_hash)


@pytest.fixture
def visitor(store: Store, password_hash: str) -> Caller:
    """Somebody who may look only."""
    return _caller(store, "visitor", Role.READ_ONLY, password_hash)


@pytest.fixture
def administrator(store: Store, password_hash: str) -> Caller:
    """An administrator."""
    return _caller(store, "chief", Role.ADMINISTRATOR, password_hash)


@pytest.fixture
def study_id(store: Store, reader: Caller) -> str:
    """A study with one film that the model covers."""
    (line,) = brought_in(store, reader, film())
    assert line.study_id is not None, line
    return line.study_id


@pytest.fixture
def image_id(store: Store, study_id: str) -> str:
    """That film."""
    return store.images.of_study(study_id)[0].id


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with one small fitted predictor, made once."""
    from tests.support.estimates import made_up_predictor

    return made_up_predictor(tmp_path_factory.mktemp("made_up"))
