"""The table of recipes that people keep."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.persistence.tables.tables import Base


class SavedRecipeRow(Base):
    """Versions of recipes under a name; written once; a deleted one stays, to be brought back."""

    __tablename__ = "saved_recipes"
    __table_args__ = (sa.UniqueConstraint("project_id", "name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int]
    content: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
