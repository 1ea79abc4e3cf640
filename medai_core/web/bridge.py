"""What the routes ask of the page server, handed in by `app.py` so that none of it is imported here."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bridge:
    """The page server, seen from the routes.

    Attributes
    ----------
    base_path : str
        ``""`` or ``"/prefix"``, without a slash at the end: what stands before every path.
    wake : Callable[[str], None]
        Runs the page of one Streamlit session again, now; called on the event loop.
    stored_bytes : Callable[[str], int]
        Bytes of uploads that the page server holds for one Streamlit session.
    host_allowed : Callable[[str | None], bool]
        Whether a ``Host`` header names this server.
    tls : bool
        The server itself speaks TLS.
    """

    base_path: str
    wake: Callable[[str], None]
    stored_bytes: Callable[[str], int]
    host_allowed: Callable[[str | None], bool]
    tls: bool
