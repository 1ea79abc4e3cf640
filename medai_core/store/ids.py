"""Opaque ids: they say nothing of what they name and cannot be guessed."""

import secrets
from typing import Final

_LETTERS: Final = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def new_id() -> str:
    """22 URL-safe characters holding 128 random bits."""
    return secrets.token_urlsafe(16)


class Ids:
    """Opaque ids of one import that stand together in the indexes: a random beginning, then in order."""

    def __init__(self) -> None:
        self._beginning = new_id()[:8]
        self._number = 0

    def next(self) -> str:
        """22 URL-safe characters; all but four of them random."""
        self._number += 1
        number, letters = self._number, ""
        for _ in range(4):
            number, rest = divmod(number, 64)
            letters = _LETTERS[rest] + letters
        return f"{self._beginning}{letters}{new_id()[:10]}"
