"""What the patient's page loads by itself: images in small, and the summary as a document."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_core.domain.people import Caller
from medai_core.store.database import Store
from medai_core.web.bridge import Bridge
from medai_core.web.objects import answered


def patient_routes(bridge: Bridge) -> list[Route]:
    """The routes; the guard stands in front of their paths."""
    base = bridge.base_path
    return [
        Route(f"{base}/pixels/{{image_id}}/thumbnail.png", _thumbnail, methods=["GET"], name="thumbnail"),
        Route(f"{base}/summaries/{{patient_id}}.pdf", _summary, methods=["GET"], name="patient-summary"),
    ]


async def _thumbnail(request: Request) -> Response:
    from medai_core.services.thumbnails import thumbnail

    image_id = request.path_params["image_id"]
    return await answered(
        request, lambda store, caller: Response(thumbnail(store, caller, image_id), media_type="image/png")
    )


async def _summary(request: Request) -> Response:
    """The summary of one patient, to be kept as a file; its name says nothing of whom it is about."""
    from medai_core.reports.patient_summary import summary_pdf
    from medai_core.services.patient_summary import summary_content

    patient_id = request.path_params["patient_id"]

    def make(store: Store, caller: Caller) -> Response:
        document = summary_pdf(summary_content(store, caller, patient_id))
        disposition = f'attachment; filename="medai-summary-{patient_id}.pdf"'
        return Response(document, media_type="application/pdf", headers={"content-disposition": disposition})

    return await answered(request, make)
