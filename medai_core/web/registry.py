"""Which signed-in session owns which Streamlit session, drawn file and upload in flight.

One registry a process. It is filled while pages run and asked by the guard; what it does not know
is nobody's, so the guard refuses it.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_MAX_STREAMLIT_SESSIONS: Final = 5_000
_MAX_MEDIA_FILES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Owner:
    """A signed-in session: the store that it is good for, and its id there."""

    store: str
    session_id: str


class Registry:
    """A thread-safe map from Streamlit sessions and drawn files to their owners."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owners: OrderedDict[str, Owner] = OrderedDict()
        self._media: OrderedDict[str, set[Owner]] = OrderedDict()
        self._in_flight: dict[Owner, int] = {}

    def bind(self, streamlit_id: str, owner: Owner) -> None:
        """Say that `streamlit_id` now runs for `owner`."""
        with self._lock:
            self._owners[streamlit_id] = owner
            self._owners.move_to_end(streamlit_id)
            while len(self._owners) > _MAX_STREAMLIT_SESSIONS:
                self._owners.popitem(last=False)

    def release(self, streamlit_id: str) -> Owner | None:
        """Say that `streamlit_id` runs for nobody; the owner it had, if any."""
        with self._lock:
            return self._owners.pop(streamlit_id, None)

    def owner_of(self, streamlit_id: str) -> Owner | None:
        """The session for which `streamlit_id` runs, or None."""
        with self._lock:
            return self._owners.get(streamlit_id)

    def streamlit_sessions(self, owner: Owner) -> tuple[str, ...]:
        """Every Streamlit session (browser tab) that runs for `owner`."""
        with self._lock:
            return tuple(key for key, value in self._owners.items() if value == owner)

    def media_added(self, file_id: str, streamlit_id: str) -> None:
        """Note that a page of `streamlit_id` drew the file; nobody owns what no owner drew."""
        with self._lock:
            owner = self._owners.get(streamlit_id)
            if owner is None:
                return
            self._media.setdefault(file_id, set()).add(owner)
            self._media.move_to_end(file_id)
            while len(self._media) > _MAX_MEDIA_FILES:
                self._media.popitem(last=False)

    def owns_media(self, owner: Owner, file_id: str) -> bool:
        """Whether a page of `owner` drew the file."""
        with self._lock:
            return owner in self._media.get(file_id, ())

    def reserve(self, owner: Owner, size: int, *, stored: int, limit: int) -> bool:
        """Count `size` bytes as arriving for `owner`; False where that would pass `limit`."""
        with self._lock:
            arriving = self._in_flight.get(owner, 0)
            if stored + arriving + size > limit:
                return False
            self._in_flight[owner] = arriving + size
            return True

    def arrived(self, owner: Owner, size: int) -> None:
        """Take `size` bytes off what is arriving for `owner`."""
        with self._lock:
            left = self._in_flight.get(owner, 0) - size
            if left > 0:
                self._in_flight[owner] = left
            else:
                self._in_flight.pop(owner, None)

    def forget(self, owner: Owner) -> tuple[str, ...]:
        """Drop everything of `owner`; the Streamlit sessions that ran for it."""
        with self._lock:
            streamlit_ids = tuple(key for key, value in self._owners.items() if value == owner)
            for streamlit_id in streamlit_ids:
                del self._owners[streamlit_id]
            for file_id in [key for key, owners in self._media.items() if owner in owners]:
                self._media[file_id].discard(owner)
                if not self._media[file_id]:
                    del self._media[file_id]
            return streamlit_ids


registry: Final = Registry()
