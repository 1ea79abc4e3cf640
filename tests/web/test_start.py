"""How the server starts: where it may listen, under a prefix, as a demo."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from medai_core.web.cookies import SESSION
from tests.support.page import Page
from tests.support.server import ROOT, free_port, sign_out
from tests.web.conftest import Start


def _refused(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    streamlit = Path(sys.executable).with_name("streamlit")
    command = [str(streamlit), "run", "app.py", "--server.headless", "true", *arguments]
    environment = {**os.environ, "MEDAI_HOME": str(tmp_path / "home")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_a_public_address_without_tls_is_refused_in_a_sentence(tmp_path: Path, address: str) -> None:
    done = _refused(tmp_path, "--server.port", str(free_port()), "--server.address", address)
    assert done.returncode not in (0, None)
    assert "MedAI was not started. Expected server.address to be localhost" in done.stderr
    assert "MEDAI_TRUSTED_PROXY" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()


def test_behind_a_trusted_proxy_the_cookie_is_for_tls_alone(start: Start) -> None:
    env = {"MEDAI_TRUSTED_PROXY": "1", "MEDAI_PUBLIC_URL": "https://medai.example"}
    public = start(env, ["--server.address", "0.0.0.0"])
    with public.server.client() as client:
        forwarded = {"Host": "medai.example", "Origin": "https://medai.example", "X-Forwarded-Proto": "https"}
        page = client.get("/", headers=forwarded)
        assert page.status_code == 200
        assert "strict-transport-security" in page.headers
        token = page.cookies["medai_form"]
        fields = {"username": "admin", "password": public.server.admin_password, "form": token, "next": "/"}
        headers = {**forwarded, "Cookie": f"medai_form={token}"}
        answer = client.post("/auth/sign-in", data=fields, headers=headers)
        assert answer.status_code == 303
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION))
        assert "; Secure" in cookie
        assert client.get("/", headers={**forwarded, "Host": "rebound.example"}).status_code == 400
    assert (public.server.home.stat().st_mode & 0o777) == 0o700


def test_under_a_prefix_the_same_rules_hold(start: Start) -> None:
    prefixed = start(prefix="clinic/medai")
    server = prefixed.server
    for path in ("/media/x.png", "/pixels/x/0", "/_stcore/upload_file/a/b", "/reports/x.pdf"):
        with server.client() as stranger:
            assert stranger.get(path).status_code == 401, path
    with server.client() as client, Page(client) as tab:
        assert 'action="/clinic/medai/auth/sign-in"' in "".join(tab.open("reading").html)
    assert prefixed.marks() == []
    client = server.sign_in()
    try:
        with Page(client) as tab:
            drawn = tab.open("reading")
            path = next(path for path in drawn.media if path.endswith(".pdf"))
            assert client.get(path).status_code == 200
            with server.client() as stranger:
                assert stranger.get(path).status_code == 401
        assert sign_out(client).headers["location"] == "/clinic/medai/"
        assert client.get(path).status_code == 401
    finally:
        client.close()


def test_a_demo_opens_by_itself_and_reaches_its_own_store_alone(start: Start) -> None:
    demo = start({"MEDAI_DEMO": "1"})
    with demo.server.client() as client:
        assert SESSION not in client.cookies
        client.get("/")
        assert client.cookies[SESSION].startswith("demo.")
        with Page(client) as tab:
            assert "for demo" in tab.open("reading").text
        token = client.cookies[SESSION].partition(".")[2]
        with demo.server.client(cookies={SESSION: f"main.{token}"}) as thief:
            assert thief.get("/media/x.png").status_code == 401
        sign_out(client)
        client.get("/")
        assert SESSION not in client.cookies, "who left the demo is not put back into it"
        with Page(client) as tab:
            drawn = tab.open()
        assert drawn.signed_out
        assert 'action="/auth/demo"' in "".join(drawn.html)
        fields = {"form": client.cookies["medai_form"]}
        assert client.post("/auth/demo", data=fields).status_code == 303
        assert client.cookies[SESSION].startswith("demo.")
