"""The tables of single instances: what pages show of them, and groups that people picked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.persistence.tables.tables import Base, StoredArray


class InstanceSetRow(Base):
    """Instances as pages show them, once per state of a split; their arrays are in a table of their own."""

    __tablename__ = "instance_sets"
    __table_args__ = (sa.UniqueConstraint("dataset_id", "split", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(sa.ForeignKey("datasets.id", ondelete="CASCADE"))
    split: Mapped[str] = mapped_column(sa.Text)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    instances: Mapped[int]
    pictures: Mapped[int]
    packs: Mapped[list[Any]]
    created_at: Mapped[datetime]


class InstanceArrayRow(StoredArray, Base):
    """What is shown of every instance of an instance set: one row per array."""

    __tablename__ = "instance_arrays"

    set_id: Mapped[int] = mapped_column(
        sa.ForeignKey("instance_sets.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )


class InstanceGroupRow(Base):
    """Groups of instances that people picked and named."""

    __tablename__ = "instance_groups"
    __table_args__ = (sa.UniqueConstraint("dataset_id", "split", "fingerprint", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(sa.ForeignKey("datasets.id", ondelete="CASCADE"))
    split: Mapped[str] = mapped_column(sa.Text)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.Text)
    positions: Mapped[list[Any]]
    created_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.Text)
