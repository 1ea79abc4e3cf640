"""Signing in and out over HTTP: cookies, tokens, lock-out, the way back to the page that was asked for."""

import re
from contextlib import closing

import httpx
import pytest

from medai_core.domain.people import Role
from medai_core.web.cookies import FORM, SESSION
from tests.support.page import Page
from tests.support.server import (
    NEW_PASSWORD,
    choose_password,
    csrf_of,
    form_token,
    sign_in,
    sign_out,
)
from tests.web.conftest import Start, Watched


def _set_cookie(answer: httpx.Response, name: str) -> str:
    found = [value for value in answer.headers.get_list("set-cookie") if value.startswith(f"{name}=")]
    return found[0].lower() if found else ""


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(watched: Watched) -> None:
    with watched.server.client() as client:
        answer = sign_in(client, "admin", NEW_PASSWORD, "/reading?study=abc")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/reading?study=abc"
    cookie = _set_cookie(answer, SESSION)
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie, "plain http on this machine"
    assert "expires" not in cookie, "kept until the browser closes; the store ends it earlier"
    assert "max-age" not in cookie


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "/auth/sign-out"]
)
def test_signing_in_leads_to_this_server_only(watched: Watched, target: str) -> None:
    with watched.server.client() as client:
        assert sign_in(client, "admin", NEW_PASSWORD, target).headers["location"] == "/"


def test_the_form_knows_the_page_that_was_asked_for(watched: Watched) -> None:
    with watched.server.client() as client:
        form_token(client)
        with Page(client) as tab:
            drawn = tab.open("reading", "study=a%26b&x=%22%3E%3Cscript%3E")
    body = next(body for body in drawn.html if "/auth/sign-in" in body)
    assert 'name="next" value="/reading?study=a%26b&amp;x=%22%3E%3Cscript%3E"' in body
    assert "<script" not in body


def test_a_wrong_password_shows_the_form_again_with_a_sentence(watched: Watched) -> None:
    with watched.server.client() as client:
        wrong = sign_in(client, "nobody-1", "wrong", "/models")
        assert wrong.headers["location"] == "/models"
        assert not _set_cookie(wrong, SESSION)
        with Page(client) as tab:
            drawn = tab.open("models")
    assert drawn.signed_out
    assert "Expected the user name and password of an active account" in drawn.text
    with watched.server.client() as other:
        form_token(other)
        with Page(other) as tab:
            assert "Expected the user name" not in tab.open("models").text


def test_after_failures_the_sentence_says_how_long_to_wait(watched: Watched) -> None:
    with watched.server.client() as client:
        for _ in range(7):
            sign_in(client, "nobody-2", "wrong")
        with Page(client) as tab:
            text = tab.open().text
    assert re.search(r"\d+ (second|minute)", text)


def test_forms_of_other_sites_are_refused(watched: Watched) -> None:
    with watched.server.client() as client:
        fields = {"username": "admin", "password": NEW_PASSWORD, "form": form_token(client), "next": "/"}
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            assert client.post("/auth/sign-in", data=fields, headers=headers).status_code == 403
        del client.headers["Origin"]
        assert client.post("/auth/sign-in", data=fields).status_code == 403


def test_a_form_without_its_token_is_stale(watched: Watched) -> None:
    with watched.server.client() as client:
        form_token(client)
        fields = {"username": "admin", "password": NEW_PASSWORD, "form": "invented", "next": "/"}
        answer = client.post("/auth/sign-in", data=fields)
        assert not _set_cookie(answer, SESSION)
        with Page(client) as tab:
            assert "stale" in tab.open().text
        client.cookies.delete(FORM)
        assert not _set_cookie(client.post("/auth/sign-in", data={**fields, "form": ""}), SESSION)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize("name", ["sign-in", "sign-out", "demo", "unlock", "password", "heartbeat"])
def test_state_changes_by_post_alone(admin: httpx.Client, method: str, name: str) -> None:
    answer = admin.request(method, f"/auth/{name}", params={"csrf": "x"})
    assert answer.status_code == 405 or "<!DOCTYPE html>" in answer.text or method == "HEAD"
    assert "set-cookie" not in answer.headers
    assert admin.get("/media/x.png").status_code == 403, "still signed in"


def test_every_form_of_a_session_needs_its_token(admin: httpx.Client) -> None:
    for name in ("sign-out", "unlock", "password"):
        answer = admin.post(f"/auth/{name}", data={"csrf": "invented", "password": NEW_PASSWORD})
        assert answer.status_code == 403, name
    assert admin.post("/auth/heartbeat", headers={"X-CSRF-Token": "invented"}).status_code == 403
    assert admin.post("/auth/heartbeat", headers={"X-CSRF-Token": csrf_of(admin)}).status_code == 200


def test_without_a_session_there_is_nothing_to_change(watched: Watched) -> None:
    with watched.server.client() as stranger:
        assert stranger.post("/auth/heartbeat").status_code == 401
        assert stranger.post("/auth/unlock", data={"csrf": "x", "password": "x"}).status_code == 401
        assert stranger.post("/auth/password", data={"csrf": "x"}).status_code == 401
        assert stranger.post("/auth/sign-out", data={"csrf": "x"}).status_code == 303


def test_signing_out_takes_the_cookie_and_ends_the_session(watched: Watched, admin: httpx.Client) -> None:
    value = admin.cookies[SESSION]
    answer = sign_out(admin)
    assert answer.headers["location"] == "/"
    assert "max-age=0" in _set_cookie(answer, SESSION)
    with watched.server.client(cookies={SESSION: value}) as thief:
        assert thief.get("/media/x.png").status_code == 401
        with Page(thief) as tab:
            assert tab.open().signed_out


def test_signing_in_again_ends_the_session_before(watched: Watched, admin: httpx.Client) -> None:
    before = admin.cookies[SESSION]
    assert sign_in(admin, "admin", NEW_PASSWORD).status_code == 303
    assert admin.cookies[SESSION] != before
    with watched.server.client(cookies={SESSION: before}) as thief:
        assert thief.get("/media/x.png").status_code == 401


def test_the_first_sign_in_must_choose_a_password(start: Start) -> None:
    fresh = start()
    one_time = fresh.server.admin_password
    assert one_time
    with fresh.server.client() as client:
        sign_in(client, "admin", one_time, "/models")
        with Page(client) as tab:
            drawn = tab.open("models")
            assert 'action="/auth/password"' in "".join(drawn.html)
            assert fresh.marks() == []
        assert client.get("/media/x.png").status_code == 403
        choose_password(client, one_time, "short")
        with Page(client) as tab:
            drawn = tab.open("models")
            assert 'action="/auth/password"' in "".join(drawn.html)
            assert "Expected" in drawn.text
        fields = {
            "csrf": drawn.csrf(),
            "current": one_time,
            "new": NEW_PASSWORD,
            "again": "other",
            "next": "/",
        }
        client.post("/auth/password", data=fields)
        with Page(client) as tab:
            assert "differ" in tab.open("models").text
        assert choose_password(client, one_time, NEW_PASSWORD).status_code == 303
        with Page(client) as tab:
            assert "page models of" in tab.open("models").text
    with fresh.server.client() as other:
        assert not _set_cookie(sign_in(other, "admin", one_time), SESSION), "good for one time"
        assert _set_cookie(sign_in(other, "admin", NEW_PASSWORD), SESSION)


def test_a_new_password_ends_every_other_session(watched: Watched) -> None:
    with closing(watched.user("two-browsers", Role.CLINICIAN)) as first:
        with watched.server.client() as second:
            sign_in(second, "two-browsers", NEW_PASSWORD)
            assert second.get("/media/x.png").status_code == 403
            assert choose_password(first, NEW_PASSWORD, "another long passphrase 8").status_code == 303
            assert first.get("/media/x.png").status_code == 403
            assert second.get("/media/x.png").status_code == 401
