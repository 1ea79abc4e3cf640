"""The security headers of every response."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

# Streamlit's bundle evaluates code for its charts and loads component scripts from blob: addresses;
# everything else comes from this server, so that no page can send what it shows anywhere else.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

# same-origin, not no-referrer: with no-referrer a browser sends "Origin: null" with our own forms.
_HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_STRICT_TRANSPORT: Final = "max-age=31536000"


def with_security_headers(send: Send, *, secure: bool, private: bool) -> Send:
    """`send`, adding the security headers; a private response is never kept by a browser or proxy."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if secure:
                headers["strict-transport-security"] = _STRICT_TRANSPORT
            if private:
                headers["cache-control"] = "no-store"
                headers["vary"] = "Cookie"
        await send(message)

    return wrapped
