"""Figures: evaluations and profiles note which checkpoint of the model they measured."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = ("evaluations", "profiles")
_models = sa.table(
    "models", sa.column("id"), sa.column("artifact"), sa.column("made_at", sa.DateTime(timezone=True))
)


def upgrade() -> None:
    """Note it for what was measured since the model was made last; of earlier measurements it is unknown."""
    for name in _TABLES:
        op.add_column(name, sa.Column("artifact", sa.String(64), nullable=True))
        table = sa.table(name, sa.column("model_id"), sa.column("created_at"), sa.column("artifact"))
        made = sa.select(_models.c.artifact).where(
            _models.c.id == table.c.model_id, _models.c.made_at <= table.c.created_at
        )
        op.execute(sa.update(table).values(artifact=made.scalar_subquery()))


def downgrade() -> None:
    for name in _TABLES:
        op.drop_column(name, "artifact")
