"""Streamlit's server as the routes see it; every use of its inner parts stands here."""

import functools
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from streamlit import config
from streamlit.commands import logo, page_config
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import Runtime, get_instance
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import RunLocation, ThreadState
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from medai_core.settings import Settings
from medai_core.web.bridge import Bridge
from medai_core.web.registry import registry

_WATCHED: Final = "_medai_watched"


def bridge() -> Bridge:
    """What the routes and the guard ask of Streamlit's server."""
    return Bridge(
        base_path=base_path(),
        wake=wake,
        stored_bytes=stored_bytes,
        host_allowed=is_host_allowed,
        tls=has_tls(),
    )


def base_path() -> str:
    """``""`` or ``"/prefix"``: `server.baseUrlPath` with one slash in front and none behind."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def address() -> str | None:
    """The address on which the server listens; None for every address of the machine."""
    return config.get_option("server.address") or None


def has_tls() -> bool:
    """Whether the server itself speaks TLS."""
    return bool(config.get_option("server.sslCertFile")) and bool(config.get_option("server.sslKeyFile"))


def allow_public_host(options: Settings) -> None:
    """Let the address of a trusted proxy through the check of the ``Host`` header."""
    host = urlsplit(options.public_url).hostname
    allowed = list(config.get_option("server.allowedHosts"))
    if host and allowed and host not in allowed:
        config.set_option("server.allowedHosts", [*allowed, host])


def wake(streamlit_id: str) -> None:
    """Run the page of one Streamlit session again, now. To be called on the server's event loop."""
    session = get_instance().get_app_session(streamlit_id)
    if session is not None:
        session.request_rerun(ClientState(page_script_hash=session.page_script_hash))


def stored_bytes(streamlit_id: str) -> int:
    """Bytes of uploads that are held in memory for one Streamlit session."""
    storage = getattr(get_instance().uploaded_file_mgr, "file_storage", {})
    return sum(len(file.data) for file in list(storage.get(streamlit_id, {}).values()))


def streamlit_session_id() -> str | None:
    """The id of the Streamlit session (browser tab) whose script runs in this thread."""
    context = get_script_run_ctx()
    return None if context is None else context.session_id


def in_page_body() -> bool:
    """Whether the script's own body runs now, and neither a fragment's nor a widget's callback."""
    context = get_script_run_ctx()
    if context is None:
        return True
    if context.fragment_ids_this_run or not context.has_script_started:
        return False
    return ThreadState.get().run_location is RunLocation.MAIN_SCRIPT


def pass_data_urls() -> None:
    """Hand logo and page icon on as they are; Streamlit loads numpy and Pillow to find out that it may."""
    for module in (logo, page_config):
        draw = module.image_to_url
        if getattr(draw, _WATCHED, False):
            continue

        @functools.wraps(draw)
        def image_to_url(
            image: object, *args: object, _draw: Callable[..., str] = draw, **named: object
        ) -> str:
            is_address = isinstance(image, str) and image.startswith("data:")
            return str(image) if is_address else _draw(image, *args, **named)

        setattr(image_to_url, _WATCHED, True)
        module.image_to_url = image_to_url  # type: ignore[attr-defined]


def drop_uploads(streamlit_id: str) -> None:
    """Free what was uploaded in one Streamlit session."""
    if Runtime.exists():
        get_instance().uploaded_file_mgr.remove_session_files(streamlit_id)


def watch_media() -> None:
    """Have the registry told of every file that a page draws, from now on."""
    manager = get_instance().media_file_mgr
    if getattr(manager, _WATCHED, False):
        return
    add = manager.add

    @functools.wraps(add)
    def add_and_note(*args: object, **named: object) -> str:
        url: str = add(*args, **named)  # type: ignore[arg-type]
        streamlit_id = streamlit_session_id()
        if streamlit_id is not None:
            registry.media_added(url.rsplit("/", 1)[-1].rsplit(".", 1)[0], streamlit_id)
        return url

    manager.add = add_and_note  # type: ignore[method-assign]
    setattr(manager, _WATCHED, True)


def drop_stale_ticks() -> None:
    """Leave out a timer's run that was asked for on a page which the tab has left meanwhile.

    Such a run would announce the page of before, and the browser would then clear the page that it shows.
    """
    if getattr(AppSession, _WATCHED, False):
        return
    request, run = AppSession.request_rerun, ScriptRunner._run_script

    def request_unless_stale(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is None or not _is_stale(
            client_state.is_auto_rerun, client_state.page_script_hash, session.page_script_hash
        ):
            request(session, client_state)

    def run_unless_stale(runner: ScriptRunner, rerun_data: RerunData) -> None:
        context = runner._get_script_run_ctx()
        if not _is_stale(rerun_data.is_auto_rerun, rerun_data.page_script_hash, context.page_script_hash):
            run(runner, rerun_data)

    AppSession.request_rerun = request_unless_stale  # type: ignore[method-assign,assignment]
    ScriptRunner._run_script = run_unless_stale  # type: ignore[method-assign,assignment]
    setattr(AppSession, _WATCHED, True)


def _is_stale(is_tick: bool, asked_page: str, shown_page: str) -> bool:
    """Whether a run is a timer's, of another page than the one shown; an unknown page is none."""
    return is_tick and bool(asked_page) and bool(shown_page) and asked_page != shown_page
