"""What machines and runs use, and when experiments give up branches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workers", sa.Column("load", sa.JSON(), nullable=True))
    op.add_column("experiments", sa.Column("give_up_margin", sa.Double(), nullable=True))
    op.add_column("runs", sa.Column("usage", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("runs", "usage")
    op.drop_column("experiments", "give_up_margin")
    op.drop_column("workers", "load")
