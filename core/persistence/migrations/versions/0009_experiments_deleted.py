"""Experiments that were deleted, and the runs of an experiment by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("experiments", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_runs_experiment_id"), "runs", ["experiment_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_runs_experiment_id"), table_name="runs")
    op.drop_column("experiments", "deleted_at")
