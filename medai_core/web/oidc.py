"""The routes of single sign-on: to the provider and back, ending in MedAI's own cookie.

The browser comes back from another site, so it brings no cookie that is for this site alone: what was under
way is known by its state and by a cookie of its own, and the answer is a page that leads on by itself.
"""

import secrets
from collections.abc import Awaitable, Callable
from html import escape
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from medai_core.domain.refusal import Refusal
from medai_core.security import oidc, single_sign_on
from medai_core.security.single_sign_on import Pending
from medai_core.security.stores import cookie_value, open_store
from medai_core.settings import settings
from medai_core.web import cookies
from medai_core.web.access import access_of
from medai_core.web.bridge import Bridge
from medai_core.web.requests import own_path

_BROWSER: Final = "medai_sign_in"
_MINUTES: Final = 10

Handler = Callable[[Request], Awaitable[Response]]


def oidc_routes(bridge: Bridge) -> list[Route]:
    """The routes under ``/auth/oidc``; they answer 404 where no provider is set."""
    routes = _Routes(bridge)
    handlers: dict[str, Handler] = {
        "start": routes.start,
        "confirm": routes.confirm,
        "callback": routes.callback,
    }
    return [
        Route(f"{bridge.base_path}/auth/oidc/{name}", handler, methods=["GET"], name=f"oidc-{name}")
        for name, handler in handlers.items()
    ]


class _Routes:
    """The handlers, with what they need to know of the server."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def start(self, request: Request) -> Response:
        """To the provider, to sign in."""
        target = own_path(request.query_params.get("next", ""), base_path=self._bridge.base_path)
        return await self._away(request, target)

    async def confirm(self, request: Request) -> Response:
        """To the provider, to be asked for the password again: before signing, and to unlock."""
        access = await access_of(request)
        if access is None:
            raise HTTPException(401, "Sign in to MedAI first.")
        caller = access.caller
        return await self._away(request, "", session_id=caller.session_id or "", user_id=caller.user_id)

    async def callback(self, request: Request) -> Response:
        """Back from the provider: a session, a confirmation, or a sentence."""
        _require_configured()
        query, browser = request.query_params, request.cookies.get(_BROWSER, "")
        try:
            pending = single_sign_on.recall(query.get("state", ""), browser)
            if "error" in query or "code" not in query:
                raise _declined()
            return await self._arrived(request, pending, query["code"])
        except Refusal as refusal:
            return self._page(request, "Not signed in", refusal.sentence, f"{self._bridge.base_path}/", 403)

    async def _away(self, request: Request, target: str, **session: str) -> Response:
        _require_configured()
        browser = request.cookies.get(_BROWSER, "") or secrets.token_urlsafe(24)
        try:
            address, asked = await run_in_threadpool(
                oidc.begin, settings(), self._redirect_uri(request), fresh=bool(session)
            )
        except Refusal as refusal:
            return self._page(request, "Not signed in", refusal.sentence, f"{self._bridge.base_path}/", 503)
        single_sign_on.remember(Pending(asked, browser, target, **session))
        response = RedirectResponse(address, status_code=303, headers={"cache-control": "no-store"})
        response.set_cookie(
            _BROWSER,
            browser,
            max_age=_MINUTES * 60,
            httponly=True,
            samesite="lax",
            secure=self._secure(request),
            path=f"{self._bridge.base_path}/auth/oidc",
        )
        return response

    async def _arrived(self, request: Request, pending: Pending, code: str) -> Response:
        identity = await run_in_threadpool(oidc.finish, settings(), pending.asked, code)
        store = await run_in_threadpool(open_store)
        if pending.session_id:
            await run_in_threadpool(single_sign_on.confirm, store, pending, identity)
            return self._page(
                request, "Confirmed", "Close this window and go on in the one before, within two minutes.", ""
            )
        token = await run_in_threadpool(single_sign_on.enter, store, identity)
        response = self._page(request, "Signed in", "One moment.", pending.target)
        path = self._bridge.base_path
        cookies.put_session(response, cookie_value(store, token), secure=self._secure(request), path=path)
        return response

    def _page(
        self, request: Request, title: str, sentence: str, target: str, status: int = 200
    ) -> HTMLResponse:
        """A page of ours; from it on, the browser is on this site again, and leads on where it went well."""
        onward = f'<meta http-equiv="refresh" content="0;url={escape(target)}">' if status == 200 else ""
        link = f'<p><a href="{escape(target)}">Go on to MedAI</a></p>' if target else ""
        head = f"<title>{title}</title>{onward if target else ''}"
        style = "body { font: 16px sans-serif; margin: 4rem auto; max-width: 34rem; padding: 0 1rem; }"
        style += " @media (prefers-color-scheme: dark) { body { background: #0F1318; color: #E6EAEF; } }"
        style += " @media (prefers-color-scheme: dark) { a { color: #6FB1F0; } }"
        return HTMLResponse(
            f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width">{head}<style>{style}</style></head>'
            f"<body><h1>{title}</h1><p>{escape(sentence)}</p>{link}</body></html>",
            status_code=status,
            headers={"cache-control": "no-store"},
        )

    def _redirect_uri(self, request: Request) -> str:
        public = settings().public_url.rstrip("/")
        origin = public or f"{request.url.scheme}://{request.headers.get('host', '')}"
        return f"{origin}{self._bridge.base_path}/auth/oidc/callback"

    def _secure(self, request: Request) -> bool:
        return cookies.is_secure(request, tls=self._bridge.tls)


def _require_configured() -> None:
    if not oidc.configured(settings()):
        raise HTTPException(404, "Single sign-on is not set up here.")


def _declined() -> Refusal:
    return Refusal(
        "sign-in-declined",
        expected="the provider to let you in",
        found="that it did not, or that the sign-in was broken off",
        what_to_do="Begin again, or ask whoever runs the provider.",
    )
