"""A sentence for the next page of one browser that has not signed in: "wrong password" and the like.

Kept in the process, under the browser's form token, so that no text travels in an address or cookie.
"""

import threading
import time
from collections import OrderedDict
from typing import Final

_SECONDS: Final = 60.0
_MAX_NOTICES: Final = 1_000

_lock = threading.Lock()
_notices: OrderedDict[str, tuple[float, str]] = OrderedDict()


def leave(form_token: str, sentence: str) -> None:
    """Show `sentence` on the sign-in form of this browser for the next minute."""
    with _lock:
        _notices[form_token] = (time.monotonic() + _SECONDS, sentence)
        _notices.move_to_end(form_token)
        while len(_notices) > _MAX_NOTICES:
            _notices.popitem(last=False)


def read(form_token: str) -> str | None:
    """The sentence that waits for this browser, or None."""
    with _lock:
        until, sentence = _notices.get(form_token, (0.0, ""))
        return sentence if until > time.monotonic() else None


def clear(form_token: str) -> None:
    """Forget the sentence that waits for this browser."""
    with _lock:
        _notices.pop(form_token, None)
