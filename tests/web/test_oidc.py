"""Single sign-on, over HTTP against a small provider: the good way, and everything that must not get in."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import uvicorn
from joserfc.jwk import RSAKey
from starlette.applications import Starlette

from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.security import accounts, oidc, sessions, single_sign_on
from medai_core.security.stores import close_stores, open_store, resolve
from medai_core.settings import settings
from medai_core.store.database import Store
from medai_core.web.bridge import Bridge
from medai_core.web.cookies import SESSION
from medai_core.web.oidc import oidc_routes
from tests.support.provider import CLIENT, SECRET, Provider, provider
from tests.support.server import free_port


@pytest.fixture
def idp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider, and MedAI set up for it."""
    with provider() as running:
        monkeypatch.setenv("MEDAI_OIDC_ISSUER", running.issuer)
        monkeypatch.setenv("MEDAI_OIDC_CLIENT_ID", CLIENT)
        monkeypatch.setenv("MEDAI_OIDC_CLIENT_SECRET", SECRET)
        yield running


@pytest.fixture
def store() -> Iterator[Store]:
    yield open_store()
    close_stores()
    single_sign_on._pending.clear()
    single_sign_on._proofs.clear()


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The routes on a port of their own; its address."""
    bridge = Bridge("", lambda _: None, lambda _: 0, lambda _: True, tls=False)
    port = free_port()
    application = Starlette(routes=list(oidc_routes(bridge)))
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://localhost:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def browser(store: Store, served: str) -> Iterator[httpx.Client]:
    """A browser that follows no redirect by itself."""
    with httpx.Client(base_url=served, timeout=30) as client:
        yield client


def back(browser: httpx.Client, path: str = "/auth/oidc/start?next=/patients") -> str:
    """To the provider, and what it sends the browser back to."""
    away = browser.get(path)
    assert away.status_code == 303
    return httpx.get(away.headers["location"]).headers["location"]


def let_in(store: Store, role: Role = Role.CLINICIAN) -> str:
    """An administrator lets the only account in; its id."""
    (account,) = store.accounts.all()
    store.accounts.set_active(account.id, active=True)
    store.accounts.set_role(account.id, role)
    return account.id


def test_the_first_time_an_account_waits_then_it_is_let_in(
    browser: httpx.Client, store: Store, idp: Provider
) -> None:
    answer = browser.get(back(browser))
    assert (answer.status_code, SESSION in browser.cookies) == (403, False)
    assert "waits" in answer.text
    (account,) = store.accounts.all()
    assert (account.active, account.role, account.display_name) == (False, Role.READ_ONLY, "Nora Lang")
    assert account.username == "nora@127.0.0.1"
    with pytest.raises(Refusal, match="user name and password"):
        accounts.sign_in(store, account.username, single_sign_on.NO_PASSWORD)
    let_in(store)
    answer = browser.get(back(browser))
    assert answer.status_code == 200
    assert 'content="0;url=/patients"' in answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    found = resolve(browser.cookies[SESSION], activity=False)
    assert found is not None
    assert (found[1].caller.user_id, found[1].caller.role) == (account.id, Role.CLINICIAN)
    assert len(store.accounts.all()) == 1
    assert store.audit.verify() == []


def test_what_is_asked_of_the_provider(browser: httpx.Client, served: str, idp: Provider) -> None:
    query = parse_qs(urlsplit(browser.get("/auth/oidc/start").headers["location"]).query)
    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"{served}/auth/oidc/callback"]
    assert len(query["state"][0]) >= 32
    assert len(query["nonce"][0]) >= 32
    assert "max_age" not in query


NOW = int(time.time())
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"nonce": "another"}, "another sign-in"),
    ({"nonce": None}, "another sign-in"),
    ({"aud": "another"}, "another application"),
    ({"aud": [CLIENT, "another"]}, "another application"),
    ({"iss": "http://evil.example"}, "another provider"),
    ({"exp": NOW - 600}, "expired"),
    ({"exp": None}, "expired"),
    ({"iat": NOW + 86_400}, "another time"),
    ({"sub": ""}, "nobody named"),
]


@pytest.mark.parametrize(("claims", "sentence"), WRONG)
def test_a_wrong_token_lets_nobody_in(
    browser: httpx.Client, store: Store, idp: Provider, claims: dict[str, Any], sentence: str
) -> None:
    browser.get(back(browser))
    let_in(store)
    idp.claims = claims
    answer = browser.get(back(browser))
    assert (answer.status_code, SESSION in browser.cookies) == (403, False)
    assert sentence in answer.text


def test_a_signature_of_another_lets_nobody_in(browser: httpx.Client, store: Store, idp: Provider) -> None:
    idp.signed_by = RSAKey.generate_key(2048, {"kid": "one"})
    answer = browser.get(back(browser))
    assert answer.status_code == 403
    assert "signature" in answer.text
    assert store.accounts.all() == ()


def test_an_answer_is_good_once_and_for_its_own_browser(
    browser: httpx.Client, store: Store, idp: Provider
) -> None:
    browser.get(back(browser))
    let_in(store)
    address = back(browser)
    assert httpx.get(address).status_code == 403  # another browser; and now it is used up
    assert browser.get(address).status_code == 403
    address = back(browser)
    assert browser.get(address).status_code == 200
    again = browser.get(address)
    assert again.status_code == 403
    assert "used already" in again.text
    assert browser.get("/auth/oidc/callback?state=made-up&code=x").status_code == 403


def test_a_declined_sign_in_is_told(browser: httpx.Client, idp: Provider) -> None:
    state = parse_qs(urlsplit(browser.get("/auth/oidc/start").headers["location"]).query)["state"][0]
    answer = browser.get(f"/auth/oidc/callback?state={state}&error=access_denied")
    assert answer.status_code == 403
    assert "broken off" in answer.text


def test_a_provider_that_is_down_is_told(
    browser: httpx.Client, idp: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = back(browser)
    monkeypatch.setenv("MEDAI_OIDC_ISSUER", f"http://127.0.0.1:{free_port()}")
    for answer in (browser.get(address), browser.get("/auth/oidc/start")):
        assert answer.status_code in (403, 503)
        assert "Try again in a moment" in answer.text


def test_a_provider_without_tls_is_refused(browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_OIDC_ISSUER", "http://provider.example")
    monkeypatch.setenv("MEDAI_OIDC_CLIENT_ID", CLIENT)
    assert "https" in browser.get("/auth/oidc/start").text


def test_nothing_is_there_without_a_provider(browser: httpx.Client) -> None:
    assert browser.get("/auth/oidc/start").status_code == 404
    assert browser.get("/auth/oidc/callback?state=x&code=y").status_code == 404


def signed_in(browser: httpx.Client, store: Store) -> Any:
    browser.get(back(browser))
    let_in(store)
    browser.get(back(browser))
    found = resolve(browser.cookies[SESSION], activity=True)
    assert found is not None
    return found[1].caller


def test_signing_needs_a_fresh_confirmation_each_time(
    browser: httpx.Client, store: Store, idp: Provider
) -> None:
    caller = signed_in(browser, store)
    with pytest.raises(Refusal) as caught:
        accounts.check_password(store, caller, "anything")
    assert caught.value.code == "confirmation-missing"
    answer = browser.get(back(browser, "/auth/oidc/confirm"))
    assert (answer.status_code, idp.asked[-1]["max_age"], idp.asked[-1]["prompt"]) == (200, "0", "login")
    assert single_sign_on.confirmed(caller)
    accounts.check_password(store, caller, "")
    with pytest.raises(Refusal):  # used up
        accounts.check_password(store, caller, "")


def test_an_old_sign_in_at_the_provider_confirms_nothing(
    browser: httpx.Client, store: Store, idp: Provider
) -> None:
    caller = signed_in(browser, store)
    idp.ignores_max_age = True
    answer = browser.get(back(browser, "/auth/oidc/confirm"))
    assert answer.status_code == 403
    assert "asked for just now" in answer.text
    assert not single_sign_on.confirmed(caller)


def test_another_person_confirms_nothing(browser: httpx.Client, store: Store, idp: Provider) -> None:
    caller = signed_in(browser, store)
    idp.person = {"sub": "u-2", "name": "Another"}
    answer = browser.get(back(browser, "/auth/oidc/confirm"))
    assert (answer.status_code, single_sign_on.confirmed(caller)) == (403, False)
    assert len(store.accounts.all()) == 1


def test_a_locked_session_is_opened_by_a_confirmation_alone(
    browser: httpx.Client, store: Store, idp: Provider
) -> None:
    caller = signed_in(browser, store)
    token = browser.cookies[SESSION].partition(".")[2]
    sessions.lock(store, token)
    with pytest.raises(Refusal):
        sessions.unlock(store, token, single_sign_on.NO_PASSWORD)
    assert browser.get(back(browser, "/auth/oidc/confirm")).status_code == 200
    info = sessions.lookup(store, token, activity=True)
    assert info is not None
    assert not info.locked
    assert not single_sign_on.confirmed(caller)  # what opens a session signs nothing


def test_a_name_gives_no_rights(browser: httpx.Client, store: Store, idp: Provider) -> None:
    """Neither e-mail address nor user name: who calls himself admin is somebody new, and shut out."""
    store.accounts.add("admin@127.0.0.1", "Chief", Role.ADMINISTRATOR, "none", must_change_password=False)
    idp.person = {"sub": "u-9", "preferred_username": "Admin", "email": "admin@127.0.0.1", "name": "Chief"}
    assert browser.get(back(browser)).status_code == 403
    new = next(one for one in store.accounts.all() if one.username.startswith("sso-"))
    assert (new.active, new.role) == (False, Role.READ_ONLY)


def test_a_disabled_account_stays_out(browser: httpx.Client, store: Store, idp: Provider) -> None:
    caller = signed_in(browser, store)
    store.accounts.set_active(caller.user_id, active=False)
    browser.cookies.delete(SESSION)
    answer = browser.get(back(browser))
    assert (answer.status_code, SESSION in browser.cookies) == (403, False)


def _claims(at: datetime, *, iat: float, auth: float | None) -> tuple[dict[str, object], oidc.Request]:
    """A token that was issued and asked for so many seconds after we asked, by the provider's clock."""
    begun = at.timestamp()
    asked = oidc.Request("s", "n", "v", "https://here/back", at, fresh=True)
    claims: dict[str, object] = {"iss": "https://id.example", "aud": "medai", "nonce": "n", "sub": "x",
                                 "iat": int(begun + iat), "exp": int(begun + iat + 300)}  # fmt: skip
    return claims | ({} if auth is None else {"auth_time": int(begun + auth)}), asked


@pytest.mark.parametrize("skew", [0.0, -40.0, 40.0])
@pytest.mark.parametrize(
    ("auth", "is_believed"), [(12.0, True), (0.0, True), (-5.0, False), (-50.0, False), (None, False)]
)
def test_a_password_from_before_we_asked_confirms_nothing_whatever_the_clocks(
    monkeypatch: pytest.MonkeyPatch, skew: float, auth: float | None, is_believed: bool
) -> None:
    """Thirteen seconds after we asked; `auth` is when the person was asked, seconds after we asked."""
    at = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    monkeypatch.setattr(oidc.clock, "now", lambda: at + timedelta(seconds=13))
    claims, asked = _claims(at, iat=13.0 + skew, auth=None if auth is None else auth + skew)
    options = replace(settings(), oidc_issuer="https://id.example", oidc_client_id="medai")
    if is_believed:
        oidc._check(claims, options, asked)
        return
    with pytest.raises(Refusal, match="asked for just now"):
        oidc._check(claims, options, asked)


def test_strangers_who_begin_push_nobody_out_who_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_sign_on, "_MOST", 10)
    monkeypatch.setattr(single_sign_on, "_pending", {})

    def begun(state: str, browser: str, session_id: str = "") -> None:
        asked = oidc.Request(state, "n", "v", "https://here/back", oidc.clock.now(), fresh=bool(session_id))
        single_sign_on.remember(single_sign_on.Pending(asked, browser, "/", session_id, session_id))

    begun("mine", "own", "session")
    for number in range(50):
        begun(f"s{number}", f"b{number}")
    assert single_sign_on.recall("mine", "own").session_id == "session"
    assert single_sign_on.recall("s49", "b49").target == "/"
    with pytest.raises(Refusal):
        single_sign_on.recall("s0", "b0")
    for number in range(8):
        begun(f"t{number}", "one browser")
    assert single_sign_on.recall("t7", "one browser")
    with pytest.raises(Refusal):
        single_sign_on.recall("t0", "one browser")
