"""What is said of patients outside of pictures, where it came from, and what is in doubt about it.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from medai_core.store.triggers import forgotten, never_changed

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE patients ADD COLUMN merged_into VARCHAR(22) REFERENCES patients (id)")
    op.create_index("ix_patients_merged_into", "patients", ["merged_into"])
    op.create_index("ix_patients_birth_date", "patients", ["birth_date"])
    op.create_index("ix_patients_created_at", "patients", ["created_at"])
    op.create_index("ix_patients_restricted", "patients", ["restricted"])
    _words()
    _entries()
    _imports()
    _people()
    _keeping()


def _entries() -> None:
    op.create_table(
        "record_entries",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("identity", sa.String(32), nullable=False, unique=True),
        sa.Column("patient_id", sa.String(22), sa.ForeignKey("patients.id")),
        sa.Column("subject", sa.String(32)),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("resource_type", sa.String(64), nullable=False),
        sa.Column("lane", sa.String(16), nullable=False),
        sa.Column("status", sa.String(64), nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("starts_at", sa.DateTime()),
        sa.Column("ends_at", sa.DateTime()),
        sa.Column("recorded", sa.DateTime()),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("import_id", sa.String(22), sa.ForeignKey("imports.id"), nullable=False),
        sa.Column("stored_at", sa.DateTime(), nullable=False),
        sa.Column("replaced_by", sa.String(22), sa.ForeignKey("record_entries.id")),
        sa.Column("versions", sa.Integer(), nullable=False),
    )
    op.create_index(
        "ix_record_entries_patient",
        "record_entries",
        ["patient_id", "lane", "starts_at", "standing", "replaced_by", "id"],
    )
    op.create_index("ix_record_entries_type", "record_entries", ["resource_type", "source"])
    for name, column, condition in (
        ("ix_record_entries_waiting", "subject", sa.text("patient_id IS NULL")),
        ("ix_record_entries_replaced", "replaced_by", sa.text("replaced_by IS NOT NULL")),
    ):
        op.create_index(name, "record_entries", [column], sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "record_values",
        sa.Column("entry_id", sa.String(22), sa.ForeignKey("record_entries.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("number", sa.Float()),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("comparator", sa.String(8), nullable=False),
        sa.Column("low", sa.Float()),
        sa.Column("high", sa.Float()),
        sa.Column("interpretation", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_record_values_code", "record_values", ["code"])
    op.create_table(
        "record_versions",
        sa.Column("entry_id", sa.String(22), sa.ForeignKey("record_entries.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("patient_id", sa.String(22), sa.ForeignKey("patients.id")),
        sa.Column("lane", sa.String(16), nullable=False),
        sa.Column("status", sa.String(64), nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("starts_at", sa.DateTime()),
        sa.Column("ends_at", sa.DateTime()),
        sa.Column("recorded", sa.DateTime()),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("import_id", sa.String(22), sa.ForeignKey("imports.id"), nullable=False),
        sa.Column("stored_at", sa.DateTime(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_record_versions_patient_id", "record_versions", ["patient_id"])
    op.create_table(
        "record_links",
        sa.Column("entry_id", sa.String(22), sa.ForeignKey("record_entries.id"), primary_key=True),
        sa.Column("other", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
    )
    op.create_index("ix_record_links_other", "record_links", ["other", "kind"])


def _imports() -> None:
    op.create_table(
        "record_import_lines",
        sa.Column("import_id", sa.String(22), sa.ForeignKey("imports.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("resource", sa.String(64), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
    )
    op.create_table(
        "unmapped_codes",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("resource_type", sa.String(64), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_import_id", sa.String(22), sa.ForeignKey("imports.id"), nullable=False),
    )
    op.create_table(
        "column_mappings",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("columns_digest", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "fhir_servers",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("name", sa.String(128), nullable=False, unique=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("registered_by", sa.String(64), nullable=False),
        sa.Column("registered_at", sa.DateTime(), nullable=False),
        sa.Column("pulled_at", sa.DateTime()),
    )


def _people() -> None:
    op.create_table(
        "pair_reviews",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("patient_a", sa.String(22), sa.ForeignKey("patients.id"), nullable=False),
        sa.Column("patient_b", sa.String(22), sa.ForeignKey("patients.id"), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("moved", sa.JSON()),
        sa.UniqueConstraint("kind", "patient_a", "patient_b", name="uq_pair_reviews"),
    )
    for column in ("patient_a", "patient_b", "state"):
        op.create_index(f"ix_pair_reviews_{column}", "pair_reviews", [column])
    op.create_table(
        "record_repairs",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("entry_id", sa.String(22), sa.ForeignKey("record_entries.id"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("raw_number", sa.Float(), nullable=False),
        sa.Column("raw_unit", sa.Text(), nullable=False),
        sa.Column("number", sa.Float(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", sa.DateTime()),
    )
    for column in ("entry_id", "state"):
        op.create_index(f"ix_record_repairs_{column}", "record_repairs", [column])
    op.create_table(
        "quality_runs",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("counts", sa.JSON()),
    )
    op.create_index("ix_quality_runs_kind", "quality_runs", ["kind"])


def _words() -> None:
    """The words of the patients who are there already come from what they were searched by until now."""
    word = sa.String(128).with_variant(sa.String(128, "C"), "postgresql")
    words = op.create_table(
        "patient_words",
        sa.Column("word", word, primary_key=True),
        sa.Column("patient_id", sa.String(22), sa.ForeignKey("patients.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_patient_words_patient_id", "patient_words", ["patient_id"])
    connection = op.get_bind()
    for patient_id, text in connection.execute(sa.text("SELECT id, search FROM patients")).all():
        found = {word[:128] for word in text.split()}
        if found:
            values = [{"word": one, "patient_id": patient_id} for one in sorted(found)]
            connection.execute(sa.insert(words), values)


def _keeping() -> None:
    """A person can be erased: the triggers let that one change of a signed reading pass."""
    dialect = op.get_bind().dialect.name
    for statement in forgotten(dialect):
        op.execute(statement)
    for table in ("patients", "readings"):
        op.add_column(table, sa.Column("erased_at", sa.DateTime()))
    for statement in never_changed(dialect):
        op.execute(statement)
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("patient_id", sa.String(22), sa.ForeignKey("patients.id"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("erased_by", sa.String(64), nullable=False),
        sa.Column("erased_at", sa.DateTime(), nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
    )
    op.create_index("ix_erasures_patient_id", "erasures", ["patient_id"])
    op.create_table(
        "sealing",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("hash_key", sa.Text(), nullable=False),
        sa.Column("unfinished", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("issuer", sa.String(255), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("user_id", sa.String(22), sa.ForeignKey("users.id"), nullable=False, unique=True),
        sa.Column("linked_at", sa.DateTime(), nullable=False),
    )
