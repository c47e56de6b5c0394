"""Sensitivities: what a step does to one layer of a model at a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sensitivities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.JSON(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("instances", sa.Integer(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("environment", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _owned_by("models", "model_id"),
        _owned_by("runs", "run_id"),
        _owned_by("datasets", "dataset_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensitivities")),
    )
    op.create_index(op.f("ix_sensitivities_model_id"), "sensitivities", ["model_id"])
    op.create_table(
        "sensitivity_arrays",
        sa.Column("sensitivity_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("dtype", sa.String(length=32), nullable=False),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.Column("compression", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensitivity_id"],
            ["sensitivities.id"],
            name=op.f("fk_sensitivity_arrays_sensitivity_id_sensitivities"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sensitivity_id", "name", name=op.f("pk_sensitivity_arrays")),
    )


def downgrade() -> None:
    op.drop_table("sensitivity_arrays")
    op.drop_index(op.f("ix_sensitivities_model_id"), table_name="sensitivities")
    op.drop_table("sensitivities")


def _owned_by(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_sensitivities_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete="CASCADE")
