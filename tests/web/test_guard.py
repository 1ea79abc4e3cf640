"""The guard, alone: who gets through, what is counted, what every answer carries."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from medai_core.domain.people import Caller, Role
from medai_core.settings import MEBIBYTE
from medai_core.web import guard as guard_module
from medai_core.web.access import Access
from medai_core.web.bridge import Bridge
from medai_core.web.guard import Guard
from medai_core.web.registry import Registry

STORED = {"tab": 0}
BRIDGE = Bridge(
    base_path="",
    wake=lambda _: None,
    stored_bytes=lambda tab: STORED.get(tab, 0),
    host_allowed=lambda host: host == "localhost",
    tls=False,
)


class Inner:
    """What stands behind the guard: reads the body, answers 200, remembers that it was reached."""

    def __init__(self) -> None:
        self.reached = 0
        self.scope: Scope = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        self.scope = scope
        while (await receive()).get("more_body"):
            continue
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inner"})


def _access(role: Role = Role.CLINICIAN, *, store: str = "main", session: str = "s", **flags: bool) -> Access:
    info = SimpleNamespace(
        caller=Caller("u", "ann", "Ann", role, store, session),
        csrf="c",
        locked=flags.get("locked", False),
        must_change_password=flags.get("must_change_password", False),
    )
    return Access(SimpleNamespace(), info, "token")  # type: ignore[arg-type]


class Bench:
    """A guard with a known set of tabs and a session that a test chooses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inner = Inner()
        self.known = Registry()
        self.access: Access | None = None
        self.activity: list[bool] = []

        async def access_of(_: object, *, activity: bool = False) -> Access | None:
            self.activity.append(activity)
            return self.access

        monkeypatch.setattr(guard_module, "access_of", access_of)
        self.guard = Guard(self.inner, BRIDGE, self.known)

    def sign_in(self, access: Access) -> None:
        self.access = access
        self.known.bind("tab", access.owner)

    def ask(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str], str]:
        sent: list[Message] = []
        raw = {"host": "localhost", **(headers or {})}
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "server": ("localhost", 8501),
            "path": path,
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in raw.items()],
        }
        chunks = iter([body[i : i + 1000] for i in range(0, len(body), 1000)] or [b""])
        left = [len(body)]

        async def receive() -> Message:
            chunk = next(chunks)
            left[0] -= len(chunk)
            return {"type": "http.request", "body": chunk, "more_body": left[0] > 0}

        async def send(message: Message) -> None:
            sent.append(message)

        with ThreadPoolExecutor(1) as thread:  # a browser test may have left a loop running in this one
            thread.submit(asyncio.run, self.guard(scope, receive, send)).result()
        start = next(message for message in sent if message["type"] == "http.response.start")
        text = b"".join(message.get("body", b"") for message in sent).decode()
        return start["status"], {k.decode().lower(): v.decode() for k, v in start["headers"]}, text

    def upload(self, size: int, body: bytes = b"", tab: str = "tab", **headers: str) -> tuple[int, str]:
        path = f"/_stcore/upload_file/{tab}/file"
        status, _, text = self.ask(path, "PUT", {"content-length": str(size), **headers}, body)
        return status, text


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    STORED["tab"] = 0
    yield Bench(monkeypatch)
    STORED["tab"] = 0


PATHS = [
    "/media/abc.png",
    "/media//abc.png",
    "/media/%2e%2e/abc.png",
    "/media/../media/abc.png",
    "//media/abc.png",
    "/_stcore/upload_file/tab/file",
    "/_stcore//upload_file/tab/file",
    "/pixels/abc/0",
    "/reports/abc.pdf",
    "/_stcore/metrics",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_without_a_session_nothing_is_reached(bench: Bench, path: str, method: str) -> None:
    status, headers, _ = bench.ask(path, method)
    assert status == 401
    assert headers["cache-control"] == "no-store"
    assert bench.inner.reached == 0


@pytest.mark.parametrize("path", PATHS)
def test_a_locked_session_is_none(bench: Bench, path: str) -> None:
    bench.sign_in(_access(locked=True))
    assert bench.ask(path)[0] == 401
    assert bench.inner.reached == 0


@pytest.mark.parametrize("path", PATHS)
def test_a_one_time_password_opens_nothing(bench: Bench, path: str) -> None:
    bench.sign_in(_access(must_change_password=True))
    assert bench.ask(path)[0] == 403
    assert bench.inner.reached == 0


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_is_for_the_session_that_drew_it(bench: Bench, method: str) -> None:
    bench.sign_in(_access())
    assert bench.ask("/media/abc.png", method)[0] == 403
    bench.known.media_added("abc", "tab")
    status, headers, _ = bench.ask("/media/abc.png", method)
    assert status == 200
    assert headers["cache-control"] == "no-store"
    bench.access = _access(session="another")
    assert bench.ask("/media/abc.png", method)[0] == 403
    bench.access = _access(store="demo")
    assert bench.ask("/media/abc.png", method)[0] == 403


@pytest.mark.parametrize(
    "path", ["/media/x/abc.png", "/media/abc.png/x", "/media/", "/media", "/media/../abc.png"]
)
def test_a_file_has_one_address(bench: Bench, path: str) -> None:
    bench.sign_in(_access())
    bench.known.media_added("abc", "tab")
    assert bench.ask(path)[0] == 403
    assert bench.inner.reached == 0


def test_reading_data_is_no_activity_and_uploading_is(bench: Bench) -> None:
    bench.sign_in(_access())
    bench.ask("/pixels/abc/0")
    bench.upload(3, b"abc")
    assert bench.activity == [False, True]


def test_pixels_are_sent_as_they_are(bench: Bench) -> None:
    bench.sign_in(_access())
    assert bench.ask("/pixels/abc/0", headers={"accept-encoding": "gzip"})[0] == 200
    assert b"accept-encoding" not in dict(bench.inner.scope["headers"])
    assert bench.inner.scope["state"]["access"] is bench.access


def test_an_upload_reaches_the_tab_of_its_own_session(bench: Bench) -> None:
    bench.sign_in(_access())
    assert bench.upload(3, b"abc")[0] == 200
    assert bench.upload(3, b"abc", tab="foreign")[0] == 403
    bench.access = _access(session="another")
    assert bench.upload(3, b"abc")[0] == 403
    assert bench.inner.reached == 1


def test_who_only_reads_does_not_upload(bench: Bench) -> None:
    bench.sign_in(_access(Role.READ_ONLY))
    status, text = bench.upload(3, b"abc")
    assert status == 403
    assert "import" in text
    bench.sign_in(_access(Role.ADMINISTRATOR))
    assert bench.upload(3, b"abc")[0] == 200


def test_an_upload_says_its_size(bench: Bench) -> None:
    bench.sign_in(_access())
    path = "/_stcore/upload_file/tab/file"
    assert bench.ask(path, "PUT")[0] == 411
    assert bench.ask(path, "PUT", {"transfer-encoding": "chunked", "content-length": "3"})[0] == 411
    assert bench.ask(path, "PUT", {"content-length": "-3"})[0] == 400
    assert bench.ask(path, "PUT", {"content-length": "three"})[0] == 400
    assert bench.inner.reached == 0


def test_one_file_has_a_limit(bench: Bench) -> None:
    bench.sign_in(_access())
    assert bench.upload(512 * MEBIBYTE)[0] == 200
    status, text = bench.upload(513 * MEBIBYTE)
    assert status == 413
    assert "at most 512 MB; found 513 MB" in text
    assert "python -m medai_core import" in text


def test_the_demo_takes_less(bench: Bench) -> None:
    bench.sign_in(_access(store="demo"))
    assert bench.upload(50 * MEBIBYTE)[0] == 200
    status, text = bench.upload(51 * MEBIBYTE)
    assert status == 413
    assert "at most 50 MB" in text


def test_a_session_has_a_limit(bench: Bench) -> None:
    bench.sign_in(_access())
    STORED["tab"] = 600 * MEBIBYTE
    assert bench.upload(424 * MEBIBYTE)[0] == 200
    status, text = bench.upload(425 * MEBIBYTE)
    assert status == 413
    assert "already holds 600 MB of the 1024 MB" in text
    assert bench.upload(424 * MEBIBYTE)[0] == 200, "what was refused or has arrived no longer counts"


def test_bytes_are_counted_not_believed(bench: Bench) -> None:
    bench.sign_in(_access())
    status, text = bench.upload(10, b"x" * 5_000)
    assert status == 413
    assert "More bytes" in text


def test_an_unknown_host_is_turned_away(bench: Bench) -> None:
    assert bench.ask("/", headers={"host": "rebound.example"})[0] == 400
    assert bench.inner.reached == 0


@pytest.mark.parametrize("path", ["/", "/media/abc.png", "/healthz"])
def test_every_answer_carries_the_security_headers(bench: Bench, path: str) -> None:
    _, headers, _ = bench.ask(path)
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


def test_a_page_brings_the_form_token_once(bench: Bench) -> None:
    _, headers, _ = bench.ask("/reading")
    assert headers["set-cookie"].startswith("medai_form=")
    assert "HttpOnly" in headers["set-cookie"]
    _, headers, _ = bench.ask("/reading", headers={"cookie": "medai_form=abc"})
    assert "set-cookie" not in headers
    _, headers, _ = bench.ask("/static/js/index.js")
    assert "set-cookie" not in headers


def test_the_start_page_has_one_address(bench: Bench) -> None:
    status, headers, _ = bench.ask("/worklist")
    assert (status, headers["location"]) == (307, "/")


def _demo_of(bench: Bench, monkeypatch: pytest.MonkeyPatch, **headers: str) -> str:
    monkeypatch.setattr(guard_module, "demo_session", lambda: "demo.token")
    _, answer, _ = bench.ask("/", headers={"cookie": "medai_form=abc", **headers})
    return answer.get("set-cookie", "")


def test_the_demo_opens_by_itself_where_asked_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _demo_of(bench, monkeypatch) == ""
    monkeypatch.setenv("MEDAI_DEMO", "1")
    cookie = _demo_of(bench, monkeypatch)
    assert cookie.startswith("medai_session=demo.token;")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()


def test_the_demo_never_replaces_a_session(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_DEMO", "1")
    fetch_site: dict[str, Any] = {"sec-fetch-site": "cross-site"}
    assert _demo_of(bench, monkeypatch, **fetch_site) == ""
    assert _demo_of(bench, monkeypatch, cookie="medai_form=abc; medai_left_demo=1") == ""
    bench.sign_in(_access())
    assert _demo_of(bench, monkeypatch) == ""
