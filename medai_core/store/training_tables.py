"""The table of what people train themselves: whose it is, how far it is, what came of it."""

from typing import Final

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table

from medai_core.store.columns import Moment, Sealed, id_column, metadata
from medai_core.store.sealed import SealedJson

trainings: Final = Table(
    "trainings",
    metadata,
    id_column(),
    Column("owner_id", String(64), nullable=False, index=True),
    Column("title", Sealed, nullable=False),
    Column("table_key", Sealed, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("column_count", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("cancel_asked", Boolean, nullable=False),
    Column("progress", JSON(none_as_null=True)),
    Column("choices", SealedJson),
    Column("profile", SealedJson),
    Column("result", SealedJson),
    Column("refusal", JSON(none_as_null=True)),
    Column("model", String(64)),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
)
"""`table_key` opens the uploaded table, which lies encrypted in a file: without the row nobody reads it.
`progress` counts steps and seconds and names no value of the table; `refusal` says why a run ended early."""
