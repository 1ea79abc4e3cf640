"""A real `streamlit run app.py` for tests: one process on a free port, with a home of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.page import Page

ROOT = Path(__file__).resolve().parents[2]
ADMINISTRATOR = "admin"
NEW_PASSWORD = "a long enough passphrase 7"
_PASSWORD = re.compile(r"one-time password: (\S+)")


@dataclass
class Server:
    """A running server.

    `admin_password` is the one-time password that the first start printed; empty where the home had
    accounts already. `output` holds what the process wrote so far.
    """

    url: str
    process: subprocess.Popen[str]
    admin_password: str
    home: Path
    output: list[str] = field(default_factory=list)

    def client(self, **options: object) -> httpx.Client:
        """An HTTP client that sends what a browser on the server's own page sends."""
        headers = {"Origin": "/".join(self.url.split("/")[:3])}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)  # type: ignore[arg-type]

    def sign_in(self, username: str = ADMINISTRATOR, password: str = NEW_PASSWORD) -> httpx.Client:
        """A client with a live session; the administrator's first one also chooses the new password."""
        client = self.client()
        first = username == ADMINISTRATOR and self.admin_password
        sign_in(client, username, self.admin_password if first else password)
        if first:
            choose_password(client, self.admin_password, NEW_PASSWORD)
            self.admin_password = ""
        return client

    def stop(self) -> None:
        """End the process."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=15)
        if self.process.stdout is not None:
            self.process.stdout.close()


def form_token(client: httpx.Client) -> str:
    """The token of the browser's forms, from the cookie that opening a page sets."""
    if "medai_form" not in client.cookies:
        client.get("/", follow_redirects=True).raise_for_status()
    return client.cookies["medai_form"]


def sign_in(client: httpx.Client, username: str, password: str, next_page: str = "/") -> httpx.Response:
    """Send the sign-in form; the answer is a redirect, with the session's cookie where it succeeded."""
    fields = {"username": username, "password": password, "form": form_token(client), "next": next_page}
    return client.post("/auth/sign-in", data=fields)


def choose_password(client: httpx.Client, current: str, new: str) -> httpx.Response:
    """Send the form that replaces a one-time password."""
    fields = {"csrf": csrf_of(client), "current": current, "new": new, "again": new, "next": "/"}
    return client.post("/auth/password", data=fields)


def csrf_of(client: httpx.Client) -> str:
    """The CSRF token of the client's session, from the forms that a page draws."""
    with Page(client) as page:
        return page.open().csrf()


def sign_out(client: httpx.Client) -> httpx.Response:
    """Send the form that ends the client's session."""
    return client.post("/auth/sign-out", data={"csrf": csrf_of(client)})


def free_port() -> int:
    """A TCP port that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(
    home: Path,
    env: Mapping[str, str] | None = None,
    *,
    arguments: Sequence[str] = (),
    prefix: str = "",
    root: Path = ROOT,
    wait_seconds: float = 60,
    password: bool = True,
) -> Server:
    """Start `streamlit run app.py` as the README does and wait until it answers.

    In a home without a store it waits for the one-time password too, unless `password` is False.

    `env` adds to the environment; `arguments` to the command line; `prefix` is a path under
    which to serve; `root` is the checkout to run.
    Raises AssertionError with the process's output when it ends or does not answer in time.
    """
    is_first = password and not (home / "medai.sqlite3").exists()
    port = free_port()
    environment = {**os.environ, "MEDAI_HOME": str(home), "PYTHONUNBUFFERED": "1", **(env or {})}
    streamlit = shutil.which("streamlit", path=str(Path(sys.executable).parent)) or "streamlit"
    command = [
        streamlit,
        "run",
        "app.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
        *arguments,
    ]
    if prefix:
        command += ["--server.baseUrlPath", prefix]
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    output: list[str] = []
    threading.Thread(target=_collect, args=(process, output), daemon=True).start()
    url = f"http://localhost:{port}" + (f"/{prefix}" if prefix else "")
    server = Server(url, process, "", home, output)
    _wait(server, wait_seconds)
    until = time.monotonic() + wait_seconds
    while is_first and not _PASSWORD.search("".join(output)) and time.monotonic() < until:
        time.sleep(0.02)
    found = _PASSWORD.search("".join(output))
    server.admin_password = found.group(1) if found else ""
    return server


def _collect(process: subprocess.Popen[str], output: list[str]) -> None:
    assert process.stdout is not None
    try:
        output.extend(iter(process.stdout.readline, ""))
    except ValueError:
        return


def _wait(server: Server, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if server.process.poll() is not None:
            break
        try:
            if httpx.get(f"{server.url}/_stcore/health", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    server.stop()
    raise AssertionError("the server did not start:\n" + "".join(server.output))
