"""A small FHIR server of its own process: `python -m tests.support.fhir_server ELSEWHERE` prints its port.

The first segment of a path says how it behaves; `/seen` tells every request with its authorization.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token"
PATIENT = "p1"
OBSERVATIONS = 7
PAGE = 3

Json = dict[str, Any]


def resources() -> list[Json]:
    """What stands on the server: a patient with observations and a condition."""
    about = {"reference": f"Patient/{PATIENT}"}
    number = {"type": {"coding": [{"code": "MR"}]}, "system": "urn:x", "value": "N-1"}
    found: list[Json] = [
        {"resourceType": "Patient", "id": PATIENT, "identifier": [number], "name": [{"family": "Ofzwei"}]},
        {"resourceType": "Condition", "id": "c1", "subject": about, "code": {"text": "Asthma"}},
    ]
    for number_ in range(OBSERVATIONS):
        found.append(
            {
                "resourceType": "Observation",
                "id": f"o{number_}",
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                "subject": about,
                "valueQuantity": {"value": 60 + number_, "unit": "/min"},
            }
        )
    return found


class _Handler(BaseHTTPRequestHandler):
    elsewhere = ""
    seen: list[tuple[str, str]] = []  # noqa: RUF012
    lock = threading.Lock()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed but the port."""

    def do_GET(self) -> None:
        """Answer by the first segment of the path."""
        url = urlsplit(self.path)
        if url.path == "/seen":
            return self._json([list(each) for each in self.seen])
        with self.lock:
            self.seen.append((self.path, self.headers.get("Authorization", "")))
        way, _, rest = url.path.lstrip("/").partition("/")
        if rest == "metadata":
            release = "5.0.0" if way == "r5" else "4.0.1"
            return self._json({"resourceType": "CapabilityStatement", "fhirVersion": release})
        return getattr(self, f"way_{way.replace('-', '_')}", self.way_good)(way, rest, parse_qs(url.query))

    def way_good(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._empty(401)
        if rest.endswith("$everything"):
            if way == "searches":
                return self._empty(501)
            found = resources() if PATIENT in rest else None
        else:
            found = [each for each in resources() if each["resourceType"] == rest]
            if query.get("patient", [PATIENT])[0] != PATIENT:
                found = []
        if found is None:
            return self._empty(404)
        return self._page(way, rest, found, int(query.get("page", ["0"])[0]))

    way_searches = way_good

    def _page(self, way: str, rest: str, found: list[Json], page: int) -> None:
        shown = found[page * PAGE : (page + 1) * PAGE]
        base = f"{self._here()}/{way}"
        entries = [
            {"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each} for each in shown
        ]
        bundle: Json = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
        outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "value"}]}
        entries.append({"resource": outcome, "search": {"mode": "outcome"}})
        if (page + 1) * PAGE < len(found):
            target = f"/{way}/{rest}?page={page + 1}"
            bundle["link"] = [{"relation": "next", "url": self._next(way, target)}]
        self._json(bundle)

    def _next(self, way: str, target: str) -> str:
        if way == "next-away":
            return f"{self.elsewhere}{target}"
        if way == "next-loop":
            return f"/{way}/Patient/{PATIENT}/$everything?page=0"
        return f"{self._here()}{target}" if way == "good" else target

    way_next_away = way_good
    way_next_loop = way_good

    def way_redirect(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self._empty(307, f"/good/{rest}")

    def way_redirect_away(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self._empty(302, f"{self.elsewhere}/good/{rest}")

    def way_redirect_odd(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self._empty(302, "http://[broken/")

    def way_redirect_loop(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self._empty(301, f"/redirect-loop/{rest}")

    def way_denied(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self._empty(401)

    def way_failing(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self._empty(503)

    def way_slow(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        time.sleep(5)
        self._empty(200)

    def way_dripping(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.1)

    def way_broken(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self._bytes(b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceTy')

    def way_page(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self._bytes(b"<html>Please sign in</html>")

    def way_large(self, way: str, rest: str, query: dict[str, list[str]]) -> None:
        self._bytes(b'{"resourceType": "Bundle", "x": "' + b"a" * 300_000 + b'"}')

    def _here(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def _json(self, value: object) -> None:
        self._bytes(json.dumps(value).encode())

    def _bytes(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _empty(self, status: int, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()


@dataclass(frozen=True)
class Running:
    """A running server and the port that nothing but the tests' second server listens on."""

    port: int

    def address(self, way: str = "good") -> str:
        """The base address of one of its behaviours."""
        return f"http://127.0.0.1:{self.port}/{way}"

    def seen(self) -> list[tuple[str, str]]:
        """Every request so far: path and authorization."""
        with urlopen(f"http://127.0.0.1:{self.port}/seen", timeout=10) as answer:
            return [(path, token) for path, token in json.load(answer)]


@contextmanager
def running(elsewhere: str = "") -> Iterator[Running]:
    """The server as a process of its own."""
    command = [sys.executable, "-m", "tests.support.fhir_server", elsewhere]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Running(int(process.stdout.readline()))
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def main() -> None:
    """Serve until killed."""
    _Handler.elsewhere = sys.argv[1] if len(sys.argv) > 1 else ""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
