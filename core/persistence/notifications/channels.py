"""Channels and deliveries in the database."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ProjectId
from core.domain.notification import Channel, ChannelKind, Delivery, DeliveryStatus, Event, Message
from core.persistence.notifications.tables import ChannelRow, DeliveryRow


class ChannelRepository:
    """Reads and writes channels, and the messages that go through them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, project_id: ProjectId | None = None) -> builtins.list[Channel]:
        """Return the channels of a project, or of all."""
        query = sa.select(ChannelRow).order_by(ChannelRow.id)
        if project_id is not None:
            query = query.where(ChannelRow.project_id == project_id)
        return [_channel(row) for row in self._session.scalars(query)]

    def get(self, channel_id: int) -> Channel | None:
        """Return a channel."""
        row = self._session.scalar(sa.select(ChannelRow).where(ChannelRow.id == channel_id))
        return None if row is None else _channel(row)

    def lock(self, channel_id: int) -> Channel | None:
        """Return a channel that no other transaction changes until this one ends; None if one has it."""
        query = sa.select(ChannelRow).where(ChannelRow.id == channel_id)
        row = self._session.scalar(query.with_for_update(skip_locked=True))
        return None if row is None else _channel(row)

    def add(self, channel: Channel) -> int:
        """Insert a channel and return its id."""
        values = {name: value for name, value in vars(channel).items() if name != "id"}
        row = ChannelRow(**values | {"events": [event.value for event in channel.events]})
        self._session.add(row)
        self._session.flush()
        return row.id

    def remove(self, channel_id: int) -> None:
        """Delete a channel with its log."""
        self._session.execute(sa.delete(DeliveryRow).where(DeliveryRow.channel_id == channel_id))
        self._session.execute(sa.delete(ChannelRow).where(ChannelRow.id == channel_id))

    def choose(self, channel_id: int, events: Sequence[Event]) -> None:
        """Set which events go through a channel."""
        self._edit(channel_id, events=[event.value for event in events])

    def seen(self, channel_id: int, revision: int) -> None:
        """Note up to which revision of the project its runs were looked at."""
        self._edit(channel_id, seen_revision=revision)

    def keys(self, channel_id: int, event: Event) -> set[str]:
        """Return the keys of the messages about an event that a channel has had."""
        query = sa.select(DeliveryRow.key)
        query = query.where(DeliveryRow.channel_id == channel_id, DeliveryRow.event == event)
        return set(self._session.scalars(query))

    def post(self, channel_id: int, message: Message, at: datetime) -> int | None:
        """Put a message into the outbox; None if the channel has had one of this key."""
        known = sa.select(DeliveryRow.id)
        known = known.where(DeliveryRow.channel_id == channel_id, DeliveryRow.key == message.key)
        if self._session.scalar(known) is not None:
            return None
        row = DeliveryRow(
            channel_id=channel_id,
            **vars(message),
            status=DeliveryStatus.WAITING,
            attempts=0,
            created_at=at,
            next_try_at=at,
            delivered_at=None,
            error="",
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def due(self, now: datetime, *, most: int = 20) -> builtins.list[int]:
        """Return deliveries to try, also those whose process was killed while it sent."""
        open_ = DeliveryRow.status.in_((DeliveryStatus.WAITING, DeliveryStatus.SENDING))
        query = sa.select(DeliveryRow.id).where(open_, DeliveryRow.next_try_at <= now)
        return list(self._session.scalars(query.order_by(DeliveryRow.id).limit(most)))

    def claim(self, delivery_id: int, *, now: datetime, until: datetime) -> Delivery | None:
        """Take a delivery; None if another process was faster."""
        open_ = DeliveryRow.status.in_((DeliveryStatus.WAITING, DeliveryStatus.SENDING))
        statement = (
            sa.update(DeliveryRow)
            .where(DeliveryRow.id == delivery_id, open_, DeliveryRow.next_try_at <= now)
            .values(status=DeliveryStatus.SENDING, next_try_at=until, attempts=DeliveryRow.attempts + 1)
            .returning(DeliveryRow)
            .execution_options(synchronize_session=False)
        )
        row = self._session.scalar(statement)
        return None if row is None else _delivery(row)

    def settle(self, delivery_id: int, status: DeliveryStatus, at: datetime, error: str = "") -> None:
        """Note how a try went: `at` is when it was delivered, or when to try again."""
        values: dict[str, object] = {"status": status, "error": error[:500], "next_try_at": at}
        if status is DeliveryStatus.DELIVERED:
            values["delivered_at"] = at
        self._session.execute(sa.update(DeliveryRow).where(DeliveryRow.id == delivery_id).values(**values))

    def log(
        self, project_id: ProjectId, *, channel_id: int | None = None, after: int = 0, most: int = 50
    ) -> builtins.list[Delivery]:
        """Return the latest deliveries of a project, newest first."""
        query = sa.select(DeliveryRow).join(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
        query = query.where(ChannelRow.project_id == project_id, DeliveryRow.id > after)
        if channel_id is not None:
            query = query.where(DeliveryRow.channel_id == channel_id)
        rows = self._session.scalars(query.order_by(DeliveryRow.id.desc()).limit(most))
        return [_delivery(row) for row in rows]

    def undelivered(self, *, since: datetime) -> dict[int, int]:
        """Return by channel how many messages since an instant failed, or did not arrive at the first try."""
        bad = sa.or_(
            DeliveryRow.status == DeliveryStatus.FAILED,
            sa.and_(DeliveryRow.status == DeliveryStatus.WAITING, DeliveryRow.attempts > 0),
        )
        query = sa.select(DeliveryRow.channel_id, sa.func.count()).group_by(DeliveryRow.channel_id)
        found = self._session.execute(query.where(bad, DeliveryRow.created_at >= since))
        return {channel: count for channel, count in found}  # noqa: C416  rows are no pairs to mypy

    def counts(self) -> dict[DeliveryStatus, int]:
        """Return how many messages have which status."""
        query = sa.select(DeliveryRow.status, sa.func.count()).group_by(DeliveryRow.status)
        return {status: count for status, count in self._session.execute(query)}  # noqa: C416

    def forget(self, before: datetime) -> None:
        """Delete what was settled long ago."""
        done = DeliveryRow.status.in_((DeliveryStatus.DELIVERED, DeliveryStatus.FAILED))
        self._session.execute(sa.delete(DeliveryRow).where(done, DeliveryRow.created_at < before))

    def _edit(self, channel_id: int, **values: object) -> None:
        self._session.execute(sa.update(ChannelRow).where(ChannelRow.id == channel_id).values(**values))


def _channel(row: ChannelRow) -> Channel:
    return Channel(
        id=row.id,
        project_id=ProjectId(row.project_id),
        name=row.name,
        kind=ChannelKind(row.kind),
        address=row.address,
        secret=row.secret,
        events=tuple(Event(word) for word in row.events),
        author=row.author,
        created_at=row.created_at,
        seen_revision=row.seen_revision,
    )


def _delivery(row: DeliveryRow) -> Delivery:
    message = Message(row.event, row.key, row.title, row.body, row.path)
    return Delivery(
        id=row.id,
        channel_id=row.channel_id,
        message=message,
        status=row.status,
        attempts=row.attempts,
        created_at=row.created_at,
        next_try_at=row.next_try_at,
        delivered_at=row.delivered_at,
        error=row.error,
    )
