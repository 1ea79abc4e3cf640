"""Opaque ids: they say nothing of what they name and cannot be guessed."""

import secrets


def new_id() -> str:
    """22 URL-safe characters holding 128 random bits."""
    return secrets.token_urlsafe(16)
