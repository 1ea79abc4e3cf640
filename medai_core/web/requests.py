"""What every state-changing request must show, and where a form may lead back to."""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from medai_core.settings import settings

_MAX_FORM_BYTES: Final = 16 * 1024
_MAX_NEXT: Final = 2_000


def own_origins(request: Request) -> set[str]:
    """The origins under which a browser may know this server."""
    host = request.headers.get("host", "")
    origins = {f"{request.url.scheme}://{host}"} if host else set()
    public = urlsplit(settings().public_url)
    if public.scheme and public.netloc:
        origins.add(f"{public.scheme}://{public.netloc}")
    return origins


def require_same_origin(request: Request) -> None:
    """Refuse (403) a request that another site, or nothing that says where it is from, has sent."""
    origin = request.headers.get("origin")
    if origin is None or origin not in own_origins(request):
        raise HTTPException(403, "This form was not sent from MedAI's own page. Open MedAI and try again.")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "This form was sent from another site. Open MedAI and try again.")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form of at most 16 KiB; HTTP 413 or 415 for anything else."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "A form was expected here.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            raise HTTPException(413, "This form is larger than any that MedAI sends.")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise HTTPException(400, "This form could not be read.") from error


def own_path(target: str, *, base_path: str = "") -> str:
    """`target` where it is a path on this server, else the start page: never a way to another site."""
    home = f"{base_path}/"
    if not target.startswith("/") or len(target) > _MAX_NEXT:
        return home
    if (
        target.startswith("//")
        or "\\" in target
        or any(ord(letter) <= 32 or ord(letter) == 127 for letter in target)
    ):
        return home
    try:
        parts = urlsplit(target)
    except ValueError:
        return home
    if parts.scheme or parts.netloc or parts.path.startswith(f"{base_path}/auth/"):
        return home
    if base_path and parts.path != base_path and not parts.path.startswith(home):
        return home
    return target
