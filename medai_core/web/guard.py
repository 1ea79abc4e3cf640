"""The middleware in front of everything: no data without a live session, and only that session's own."""

from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from medai_core.domain.people import Role
from medai_core.settings import MEBIBYTE, settings
from medai_core.web import cookies
from medai_core.web.access import Access, access_of
from medai_core.web.auth import demo_session
from medai_core.web.bridge import Bridge
from medai_core.web.headers import with_security_headers
from medai_core.web.paths import Kind, kind_of, parts_of
from medai_core.web.registry import Registry, registry

_START_PAGE: Final = "worklist"
_NOT_PAGES: Final = frozenset({"auth", "healthz", "_stcore", "component", "static"})


class _TooManyBytesError(Exception):
    """More bytes arrived than the request had announced."""


class _Refused(Exception):
    """The request is answered by a status and a sentence."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class Guard:
    """ASGI middleware: sessions for data, limits for uploads, security headers for all."""

    def __init__(self, app: ASGIApp, bridge: Bridge, known: Registry = registry) -> None:
        self._app = app
        self._bridge = bridge
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        parts = parts_of(scope, self._bridge.base_path)
        kind = kind_of(parts)
        secure = cookies.is_secure(request, tls=self._bridge.tls)
        send = with_security_headers(send, secure=secure, private=kind is not Kind.PAGE)
        try:
            if not self._bridge.host_allowed(request.headers.get("host")):
                raise _Refused(HTTPStatus.BAD_REQUEST, "This address is not one under which MedAI is served.")
            await self._pass(kind, parts, request, send)
        except _Refused as refused:
            response = PlainTextResponse(refused.sentence, status_code=refused.status)
            await response(scope, receive, send)

    async def _pass(self, kind: Kind, parts: list[str], request: Request, send: Send) -> None:
        if kind is Kind.PAGE:
            await self._page(parts, request, send)
            return
        access = await access_of(request, activity=kind is Kind.UPLOAD)
        if access is None or access.info.locked:
            raise _Refused(HTTPStatus.UNAUTHORIZED, "Sign in to MedAI to see this.")
        if access.info.must_change_password:
            raise _Refused(HTTPStatus.FORBIDDEN, "Choose a new password first.")
        request.scope.setdefault("state", {})["access"] = access
        if kind is Kind.MEDIA:
            self._check_media(access, parts)
        if kind is Kind.UPLOAD:
            await self._upload(access, parts, request, send)
        else:
            await self._app(_uncompressed(request.scope), request.receive, send)

    def _check_media(self, access: Access, parts: list[str]) -> None:
        file_id = parts[1].rsplit(".", 1)[0] if len(parts) == 2 else ""
        if not self._known.owns_media(access.owner, file_id):
            raise _Refused(HTTPStatus.FORBIDDEN, "This file belongs to another session.")

    async def _upload(self, access: Access, parts: list[str], request: Request, send: Send) -> None:
        streamlit_id = parts[2] if len(parts) == 4 else ""
        if self._known.owner_of(streamlit_id) != access.owner:
            raise _Refused(HTTPStatus.FORBIDDEN, "This upload belongs to another session.")
        if not access.caller.role.covers(Role.CLINICIAN):
            raise _Refused(HTTPStatus.FORBIDDEN, "Your role may look at studies but not import them.")
        if request.method not in ("PUT", "POST", "PATCH"):
            await self._app(request.scope, request.receive, send)
            return
        size = _announced_size(request)
        _check_file_size(size, demo=access.caller.store_name == "demo")
        limit = settings().max_session_bytes
        stored = sum(map(self._bridge.stored_bytes, self._known.streamlit_sessions(access.owner)))
        if not self._known.reserve(access.owner, size, stored=stored, limit=limit):
            raise _Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"This session already holds {stored // MEBIBYTE} MB of the {limit // MEBIBYTE} MB that it "
                "may upload. Finish or clear the import first, or use: python -m medai_core import PATH",
            )
        try:
            await self._app(request.scope, _counting(request.receive, size), send)
        except _TooManyBytesError:
            raise _Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "More bytes arrived than the upload had announced."
            ) from None
        finally:
            self._known.arrived(access.owner, size)

    async def _page(self, parts: list[str], request: Request, send: Send) -> None:
        """Pass on what holds no data; a page that is opened gets its form token, and maybe the demo."""
        if request.method != "GET" or not _is_page(parts):
            await self._app(request.scope, request.receive, send)
            return
        if parts == [_START_PAGE]:
            target = f"{self._bridge.base_path}/"
            query = request.url.query
            response: Response = RedirectResponse(f"{target}?{query}" if query else target, status_code=307)
            await response(request.scope, request.receive, send)
            return
        additions = Response()
        if not request.cookies.get(cookies.FORM):
            additions.set_cookie(
                cookies.FORM,
                cookies.new_form_token(),
                httponly=True,
                samesite="lax",
                secure=cookies.is_secure(request, tls=self._bridge.tls),
                path=self._bridge.base_path or "/",
            )
        if await self._opens_demo(request):
            value = await run_in_threadpool(demo_session)
            secure = cookies.is_secure(request, tls=self._bridge.tls)
            cookies.put_session(additions, value, secure=secure, path=self._bridge.base_path)
        await self._app(request.scope, request.receive, _with_cookies(send, additions))

    async def _opens_demo(self, request: Request) -> bool:
        """Whether this first visit opens the demo by itself (`MEDAI_DEMO=1`).

        Never on the way from another site: a strict cookie does not come along there, so a session
        that the browser does hold would be replaced.
        """
        if not settings().demo or request.cookies.get(cookies.LEFT_DEMO):
            return False
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return False
        return await access_of(request) is None


def _uncompressed(scope: Scope) -> Scope:
    """`scope` without the browser's offer to unzip: packing pixels takes longer than sending them."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "headers": headers}


def _is_page(parts: list[str]) -> bool:
    """Whether the path is the address of a page: at most one segment, without a file's ending."""
    return not parts or (len(parts) == 1 and parts[0] not in _NOT_PAGES and "." not in parts[0])


def _announced_size(request: Request) -> int:
    """The Content-Length of an upload; 411 without one, 400 for nonsense."""
    if "transfer-encoding" in request.headers or "content-length" not in request.headers:
        raise _Refused(HTTPStatus.LENGTH_REQUIRED, "An upload must say its size beforehand.")
    text = request.headers["content-length"]
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise _Refused(HTTPStatus.BAD_REQUEST, "The announced size of this upload is not a number.")
    return int(text)


def _check_file_size(size: int, *, demo: bool) -> None:
    """413 for an upload over the limit of one file."""
    options = settings()
    limit = options.max_demo_bytes if demo else options.max_file_bytes
    if size > limit + 64 * 1024:  # what a form adds around its file
        what_to_do = (
            "Use a smaller file in the demo."
            if demo
            else "Split it, or use the command: python -m medai_core import PATH"
        )
        raise _Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"Expected a file of at most {limit // MEBIBYTE} MB; found {-(-size // MEBIBYTE)} MB. "
            + what_to_do,
        )


def _counting(receive: Receive, size: int) -> Receive:
    """`receive`, raising once more than `size` bytes came."""
    left = size

    async def wrapped() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _TooManyBytesError
        return message

    return wrapped


def _with_cookies(send: Send, additions: Response) -> Send:
    """`send`, adding the cookies of `additions` to the response."""
    extra = [(name, value) for name, value in additions.raw_headers if name == b"set-cookie"]

    async def wrapped(message: Message) -> None:
        if extra and message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await send(message)

    return wrapped
