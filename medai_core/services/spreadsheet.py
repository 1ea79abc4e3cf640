"""Cells that go to a spreadsheet: text that it would take for a formula is made plain text."""

import re
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_ZERO: Final = "\0"


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet runs.

    Text that begins, after spaces, with what begins a formula (`= + - @`, their full-width forms, a tab or a
    line end) gets an apostrophe before it, as OWASP advises ("CSV Injection"); a number stays as it is.
    None is an empty cell.
    """
    if value is None:
        return ""
    text = str(value).replace(_ZERO, "")
    if _NUMBER.fullmatch(text):
        return text
    starts_with = text.lstrip(" \u00a0") or text
    return f"'{text}" if starts_with.startswith(_FORMULA) else text
