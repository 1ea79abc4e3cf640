"""Forms lead back to this server only, and come from it only."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request

from medai_core.web.requests import own_path, require_same_origin

SERVER = "http://localhost:8501"


def _request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "server": ("localhost", 8501),
            "path": "/auth/sign-in",
            "query_string": b"",
            "headers": [(b"host", b"localhost:8501"), *raw],
        }
    )


@pytest.mark.parametrize("target", ["/", "/reading?study=abc&frame=2", "/models", "/?q=1"])
def test_a_page_of_this_server_is_kept(target: str) -> None:
    assert own_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "reading",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/ /evil.example",
        "/a\r\nSet-Cookie: x=y",
        "javascript:alert(1)",
        "/auth/sign-out",
        "/" + "a" * 3_000,
    ],
)
def test_everything_else_leads_to_the_start_page(target: str) -> None:
    assert own_path(target) == "/"


@given(st.text(max_size=60) | st.from_regex(r"[/\\]{0,3}[a-z@:.\t\n /\\]{0,20}"))
def test_no_text_leads_to_another_site(target: str) -> None:
    landed = urlsplit(urljoin(SERVER, own_path(target)))
    assert (landed.scheme, landed.netloc) == ("http", "localhost:8501")


def test_a_base_path_is_not_left() -> None:
    assert own_path("/medai/reading", base_path="/medai") == "/medai/reading"
    assert own_path("/other/reading", base_path="/medai") == "/medai/"
    assert own_path("/medai/auth/sign-out", base_path="/medai") == "/medai/"
    assert own_path("/medaix", base_path="/medai") == "/medai/"


def test_a_form_of_this_server_is_taken() -> None:
    require_same_origin(_request(origin=SERVER))
    require_same_origin(_request(origin=SERVER, sec_fetch_site="same-origin"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "https://localhost:8501"},
        {"origin": "http://localhost:8502"},
        {"origin": SERVER, "sec_fetch_site": "cross-site"},
        {"origin": SERVER, "sec_fetch_site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(HTTPException) as refused:
        require_same_origin(_request(**headers))
    assert refused.value.status_code == 403


def test_the_address_of_a_trusted_proxy_is_this_server_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_PUBLIC_URL", "https://medai.example/app")
    require_same_origin(_request(origin="https://medai.example"))
