"""Put what happened into the outbox, and send what is due; any number of processes may do both."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from core.domain.access.caller import Role
from core.domain.notification import PAUSES, Channel, ChannelKind, Delivery, DeliveryStatus
from core.errors import CompressCompareError
from core.services.access.roles import needs
from core.services.application import Application
from core.services.notifications.detection import messages
from core.services.notifications.sending import send

log = logging.getLogger(__name__)
_LEASE = timedelta(minutes=2)
"""A process that sends for longer was killed; another one then sends again."""
_KEPT = timedelta(days=90)


@needs(Role.ADMINISTRATOR)
def notify(app: Application) -> int:
    """Look at every channel whose project has changed, then send what is due; return how many were sent."""
    with app.unit_of_work() as uow:
        channels = uow.channels.list()
        projects = {project.id: project.revision for project in uow.projects.list()} if channels else {}
    for channel in channels:
        if projects.get(channel.project_id, 0) > channel.seen_revision:
            _look(app, channel.id)
    return _send_due(app) if channels else 0


@needs(Role.EDITOR)
def deliver(app: Application, delivery_id: int, *, once: bool = False) -> bool:
    """Send one message unless another process does; return whether it arrived.

    once: whether it is not tried again.
    """
    now = app.clock.now()
    with app.unit_of_work(writing=True) as uow:
        claimed = uow.channels.claim(delivery_id, now=now, until=now + _LEASE)
        channel = uow.channels.get(claimed.channel_id) if claimed else None
        uow.commit()
    if claimed is None or channel is None:
        return False
    error = _sent(app, channel, claimed)
    with app.unit_of_work(writing=True) as uow:
        status, at = _next(claimed, error, app.clock.now(), once=once)
        uow.channels.settle(claimed.id, status, at, error)
        uow.commit()
    return not error


def _look(app: Application, channel_id: int) -> None:
    """Put messages into the outbox and note up to where was looked, in one transaction."""
    with app.unit_of_work(writing=True) as uow:
        channel = uow.channels.lock(channel_id)
        project = None if channel is None else uow.projects.find(channel.project_id)
        if channel is None or project is None:
            return
        now = app.clock.now()
        for message in messages(uow, channel, project):
            number = uow.channels.post(channel.id, message, now)
            if number is not None and channel.kind is ChannelKind.BROWSER:
                uow.channels.settle(number, DeliveryStatus.DELIVERED, now)
        uow.channels.seen(channel.id, project.revision)
        uow.channels.forget(now - _KEPT)
        uow.commit()


def _send_due(app: Application) -> int:
    with app.unit_of_work() as uow:
        due = uow.channels.due(app.clock.now())
    return sum(deliver(app, number) for number in due)


def _sent(app: Application, channel: Channel, delivery: Delivery) -> str:
    """Send, and return why it did not arrive; empty if it did."""
    link = f"{app.limits.public_url}{delivery.message.path}" if app.limits.public_url else ""
    about = {"action": "notify", "channel": channel.name, "event": delivery.message.event.value}
    try:
        send(channel, delivery.id, delivery.message, link=link, at=app.clock.now())
    except CompressCompareError as error:
        log.warning("Message not delivered", extra={**about, "reason": error.message})
        return error.message
    except Exception as error:  # noqa: BLE001  libraries of services raise what they like
        log.warning("Message not delivered", extra={**about, "reason": type(error).__name__})
        return f"Sending failed: {type(error).__name__}."
    log.info("Message delivered", extra=about)
    return ""


def _next(delivery: Delivery, error: str, now: datetime, *, once: bool) -> tuple[DeliveryStatus, datetime]:
    if not error:
        return DeliveryStatus.DELIVERED, now
    if once or delivery.attempts > len(PAUSES):
        return DeliveryStatus.FAILED, now
    return DeliveryStatus.WAITING, now + PAUSES[delivery.attempts - 1]
