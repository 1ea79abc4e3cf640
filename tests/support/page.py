"""A browser's connection to the page server without a browser: runs pages and shows what they drew."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

_SECONDS = 20.0


@dataclass
class Drawn:
    """What one run of a page sent.

    `text` holds all elements in protobuf's text form; `html` the bodies of HTML elements; `media` the
    addresses of files; `timers` the fragments that run by themselves; `titles` the page menu;
    `widgets` the ids of buttons by their keys.
    """

    text: str = ""
    html: list[str] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    timers: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    widgets: dict[str, str] = field(default_factory=dict)

    @property
    def signed_out(self) -> bool:
        """Whether the sign-in form was drawn."""
        return any('action="/auth/sign-in"' in body for body in self.html)

    def csrf(self) -> str:
        """The CSRF token of the session's forms."""
        for body in self.html:
            if 'name="csrf"' in body:
                return body.split('name="csrf" value="')[1].split('"')[0]
        raise AssertionError("no form of a signed-in session was drawn")


class Page:
    """One open tab."""

    def __init__(self, client: httpx.Client, existing_id: str = "") -> None:
        base = str(client.base_url).rstrip("/")
        parts = urlsplit(base)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
        protocols = ["streamlit", "x", existing_id] if existing_id else ["streamlit"]
        self._connecting = connect(
            f"ws://{parts.netloc}{parts.path}/_stcore/stream",
            origin=f"{parts.scheme}://{parts.netloc}",  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies} if cookies else None,
            subprotocols=protocols,  # type: ignore[arg-type]
            max_size=None,
        )
        self._socket: ClientConnection
        self.session_id = ""
        self.page_hash = ""

    def __enter__(self) -> Self:
        self._socket = self._connecting.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connecting.__exit__(kind, error, trace)

    def open(self, page: str = "", query: str = "", seconds: float = _SECONDS) -> Drawn:
        """Run a page as a browser does that was given its address."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        self._socket.send(message.SerializeToString())
        return self.drawn(seconds)

    def tick(self, fragment_id: str, page_hash: str = "", seconds: float = _SECONDS) -> Drawn:
        """Run one fragment as its timer does, on the page that the tab shows or on one it has left."""
        message = BackMsg()
        message.rerun_script.page_script_hash = page_hash
        message.rerun_script.fragment_id = fragment_id
        message.rerun_script.is_auto_rerun = True
        self._socket.send(message.SerializeToString())
        return self.drawn(seconds)

    def press(self, widget_id: str, page: str = "") -> Drawn:
        """Press a button."""
        message = BackMsg()
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = widget_id
        widget.trigger_value = True
        message.rerun_script.page_name = page
        self._socket.send(message.SerializeToString())
        return self.drawn()

    def drawn(self, seconds: float = _SECONDS) -> Drawn:
        """What the next finished run sends; TimeoutError where none does in time."""
        result = Drawn()
        while True:
            message = ForwardMsg()
            data = self._socket.recv(timeout=seconds)
            assert isinstance(data, bytes)
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session_id = message.new_session.initialize.session_id or self.session_id
            elif kind == "script_finished":
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return result
                result = Drawn()
            elif kind == "auto_rerun":
                result.timers.append(message.auto_rerun.fragment_id)
            elif kind == "navigation":
                self.page_hash = message.navigation.page_script_hash
                result.titles = [page.page_name for page in message.navigation.app_pages]
            elif kind == "delta":
                _add(result, message)


def _add(result: Drawn, message: ForwardMsg) -> None:
    element = message.delta.new_element
    text = str(element)
    result.text += text
    kind = element.WhichOneof("type")
    if kind == "html":
        result.html.append(element.html.body)
    if kind == "button":
        result.widgets[element.button.id.rsplit("-", 1)[-1]] = element.button.id
    if kind == "imgs":
        result.media.extend(image.url for image in element.imgs.imgs)
    if kind == "download_button":
        result.media.append(element.download_button.url)
