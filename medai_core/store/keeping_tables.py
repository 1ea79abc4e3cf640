"""The tables of what becomes of the store itself: erased patients, its key, who signs in elsewhere."""

from typing import Final

from sqlalchemy import JSON, Boolean, Column, ForeignKey, String, Table, Text

from medai_core.store.columns import Moment, Sealed, id_column, metadata, to

erasures: Final = Table(
    "erasures",
    metadata,
    id_column(),
    to("patients", "patient_id"),
    Column("reason", Sealed, nullable=False),
    Column("erased_by", String(64), nullable=False),
    Column("erased_at", Moment, nullable=False),
    Column("digests", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
)
"""What was destroyed of a person: digests ({"images": [...], "readings": [...], "key_images": [...]}) and how
many rows of each kind; no content."""

sealing: Final = Table(
    "sealing",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("hash_key", Text, nullable=False),
    Column("unfinished", Boolean, nullable=False),
)
"""One row, "store", where the store is encrypted: under which key, and the key of its hashes, itself sealed;
`unfinished` while a change of the key is under way."""

sign_in_links: Final = Table(
    "sign_in_links",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user_id", String(22), ForeignKey("users.id"), nullable=False, unique=True),
    Column("linked_at", Moment, nullable=False),
)
"""Who signs in elsewhere: the provider and its name for the person, which never changes, to the user here."""
