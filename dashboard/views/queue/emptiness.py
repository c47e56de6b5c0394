"""What stands in place of the runs where there is none: why, and what to do."""

from __future__ import annotations

from dash import dcc
from dash.development.base_component import Component

from dashboard.address import Address
from dashboard.components.empty_state import empty_state
from dashboard.views.queue.filters import Filters
from dashboard.views.queue.live import Scene

_BEGIN = "Queue models with + New experiment, or add a base model: its runs are followed here."


def nothing(present: Scene, filters: Filters) -> Component:
    """Return what to do where the filters let no run through; a new installation has none to hide."""
    if not present.projects:
        link = dcc.Link("Create or import a project", href=Address("models").href)
        return empty_state("No run yet", "Runs make and measure the models of a project.", link)
    if not any(present.summary.counts.values()):
        return empty_state("No run yet", _BEGIN)
    if not any(present.counts.values()):
        name = present.around.project_names.get(filters.project, filters.project)
        return empty_state(f"No run in {name} yet", _BEGIN)
    return empty_state("No run matches", "Change or clear the filters.")
