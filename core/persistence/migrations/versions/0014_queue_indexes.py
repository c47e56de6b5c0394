"""Indexes for the queue page: counts per status, and the runs that ended last."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_runs_status_kind_project_id": ["status", "kind", "project_id"],
    "ix_runs_status_finished_at": ["status", "finished_at"],
    "ix_runs_project_id_finished_at": ["project_id", "finished_at"],
    "ix_runs_finished_at": ["finished_at"],
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.create_index(op.f(name), "runs", columns)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(op.f(name), table_name="runs")
