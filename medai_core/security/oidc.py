"""OpenID Connect, the authorization code flow with PKCE: what is asked of a provider, and what is believed.

begin(provider, ...) -> (address to send the browser to, what must come back); finish(...) -> Identity.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from medai_core.domain.refusal import Refusal
from medai_core.settings import Settings
from medai_core.store import clock

if TYPE_CHECKING:
    from datetime import datetime

_ALGORITHMS: Final = (
    "RS256",
    "PS256",
    "ES256",
    "EdDSA",
    "RS384",
    "RS512",
    "PS384",
    "PS512",
    "ES384",
    "ES512",
)
_SECONDS: Final = 10.0
_LEEWAY: Final = 60
_WHOLE_SECOND: Final = 1.0
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, to be compared with what comes back: secrets of this one sign-in."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    at: "datetime"
    fresh: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is. `issuer` and `subject` tell people apart; the names are for showing."""

    issuer: str
    subject: str
    name: str
    username: str


def configured(options: Settings) -> bool:
    """Whether there is a provider to sign in at."""
    return bool(options.oidc_issuer and options.oidc_client_id)


def begin(options: Settings, redirect_uri: str, *, fresh: bool) -> tuple[str, Request]:
    """Where to send the browser; with `fresh` the provider must ask for the password again."""
    endpoint = _discovered(options)["authorization_endpoint"]
    asked = Request(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=redirect_uri,
        at=clock.now(),
        fresh=fresh,
    )
    challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).rstrip(b"=")
    query = {
        "response_type": "code",
        "client_id": options.oidc_client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid profile",
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
        **({"max_age": "0", "prompt": "login"} if fresh else {}),
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", asked


def finish(options: Settings, asked: Request, code: str) -> Identity:
    """Exchange the code and check the token; Refusal "sign-in-provider" or "sign-in-token"."""
    found = _discovered(options)
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked.redirect_uri,
        "code_verifier": asked.verifier,
        "client_id": options.oidc_client_id,
    }
    secret = (options.oidc_client_id, options.oidc_client_secret) if options.oidc_client_secret else None
    answer = _fetch("POST", found["token_endpoint"], data=fields, auth=secret)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise _unexpected()
    claims = _signed_claims(token, _fetch("GET", found["jwks_uri"]))
    _check(claims, options, asked)
    return Identity(
        issuer=options.oidc_issuer,
        subject=str(claims["sub"]),
        name=str(claims.get("name") or ""),
        username=str(claims.get("preferred_username") or ""),
    )


def _discovered(options: Settings) -> dict[str, Any]:
    issuer = options.oidc_issuer
    _require_safe(issuer)
    found = _fetch("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise _unexpected()
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(found.get(name), str):
            raise _unexpected()
        _require_safe(found[name])
    return found


def _require_safe(address: str) -> None:
    """Passwords and tokens travel under TLS, but for a provider on this very machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise Refusal(
            "sign-in-provider",
            expected="a sign-in provider under https",
            found="an address without TLS",
            what_to_do="Ask an administrator to correct MEDAI_OIDC_ISSUER.",
        )


def _fetch(method: str, address: str, **more: Any) -> dict[str, Any]:
    import httpx

    try:
        answer = httpx.request(method, address, timeout=_SECONDS, follow_redirects=False, **more)
        found = answer.json() if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError):
        raise Refusal(
            "sign-in-provider",
            expected="an answer of the sign-in provider",
            found="none",
            what_to_do="Try again in a moment; an administrator sees whether the provider runs.",
        ) from None
    if not isinstance(found, dict):
        raise _unexpected()
    return found


def _signed_claims(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """The token's claims once its signature is right, by one of the provider's keys."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        return dict(
            jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(_ALGORITHMS)).claims  # type: ignore[arg-type]
        )
    except (JoseError, ValueError, KeyError, TypeError):
        raise _not_believed("a signature that is not the provider's") from None


def _check(claims: dict[str, Any], options: Settings, asked: Request) -> None:
    """Made by the provider, for us, for this sign-in, and now."""
    now = clock.now().timestamp()
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != options.oidc_issuer:
        raise _not_believed("another provider's name in it")
    if options.oidc_client_id not in audiences:
        raise _not_believed("one that is made for another application")
    if len(audiences) > 1 and claims.get("azp") != options.oidc_client_id:
        raise _not_believed("one that is made for another application")
    if not secrets.compare_digest(str(claims.get("nonce") or "").encode(), asked.nonce.encode()):
        raise _not_believed("one of another sign-in")
    if not _is_time(claims.get("exp")) or claims["exp"] + _LEEWAY < now:
        raise _not_believed("one that has expired")
    if not _is_time(claims.get("iat")) or claims["iat"] - _LEEWAY > now:
        raise _not_believed("one of another time")
    if not claims.get("sub") or not isinstance(claims["sub"], str):
        raise _not_believed("nobody named in it")
    if asked.fresh and not _is_fresh(claims, now - asked.at.timestamp()):
        raise _not_believed("no password that was asked for just now")


def _is_fresh(claims: dict[str, Any], elapsed: float) -> bool:
    """Whether the person was asked after we did, `elapsed` seconds ago (OpenID Connect Core, 3.1.2.1: with
    `max_age` the token must say `auth_time`).

    Both moments are of the provider's clock, so that a difference between its clock and ours neither refuses
    nor lets pass anything: the password is no older than the way since we asked. Times are whole seconds.
    """
    if not _is_time(claims.get("auth_time")):
        return False
    age = claims["iat"] - claims["auth_time"]
    return bool(-_LEEWAY <= age <= elapsed + _WHOLE_SECOND)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _not_believed(found: str) -> Refusal:
    return Refusal(
        "sign-in-token",
        expected="a proof of the sign-in provider for this sign-in",
        found=found,
        what_to_do="Begin the sign-in again.",
    )


def _unexpected() -> Refusal:
    return Refusal(
        "sign-in-provider",
        expected="an OpenID Connect provider at the address that was set",
        found="an answer of something else, or a refusal",
        what_to_do="Begin again; an administrator checks MEDAI_OIDC_ISSUER and the client's id and secret.",
    )
