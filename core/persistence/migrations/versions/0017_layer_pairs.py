"""Layers of any two models beside each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "layer_pair_arrays",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("baseline_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("dtype", sa.String(length=32), nullable=False),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.Column("compression", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _of_a_model("model_id"),
        _of_a_model("baseline_id"),
        sa.PrimaryKeyConstraint("model_id", "baseline_id", "kind", "name", name=op.f("pk_layer_pair_arrays")),
    )
    op.create_index(op.f("ix_layer_pair_arrays_baseline_id"), "layer_pair_arrays", ["baseline_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_layer_pair_arrays_baseline_id"), table_name="layer_pair_arrays")
    op.drop_table("layer_pair_arrays")


def _of_a_model(column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_layer_pair_arrays_{column}_models")
    return sa.ForeignKeyConstraint([column], ["models.id"], name=name, ondelete="CASCADE")
