"""Whatever the router would serve as data, the guard reads as data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import Match, Route

from medai_core.web.paths import Kind, kind_of, parts_of

GUARDED = [
    Route(path, lambda request: PlainTextResponse(""), methods=["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
    for path in (
        "/media/{file_id:path}",
        "/_stcore/upload_file/{session_id}/{file_id}",
        "/pixels/{image_id}/{frame:int}",
        "/reports/{reading_id}.pdf",
        "/cards/{name}.cdx.json",
        "/cards/{name}.json",
        "/cards/{name}.pdf",
        "/records/{patient_id}.json",
        "/records/{patient_id}.csv",
    )
]


def _scope(path: str, root_path: str = "") -> dict[str, object]:
    return {"type": "http", "method": "GET", "path": path, "root_path": root_path, "headers": []}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/media/abc.png", Kind.MEDIA),
        ("/media/", Kind.MEDIA),
        ("/media//abc.png", Kind.MEDIA),
        ("//media/abc.png", Kind.MEDIA),
        ("/./media/abc.png", Kind.MEDIA),
        ("/media/../media/abc.png", Kind.MEDIA),
        ("/media\\abc.png", Kind.MEDIA),
        ("/_stcore/upload_file/a/b", Kind.UPLOAD),
        ("/_stcore//upload_file/a/b", Kind.UPLOAD),
        ("/pixels/a/0", Kind.OBJECT),
        ("/reports/a.pdf", Kind.OBJECT),
        ("/records/a.json", Kind.OBJECT),
        ("/_stcore/metrics", Kind.OBJECT),
        ("/_stcore/health", Kind.PAGE),
        ("/reading", Kind.PAGE),
        ("/", Kind.PAGE),
        ("", Kind.PAGE),
    ],
)
def test_kinds(path: str, kind: Kind) -> None:
    assert kind_of(parts_of(_scope(path), "")) is kind


def test_a_base_path_and_a_mount_are_looked_through() -> None:
    assert kind_of(parts_of(_scope("/medai/media/a.png"), "/medai")) is Kind.MEDIA
    assert kind_of(parts_of(_scope("/medai//media/a.png"), "/medai")) is Kind.MEDIA
    assert kind_of(parts_of(_scope("/mount/media/a.png", "/mount"), "")) is Kind.MEDIA


_PIECES = st.sampled_from(
    [
        "media",
        "Media",
        "_stcore",
        "upload_file",
        "pixels",
        "reports",
        "a",
        "0",
        "x.pdf",
        "..",
        ".",
        "",
        "/",
    ]
)


@given(st.lists(_PIECES, max_size=6))
def test_no_guarded_route_is_reached_as_a_page(pieces: list[str]) -> None:
    path = "/" + "/".join(pieces)
    routed = any(route.matches(_scope(path))[0] is not Match.NONE for route in GUARDED)
    if routed:
        assert kind_of(parts_of(_scope(path), "")) is not Kind.PAGE
