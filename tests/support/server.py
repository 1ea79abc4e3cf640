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

ROOT = Path(__file__).resolve().parents[2]
ADMINISTRATOR = "administrator"
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
        return httpx.Client(base_url=self.url, headers={"Origin": self.url}, timeout=30, **options)  # type: ignore[arg-type]

    def sign_in(self, username: str = ADMINISTRATOR, password: str = NEW_PASSWORD) -> httpx.Client:
        """A client with a live session; the administrator's first one also chooses the new password."""
        client = self.client()
        first = username == ADMINISTRATOR and self.admin_password
        sign_in(client, username, self.admin_password if first else password)
        if first:
            choose_password(client, self.home, self.admin_password, NEW_PASSWORD)
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
        client.get("/").raise_for_status()
    return client.cookies["medai_form"]


def sign_in(client: httpx.Client, username: str, password: str, next_page: str = "/") -> httpx.Response:
    """Send the sign-in form; the answer is a redirect, with the session's cookie where it succeeded."""
    fields = {"username": username, "password": password, "form": form_token(client), "next": next_page}
    return client.post("/auth/sign-in", data=fields)


def csrf_of(client: httpx.Client, home: Path) -> str:
    """The CSRF token of the client's session, as a page would read it from the store in `home`."""
    code = (
        "import sys; from medai_core.web.access import find_access; "
        "print(find_access(sys.argv[1], activity=False).info.csrf)"
    )
    environment = {**os.environ, "MEDAI_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, client.cookies["medai_session"]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def choose_password(client: httpx.Client, home: Path, current: str, new: str) -> httpx.Response:
    """Send the form that replaces a one-time password."""
    fields = {"csrf": csrf_of(client, home), "current": current, "new": new, "again": new, "next": "/"}
    return client.post("/auth/password", data=fields)


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
    root: Path = ROOT,
    wait_seconds: float = 60,
) -> Server:
    """Start `streamlit run app.py` as the README does and wait until it answers.

    `env` adds to the environment; `arguments` to the command line; `root` is the checkout to run.
    Raises AssertionError with the process's output when it ends or does not answer in time.
    """
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
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    output: list[str] = []
    threading.Thread(target=_collect, args=(process, output), daemon=True).start()
    server = Server(f"http://localhost:{port}", process, "", home, output)
    _wait(server, wait_seconds)
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
            time.sleep(0.05)
    server.stop()
    raise AssertionError("the server did not start:\n" + "".join(server.output))
