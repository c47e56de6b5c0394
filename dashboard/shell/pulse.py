"""The pulse: the one question that a page at rest asks. What it tells lies in Stores that views listen to.

Each Store is written only when it has something new, so that nobody asks further while nothing happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from core.services import projects, runs, workers
from core.services.application import Application
from core.services.beginning import beginning
from dashboard.ids import ShellIds
from dashboard.shell.beginning import sentence
from dashboard.shell.page import BUSY_MS, IDLE_MS
from dashboard.shell.queue_badge import badge_text
from dashboard.view import views


@dataclass(frozen=True)
class Pulse:
    """What a page learns.

    badge: how much is running and queued. projects: their names. workers: ids of those that can take runs.
    project: slug and revision of the project that is shown. changed: another text whenever anything changed.
    beginning: what goes on while there is nothing to compare in the project that is shown.
    """

    badge: str
    projects: tuple[str, ...]
    workers: tuple[str, ...]
    project: tuple[str, int] | None
    changed: str
    beginning: str = ""

    @property
    def interval_ms(self) -> int:
        """After how long to ask again."""
        return BUSY_MS if self.badge else IDLE_MS


def pulse(product: Application, slug: str | None, beat: int) -> Pulse:
    """Return what is going on. `beat` counts the questions: while runs are active, each finds a change."""
    badge = badge_text(runs.queue_counts(product))
    known = projects.list_projects(product)
    now = product.clock.now()
    silence_s = product.limits.worker_silence_s
    live = [
        str(worker.id)
        for worker in workers.list_workers(product)
        if worker.ready and workers.is_live(worker, now=now, silence_s=silence_s)
    ]
    shown = next((project for project in known if project.slug == slug), None)
    marks = [len(known), sum(project.revision for project in known)]
    return Pulse(
        badge=badge,
        projects=tuple(project.name for project in known),
        workers=tuple(sorted(live)),
        project=(shown.slug, shown.revision) if shown else None,
        changed=".".join(map(str, [*marks, *sorted(live), *([beat] if badge else [])])),
        beginning=sentence(beginning(product, shown.id)) if shown and badge else "",
    )


def register(app: Dash, product: Application) -> None:
    """Wire the tick to the Stores; a page that nobody sees does not ask (`assets/pulse.js`)."""
    stores = {
        "projects": (ShellIds.KNOWN_PROJECTS, "data"),
        "workers": (ShellIds.LIVE_WORKERS, "data"),
        "project": (ShellIds.REVISION, "data"),
        "changed": (ShellIds.CHANGED, "data"),
        "beginning": (ShellIds.BEGINNING, "children"),
    }
    if "queue" in views:
        stores["badge"] = (ShellIds.QUEUE_BADGE, "children")

    @app.callback(
        output={name: Output(*store) for name, store in stores.items()}
        | {"interval": Output(ShellIds.TICK, "interval")},
        inputs={
            "beat": Input(ShellIds.TICK, "n_intervals"),
            "slug": State(ShellIds.PROJECT, "data"),
            "shown": {name: State(*store) for name, store in stores.items()},
        },
    )
    def _beat(beat: int | None, slug: str | None, shown: dict[str, Any]) -> dict[str, Any]:
        found = pulse(product, slug, beat or 0)
        told = {name: _plain(getattr(found, name)) for name in stores}
        fresh = {name: no_update if value == shown[name] else value for name, value in told.items()}
        return fresh | {"interval": found.interval_ms}

    app.clientside_callback(ClientsideFunction("pulse", "watch"), Input(ShellIds.PROVIDER, "id"))


def _plain(value: Any) -> Any:
    """Return the value as it comes back from the browser."""
    return list(value) if isinstance(value, tuple) else value
