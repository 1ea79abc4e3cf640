"""The routes that sign in and out. Each sets or drops the cookie that a page's script cannot touch."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from medai_core.domain.refusal import Refusal
from medai_core.security import accounts, sessions
from medai_core.security.stores import cookie_value, open_store
from medai_core.settings import settings
from medai_core.web import cookies, notices
from medai_core.web.access import Access, access_of
from medai_core.web.bridge import Bridge
from medai_core.web.registry import registry
from medai_core.web.requests import own_path, read_form, require_same_origin

_STALE_FORM: Final = "This form had gone stale. Please try again."
_CSRF_HEADER: Final = "x-csrf-token"
_SIGN_IN_AGAIN: Final = "Sign in to MedAI first."

Handler = Callable[[Request], Awaitable[Response]]


def may_open_demo() -> bool:
    """Whether the demo is offered: asked for at start, or the main store holds no patient yet."""
    return settings().demo or open_store().patients.count() == 0


def demo_session() -> str:
    """Open the demo and a session in it, while it may still be filling; the value of its cookie."""
    from medai_core.services.demo import begin_demo

    store = begin_demo()
    _, token, _ = accounts.demo_user(store)
    return cookie_value(store, token)


def auth_routes(bridge: Bridge) -> list[Route]:
    """The routes under ``/auth``."""
    routes = _Routes(bridge)
    handlers: dict[str, Handler] = {
        "sign-in": routes.sign_in,
        "sign-out": routes.sign_out,
        "demo": routes.demo,
        "unlock": routes.unlock,
        "password": routes.password,
        "heartbeat": routes.heartbeat,
    }
    return [
        Route(f"{bridge.base_path}/auth/{name}", handler, methods=["POST"], name=name)
        for name, handler in handlers.items()
    ]


class _Routes:
    """The handlers, with what they need to know of the server."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def sign_in(self, request: Request) -> Response:
        """Name and password: a session and its cookie, or the form again with a sentence."""
        require_same_origin(request)
        form = await read_form(request)
        target = own_path(form.get("next", ""), base_path=self._bridge.base_path)
        token = _form_token(request, form)
        if token is None:
            return self._back(request, target, _STALE_FORM)
        try:
            value = await run_in_threadpool(
                _sign_in, form.get("username", ""), form.get("password", ""), _address(request)
            )
        except Refusal as refusal:
            return self._back(request, target, refusal.sentence)
        notices.clear(token)
        return await self._enter(request, target, value)

    async def demo(self, request: Request) -> Response:
        """A session in the demo's own store, where the demo is offered."""
        require_same_origin(request)
        form = await read_form(request)
        home = own_path("", base_path=self._bridge.base_path)
        if _form_token(request, form) is None:
            return self._back(request, home, _STALE_FORM)
        if not await run_in_threadpool(may_open_demo):
            raise HTTPException(403, "The demo is not offered here: the store holds patients.")
        return await self._enter(request, home, await run_in_threadpool(demo_session))

    async def sign_out(self, request: Request) -> Response:
        """End the session in the store, and clear every tab that it has open."""
        require_same_origin(request)
        form = await read_form(request)
        access = await access_of(request)
        if access is not None:
            _require_csrf(form.get("csrf", ""), access)
            await self._end(access)
        response = _redirect(own_path("", base_path=self._bridge.base_path))
        secure = self._secure(request)
        cookies.drop_session(response, secure=secure, path=self._bridge.base_path)
        if access is not None and access.caller.store_name == "demo":
            path = self._bridge.base_path or "/"
            response.set_cookie(
                cookies.LEFT_DEMO, "1", httponly=True, samesite="strict", secure=secure, path=path
            )
        return response

    async def unlock(self, request: Request) -> Response:
        """The password again: the same session goes on."""
        require_same_origin(request)
        form = await read_form(request)
        access = await _live(request, form.get("csrf", ""))
        try:
            await run_in_threadpool(sessions.unlock, access.store, access.token, form.get("password", ""))
        except Refusal as refusal:
            return JSONResponse({"locked": True, "sentence": refusal.sentence}, status_code=403)
        return JSONResponse({"locked": False})

    async def password(self, request: Request) -> Response:
        """Choose a new password; the session goes on, every other one of this person ends."""
        require_same_origin(request)
        form = await read_form(request)
        target = own_path(form.get("next", ""), base_path=self._bridge.base_path)
        access = await _live(request, form.get("csrf", ""))
        new = form.get("new", "")
        if new != form.get("again", ""):
            return self._back(request, target, "The two new passwords differ. Please type them again.")
        try:
            await run_in_threadpool(
                accounts.change_password, access.store, access.caller, form.get("current", ""), new
            )
        except Refusal as refusal:
            return self._back(request, target, refusal.sentence)
        notices.clear(request.cookies.get(cookies.FORM, ""))
        return _redirect(target)

    async def heartbeat(self, request: Request) -> Response:
        """A person is there: the session stays open for another while."""
        require_same_origin(request)
        access = await _live(request, request.headers.get(_CSRF_HEADER, ""))
        if access.info.locked:
            return JSONResponse({"locked": True}, status_code=401)
        await run_in_threadpool(sessions.heartbeat, access.store, access.token)
        return JSONResponse({"locked": False})

    async def _enter(self, request: Request, target: str, value: str) -> Response:
        """Set the cookie of a new session; the one that the browser had before ends."""
        before = await access_of(request)
        if before is not None:
            await self._end(before)
        response = _redirect(target)
        secure, path = self._secure(request), self._bridge.base_path
        cookies.put_session(response, value, secure=secure, path=path)
        response.delete_cookie(cookies.LEFT_DEMO, path=path or "/")
        return response

    async def _end(self, access: Access) -> None:
        await run_in_threadpool(sessions.revoke, access.store, access.token)
        for streamlit_id in registry.forget(access.owner):
            self._bridge.wake(streamlit_id)

    def _back(self, request: Request, target: str, sentence: str) -> Response:
        """The page again, with a sentence for this browser alone."""
        token = request.cookies.get(cookies.FORM, "")
        if token:
            notices.leave(token, sentence)
        return _redirect(target)

    def _secure(self, request: Request) -> bool:
        return cookies.is_secure(request, tls=self._bridge.tls)


def _sign_in(username: str, password: str, address: str) -> str:
    """The cookie of a new session in the main store; raises Refusal."""
    store = open_store()
    _, token, _ = accounts.sign_in(store, username, password, address=address)
    return cookie_value(store, token)


def _address(request: Request) -> str:
    """Where the browser is: as the server sees it, or as a trusted proxy says (its own, last entry)."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    if settings().trusted_proxy and forwarded:
        return forwarded[:64]
    return request.client.host if request.client else ""


def _form_token(request: Request, form: dict[str, str]) -> str | None:
    """The form token where cookie and field agree, else None."""
    token = request.cookies.get(cookies.FORM, "")
    return token if cookies.same(form.get("form", ""), token) else None


async def _live(request: Request, csrf: str) -> Access:
    """The session of the request, locked or not, once its CSRF token is shown; 401 or 403 otherwise."""
    access = await access_of(request)
    if access is None:
        raise HTTPException(401, _SIGN_IN_AGAIN)
    _require_csrf(csrf, access)
    return access


def _require_csrf(given: str, access: Access) -> None:
    if not cookies.same(given, access.info.csrf):
        raise HTTPException(403, "This form belongs to another session. Reload the page and try again.")


def _redirect(target: str) -> Response:
    return RedirectResponse(target, status_code=303, headers={"cache-control": "no-store"})
