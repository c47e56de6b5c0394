"""What a project's quality may lose against the base where it has no budget: one point unless it says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "projects", sa.Column("acceptable_loss", sa.Double(), nullable=False, server_default="0.01")
    )


def downgrade() -> None:
    op.drop_column("projects", "acceptable_loss")
