"""A small OpenID Connect provider on loopback, which can be told to do everything wrong."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "medai", "not really secret"


@dataclass
class Provider:
    """What it believes, and what it says: `claims` and `signed_by` replace what would be right."""

    issuer: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signed_by: Any = None
    claims: dict[str, Any] = field(default_factory=dict)
    person: dict[str, str] = field(
        default_factory=lambda: {"sub": "u-1", "name": "Nora Lang", "preferred_username": "nora"}
    )
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    session_at: float = field(default_factory=lambda: time.time() - 3600)
    ignores_max_age: bool = False

    def document(self) -> dict[str, str]:
        """The discovery document."""
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in names.items()}}

    def authorized(self, query: dict[str, str]) -> str:
        """Back to the application: whoever asks is signed in as `person`."""
        self.asked.append(query)
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, str] | None:
        """A token for a code, once, for the application that can prove to have asked for it."""
        asked = self.codes.pop(form.get("code", ""), None)
        right = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or authorization != f"Basic {right}"
            or asked["code_challenge"] != challenge.rstrip(b"=").decode()
            or asked["code_challenge_method"] != "S256"
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return None
        now = int(time.time())
        at = now if "max_age" in asked and not self.ignores_max_age else int(self.session_at)
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": at}
        claims |= {"nonce": asked["nonce"], **self.person, **self.claims}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signed_by or self.key)
        return {"id_token": signed, "access_token": "x", "token_type": "Bearer"}


@contextmanager
def provider() -> Iterator[Provider]:
    """A running provider."""
    known = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._json(known.document())
            elif parts.path == "/jwks":
                self._json({"keys": [known.key.as_dict(private=False)]})
            elif parts.path == "/authorize":
                self.send_response(302)
                self.send_header("location", known.authorized(query))
                self.end_headers()
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            answer = known.token(form, self.headers.get("authorization", ""))
            if answer is None:
                self.send_error(400)
            else:
                self._json(answer)

        def _json(self, document: Any) -> None:
            content = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
