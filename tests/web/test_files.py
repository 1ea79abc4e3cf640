"""Drawn files and uploads over HTTP: 401 without a session, 403 for another's, limits before bytes."""

import http.client
import json
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.checkout import SECRET_NAME
from tests.support.page import Drawn, Page
from tests.support.server import sign_out
from tests.web.conftest import Watched


def _document(drawn: Drawn) -> str:
    return next(path for path in drawn.media if path.endswith(".pdf"))


def test_a_drawn_file_is_for_its_own_session_while_it_lives(
    watched: Watched, admin: httpx.Client, clinician: httpx.Client
) -> None:
    with Page(admin) as tab:
        drawn = tab.open("reading")
        path = _document(drawn)
        answer = admin.get(path)
        assert answer.status_code == 200
        assert SECRET_NAME in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert admin.head(path).status_code == 200
        assert admin.get(path, headers={"Range": "bytes=0-3"}).status_code == 206
        with watched.server.client() as stranger:
            for other, status in ((clinician, 403), (stranger, 401)):
                for method in ("GET", "HEAD", "OPTIONS", "PUT"):
                    refused = other.request(method, path)
                    assert refused.status_code == status
                    assert SECRET_NAME not in refused.text
                assert other.get(path, headers={"Range": "bytes=0-3"}).status_code == status
        with Page(clinician) as other_tab:
            assert _document(other_tab.open("models")) != path
            assert clinician.get(path).status_code == 403
        sign_out(admin)
        assert admin.get(path).status_code == 401


def test_the_same_file_drawn_by_two_sessions_serves_both(
    admin: httpx.Client, clinician: httpx.Client
) -> None:
    with Page(admin) as first, Page(clinician) as second:
        path = _document(first.open("reading"))
        assert clinician.get(path).status_code == 403
        assert _document(second.open("reading")) == path
        assert clinician.get(path).status_code == 200
        assert admin.get(path).status_code == 200


def test_a_file_of_a_tab_that_was_closed_is_not_public(watched: Watched, admin: httpx.Client) -> None:
    with Page(admin) as tab:
        path = _document(tab.open("review"))
    with watched.server.client() as stranger:
        assert stranger.get(path).status_code == 401


def test_no_spelling_of_the_path_leads_around_the_guard(watched: Watched, page: Page) -> None:
    path = _document(page.open("reading"))
    name = path.rsplit("/", 1)[1]
    spellings = [
        f"/media/{name}",
        f"/media//{name}",
        f"//media/{name}",
        f"/./media/{name}",
        f"/x/../media/{name}",
        f"/%6dedia/{name}",
        f"/%6Dedi%61/{name}",
        f"/media%2f{name}",
        f"/%2fmedia/{name}",
        f"/media/%2e%2e/media/{name}",
        f"/media/%2e/{name}",
        f"/media\\{name}",
        f"/media%5c{name}",
        f"/media/{name}?x=/worklist",
        f"/media/{name}#/worklist",
        f"/media/{name}%00",
        f"/media;x/{name}",
        f"{watched.server.url}/media/{name}",
    ]
    for spelling in spellings:
        connection = http.client.HTTPConnection(urlsplit(watched.server.url).netloc, timeout=20)
        try:
            connection.putrequest("GET", spelling, skip_accept_encoding=True)
            connection.endheaders()
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        assert SECRET_NAME.encode() not in body, spelling
        assert answer.status in (400, 401, 404) or b"<!DOCTYPE html>" in body, spelling


def _upload(
    client: httpx.Client, streamlit_id: str, *, method: str = "PUT", content: bytes = b"abc", **headers: str
) -> httpx.Response:
    client.get("/_stcore/health")
    path = f"/_stcore/upload_file/{streamlit_id}/file-1"
    token = {"X-Xsrftoken": client.cookies.get("_streamlit_xsrf", "")}
    if method == "DELETE":
        return client.delete(path, headers=token)
    return client.put(path, files={"file": ("film.dcm", content)}, headers={**token, **headers})


def test_uploads_reach_the_tab_of_their_own_session(
    watched: Watched, admin: httpx.Client, clinician: httpx.Client, reader: httpx.Client
) -> None:
    with Page(admin) as tab, Page(clinician) as foreign, Page(reader) as reading:
        for each in (tab, foreign, reading):
            each.open("reading")
        assert _upload(admin, tab.session_id).status_code == 204
        assert _upload(clinician, foreign.session_id).status_code == 204
        assert _upload(admin, foreign.session_id).status_code == 403
        assert _upload(clinician, tab.session_id).status_code == 403
        assert _upload(admin, "invented").status_code == 403
        assert _upload(reader, reading.session_id).status_code == 403
        assert _upload(reader, tab.session_id).status_code == 403
        with watched.server.client() as stranger:
            assert _upload(stranger, tab.session_id).status_code == 401
            assert _upload(stranger, tab.session_id, method="DELETE").status_code == 401
        assert _upload(clinician, tab.session_id, method="DELETE").status_code == 403
        assert _upload(admin, tab.session_id, method="DELETE").status_code == 204
        sign_out(admin)
        assert _upload(admin, tab.session_id).status_code == 401


def test_a_large_upload_is_refused_before_it_is_sent(admin: httpx.Client, page: Page) -> None:
    page.open("reading")
    connection = http.client.HTTPConnection(urlsplit(str(admin.base_url)).netloc, timeout=20)
    try:
        connection.putrequest("PUT", f"/_stcore/upload_file/{page.session_id}/file-1")
        connection.putheader("Cookie", "; ".join(f"{c.name}={c.value}" for c in admin.cookies.jar))
        connection.putheader("Content-Length", str(600 * 1024 * 1024))
        connection.endheaders()
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    assert answer.status == 413
    assert "at most 512 MB; found 600 MB" in text


def test_an_upload_without_a_size_is_refused(admin: httpx.Client, page: Page) -> None:
    page.open("reading")
    answer = admin.put(f"/_stcore/upload_file/{page.session_id}/file-1", content=iter([b"a", b"b"]))
    assert answer.status_code == 411


def test_uploads_need_the_token_of_the_page(admin: httpx.Client, page: Page) -> None:
    page.open("reading")
    admin.get("/_stcore/health")
    answer = admin.put(f"/_stcore/upload_file/{page.session_id}/file-1", files={"file": ("a", b"a")})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/pixels/invented/0", "/reports/invented.pdf"])
def test_what_is_not_there_is_not_found(watched: Watched, admin: httpx.Client, path: str) -> None:
    assert admin.get(path).status_code == 404
    with watched.server.client() as stranger:
        assert stranger.get(path).status_code == 401
        assert stranger.head(path).status_code == 401


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_record_is_for_those_who_may_see_it(watched: Watched, admin: httpx.Client, form: str) -> None:
    refused = admin.get(f"/records/invented.{form}")
    assert refused.status_code == 403
    assert "a patient who is open to you" in refused.text
    with watched.server.client() as stranger:
        assert stranger.get(f"/records/invented.{form}").status_code == 401


def test_the_health_check_is_open_and_says_little(watched: Watched) -> None:
    with watched.server.client() as stranger:
        answer = stranger.get("/healthz")
    assert answer.status_code == 200
    assert set(json.loads(answer.text)) == {"status", "store", "models"}
    assert answer.json()["status"] == "ok"


def test_counts_of_the_server_are_for_the_signed_in(watched: Watched) -> None:
    with watched.server.client() as stranger:
        assert stranger.get("/_stcore/metrics").status_code == 401
        assert stranger.get("/_stcore/health").status_code == 200
