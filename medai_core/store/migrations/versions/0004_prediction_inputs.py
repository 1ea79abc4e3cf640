"""What an image was like when a model was asked about it, and an index from which the monitor counts.

Predictions of before have neither inputs nor scores; their findings hold the scores.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("predictions", sa.Column("inputs", sa.JSON()))
    op.add_column("predictions", sa.Column("scores", sa.JSON()))
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_predictions_version", "predictions", ["model", "version", "created_at"])
    else:
        op.create_index("ix_predictions_monitor", "predictions", ["model", "version", "created_at", "refused", "scores", "inputs"])
    op.create_index("ix_readings_monitor", "readings", ["signed_at", "prediction_id", "verdict", "saw_model_first", "addendum_to"])
