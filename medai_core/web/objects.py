"""What pages load by themselves: pixels for the viewer, and documents. The guard stands in front."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from medai_core.domain.imaging import Scan
from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal
from medai_core.store.database import Store
from medai_core.web.access import Access
from medai_core.web.bridge import Bridge

if TYPE_CHECKING:
    from medai_core.services.reporting import ReportContent
    from medai_core.serving.registry import ModelCard

_MAX_SCANS: Final = 4
_FORBIDDEN: Final = "not-allowed"

ReportPdf = Callable[["ReportContent"], bytes]


class _Recent:
    """The last few decoded files by key: what two requests in a row would otherwise read twice."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._values: OrderedDict[tuple[str, str], Scan] = OrderedDict()

    def get(self, key: tuple[str, str], make: Callable[[], Scan]) -> Scan:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value


_scans: Final = _Recent(_MAX_SCANS)


def object_routes(bridge: Bridge, report_pdf: ReportPdf) -> list[Route]:
    """The routes of pixels and reports; `report_pdf` sets a document."""
    base = bridge.base_path
    return [
        Route(f"{base}/pixels/{{image_id}}/{{frame:int}}", _pixels, methods=["GET"], name="pixels"),
        Route(
            f"{base}/reports/{{reading_id}}.pdf", partial(_report, report_pdf), methods=["GET"], name="report"
        ),
        Route(
            f"{base}/cards/{{name}}.cdx.json", partial(_card, "cdx.json"), methods=["GET"], name="card-bom"
        ),
        Route(f"{base}/cards/{{name}}.json", partial(_card, "json"), methods=["GET"], name="card-json"),
        Route(f"{base}/cards/{{name}}.pdf", partial(_card, "pdf"), methods=["GET"], name="card-pdf"),
        Route(
            f"{base}/records/{{patient_id}}.json",
            partial(_record, "json"),
            methods=["GET"],
            name="record-fhir",
        ),
        Route(
            f"{base}/records/{{patient_id}}.zip",
            partial(_archive, report_pdf),
            methods=["GET"],
            name="record-archive",
        ),
        Route(
            f"{base}/records/{{patient_id}}.csv", partial(_record, "csv"), methods=["GET"], name="record-csv"
        ),
    ]


async def _pixels(request: Request) -> Response:
    """One frame: stored values, row by row, little-endian."""
    image_id, frame = request.path_params["image_id"], request.path_params["frame"]
    return await answered(request, lambda store, caller: Response(
        _frame_bytes(store, caller, image_id, frame), media_type="application/octet-stream"
    ))  # fmt: skip


async def _report(report_pdf: ReportPdf, request: Request) -> Response:
    """The report of one reading, to be kept as a file; its name says nothing of the patient."""
    from medai_core.services.reporting import report_content

    reading_id = request.path_params["reading_id"]

    def make(store: Store, caller: Caller) -> Response:
        document = report_pdf(report_content(store, caller, reading_id))
        disposition = f'attachment; filename="medai-report-{reading_id}.pdf"'
        return Response(document, media_type="application/pdf", headers={"content-disposition": disposition})

    return await answered(request, make)


async def _record(form: str, request: Request) -> Response:
    """Everything of one patient, as a FHIR R4 bundle or a table, to be kept as a file."""
    from medai_core.services.patient_export import bundle_bytes, file_name, table_bytes

    patient_id = request.path_params["patient_id"]
    make_bytes, media_type = {
        "json": (bundle_bytes, "application/fhir+json"),
        "csv": (table_bytes, "text/csv; charset=utf-8"),
    }[form]

    def make(store: Store, caller: Caller) -> Response:
        content = make_bytes(store, caller, patient_id)
        disposition = f'attachment; filename="{file_name(patient_id, form)}"'
        return Response(content, media_type=media_type, headers={"content-disposition": disposition})

    return await answered(request, make)


async def _archive(report_pdf: ReportPdf, request: Request) -> Response:
    """Everything of one patient in one ZIP, sent while it is made."""
    from medai_core.services.portability import archive_of_patient, file_name

    patient_id = request.path_params["patient_id"]

    def make(store: Store, caller: Caller) -> Response:
        pieces = archive_of_patient(store, caller, patient_id, report_pdf)
        disposition = f'attachment; filename="{file_name(patient_id)}"'
        headers = {"content-disposition": disposition}
        return StreamingResponse(pieces, media_type="application/zip", headers=headers)

    return await answered(request, make)


async def _card(form: str, request: Request) -> Response:
    """A model's card as a document, as the JSON that the program reads, or as a CycloneDX ML-BOM."""
    from medai_core.services.model_cards import hand_out

    def make(store: Store, caller: Caller) -> Response:
        card = hand_out(store, caller, request.path_params["name"], form)
        content, media_type = _card_bytes(card, form)
        name = f"{card.name}-{card.version}-model-card.{form}"
        disposition = f'attachment; filename="{name}"'
        return Response(content, media_type=media_type, headers={"content-disposition": disposition})

    return await answered(request, make)


def _card_bytes(card: "ModelCard", form: str) -> tuple[bytes, str]:
    """The card in one of its forms, and its media type; what sets a document is loaded with the first."""
    if form == "pdf":
        from medai_core.reports.card_pdf import card_pdf

        return card_pdf(card), "application/pdf"
    if form == "cdx.json":
        from medai_core.reports.card_bom import card_bom

        return card_bom(card), "application/vnd.cyclonedx+json; version=1.6"
    return (card.folder / "card.json").read_bytes(), "application/json"


async def answered(request: Request, make: Callable[[Store, Caller], Response]) -> Response:
    """Run `make` for the session that the guard found; a refusal becomes 403 or 404 with its sentence."""
    access: Access = request.scope["state"]["access"]
    try:
        return await run_in_threadpool(make, access.store, access.caller)
    except Refusal as refusal:
        return PlainTextResponse(refusal.sentence, status_code=_status(refusal))


def _status(refusal: Refusal) -> int:
    if refusal.code == _FORBIDDEN:
        return 403
    return 404 if refusal.code.endswith("-missing") else 422


def _frame_bytes(store: Store, caller: Caller, image_id: str, frame: int) -> bytes:
    scan = _scan(store, caller, image_id)
    if not 0 <= frame < scan.header.frames:
        raise Refusal(
            "frame-missing",
            expected=f"a frame below {scan.header.frames}",
            found=f"frame {frame}",
            what_to_do="Open the study again.",
        )
    values = scan.frame(frame)
    return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()


def _scan(store: Store, caller: Caller, image_id: str) -> Scan:
    """The decoded file of an image that the caller may see; asked anew at every request."""
    from medai_core.imaging.decode import decode
    from medai_core.services.access import allowed_image

    image = allowed_image(store, caller, image_id)
    path = store.blobs.path(image.digest)
    return _scans.get((store.name, image.digest), lambda: decode(path, digest=image.digest))
