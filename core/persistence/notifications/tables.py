"""The tables of notification channels and of what is sent through them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.domain.notification import ChannelKind, DeliveryStatus, Event
from core.persistence.tables.columns import Word
from core.persistence.tables.tables import Base


class ChannelRow(Base):
    """Where messages about projects go."""

    __tablename__ = "channels"
    __table_args__ = (sa.UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[ChannelKind] = mapped_column(Word(ChannelKind))
    address: Mapped[str] = mapped_column(sa.Text)
    secret: Mapped[str] = mapped_column(sa.Text)
    events: Mapped[list[Any]]
    author: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    seen_revision: Mapped[int]


class DeliveryRow(Base):
    """Messages to send: written with what happened, claimed by one process, kept as a log."""

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "key"),
        sa.Index(None, "status", "next_try_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id", ondelete="CASCADE"))
    event: Mapped[Event] = mapped_column(Word(Event))
    key: Mapped[str] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    path: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[DeliveryStatus] = mapped_column(Word(DeliveryStatus))
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(sa.Text)
