"""Searches: which combinations of an experiment are made, and the trials of those that are searched for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("experiments", sa.Column("queue", sa.String(200), server_default="cpu", nullable=False))
    op.add_column("experiments", sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
    op.add_column("experiments", sa.Column("selection", sa.JSON(), nullable=True))
    op.add_column(
        "experiments", sa.Column("searching", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("experiments", sa.Column("search_ended", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "trials",
        sa.Column("experiment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.Column("model_ids", sa.JSON(), nullable=False),
        sa.Column("picks", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name=op.f("fk_trials_experiment_id_experiments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name=op.f("fk_trials_model_id_models"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("experiment_id", "number", name=op.f("pk_trials")),
    )
    op.create_index(op.f("ix_trials_model_id"), "trials", ["model_id"])


def downgrade() -> None:
    op.drop_table("trials")
    for name in ("search_ended", "searching", "selection", "priority", "queue"):
        op.drop_column("experiments", name)
