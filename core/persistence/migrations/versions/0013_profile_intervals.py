"""Intervals of profiles are 95 % intervals; the interquartile ranges that stood for them are dropped.

They stay as metrics of their own. The repetitions were not kept, so that no interval can be found.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    profiles = sa.table("profiles", sa.column("intervals", sa.JSON))
    op.execute(sa.update(profiles).values(intervals={}))


def downgrade() -> None:
    """Keep what there is: former ranges cannot be brought back."""
