"""Sessions: lookup, idle lock, expiry, revocation, and which store a cookie reaches."""

from collections.abc import Callable
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, PatientIdentity, Role
from medai_core.domain.refusal import Refusal
from medai_core.security import access, accounts, sessions, stores
from medai_core.store.database import Store
from tests.security.conftest import PASSWORD, Clock


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


@pytest.fixture
def token(store: Store, time: Clock, anna: Caller) -> str:
    return accounts.sign_in(store, "anna", PASSWORD)[1]


def locked(store: Store, token: str, *, activity: bool = True) -> bool | None:
    info = sessions.lookup(store, token, activity=activity)
    return info.locked if info else None


def test_idle_sessions_lock_and_activity_does_not_wake_them(store: Store, token: str, time: Clock) -> None:
    time.go_on(minutes=14, seconds=59)
    assert locked(store, token, activity=False) is False
    time.go_on(seconds=1)
    assert locked(store, token) is True
    assert sessions.heartbeat(store, token).locked  # type: ignore[union-attr]
    assert locked(store, token) is True


def test_activity_puts_the_lock_off_and_ticks_do_not(store: Store, token: str, time: Clock) -> None:
    for _ in range(10):
        time.go_on(minutes=5)
        assert locked(store, token) is False
    for _ in range(2):
        time.go_on(minutes=7)
        assert locked(store, token, activity=False) is False
    time.go_on(minutes=1)
    assert locked(store, token, activity=False) is True


def test_the_idle_time_is_a_setting(
    store: Store, token: str, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAI_IDLE_SECONDS", "2")
    time.go_on(seconds=1)
    assert locked(store, token) is False
    time.go_on(seconds=1.5)
    assert locked(store, token) is False
    time.go_on(seconds=2)
    assert locked(store, token) is True


def test_unlocking_asks_for_the_password(store: Store, token: str, time: Clock) -> None:
    sessions.lock(store, token)
    assert locked(store, token) is True
    assert code_of(lambda: sessions.unlock(store, token, "wrong")) == "password-wrong"
    assert locked(store, token) is True
    assert not sessions.unlock(store, token, PASSWORD).locked
    time.go_on(minutes=14)
    assert locked(store, token) is False
    assert {"session-locked", "session-unlocked", "password-refused"} <= set(store.audit.actions())


def test_a_session_ends_after_twelve_hours_whatever_is_done(store: Store, token: str, time: Clock) -> None:
    for _ in range(72):
        assert locked(store, token) is False
        time.go_on(minutes=10)
    assert locked(store, token) is None
    assert code_of(lambda: sessions.unlock(store, token, PASSWORD)) == "session-ended"


def test_signing_out(store: Store, token: str) -> None:
    assert sessions.revoke(store, token)
    assert locked(store, token) is None
    assert not sessions.revoke(store, token)
    assert sessions.heartbeat(store, token) is None


def test_a_new_role_holds_at_once(store: Store, token: str, admin: Caller, anna: Caller) -> None:
    accounts.set_role(store, admin, anna.user_id, Role.READ_ONLY)
    assert sessions.lookup(store, token, activity=True).caller.role is Role.READ_ONLY  # type: ignore[union-attr]


def test_one_session_can_be_ended_by_its_id(store: Store, token: str, admin: Caller, anna: Caller) -> None:
    session_id = sessions.lookup(store, token, activity=True).session_id  # type: ignore[union-attr]
    accounts.revoke_session(store, admin, session_id)
    assert locked(store, token) is None
    assert accounts.revoke_sessions(store, anna, anna.user_id) == 1  # the other one, their own


def test_old_sessions_are_forgotten(store: Store, token: str, time: Clock) -> None:
    time.go_on(days=2)
    accounts.sign_in(store, "anna", PASSWORD)
    assert len(store.sessions._all()) == 1


@pytest.mark.parametrize(
    "cookie",
    [None, "", "main", "main.", ".x", "main.wrong", "demo.x", "other.x", "main." + "x" * 500, "main.\ud800"],
)
def test_other_cookies_reach_nothing(store: Store, cookie: str | None) -> None:
    assert stores.resolve(cookie, activity=True) is None


def test_a_cookie_reaches_its_own_store_alone(store: Store, token: str, tmp_path: Path) -> None:
    demo = Store(tmp_path / "demo", name="demo")
    stores.register(demo)
    demo_token = accounts.demo_user(demo)[1]
    found = stores.resolve(stores.cookie_value(store, token), activity=True)
    assert found is not None
    assert found[0] is store
    found = stores.resolve(stores.cookie_value(demo, demo_token), activity=True)
    assert found is not None
    assert found[0] is demo
    assert found[1].caller.store_name == "demo"
    assert stores.resolve(f"main.{demo_token}", activity=True) is None
    assert stores.resolve(f"demo.{token}", activity=True) is None
    stores.forget("demo")
    assert stores.resolve(f"demo.{demo_token}", activity=True) is None
    demo.close()


def test_stores_are_opened_once(store: Store) -> None:
    assert stores.open_store() is stores.open_store("main") is store
    assert code_of(lambda: stores.open_store("demo")) == "store-unknown"
    with pytest.raises(ValueError, match="main"):
        stores.register(store)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("needed", Role)
def test_roles(role: Role, needed: Role) -> None:
    caller = Caller("u", "u", "U", role, "main")
    order = [Role.READ_ONLY, Role.CLINICIAN, Role.ADMINISTRATOR]
    if order.index(role) >= order.index(needed):
        access.require(caller, needed)
    else:
        assert code_of(lambda: access.require(caller, needed)) == "not-allowed"


def test_restricted_patients(store: Store, admin: Caller, anna: Caller) -> None:
    plain = store.patients.add(PatientIdentity("P-1")).id
    hidden = store.patients.add(PatientIdentity("P-2"), restricted=True).id
    store.patients.allow(hidden, anna.user_id)
    shell = Caller("os:root", "os:root", "root", Role.ADMINISTRATOR, "main")
    guest = Caller(anna.user_id, "anna", "Anna", Role.CLINICIAN, "demo")
    seen = {
        who: tuple(access.may_see_patient(store, caller, patient) for patient in (plain, hidden, "unknown"))
        for who, caller in {"admin": admin, "anna": anna, "shell": shell, "guest": guest}.items()
    }
    assert seen == {
        "admin": (True, False, False),
        "anna": (True, True, False),
        "shell": (True, True, False),
        "guest": (False, False, False),
    }
    assert code_of(lambda: access.require_patient(store, admin, hidden)) == "not-allowed"
    access.require_patient(store, anna, hidden)
