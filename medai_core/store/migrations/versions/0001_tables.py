"""All tables, and the triggers that keep what must never change.

Revision ID: 0001
Revises: none
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NEVER = (
    ("audit", "UPDATE", "1 = 1", "the audit log is only added to"),
    ("audit", "DELETE", "1 = 1", "the audit log is only added to"),
    ("predictions", "UPDATE", "1 = 1", "a prediction never changes"),
    ("predictions", "DELETE", "1 = 1", "a prediction never changes"),
    ("readings", "UPDATE", "OLD.signed_at IS NOT NULL", "a signed reading never changes"),
    ("readings", "DELETE", "OLD.signed_at IS NOT NULL", "a signed reading never changes"),
)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
    )
    op.create_index("ix_audit_action", "audit", ["action"])
    op.create_index("ix_audit_actor_id", "audit", ["actor_id"])
    op.create_index("ix_audit_object_id", "audit", ["object_id"])
    op.create_table(
        "imports",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "patients",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("issuer", sa.String(64), nullable=False),
        sa.Column("identifier", sa.String(64), nullable=False),
        sa.Column("name_alphabetic", sa.String(512), nullable=False),
        sa.Column("name_ideographic", sa.String(512), nullable=False),
        sa.Column("name_phonetic", sa.String(512), nullable=False),
        sa.Column("birth_date", sa.Date()),
        sa.Column("sex", sa.String(1)),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("issuer", "identifier", name="uq_patients_key"),
    )
    op.create_table(
        "preferences",
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(), nullable=False),
        sa.Column("blocked_until", sa.DateTime()),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("username", sa.String(64), nullable=False, unique=True),
        sa.Column("display_name", sa.String(128), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("one_time_used", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("signed_in_at", sa.DateTime()),
    )
    op.create_table(
        "patient_access",
        sa.Column("patient_id", sa.String(22), sa.ForeignKey("patients.id"), primary_key=True),
        sa.Column("user_id", sa.String(22), sa.ForeignKey("users.id"), primary_key=True),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("user_id", sa.String(22), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("active_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("locked_at", sa.DateTime()),
        sa.Column("revoked_at", sa.DateTime()),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "studies",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("patient_id", sa.String(22), sa.ForeignKey("patients.id"), nullable=False),
        sa.Column("study_uid", sa.String(64), nullable=False),
        sa.Column("accession_number", sa.String(64), nullable=False),
        sa.Column("modality", sa.String(32), nullable=False),
        sa.Column("description", sa.String(1024), nullable=False),
        sa.Column("study_date", sa.Date()),
        sa.Column("study_time", sa.Time()),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("model_state", sa.String(40), nullable=False),
        sa.Column("raised", sa.Boolean(), nullable=False),
        sa.Column("raised_by", sa.String(512), nullable=False),
        sa.Column("image_count", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(22), sa.ForeignKey("users.id")),
        sa.Column("claimed_at", sa.DateTime()),
        sa.Column("signed_by_name", sa.String(128), nullable=False),
    )
    op.create_index("ix_studies_date", "studies", ["study_date"])
    op.create_index("ix_studies_patient_id", "studies", ["patient_id"])
    op.create_index("ix_studies_received", "studies", ["received_at"])
    op.create_index("ix_studies_study_uid", "studies", ["study_uid"])
    op.create_table(
        "series",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("study_id", sa.String(22), sa.ForeignKey("studies.id"), nullable=False),
        sa.Column("series_uid", sa.String(64), nullable=False),
        sa.Column("modality", sa.String(32), nullable=False),
        sa.Column("description", sa.String(1024), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.UniqueConstraint("study_id", "series_uid", name="uq_series_uid"),
    )
    op.create_index("ix_series_study_id", "series", ["study_id"])
    op.create_table(
        "study_moves",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("study_id", sa.String(22), sa.ForeignKey("studies.id"), nullable=False),
        sa.Column("from_patient_id", sa.String(22), sa.ForeignKey("patients.id"), nullable=False),
        sa.Column("to_patient_id", sa.String(22), sa.ForeignKey("patients.id"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_by", sa.String(64), nullable=False),
        sa.Column("moved_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_study_moves_from_patient_id", "study_moves", ["from_patient_id"])
    op.create_index("ix_study_moves_study_id", "study_moves", ["study_id"])
    op.create_index("ix_study_moves_to_patient_id", "study_moves", ["to_patient_id"])
    op.create_table(
        "images",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("series_id", sa.String(22), sa.ForeignKey("series.id"), nullable=False),
        sa.Column("study_id", sa.String(22), sa.ForeignKey("studies.id"), nullable=False),
        sa.Column("sop_instance_uid", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("size_bytes", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("instance_number", sa.Integer()),
        sa.Column("dtype", sa.String(8), nullable=False),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("pipeline", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_images_series_id", "images", ["series_id"])
    op.create_index("ix_images_sop_instance_uid", "images", ["sop_instance_uid"])
    op.create_index("ix_images_study_id", "images", ["study_id"])
    op.create_table(
        "identity_conflicts",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("patient_id", sa.String(22), sa.ForeignKey("patients.id"), nullable=False),
        sa.Column("study_id", sa.String(22), sa.ForeignKey("studies.id"), nullable=False),
        sa.Column("image_id", sa.String(22), sa.ForeignKey("images.id")),
        sa.Column("differs", sa.JSON(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("resolved_by", sa.String(64)),
        sa.Column("resolved_at", sa.DateTime()),
    )
    op.create_index("ix_identity_conflicts_image_id", "identity_conflicts", ["image_id"])
    op.create_index("ix_identity_conflicts_patient_id", "identity_conflicts", ["patient_id"])
    op.create_index("ix_identity_conflicts_state", "identity_conflicts", ["state"])
    op.create_index("ix_identity_conflicts_study_id", "identity_conflicts", ["study_id"])
    op.create_table(
        "import_lines",
        sa.Column("import_id", sa.String(22), sa.ForeignKey("imports.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("what_to_do", sa.Text(), nullable=False),
        sa.Column("study_id", sa.String(22), sa.ForeignKey("studies.id")),
        sa.Column("image_id", sa.String(22), sa.ForeignKey("images.id")),
    )
    op.create_table(
        "predictions",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("image_id", sa.String(22), sa.ForeignKey("images.id"), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("weights_digest", sa.String(64), nullable=False),
        sa.Column("input_digest", sa.String(64), nullable=False),
        sa.Column("refused", sa.Text()),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("cautions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_predictions_image_id", "predictions", ["image_id"])
    op.create_table(
        "readings",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("study_id", sa.String(22), sa.ForeignKey("studies.id"), nullable=False),
        sa.Column("image_id", sa.String(22), sa.ForeignKey("images.id")),
        sa.Column("prediction_id", sa.String(22), sa.ForeignKey("predictions.id")),
        sa.Column("addendum_to", sa.String(22), sa.ForeignKey("readings.id")),
        sa.Column("author_id", sa.String(64), nullable=False),
        sa.Column("author_name", sa.String(128), nullable=False),
        sa.Column("first_impression", sa.Text(), nullable=False),
        sa.Column("first_impression_at", sa.DateTime()),
        sa.Column("saw_model_first", sa.Boolean(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(16)),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("key_image_digest", sa.String(64)),
        sa.Column("signed_at", sa.DateTime()),
        sa.Column("signed_content", sa.Text()),
        sa.Column("content_digest", sa.String(64)),
    )
    op.create_index("ix_readings_author_id", "readings", ["author_id"])
    op.create_index("ix_readings_study_id", "readings", ["study_id"])
    op.create_index("uq_readings_draft", "readings", ["study_id", "author_id"], unique=True, sqlite_where=sa.text("signed_at IS NULL"),
                    postgresql_where=sa.text("signed_at IS NULL"))
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
        return
    for table, event, condition, message in _NEVER:
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _refuse_on_postgresql() -> None:
    for table in dict.fromkeys(table for table, *_ in _NEVER):
        message = next(found for name, _, _, found in _NEVER if name == table)
        op.execute(
            f"CREATE FUNCTION {table}_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_never_changed()"
        )
    for table, event, condition, _ in _NEVER:
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {table}_never_changed()"
        )
