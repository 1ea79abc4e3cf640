"""The tables by which many patients are asked at once: the codes of entries, and who has died."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from medai_core.store.columns import Moment, Sealed, metadata

record_codes: Final = Table(
    "record_codes",
    metadata,
    Column("entry_id", String(22), ForeignKey("record_entries.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("system", Text, nullable=False),
    Column("code", Sealed(lookup=True), nullable=False),
    Column("display", Sealed, nullable=False),
    Index("ix_record_codes_code", "code"),
    sqlite_with_rowid=False,
)
"""The codings of problems, medication, procedures, vaccines, visits and allergies, as their entries name
them. What has no code stands here with its words as code. `code` is found by its exact value alone."""

record_deaths: Final = Table(
    "record_deaths",
    metadata,
    Column("entry_id", String(22), ForeignKey("record_entries.id"), primary_key=True),
    Column("died_at", Moment),
)
"""Patient resources that say that the person has died; `died_at` is None where they do not say when."""
