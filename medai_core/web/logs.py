"""The log of the server: what failed and where in the code, never with what data."""

import logging
import logging.handlers
import os
import secrets
import traceback
from pathlib import Path
from typing import Final

_LOGGER: Final = logging.getLogger("medai_core")
_QUIET_LOGGERS: Final = (
    "streamlit.error_util",
    "uvicorn.error",
    "asyncio",
    "streamlit.runtime.media_file_manager",
)
_MAX_BYTES: Final = 2 * 1024 * 1024
_KEPT_FILES: Final = 5
_MAX_FRAMES: Final = 12


class _PrivateFileHandler(logging.handlers.RotatingFileHandler):
    """A rotating log file that only its owner may read."""

    def _open(self):  # type: ignore[no-untyped-def]  # the base class leaves it untyped
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.fchmod(descriptor, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")


class _WithoutMessages(logging.Filter):
    """Takes an exception's own text, which may hold anything, out of a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, with the exception's type and place instead of its text."""
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            record.msg = f"{record.getMessage().splitlines()[0]}: {describe(record.exc_info[1])}"
            record.args = ()
            record.exc_info = None
            record.exc_text = None
        return True


def describe(error: BaseException) -> str:
    """Type and place of an exception, and of what caused it, without any text that it carries."""
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    places = " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    text = f"{type(error).__module__}.{type(error).__qualname__} at {places or 'an unknown place'}"
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{text}; because of {describe(cause)}" if cause is not None else text


def configure(home: Path) -> None:
    """Write to ``home/logs/medai.log`` (mode 0600, rotated), and keep exception texts out of every log."""
    for name in _QUIET_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(item, _WithoutMessages) for item in logger.filters):
            logger.addFilter(_WithoutMessages())
    folder = home / "logs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for before in [handler for handler in _LOGGER.handlers if isinstance(handler, _PrivateFileHandler)]:
        _LOGGER.removeHandler(before)
        before.close()
    handler = _PrivateFileHandler(
        folder / "medai.log", maxBytes=_MAX_BYTES, backupCount=_KEPT_FILES, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(_WithoutMessages())
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.INFO)


def log_failure(error: BaseException) -> str:
    """Write the failure down; the code under which it can be found again."""
    code = f"E-{secrets.token_hex(4)}"
    _LOGGER.error("%s %s", code, describe(error))
    return code
