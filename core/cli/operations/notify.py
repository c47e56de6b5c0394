"""`compress-compare notify`: who is told what happens in a project."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.composition import application
from core.cli.listings import JsonOption, chosen_projects, show
from core.domain.notification import LABELS, Channel, DeliveryStatus, Event
from core.domain.project import Project
from core.services.application import Application
from core.services.notifications import channels

app = typer.Typer(help="Who is told what happens in a project.", no_args_is_help=True)
_Project = Annotated[str, typer.Argument(help="Short name of the project.")]
_Name = Annotated[str, typer.Argument(help="Name of the channel.")]
_Events = Annotated[
    list[Event] | None, typer.Option("--event", help=f"One of {', '.join(LABELS)}; repeat it. Default: all.")
]


@app.command("list")
def list_channels(project: _Project, *, json: JsonOption = False) -> None:
    """List the channels of a project; addresses are not shown again."""
    with application() as opened:
        found = channels.list_channels(opened, _project(opened, project).id)
    show([_row(one) for one in found], ("id", "name", "kind", "address", "events"), json=json)


@app.command()
def add(project: _Project, name: _Name, address: str, *, event: _Events = None) -> None:
    """Add a channel: an address of Apprise (mailto://, slack://, ...), or https:// for a signed webhook."""
    with application() as opened:
        wanted = channels.ChannelRequest(_project(opened, project).id, name, address, tuple(event or LABELS))
        made = channels.add_channel(opened, wanted)
    typer.echo(f"Added {made.channel.name} ({made.channel.shown}).")
    if made.secret:
        typer.echo(f"Its signatures are made with this secret, which is not shown again: {made.secret}")


@app.command()
def test(project: _Project, name: _Name) -> None:
    """Send a message through a channel now."""
    with application() as opened:
        sent = channels.send_test(opened, _project(opened, project).id, name)
    if sent.status is not DeliveryStatus.DELIVERED:
        typer.echo(f"Not delivered. {sent.error}", err=True)
        raise typer.Exit(1)
    typer.echo("Delivered.")


@app.command()
def remove(project: _Project, name: _Name) -> None:
    """Remove a channel and its log."""
    with application() as opened:
        channels.remove_channel(opened, _project(opened, project).id, name)
    typer.echo(f"Removed {name}.")


@app.command()
def log(project: _Project, *, json: JsonOption = False) -> None:
    """List what was sent lately, newest first."""
    with application() as opened:
        found = _project(opened, project)
        names = {one.id: one.name for one in channels.list_channels(opened, found.id)}
        rows = [
            {
                "id": one.id,
                "at": one.created_at.isoformat(timespec="seconds"),
                "channel": names.get(one.channel_id, ""),
                "event": one.message.event.value,
                "title": one.message.title,
                "status": one.status.value,
                "tries": one.attempts,
                "error": one.error,
            }
            for one in channels.deliveries(opened, found.id)
        ]
    show(rows, ("id", "at", "channel", "event", "title", "status", "tries", "error"), json=json)


def _project(opened: Application, slug: str) -> Project:
    return chosen_projects(opened, slug)[0]


def _row(channel: Channel) -> dict[str, object]:
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind.value,
        "address": channel.shown,
        "events": [event.value for event in channel.events],
    }
