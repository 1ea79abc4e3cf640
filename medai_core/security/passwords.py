"""Passwords: Argon2id (RFC 9106), what a good one is, and one-time ones."""

import functools
import secrets
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from medai_core.domain.refusal import Refusal

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)
"""RFC 9106, section 4: the second recommended choice (64 MiB, 3 passes)."""

SHORTEST: Final = 12
LONGEST: Final = 256
_FEWEST_DIFFERENT: Final = 5
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else


def hashed(password: str) -> str:
    """The password as an Argon2id string with its own salt."""
    return _HASHER.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one; takes as long where there is none."""
    try:
        return _HASHER.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def one_time() -> str:
    """A password to be typed once: four groups of four letters and digits, 79 random bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def check_policy(password: str, username: str) -> None:
    """Raise Refusal "password-short", "-long", "-username" or "-simple" where the password is a bad one."""
    if len(password) < SHORTEST:
        raise _refusal(
            "short",
            f"a password of at least {SHORTEST} characters",
            "fewer",
            "Choose a longer one: a short sentence.",
        )
    if len(password) > LONGEST:
        raise _refusal("long", f"a password of at most {LONGEST} characters", "more", "Choose a shorter one.")
    folded = password.casefold()
    name = username.casefold()
    if folded == name or folded.replace(name, "", 1).strip("0123456789 .,;:!?-_") == "":
        raise _refusal(
            "username", "a password that is not the user name", "the user name", "Choose another one."
        )
    if len(set(folded)) < _FEWEST_DIFFERENT:
        raise _refusal(
            "simple",
            f"a password of at least {_FEWEST_DIFFERENT} different characters",
            "fewer",
            "Choose a less regular one.",
        )


def _refusal(code: str, expected: str, found: str, what_to_do: str) -> Refusal:
    return Refusal(f"password-{code}", expected=expected, found=found, what_to_do=what_to_do)


@functools.cache
def _nobody() -> str:
    """A hash that no password fits, for the work that an unknown user costs."""
    return _HASHER.hash(secrets.token_urlsafe(32))
