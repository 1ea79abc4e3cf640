"""The cookies of MedAI: one for the session, one for forms before there is a session."""

import secrets
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from medai_core.settings import settings

SESSION: Final = "medai_session"  # "<store>.<token>", HttpOnly, SameSite=Strict
FORM: Final = "medai_form"  # random; the hidden field of a form must repeat it
LEFT_DEMO: Final = "medai_left_demo"  # "1": do not open the demo by itself again


def is_secure(connection: HTTPConnection, *, tls: bool) -> bool:
    """Whether the browser reaches this server over TLS, its own or that of a trusted proxy."""
    options = settings()
    if tls or connection.url.scheme in ("https", "wss"):
        return True
    return options.trusted_proxy and options.public_url.startswith("https://")


def put_session(response: Response, value: str, *, secure: bool, path: str) -> None:
    """Keep the sign-in in the browser until it is closed; the store knows when it ends earlier."""
    response.set_cookie(SESSION, value, httponly=True, samesite="strict", secure=secure, path=path or "/")


def drop_session(response: Response, *, secure: bool, path: str) -> None:
    """Take the sign-in out of the browser."""
    response.delete_cookie(SESSION, httponly=True, samesite="strict", secure=secure, path=path or "/")


def new_form_token() -> str:
    """A value that no other site can know: 24 random bytes, URL-safe."""
    return secrets.token_urlsafe(24)


def same(given: str, expected: str) -> bool:
    """Compare two secrets in constant time; an empty one never matches."""
    return bool(expected) and secrets.compare_digest(given.encode(), expected.encode())
