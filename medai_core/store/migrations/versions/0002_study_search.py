"""Studies are found by their description and accession number too, and ordered through an index.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from medai_core.store.search import search_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STUDIES = sa.table(
    "studies",
    sa.column("id", sa.String),
    sa.column("description", sa.String),
    sa.column("accession_number", sa.String),
    sa.column("modality", sa.String),
    sa.column("search", sa.Text),
)


def upgrade() -> None:
    op.add_column("studies", sa.Column("search", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    for row in connection.execute(sa.select(*(_STUDIES.c[name] for name in ("id", "description", "accession_number", "modality")))).all():
        text = search_text(row.description, row.accession_number, row.modality)
        connection.execute(sa.update(_STUDIES).where(_STUDIES.c.id == row.id).values(search=text))
    op.create_index("ix_studies_worklist", "studies", ["state", "priority", "received_at", "id", "raised", "patient_id"])
