"""Keeps the image libraries from writing what they read.

Their warnings and log lines repeat header values, which may be a patient's; what matters of them is told
as a notice or a refusal instead.
"""

import logging
import warnings
from typing import Final

_MODULES: Final = r"(pydicom|PIL|pylibjpeg|openjpeg|rle|jpeg_ls)(\.|$)"

_LOGGERS: Final = tuple(
    logging.getLogger(name) for name in ("pydicom", "PIL", "openjpeg", "pylibjpeg", "rle")
)


def quiet() -> None:
    """Silence the libraries' warnings and logs; cheap, so called before each use."""
    for logger in _LOGGERS:
        if logger.level <= logging.CRITICAL:
            logger.setLevel(logging.CRITICAL + 1)
    first = warnings.filters[0] if warnings.filters else None
    if first is None or first[0] != "ignore" or getattr(first[3], "pattern", None) != _MODULES:
        warnings.filterwarnings("ignore", module=_MODULES)
