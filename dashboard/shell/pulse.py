"""The shell's part of the poll: what every page follows, whatever it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import ClientsideFunction, Dash, Input

from core.domain.project import Project
from core.services.application import Application
from core.services.projects import projects
from core.services.queue import activity, runs
from core.services.workers import workers
from dashboard.ids import ShellIds
from dashboard.live.difference import Document
from dashboard.live.feed import Asked, Drawing, Feed, Present, feeds
from dashboard.shell.activity_line import sentence
from dashboard.shell.queue_badge import badge_text


@dataclass(frozen=True)
class Pulse:
    """What goes on.

    badge: how much is running and queued; empty while nothing is. workers: ids of those that can take runs.
    broker: why workers do not hear of runs; empty if they do.
    """

    badge: str
    projects: tuple[Project, ...]
    workers: tuple[str, ...]
    broker: str = ""


def pulse(product: Application) -> Pulse:
    """Return what goes on, over all projects."""
    now, silence_s = product.clock.now(), product.limits.worker_silence_s
    live = [
        str(worker.id)
        for worker in workers.list_workers(product)
        if worker.ready and workers.is_live(worker, now=now, silence_s=silence_s)
    ]
    known = tuple(projects.list_projects(product))
    return Pulse(
        badge_text(runs.queue_counts(product)), known, tuple(sorted(live)), product.dispatcher.trouble()
    )


@feeds.register("shell")
class ShellFeed(Feed):
    """The badge, names of projects, workers, and revision and beginning of the project that is shown."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return what a page of the project asked for follows."""
        found = present.read("pulse", lambda _before: pulse(present.product))
        slug = asked.text("project")
        shown = shown_project(found.projects, slug)

        beginning = present.read(("beginning", slug), lambda _before: begins(present.product, found, slug))

        def draw() -> Document:
            names = [project.name for project in found.projects]
            told = {"badge": found.badge, "projects": names, "workers": found.workers, "broker": found.broker}
            return {**told, "project": shown, "beginning": beginning}

        return Drawing(slug, (found, beginning), draw)


def begins(product: Application, found: Pulse, slug: str) -> str:
    """Return what goes on in the project of that slug, or in all if there is none; empty without projects."""
    if not found.projects:
        return ""
    project = next((project for project in found.projects if project.slug == slug), None)
    if project is None:
        return sentence(activity.activity(product, None))
    return sentence(activity.activity(product, project.id), elsewhere=bool(found.badge))


def shown_project(known: Sequence[Project], slug: str) -> tuple[str, int] | None:
    """Return slug and revision of the project of that slug; None if there is none."""
    return next(((project.slug, project.revision) for project in known if project.slug == slug), None)


def register(app: Dash) -> None:
    """Have the browser ask (`assets/live.js`), and ask at once after what a person did."""
    app.clientside_callback(ClientsideFunction("live", "watch"), Input(ShellIds.PROJECT, "data"))
    app.clientside_callback(
        ClientsideFunction("live", "refresh"),
        Input(ShellIds.NOTIFICATIONS, "sendNotifications"),
        prevent_initial_call=True,
    )
