"""Messages about a project, and the channels through which they leave it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from core.domain.ids import ProjectId


class Event(StrEnum):
    """What a message is about."""

    FINISHED = "finished"
    FAILED = "failed"
    DECISION = "decision"
    BUDGET = "budget"
    FRONT = "front"
    TEST = "test"


LABELS = {
    Event.FINISHED: "an experiment finished",
    Event.FAILED: "runs failed",
    Event.DECISION: "a decision is needed",
    Event.BUDGET: "a model meets all budgets",
    Event.FRONT: "a new point on the Pareto front",
}
"""The events that a channel can be chosen for, in words."""


class ChannelKind(StrEnum):
    """How a channel sends: an address of Apprise, a signed request, or to browsers that ask."""

    APPRISE = "apprise"
    WEBHOOK = "webhook"
    BROWSER = "browser"


class DeliveryStatus(StrEnum):
    """WAITING for its first or next try; SENDING by one process; DELIVERED or FAILED for good."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Channel:
    """Where messages about a project go. The address and the secret never leave the server again.

    secret: signs requests of webhooks. seen_revision: of the project, up to which runs were looked at.
    """

    id: int
    project_id: ProjectId
    name: str
    kind: ChannelKind
    address: str = field(repr=False)
    events: tuple[Event, ...]
    created_at: datetime
    author: str
    secret: str = field(default="", repr=False)
    seen_revision: int = 0

    @property
    def shown(self) -> str:
        """The address as far as it is no secret: of a webhook its host, else the service alone."""
        if self.kind is ChannelKind.BROWSER:
            return "browsers"
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        return f"{parts.scheme}://{host}/…" if self.kind is ChannelKind.WEBHOOK else f"{parts.scheme}://…"


@dataclass(frozen=True)
class Message:
    """One message. key: the same for the same happening, so that a channel gets it once.

    path: of the page to look at.
    """

    event: Event
    key: str
    title: str
    body: str
    path: str


@dataclass(frozen=True)
class Delivery:
    """A message on its way through a channel, and how that went."""

    id: int
    channel_id: int
    message: Message
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    next_try_at: datetime
    delivered_at: datetime | None = None
    error: str = ""


PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200))
"""Before each further try; after the last one the delivery failed."""
