"""The local prevalence of a site's settings, and the one that a reading went by.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "local_prevalences",
        sa.Column("model", sa.String(64), primary_key=True),
        sa.Column("setting", sa.String(64), primary_key=True),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("site_default", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
    )
    op.add_column("readings", sa.Column("prevalence_choice", sa.JSON()))
    op.add_column("readings", sa.Column("prevalence", sa.JSON()))
