"""The tables, with portable types only; the migrations lead older stores to the same."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    text,
)

from medai_core.store.cohort_tables import record_codes, record_deaths
from medai_core.store.columns import Moment, Sealed, id_column, key_hash, metadata, to
from medai_core.store.keeping_tables import erasures, sealing, sign_in_links
from medai_core.store.record_tables import (
    column_mappings,
    fhir_servers,
    pair_reviews,
    quality_runs,
    record_entries,
    record_import_lines,
    record_links,
    record_repairs,
    record_values,
    record_versions,
    unmapped_codes,
)
from medai_core.store.sealed import SealedJson, SealedWord, SealedWords
from medai_core.store.training_tables import trainings

__all__ = [
    "erasures",
    "sealing",
    "sign_in_links",
    "Moment",
    "Sealed",
    "column_mappings",
    "fhir_servers",
    "key_hash",
    "metadata",
    "pair_reviews",
    "quality_runs",
    "record_codes",
    "record_deaths",
    "record_entries",
    "record_import_lines",
    "record_links",
    "record_repairs",
    "record_values",
    "record_versions",
    "trainings",
    "unmapped_codes",
]

LONGEST_WORD: Final = 128
"""Characters of a word that are compared; more never decide."""

users: Final = Table(
    "users",
    metadata,
    id_column(),
    Column("username", String(64), nullable=False, unique=True),
    Column("display_name", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("one_time_used", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("signed_in_at", Moment),
)

attempts: Final = Table(
    "sign_in_attempts",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", Moment, nullable=False),
    Column("blocked_until", Moment),
)

sessions: Final = Table(
    "sessions",
    metadata,
    id_column(),
    Column("token_hash", String(64), nullable=False, unique=True),
    to("users", "user_id"),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("active_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("locked_at", Moment),
    Column("revoked_at", Moment),
)

patients: Final = Table(
    "patients",
    metadata,
    id_column(),
    Column("issuer", String(64), nullable=False),
    Column("identifier", Sealed(64, lookup=True), nullable=False),
    Column("name_alphabetic", Sealed(512), nullable=False),
    Column("name_ideographic", Sealed(512), nullable=False),
    Column("name_phonetic", Sealed(512), nullable=False),
    Column("birth_date", Date),
    Column("sex", String(1)),
    Column("restricted", Boolean, nullable=False),
    Column("search", SealedWords, nullable=False),
    Column("created_at", Moment, nullable=False),
    to("patients", "merged_into", required=False),
    Column("erased_at", Moment),
    UniqueConstraint("issuer", "identifier", name="uq_patients_key"),
    Index("ix_patients_birth_date", "birth_date"),
    Index("ix_patients_created_at", "created_at"),
    Index("ix_patients_restricted", "restricted"),
)

patient_words: Final = Table(
    "patient_words",
    metadata,
    Column("word", SealedWord(LONGEST_WORD), primary_key=True),
    Column("patient_id", String(22), ForeignKey("patients.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)
"""The folded words under which a patient is found, by their beginnings: of the names and the identifier."""

patient_access: Final = Table(
    "patient_access",
    metadata,
    Column("patient_id", String(22), ForeignKey("patients.id"), primary_key=True),
    Column("user_id", String(22), ForeignKey("users.id"), primary_key=True),
)

studies: Final = Table(
    "studies",
    metadata,
    id_column(),
    to("patients", "patient_id"),
    Column("study_uid", Sealed(64, lookup=True), nullable=False, index=True),
    Column("accession_number", Sealed(64), nullable=False),
    Column("modality", String(32), nullable=False),
    Column("description", Sealed(1024), nullable=False),
    Column("study_date", Date),
    Column("study_time", Time),
    Column("received_at", Moment, nullable=False),
    Column("state", String(8), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("model_state", String(40), nullable=False),
    Column("raised", Boolean, nullable=False),
    Column("raised_by", String(512), nullable=False),
    Column("image_count", Integer, nullable=False),
    Column("claimed_by", String(22), ForeignKey("users.id")),
    Column("claimed_at", Moment),
    Column("signed_by_name", String(128), nullable=False),
    Column("search", SealedWords, nullable=False, server_default=""),
    Index("ix_studies_received", "received_at"),
    Index("ix_studies_date", "study_date"),
)

study_moves: Final = Table(
    "study_moves",
    metadata,
    id_column(),
    to("studies", "study_id"),
    to("patients", "from_patient_id"),
    to("patients", "to_patient_id"),
    Column("reason", Sealed, nullable=False),
    Column("moved_by", String(64), nullable=False),
    Column("moved_at", Moment, nullable=False),
)

series: Final = Table(
    "series",
    metadata,
    id_column(),
    to("studies", "study_id"),
    Column("series_uid", Sealed(64, lookup=True), nullable=False),
    Column("modality", String(32), nullable=False),
    Column("description", Sealed(1024), nullable=False),
    Column("number", Integer),
    UniqueConstraint("study_id", "series_uid", name="uq_series_uid"),
)

images: Final = Table(
    "images",
    metadata,
    id_column(),
    to("series", "series_id"),
    to("studies", "study_id"),
    Column("sop_instance_uid", Sealed(64, lookup=True), nullable=False, index=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("size_bytes", Integer().with_variant(BigInteger, "postgresql"), nullable=False),
    Column("instance_number", Integer),
    Column("dtype", String(8), nullable=False),
    Column("virtual", Boolean, nullable=False),
    Column("header", SealedJson, nullable=False),
    Column("pipeline", JSON, nullable=False),
    Column("added_at", Moment, nullable=False),
)

imports: Final = Table(
    "imports",
    metadata,
    id_column(),
    Column("actor_id", String(64), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("cancelled", Boolean, nullable=False),
)

import_lines: Final = Table(
    "import_lines",
    metadata,
    Column("import_id", String(22), ForeignKey("imports.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Sealed, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("note", Sealed, nullable=False),
    Column("expected", Text, nullable=False),
    Column("found", Sealed, nullable=False),
    Column("what_to_do", Text, nullable=False),
    Column("study_id", String(22), ForeignKey("studies.id")),
    Column("image_id", String(22), ForeignKey("images.id")),
)

conflicts: Final = Table(
    "identity_conflicts",
    metadata,
    id_column(),
    to("patients", "patient_id"),
    to("studies", "study_id"),
    to("images", "image_id", required=False),
    Column("differs", JSON, nullable=False),
    Column("given", SealedJson, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("state", String(8), nullable=False, index=True),
    Column("resolution", Sealed, nullable=False),
    Column("resolved_by", String(64)),
    Column("resolved_at", Moment),
)

predictions: Final = Table(
    "predictions",
    metadata,
    id_column(),
    to("images", "image_id"),
    Column("model", String(64), nullable=False),
    Column("version", String(32), nullable=False),
    Column("weights_digest", String(64), nullable=False),
    Column("input_digest", String(64), nullable=False),
    Column("refused", Text),
    Column("findings", JSON, nullable=False),
    Column("cautions", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("inputs", JSON(none_as_null=True)),
    Column("scores", JSON(none_as_null=True)),
    Index("ix_predictions_monitor", "model", "version", "created_at", "refused", "scores", "inputs").ddl_if(
        dialect="sqlite"
    ),
    Index("ix_predictions_version", "model", "version", "created_at").ddl_if(dialect="postgresql"),
)
"""`inputs` and `scores` (the findings' probabilities alone) are what the monitor counts, from its
index; PostgreSQL cannot order JSON, so that its index leads to the rows alone."""

readings: Final = Table(
    "readings",
    metadata,
    id_column(),
    to("studies", "study_id"),
    Column("image_id", String(22), ForeignKey("images.id")),
    Column("prediction_id", String(22), ForeignKey("predictions.id")),
    Column("addendum_to", String(22), ForeignKey("readings.id")),
    Column("author_id", String(64), nullable=False, index=True),
    Column("author_name", String(128), nullable=False),
    Column("first_impression", Sealed, nullable=False),
    Column("first_impression_at", Moment),
    Column("saw_model_first", Boolean, nullable=False),
    Column("report", Sealed, nullable=False),
    Column("comment", Sealed, nullable=False),
    Column("verdict", String(16)),
    Column("revision", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("key_image_digest", String(64)),
    Column("signed_at", Moment),
    Column("signed_content", Sealed),
    Column("content_digest", String(64)),
    Column("prevalence_choice", JSON(none_as_null=True)),
    Column("prevalence", JSON(none_as_null=True)),
    Column("erased_at", Moment),
    Index(
        "uq_readings_draft", "study_id", "author_id", unique=True,
        sqlite_where=text("signed_at IS NULL"), postgresql_where=text("signed_at IS NULL"),
    ),
    Index(
        "ix_readings_monitor", "signed_at", "prediction_id", "verdict", "saw_model_first", "addendum_to"
    ),
)  # fmt: skip

preferences: Final = Table(
    "preferences",
    metadata,
    Column("user_id", String(64), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

local_prevalences: Final = Table(
    "local_prevalences",
    metadata,
    Column("model", String(64), primary_key=True),
    Column("setting", String(64), primary_key=True),
    Column("shares", JSON, nullable=False),
    Column("site_default", Boolean, nullable=False),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", Moment, nullable=False),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("actor_id", String(64), nullable=False, index=True),
    Column("action", String(64), nullable=False, index=True),
    Column("object_id", String(64), nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("mac", String(64), nullable=False),
)

worklist_index: Final = Index(
    "ix_studies_worklist",
    *(studies.c[name] for name in ("state", "priority", "received_at", "id", "raised", "patient_id")),
)
"""All that the usual order and its counts look at, so that they need not read the table itself."""

for _table in metadata.tables.values():
    for _column in _table.columns:
        if isinstance(_column.type, Sealed | SealedJson):
            _column.type.place = f"{_table.name}.{_column.name}"
