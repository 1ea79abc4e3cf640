"""Codes of entries and deaths beside them, so that many patients can be asked at once.

Entries of before are gone through once, by the store itself: their codes may be encrypted.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_codes",
        sa.Column("entry_id", sa.String(22), sa.ForeignKey("record_entries.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_record_codes_code", "record_codes", ["code"])
    op.create_table(
        "record_deaths",
        sa.Column("entry_id", sa.String(22), sa.ForeignKey("record_entries.id"), primary_key=True),
        sa.Column("died_at", sa.DateTime()),
    )
    op.add_column(
        "record_entries", sa.Column("coded", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_record_entries_uncoded",
        "record_entries",
        ["id"],
        sqlite_where=sa.text("coded = 0"),
        postgresql_where=sa.text("NOT coded"),
    )
    op.create_index(
        "ix_record_entries_facts",
        "record_entries",
        ["id", "patient_id", "starts_at", "standing", "replaced_by", "lane"],
    )
    op.drop_index("ix_record_values_code", "record_values")
    op.create_index("ix_record_values_code", "record_values", ["code", "number"])
