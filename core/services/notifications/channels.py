"""The channels of a project: who is told, and of what."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import ProjectId
from core.domain.notification import LABELS, Channel, ChannelKind, Delivery, Event, Message
from core.errors import Conflict, InvalidInput, NotFound, Problem
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.notifications.delivery import deliver
from core.services.notifications.sending import check_address
from core.services.projects.projects import get_project

BROWSERS = "browsers"
_LONGEST = 80
_MOST = 20


@dataclass(frozen=True)
class ChannelRequest:
    """A channel to add; an address that begins with http:// or https:// is a webhook."""

    project_id: ProjectId
    name: str
    address: str
    events: tuple[Event, ...] = tuple(LABELS)

    @property
    def kind(self) -> ChannelKind:
        """How it sends."""
        web = self.address.lower().startswith(("http://", "https://"))
        return ChannelKind.WEBHOOK if web else ChannelKind.APPRISE


@dataclass(frozen=True)
class NewChannel:
    """A channel that was added. secret: what checks its signatures, which is not shown again."""

    channel: Channel
    secret: str


@needs(Role.ADMINISTRATOR)
def add_channel(app: Application, request: ChannelRequest) -> NewChannel:
    """Add a channel; it is told what happens from now on.

    Administrators alone may, since the server then sends requests to an address of their choice.

    Raises:
        InvalidInput: the name is empty, too long or taken, no event is chosen, or the address cannot be used.
    """
    project = get_project(app, request.project_id)
    name, address = request.name.strip(), request.address.strip()
    problems = _problems(name, request.events)
    if problems:
        raise InvalidInput(problems)
    check_address(request.kind, address)
    secret = secrets.token_urlsafe(32) if request.kind is ChannelKind.WEBHOOK else ""
    with app.unit_of_work(writing=True) as uow:
        known = uow.channels.list(project.id)
        if name in {one.name for one in known}:
            raise InvalidInput.of("name", f"There is a channel {name} already.", "Choose another name.")
        if len(known) >= _MOST:
            raise Conflict(f"The project has {_MOST} channels, the most it can have.", "Remove one first.")
        channel = Channel(
            id=0,
            project_id=project.id,
            name=name,
            kind=request.kind,
            address=address,
            secret=secret,
            events=request.events,
            created_at=app.clock.now(),
            author=app.caller.name,
            seen_revision=uow.projects.revision(project.id) or 0,
        )
        number = uow.channels.add(channel)
        told = f"{name}, {channel.shown}"
        note(uow, app, Action.CREATED, Subject("channel", (number,), told, project.id))
        uow.commit()
    return NewChannel(get_channel(app, project.id, name), secret)


def list_channels(app: Application, project_id: ProjectId) -> list[Channel]:
    """Return the channels of a project."""
    with app.unit_of_work() as uow:
        return uow.channels.list(project_id)


def get_channel(app: Application, project_id: ProjectId, name: str) -> Channel:
    """Return a channel by its name; `NotFound` if the project has none of that name."""
    found = next((one for one in list_channels(app, project_id) if one.name == name), None)
    if found is None:
        raise NotFound(
            f"The project has no channel {name}.", "compress-compare notify list names those it has."
        )
    return found


@needs(Role.EDITOR)
def choose_events(app: Application, project_id: ProjectId, name: str, events: Iterable[Event]) -> None:
    """Set of which events a channel is told."""
    channel, chosen = get_channel(app, project_id, name), tuple(dict.fromkeys(events))
    if problems := _problems(name, chosen):
        raise InvalidInput(problems)
    with app.unit_of_work(writing=True) as uow:
        uow.channels.choose(channel.id, chosen)
        told = f"{name}: {', '.join(chosen)}"
        note(uow, app, Action.CHANGED, Subject("channel", (channel.id,), told, project_id))
        uow.commit()


@needs(Role.ADMINISTRATOR)
def remove_channel(app: Application, project_id: ProjectId, name: str) -> None:
    """Delete a channel with its log; what has not been sent yet is not sent."""
    channel = get_channel(app, project_id, name)
    with app.unit_of_work(writing=True) as uow:
        uow.channels.remove(channel.id)
        note(uow, app, Action.DELETED, Subject("channel", (channel.id,), name, project_id))
        uow.commit()


@needs(Role.EDITOR)
def send_test(app: Application, project_id: ProjectId, name: str) -> Delivery:
    """Send a message through a channel now, and return how that went; it is in the log as all others."""
    channel, project = get_channel(app, project_id, name), get_project(app, project_id)
    at = app.clock.now()
    message = Message(
        Event.TEST,
        f"test:{at.isoformat()}:{secrets.token_hex(4)}",
        f"Test of {name}",
        f"{app.caller.name} tests whether messages about {project.name} arrive.",
        f"/p/{project.slug}/overview",
    )
    with app.unit_of_work(writing=True) as uow:
        number = uow.channels.post(channel.id, message, at)
        uow.commit()
    if number is not None:
        deliver(app, number, once=True)
    with app.unit_of_work() as uow:
        return next(one for one in uow.channels.log(project_id, channel_id=channel.id) if one.id == number)


def deliveries(app: Application, project_id: ProjectId, *, most: int = 50) -> list[Delivery]:
    """Return the latest messages of a project with how they went, newest first."""
    with app.unit_of_work() as uow:
        return uow.channels.log(project_id, most=most)


@needs(Role.VIEWER)
def watch_in_browser(app: Application, project_id: ProjectId) -> int:
    """Have a project note messages for browsers, and return the number after which new ones come."""
    project = get_project(app, project_id)
    with app.unit_of_work(writing=True) as uow:
        known = [one for one in uow.channels.list(project.id) if one.kind is ChannelKind.BROWSER]
        if not known:
            channel = Channel(
                id=0,
                project_id=project.id,
                name=BROWSERS,
                kind=ChannelKind.BROWSER,
                address="",
                events=tuple(LABELS),
                created_at=app.clock.now(),
                author=app.caller.name,
                seen_revision=uow.projects.revision(project.id) or 0,
            )
            uow.channels.add(channel)
            uow.commit()
        latest = uow.channels.log(project.id, most=1)
    return latest[0].id if latest else 0


def browser_messages(app: Application, project_id: ProjectId, *, after: int) -> list[Delivery]:
    """Return what browsers show that have seen messages up to a number, oldest first."""
    with app.unit_of_work() as uow:
        channel = next(
            (one for one in uow.channels.list(project_id) if one.kind is ChannelKind.BROWSER), None
        )
        found = uow.channels.log(project_id, channel_id=channel.id, after=after, most=10) if channel else []
    return found[::-1]


def _problems(name: str, events: tuple[Event, ...]) -> list[Problem]:
    problems = []
    if not name or len(name) > _LONGEST:
        problems.append(Problem("name", f"A channel needs a name of 1 to {_LONGEST} characters."))
    if not events:
        problems.append(Problem("events", "A channel needs at least one event.", "Choose one."))
    return problems
