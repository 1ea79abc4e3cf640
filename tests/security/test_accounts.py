"""Accounts: the first start, one-time passwords, lock-out, administrators."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.security import accounts, lockout, passwords, sessions
from medai_core.security.accounts import sign_in
from medai_core.store.database import Store
from tests.security.conftest import PASSWORD, Clock


def refusal_of(work: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value


def code_of(work: Callable[[], object]) -> str:
    return refusal_of(work).code


def test_the_first_start_makes_one_administrator(store: Store) -> None:
    password = accounts.ensure_administrator(store)
    assert password is not None
    assert len(password) == 19
    caller, token, _ = sign_in(store, "ADMIN ", password)
    assert caller.role is Role.ADMINISTRATOR
    info = sessions.lookup(store, token, activity=True)
    assert info is not None
    assert info.must_change_password
    accounts.change_password(store, caller, password, PASSWORD)
    after = sessions.lookup(store, token, activity=True)
    assert after is not None
    assert not after.must_change_password
    assert accounts.ensure_administrator(store) is None


def test_a_one_time_password_is_good_once(store: Store) -> None:
    password = accounts.ensure_administrator(store)
    assert password is not None
    sign_in(store, "admin", password)
    assert code_of(lambda: sign_in(store, "admin", password)) == "sign-in-refused"


def test_a_lost_first_password_is_replaced_at_the_next_start(store: Store) -> None:
    lost = accounts.ensure_administrator(store)
    assert lost is not None
    _, token, _ = sign_in(store, "admin", lost)
    again = accounts.ensure_administrator(store)
    assert again not in (None, lost)
    assert sessions.lookup(store, token, activity=True) is None
    sign_in(store, "admin", str(again))
    assert store.accounts.count() == 1


def test_unknown_wrong_disabled_and_used_up_read_the_same(store: Store, admin: Caller, anna: Caller) -> None:
    _, once = accounts.create(store, admin, "ben", "Ben", Role.READ_ONLY)
    sign_in(store, "ben", once)
    wrong = refusal_of(lambda: sign_in(store, "anna", "wrong"))
    unknown = refusal_of(lambda: sign_in(store, "nobody", "wrong"))
    used = refusal_of(lambda: sign_in(store, "ben", once))
    accounts.disable(store, admin, anna.user_id)
    disabled = refusal_of(lambda: sign_in(store, "anna", PASSWORD))
    assert {str(one) for one in (wrong, unknown, used, disabled)} == {wrong.sentence}


def test_an_unknown_name_costs_the_work_of_a_known_one(
    store: Store, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    verify = passwords._HASHER.verify

    class Counting:
        hash = staticmethod(passwords._HASHER.hash)

        def verify(self, stored: str, password: str) -> bool:
            checked.append(stored)
            return verify(stored, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    for name in ("admin", "nobody"):
        refusal_of(lambda name=name: sign_in(store, name, "wrong"))  # type: ignore[misc]
    assert len(checked) == 2


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_wrong_passwords_cost_more_and_more_time(store: Store, anna: Caller, time: Clock, name: str) -> None:
    for _ in range(5):
        assert code_of(lambda: sign_in(store, name, "wrong")) == "sign-in-refused"
    blocked = refusal_of(lambda: sign_in(store, name, PASSWORD))
    assert blocked.code == "sign-in-blocked"
    assert "Wait 15 seconds" in blocked.what_to_do
    time.go_on(seconds=15)
    assert code_of(lambda: sign_in(store, name, "wrong")) == "sign-in-refused"
    time.go_on(seconds=16)
    assert "Wait 14 seconds" in refusal_of(lambda: sign_in(store, name, "wrong")).what_to_do
    waits = [lockout.PER_NAME.wait(failures) for failures in range(3, 14)]
    assert [wait.total_seconds() if wait else 0 for wait in waits] == [
        0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900,
    ]  # fmt: skip


def test_a_right_password_ends_the_count(store: Store, anna: Caller) -> None:
    for _ in range(3):
        for _ in range(4):
            refusal_of(lambda: sign_in(store, "anna", "wrong"))
        sign_in(store, "anna", PASSWORD)


def test_many_guesses_at_once_are_counted(store: Store, anna: Caller) -> None:
    def guess(number: int) -> str:
        return code_of(lambda: sign_in(store, "anna", f"guess {number}"))

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(guess, range(16)))
    assert codes.count("sign-in-refused") == 5


def test_an_address_that_tries_many_names_must_wait(store: Store, anna: Caller, time: Clock) -> None:
    for number in range(30):
        refusal_of(lambda number=number: sign_in(store, f"name{number}", "wrong", address="10.0.0.9"))  # type: ignore[misc]
    assert code_of(lambda: sign_in(store, "anna", PASSWORD, address="10.0.0.9")) == "sign-in-blocked"
    sign_in(store, "anna", PASSWORD, address="10.0.0.10")


def test_own_successes_do_not_clear_an_address(store: Store, anna: Caller) -> None:
    for number in range(29):
        refusal_of(lambda number=number: sign_in(store, f"name{number}", "wrong", address="10.0.0.9"))  # type: ignore[misc]
    sign_in(store, "anna", PASSWORD, address="10.0.0.9")
    refusal_of(lambda: sign_in(store, "other", "wrong", address="10.0.0.9"))
    assert code_of(lambda: sign_in(store, "another", "wrong", address="10.0.0.9")) == "sign-in-blocked"


def test_nothing_secret_is_stored(store: Store, home: Path, anna: Caller) -> None:
    _, token, _ = sign_in(store, "anna", PASSWORD)
    refusal_of(lambda: sign_in(store, "my password by mistake", "wrong"))
    content = b"".join(path.read_bytes() for path in home.glob("medai.sqlite3*"))
    for secret in (PASSWORD, token, "my password by mistake"):
        assert secret.encode() not in content


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password-short"),
        ("x" * 257, "password-long"),
        ("administrator1", "password-username"),
        ("Administrator", "password-username"),
        ("abababababab", "password-simple"),
    ],
)
def test_poor_passwords(password: str, code: str) -> None:
    assert code_of(lambda: passwords.check_policy(password, "administrator")) == code
    passwords.check_policy("correct horse battery", "administrator")


def test_changing_a_password(store: Store, anna: Caller) -> None:
    _, other, _ = sign_in(store, "anna", PASSWORD)
    assert (
        code_of(lambda: accounts.change_password(store, anna, "wrong", "another sentence"))
        == "password-wrong"
    )
    assert code_of(lambda: accounts.change_password(store, anna, PASSWORD, PASSWORD)) == "password-same"
    accounts.change_password(store, anna, PASSWORD, "another sentence")
    assert sessions.lookup(store, other, activity=True) is None
    assert [one.id for one in sessions.of_user(store, anna.user_id)] == [anna.session_id]
    sign_in(store, "anna", "another sentence")


def test_asking_for_the_password_again_has_its_own_pause(store: Store, anna: Caller, time: Clock) -> None:
    for _ in range(5):
        assert code_of(lambda: accounts.check_password(store, anna, "wrong")) == "password-wrong"
    assert code_of(lambda: accounts.check_password(store, anna, PASSWORD)) == "sign-in-blocked"
    sign_in(store, "anna", PASSWORD)
    time.go_on(seconds=16)
    accounts.check_password(store, anna, PASSWORD)


def test_only_administrators_administrate(store: Store, anna: Caller, admin: Caller) -> None:
    for work in (
        lambda: accounts.accounts(store, anna),
        lambda: accounts.create(store, anna, "eve", "Eve", Role.ADMINISTRATOR),
        lambda: accounts.set_role(store, anna, anna.user_id, Role.ADMINISTRATOR),
        lambda: accounts.disable(store, anna, admin.user_id),
        lambda: accounts.enable(store, anna, admin.user_id),
        lambda: accounts.reset_password(store, anna, admin.user_id),
        lambda: accounts.revoke_sessions(store, anna, admin.user_id),
        lambda: accounts.revoke_session(store, anna, str(admin.session_id)),
    ):
        assert code_of(work) == "not-allowed"
    assert len(accounts.accounts(store, admin)) == 2


def test_the_last_administrator_stays(store: Store, admin: Caller, anna: Caller) -> None:
    for work in (
        lambda: accounts.disable(store, admin, admin.user_id),
        lambda: accounts.set_role(store, admin, admin.user_id, Role.CLINICIAN),
    ):
        assert code_of(work) == "last-administrator"
    accounts.set_role(store, admin, anna.user_id, Role.ADMINISTRATOR)
    accounts.set_role(store, admin, admin.user_id, Role.READ_ONLY)
    assert store.accounts.active_administrators() == (anna.user_id,)


def test_disabling_ends_sessions_at_once(store: Store, admin: Caller, anna: Caller) -> None:
    _, token, _ = sign_in(store, "anna", PASSWORD)
    accounts.disable(store, admin, anna.user_id)
    assert sessions.lookup(store, token, activity=True) is None
    accounts.enable(store, admin, anna.user_id)
    assert sessions.lookup(store, token, activity=True) is None
    sign_in(store, "anna", PASSWORD)


def test_a_reset_gives_a_one_time_password(store: Store, admin: Caller, anna: Caller) -> None:
    for _ in range(6):
        refusal_of(lambda: sign_in(store, "anna", "forgotten"))
    password = accounts.reset_password(store, admin, anna.user_id)
    caller, token, _ = sign_in(store, "anna", password)
    info = sessions.lookup(store, token, activity=True)
    assert info is not None
    assert info.must_change_password
    assert code_of(lambda: sign_in(store, "anna", PASSWORD)) == "sign-in-refused"
    accounts.change_password(store, caller, password, PASSWORD)


@pytest.mark.parametrize("name", ["", "two words", "ANNA", "ümlaut", "x" * 65, "../etc", "<b>"])
def test_user_names(store: Store, admin: Caller, anna: Caller, name: str) -> None:
    code = code_of(lambda: accounts.create(store, admin, name, "Somebody", Role.READ_ONLY))
    assert code == ("username-taken" if name == "ANNA" else "username-form")


def test_everything_is_audited(store: Store, admin: Caller, anna: Caller) -> None:
    accounts.set_role(store, admin, anna.user_id, Role.READ_ONLY)
    accounts.reset_password(store, admin, anna.user_id)
    accounts.revoke_sessions(store, admin, anna.user_id)
    accounts.disable(store, admin, anna.user_id)
    accounts.enable(store, admin, anna.user_id)
    refusal_of(lambda: sign_in(store, "anna", "wrong"))
    assert set(store.audit.actions()) == {
        "one-time-password", "signed-in", "password-changed", "account-created", "account-role",
        "password-reset", "sessions-revoked", "account-disabled", "account-enabled", "sign-in-refused",
    }  # fmt: skip
    assert store.audit.verify() == []
    text = str(store.audit.search())
    assert "Anna" not in text
    assert "anna" not in text


def test_only_the_demo_lets_in_without_a_password(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="demo"):
        accounts.demo_user(store)
    demo = Store(tmp_path / "demo", name="demo")
    caller, token, _ = accounts.demo_user(demo)
    assert (caller.role, caller.store_name) == (Role.CLINICIAN, "demo")
    assert accounts.demo_user(demo)[0].user_id == caller.user_id
    accounts.check_password(demo, caller, accounts.DEMO_PASSWORD)
    assert sessions.lookup(demo, token, activity=True) is not None
    assert sessions.lookup(store, token, activity=True) is None
    demo.close()


def test_the_real_hash_is_argon2id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    stored = passwords.hashed(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches(PASSWORD, stored)
    assert not passwords.matches("other", stored)
    assert not passwords.matches(PASSWORD, None)
    assert not passwords.matches(PASSWORD, "not a hash")
