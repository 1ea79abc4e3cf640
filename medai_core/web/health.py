"""`/healthz`: whether the store answers and which models are at hand; nothing of any patient."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from medai_core.web.bridge import Bridge
from medai_core.web.logs import log_failure


def health_routes(bridge: Bridge) -> list[Route]:
    """The route of the health check; 200 while the store answers, 503 otherwise."""
    return [Route(f"{bridge.base_path}/healthz", _health, methods=["GET"], name="healthz")]


async def _health(request: Request) -> Response:
    store_answers = await run_in_threadpool(_store_answers)
    models = await run_in_threadpool(_models)
    return JSONResponse(
        {
            "status": "ok" if store_answers else "unavailable",
            "store": "ok" if store_answers else "does not answer",
            "models": models,
        },
        status_code=200 if store_answers else 503,
        headers={"cache-control": "no-store"},
    )


def _store_answers() -> bool:
    from medai_core.security.stores import open_store

    try:
        open_store().patients.count()
    except Exception as error:  # whatever the database says, the answer is "no" and the log says where
        log_failure(error)
        return False
    return True


def _models() -> dict[str, str]:
    """Version and start of the weight digest of each model."""
    from medai_core.serving.registry import available

    return {card.name: f"{card.version} {card.weights_digest[:12]}" for card in available()}
