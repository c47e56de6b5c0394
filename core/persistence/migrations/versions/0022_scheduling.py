"""Pauses of experiments, limits of projects, drained workers, and the indexes that fair shares need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_QUEUED = ["project_id", "author", "experiment_id", "queue", "priority", "id"]
_COLUMNS = (
    ("experiments", "paused_at", sa.DateTime(timezone=True)),
    ("projects", "most_running", sa.Integer()),
    ("workers", "draining_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.drop_index(op.f("ix_runs_experiment_id"), table_name="runs")
    op.create_index(op.f("ix_runs_experiment_id_started_at"), "runs", ["experiment_id", "started_at"])
    op.create_index(op.f("ix_runs_author_started_at"), "runs", ["author", "started_at"])
    only = sa.text("status = 'queued'")
    op.create_index("ix_runs_queued", "runs", _QUEUED, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    op.drop_index("ix_runs_queued", table_name="runs")
    op.drop_index(op.f("ix_runs_author_started_at"), table_name="runs")
    op.drop_index(op.f("ix_runs_experiment_id_started_at"), table_name="runs")
    op.create_index(op.f("ix_runs_experiment_id"), "runs", ["experiment_id"])
    for table, name, _ in reversed(_COLUMNS):
        op.drop_column(table, name)
