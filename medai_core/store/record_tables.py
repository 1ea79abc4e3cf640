"""The tables of the patient's record: statements, their values and versions, imports, review, repairs."""

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from medai_core.store.columns import Moment, Sealed, id_column, metadata, to

record_entries: Final = Table(
    "record_entries",
    metadata,
    id_column(),
    Column("identity", Sealed(32, lookup=True), nullable=False, unique=True),
    Column("patient_id", String(22), ForeignKey("patients.id")),
    Column("subject", Sealed(32, lookup=True)),
    Column("source", String(255), nullable=False),
    Column("resource_type", String(64), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("status", String(64), nullable=False),
    Column("standing", String(16), nullable=False),
    Column("starts_at", Moment),
    Column("ends_at", Moment),
    Column("recorded", Moment),
    Column("digest", String(64), nullable=False),
    Column("content", Sealed, nullable=False),
    Column("about", Sealed, nullable=False),
    Column("import_id", String(22), ForeignKey("imports.id"), nullable=False),
    Column("stored_at", Moment, nullable=False),
    Column("replaced_by", String(22), ForeignKey("record_entries.id")),
    Column("versions", Integer, nullable=False),
    Column("coded", Boolean, nullable=False, server_default=false()),
    Index("ix_record_entries_facts", "id", "patient_id", "starts_at", "standing", "replaced_by", "lane"),
    Index(
        "ix_record_entries_uncoded",
        "id",
        sqlite_where=text("coded = 0"),
        postgresql_where=text("NOT coded"),
    ),
    Index("ix_record_entries_patient", "patient_id", "lane", "starts_at", "standing", "replaced_by", "id"),
    Index("ix_record_entries_type", "resource_type", "source"),
    Index(
        "ix_record_entries_waiting",
        "subject",
        sqlite_where=text("patient_id IS NULL"),
        postgresql_where=text("patient_id IS NULL"),
    ),
    Index(
        "ix_record_entries_replaced",
        "replaced_by",
        sqlite_where=text("replaced_by IS NOT NULL"),
        postgresql_where=text("replaced_by IS NOT NULL"),
    ),
)
"""`identity` is the hash of (source, resource_type, key), `subject` that of the Patient that it is about:
as the Patient's own `identity`. `content` is the FHIR resource, `about` the rest of the draft; `coded` says
whether its codes stand in `record_codes`. The index by patient holds all that a page counts and places by,
"facts" all that a question about many patients does, so that contents are read of what is shown alone."""

record_values: Final = Table(
    "record_values",
    metadata,
    Column("entry_id", String(22), ForeignKey("record_entries.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("system", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("display", Sealed, nullable=False),
    Column("number", Float),
    Column("unit", Text, nullable=False),
    Column("text", Sealed, nullable=False),
    Column("comparator", String(8), nullable=False),
    Column("low", Float),
    Column("high", Float),
    Column("interpretation", Sealed, nullable=False),
    Index("ix_record_values_code", "code", "number"),
    sqlite_with_rowid=False,
)

record_versions: Final = Table(
    "record_versions",
    metadata,
    Column("entry_id", String(22), ForeignKey("record_entries.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("patient_id", String(22), ForeignKey("patients.id"), index=True),
    Column("lane", String(16), nullable=False),
    Column("status", String(64), nullable=False),
    Column("standing", String(16), nullable=False),
    Column("starts_at", Moment),
    Column("ends_at", Moment),
    Column("recorded", Moment),
    Column("digest", String(64), nullable=False),
    Column("content", Sealed, nullable=False),
    Column("about", Sealed, nullable=False),
    Column("import_id", String(22), ForeignKey("imports.id"), nullable=False),
    Column("stored_at", Moment, nullable=False),
    Column("replaced_at", Moment, nullable=False),
)
"""What an entry said before; number 1 is the oldest."""

record_links: Final = Table(
    "record_links",
    metadata,
    Column("entry_id", String(22), ForeignKey("record_entries.id"), primary_key=True),
    Column("other", Sealed(32, lookup=True), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Index("ix_record_links_other", "other", "kind"),
)
"""What an entry says of another one, named by its `identity`, also before that one has come.

Kinds: "corrects" (the other is replaced by this one), "alias" (the other is a further key of this patient),
"same-from" (the other patient was merged into this
one), "same-into" (this patient was merged into the other).
"""

record_import_lines: Final = Table(
    "record_import_lines",
    metadata,
    Column("import_id", String(22), ForeignKey("imports.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("file", Sealed, nullable=False),
    Column("source", String(255), nullable=False),
    Column("resource", String(64), nullable=False),
    *(Column(name, Integer, nullable=False) for name in ("read", "added", "changed", "unchanged", "refused")),
    Column("reasons", JSON, nullable=False),
)

unmapped_codes: Final = Table(
    "unmapped_codes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("source", String(255), nullable=False),
    Column("resource_type", String(64), nullable=False),
    Column("system", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("display", Sealed, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_import_id", String(22), ForeignKey("imports.id"), nullable=False),
)

column_mappings: Final = Table(
    "column_mappings",
    metadata,
    id_column(),
    Column("columns_digest", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("mapping", JSON, nullable=False),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", Moment, nullable=False),
)

fhir_servers: Final = Table(
    "fhir_servers",
    metadata,
    id_column(),
    Column("name", String(128), nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("token", Sealed, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("registered_by", String(64), nullable=False),
    Column("registered_at", Moment, nullable=False),
    Column("pulled_at", Moment),
)

pair_reviews: Final = Table(
    "pair_reviews",
    metadata,
    id_column(),
    Column("kind", String(16), nullable=False),
    to("patients", "patient_a"),
    to("patients", "patient_b"),
    Column("weights", JSON, nullable=False),
    Column("score", Float),
    Column("state", String(8), nullable=False, index=True),
    Column("reason", Sealed, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("decided_by", String(64)),
    Column("decided_at", Moment),
    Column("moved", JSON(none_as_null=True)),
    UniqueConstraint("kind", "patient_a", "patient_b", name="uq_pair_reviews"),
)
"""Whether two records are one person. Kinds: "message" (a sender says so), "same key", "match". States:
"open", "merged", "apart". `patient_a` is the one that stays where they are merged; `moved` holds the ids of
the records that the merge pointed at the survivor, with where each pointed before."""

record_repairs: Final = Table(
    "record_repairs",
    metadata,
    id_column(),
    to("record_entries", "entry_id"),
    Column("position", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("raw_number", Float, nullable=False),
    Column("raw_unit", Text, nullable=False),
    Column("number", Float, nullable=False),
    Column("unit", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(8), nullable=False, index=True),
    Column("proposed_at", Moment, nullable=False),
    Column("decided_by", String(64)),
    Column("decided_at", Moment),
)
"""Another number or unit for one value of an entry, which itself never changes. States: "proposed",
"accepted" (read in place of the raw one), "refused"."""

quality_runs: Final = Table(
    "quality_runs",
    metadata,
    id_column(),
    Column("kind", String(16), nullable=False, index=True),
    Column("actor_id", String(64), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("counts", JSON(none_as_null=True)),
)
"""What was counted at one moment: "matching" or "quality". Numbers only; sliders recount from them."""
