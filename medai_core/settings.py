"""The one place where the environment is read."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from medai_core.domain.refusal import Refusal

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a person who runs MedAI can set from outside.

    Attributes
    ----------
    home : Path
        `MEDAI_HOME`: store, blobs, keys, logs. Default ``~/.medai``. Created with mode 0700.
    database_url : str or None
        `MEDAI_DATABASE_URL`: a SQLAlchemy URL; default SQLite under `home`.
    demo : bool
        `MEDAI_DEMO=1`: open the demo at start.
    data : Path
        `MEDAI_DATA`: public data for the training recipes.
    public_url : str
        `MEDAI_PUBLIC_URL`: ``https://…`` where a trusted proxy ends TLS before the app.
    trusted_proxy : bool
        `MEDAI_TRUSTED_PROXY=1`: a proxy in front of the app adds TLS.
    device : str
        `MEDAI_DEVICE`: ``"cpu"`` keeps predictions on the CPU; empty chooses by itself.
    encryption_key : str
        `MEDAI_ENCRYPTION_KEY`: keys of 32 bytes in base64, newest first, separated by commas; empty for none.
    oidc_issuer, oidc_client_id, oidc_client_secret : str
        `MEDAI_OIDC_ISSUER`, `MEDAI_OIDC_CLIENT_ID`, `MEDAI_OIDC_CLIENT_SECRET`: single sign-on at a provider.
    max_file_bytes, max_session_bytes, max_demo_bytes : int
        Upload limits: one file, one session, one demo upload.
    max_demo_store_bytes : int
        All images of the demo's store together.
    idle_lock_seconds : int
        `MEDAI_IDLE_SECONDS`: seconds without activity after which a session locks. Default 900.
    """

    home: Path
    database_url: str | None
    demo: bool
    data: Path
    public_url: str
    trusted_proxy: bool
    device: str = ""
    encryption_key: str = field(default="", repr=False)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    max_file_bytes: int = 512 * MEBIBYTE
    max_session_bytes: int = 1024 * MEBIBYTE
    max_demo_bytes: int = 50 * MEBIBYTE
    max_demo_store_bytes: int = 500 * MEBIBYTE
    idle_lock_seconds: int = 900


def settings() -> Settings:
    """Read the environment now; cheap, so never kept. Raises Refusal "setting-not-a-number"."""
    environment = os.environ
    return Settings(
        home=Path(environment.get("MEDAI_HOME", "~/.medai")).expanduser(),
        database_url=environment.get("MEDAI_DATABASE_URL") or None,
        demo=environment.get("MEDAI_DEMO") == "1",
        data=Path(environment.get("MEDAI_DATA", "../shared/data")),
        public_url=environment.get("MEDAI_PUBLIC_URL", ""),
        trusted_proxy=environment.get("MEDAI_TRUSTED_PROXY") == "1",
        device=environment.get("MEDAI_DEVICE", "").strip().lower(),
        encryption_key=environment.get("MEDAI_ENCRYPTION_KEY", "").strip(),
        oidc_issuer=environment.get("MEDAI_OIDC_ISSUER", "").strip(),
        oidc_client_id=environment.get("MEDAI_OIDC_CLIENT_ID", "").strip(),
        oidc_client_secret=environment.get("MEDAI_OIDC_CLIENT_SECRET", ""),
        idle_lock_seconds=_seconds("MEDAI_IDLE_SECONDS", environment.get("MEDAI_IDLE_SECONDS") or "900"),
    )


def _seconds(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise Refusal(
            "setting-not-a-number",
            expected=f"{name} to be a number of seconds above 0",
            found="something else",
            what_to_do="Correct the setting or leave it out.",
        )
    return int(value)
