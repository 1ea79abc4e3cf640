"""Which paths hold somebody's data."""

from enum import Enum

from starlette.types import Scope


class Kind(Enum):
    """What a path leads to."""

    MEDIA = "media"
    UPLOAD = "upload"
    OBJECT = "object"
    PAGE = "page"


_OBJECTS = frozenset({"summaries", "pixels", "reports", "cards", "records"})


def parts_of(scope: Scope, base_path: str) -> list[str]:
    """The segments of the decoded path behind `base_path`; empty and ``.`` segments left out.

    Reads more paths as guarded than the router would route there, never fewer: the router compares
    the same decoded path, without removing anything from it.
    """
    path: str = scope["path"]
    mount: str = scope.get("root_path", "")
    if mount and (path == mount or path.startswith(f"{mount}/")):
        path = path[len(mount) :]
    path = path.replace("\\", "/")
    segments = [part for part in path.split("/") if part not in ("", ".")]
    base = [part for part in base_path.split("/") if part]
    return segments[len(base) :] if base and segments[: len(base)] == base else segments


def kind_of(parts: list[str]) -> Kind:
    """What the path leads to, by its segments."""
    if parts[:1] == ["media"]:
        return Kind.MEDIA
    if parts[:2] == ["_stcore", "upload_file"]:
        return Kind.UPLOAD
    if (parts and parts[0] in _OBJECTS) or parts[:2] == ["_stcore", "metrics"]:
        return Kind.OBJECT
    return Kind.PAGE
