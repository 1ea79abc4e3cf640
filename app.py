"""The server: `streamlit run app.py`."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import streamlit as st
from starlette.middleware import Middleware

from medai_core.domain.refusal import Refusal
from medai_core.settings import settings
from medai_core.ui import errors, runtime
from medai_core.web import logs, startup
from medai_core.web.auth import auth_routes
from medai_core.web.guard import Guard
from medai_core.web.health import health_routes
from medai_core.web.objects import object_routes
from medai_core.web.oidc import oidc_routes
from medai_core.web.patients import patient_routes

if TYPE_CHECKING:
    from medai_core.services.reporting import ReportContent


@asynccontextmanager
async def lifespan(server: st.App) -> AsyncIterator[None]:
    """Open the store before the first connection; the first start prints how to sign in."""
    logs.configure(settings().home)
    runtime.watch_media()
    runtime.drop_stale_ticks()
    runtime.pass_data_urls()
    startup.prepare_store(lambda text: print(text, flush=True))
    if settings().demo:
        startup.prepare_demo()
    startup.warm_up()
    yield


def report_pdf(content: "ReportContent") -> bytes:
    """Set one report; what sets it is loaded with the first."""
    from medai_core.reports.pdf import report_pdf as set_report

    return set_report(content)


try:
    startup.require_safe_address(runtime.address(), tls=runtime.has_tls(), options=settings())
except Refusal as refusal:
    print(f"MedAI was not started. {refusal.sentence}", file=sys.stderr, flush=True)
    raise SystemExit(2) from None

runtime.allow_public_host(settings())
bridge = runtime.bridge()
app = st.App(
    "medai_core/ui/main.py",
    routes=[
        *auth_routes(bridge),
        *oidc_routes(bridge),
        *health_routes(bridge),
        *object_routes(bridge, report_pdf),
        *patient_routes(bridge),
    ],
    middleware=[Middleware(Guard, bridge=bridge)],
    lifespan=lifespan,
    on_script_error=errors.draw_failure,
)
