"""Data sets note what people call their classes, where that is not what the data say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("datasets", sa.Column("class_labels", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("datasets", "class_labels")
