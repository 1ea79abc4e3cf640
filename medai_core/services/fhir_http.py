"""Reading from one FHIR server, and from no other: the token never leaves its origin.

`next` links and redirects are followed on the scheme, host and port that were registered; where one leads
elsewhere nothing is asked there. Everything has an end: pages, bytes, seconds, redirects.
"""

import ipaddress
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urljoin, urlsplit

from medai_core.domain.exact_json import read
from medai_core.domain.record import Json
from medai_core.domain.refusal import Refusal

if TYPE_CHECKING:
    import httpx

_ACCEPT: Final = "application/fhir+json, application/json;q=0.9"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NOT_SUPPORTED: Final = frozenset({400, 404, 405, 422, 501})
_MEGABYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be asked of a server in one pull."""

    pages: int = 20_000
    page_bytes: int = 64 * _MEGABYTE
    total_bytes: int = 2048 * _MEGABYTE
    seconds: float = 3600.0
    answer_seconds: float = 60.0
    redirects: int = 5


Origin = tuple[str, str, int]


def origin_of(address: str) -> Origin | None:
    """Scheme, host and port of an address; None where it has none, or carries a user or password."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower().rstrip(".")
    if scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return scheme, host, port or (443 if scheme == "https" else 80)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_address(text: str) -> str:
    """The base address of a server as it is kept. Raises Refusal "fhir-server-address".

    Only https, but for this machine itself; no user or password, question or fragment in it.
    """
    address = text.strip().rstrip("/")
    origin = origin_of(address)
    if origin is None or "?" in address or "#" in address or any(each.isspace() for each in address):
        raise _address("something else")
    if origin[0] != "https" and not is_loopback(origin[1]):
        raise _address("one that is not encrypted")
    return address


def _address(found: str) -> Refusal:
    return Refusal(
        "fhir-server-address",
        expected="the base address of a FHIR server, as https://fhir.example.org/r4",
        found=found,
        what_to_do="Ask those who run the server for its base address.",
    )


@dataclass(slots=True)
class FhirClient:
    """Asks one server. Use it as a context manager.

    Parameters
    ----------
    address : str
        The base address, checked.
    token : str
        Sent as a bearer token to the server's own origin alone; empty for none.
    stop : callable
        Called between the pieces of an answer; raises where the pull is to stop.
    """

    address: str
    token: str = ""
    limits: Limits = field(default_factory=Limits)
    stop: Callable[[], None] = lambda: None
    pages: int = 0
    received: int = 0
    _client: "httpx.Client | None" = None
    _began: float = 0.0

    def __enter__(self) -> Self:
        import httpx

        self._client = httpx.Client(
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(self.limits.answer_seconds, connect=min(15.0, self.limits.answer_seconds)),
            headers={"Accept": _ACCEPT, "User-Agent": "MedAI"},
        )
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()

    def bundles(self, path: str) -> Iterator[Json]:
        """Every page of a search or operation, following `next`.

        Raises Refusal "fhir-server-..."; "fhir-server-unsupported" where the first page is not offered.
        """
        url: str | None = f"{self.address}/{path}"
        seen: set[str] = set()
        while url is not None:
            if url in seen:
                raise _broken("a `next` link that leads back to a page that was read")
            seen.add(url)
            page, here = self.get(url, first=len(seen) == 1)
            if page.get("resourceType") != "Bundle":
                raise _broken("an answer that is no bundle")
            yield page
            url = self._next(page, here)

    def get(self, url: str, *, first: bool = True) -> tuple[Json, str]:
        """One JSON object and the address that gave it in the end."""
        for _ in range(self.limits.redirects + 1):
            status, location, content = self._ask(url)
            if status not in _REDIRECTS:
                _check_status(status, first=first)
                return _object(content), url
            url = self._on_origin(url, location, "a redirect")
        raise _broken("more redirects than are followed")

    def _next(self, page: Json, here: str) -> str | None:
        links = page.get("link")
        for link in links if isinstance(links, list) else ():
            if isinstance(link, dict) and link.get("relation") == "next" and isinstance(link.get("url"), str):
                return self._on_origin(here, link["url"], "a `next` link")
        return None

    def _on_origin(self, here: str, target: str, what: str) -> str:
        """Where a link leads, if that is on the registered origin; nothing is ever asked elsewhere."""
        try:
            url = urljoin(here, target)
        except ValueError:
            url = ""
        if origin_of(url) != origin_of(self.address) or not url.isprintable() or "\\" in url:
            raise Refusal(
                "fhir-server-elsewhere",
                expected="a server whose pages all lie at its registered address",
                found=f"{what} to another scheme, host or port, which was not followed",
                what_to_do="Register the address under which the server names itself.",
            )
        return url

    def _ask(self, url: str) -> tuple[int, str, bytes]:
        """Status, redirect and content of one answer, within the limits."""
        import httpx

        assert self._client is not None, "a client is used as a context manager"
        self._check_limits()
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            with self._client.stream("GET", url, headers=headers) as answer:
                content = bytearray()
                for piece in answer.iter_bytes():
                    content += piece
                    self.received += len(piece)
                    if len(content) > self.limits.page_bytes:
                        raise _broken(f"an answer above {self.limits.page_bytes // _MEGABYTE} MB")
                    self._check_limits()
                self.pages += 1
                return answer.status_code, answer.headers.get("location", ""), bytes(content)
        except httpx.TimeoutException:
            raise _silent("none in time") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise _silent("no connection") from None

    def _check_limits(self) -> None:
        self.stop()
        limits = self.limits
        if time.monotonic() - self._began > limits.seconds:
            raise _too_much(f"a pull of at most {limits.seconds / 60:.0f} minutes")
        if self.pages >= limits.pages:
            raise _too_much(f"at most {limits.pages:,} pages")
        if self.received > limits.total_bytes:
            raise _too_much(f"at most {limits.total_bytes // _MEGABYTE:,} MB")


def _object(content: bytes) -> Json:
    try:
        found: Any = read(content)
    except (ValueError, RecursionError):
        raise _broken("an answer that is no JSON") from None
    if not isinstance(found, dict):
        raise _broken("an answer that is no JSON object")
    return found


def _check_status(status: int, *, first: bool) -> None:
    if status == 200:
        return
    if status in (401, 403):
        raise Refusal(
            "fhir-server-denied",
            expected="a server that lets us read",
            found=f"one that does not accept the registered token (HTTP {status})",
            what_to_do="An administrator registers the server again with a token that holds.",
        )
    if first and status in _NOT_SUPPORTED:
        raise Refusal(
            "fhir-server-unsupported",
            expected="a server that offers what was asked for",
            found=f"one that does not (HTTP {status})",
            what_to_do="Check the patient's id on that server.",
        )
    raise Refusal(
        "fhir-server-failed",
        expected="an answer with the resources",
        found=f"HTTP {status}",
        what_to_do="Try again later; nothing was stored.",
    )


def _broken(found: str) -> Refusal:
    return Refusal(
        "fhir-server-broken",
        expected="bundles of FHIR R4 as JSON",
        found=found,
        what_to_do="Tell those who run the server; nothing was stored.",
    )


def _silent(found: str) -> Refusal:
    return Refusal(
        "fhir-server-silent",
        expected="an answer of the server",
        found=found,
        what_to_do="Check the address and whether the server runs; nothing was stored.",
    )


def _too_much(expected: str) -> Refusal:
    return Refusal(
        "fhir-server-too-much",
        expected=expected,
        found="more",
        what_to_do="Pull one patient at a time, or import the server's bulk export (NDJSON) as a file.",
    )
