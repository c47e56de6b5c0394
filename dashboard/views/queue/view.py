"""The Queue page as a view of the dashboard."""

from __future__ import annotations

from dash import Dash
from dash.development.base_component import Component

from core.services.application import Application
from dashboard.address import Address
from dashboard.view import View, views
from dashboard.views.queue import refresh_callbacks, run_callbacks
from dashboard.views.queue.bulk import bulk_callbacks
from dashboard.views.queue.experiments import experiment_callbacks
from dashboard.views.queue.experiments.experiment_callbacks import EXPERIMENTS
from dashboard.views.queue.filters import from_state
from dashboard.views.queue.ids import Ids, PatternIds
from dashboard.views.queue.layout import page
from dashboard.views.queue.panel import panel_callbacks


@views.register("queue")
class Queue(View):
    """Runs of one project or of all; at first those of the project that the address is of."""

    label = "Queue"
    question = "What is running, what waits, what went wrong?"
    order = 90
    per_project = False
    changing = (
        f"#{Ids.CANCEL}",
        f"#{Ids.RETRY}",
        f"#{Ids.PRIORITY_MENU}",
        f"#{Ids.PANEL_CANCEL}",
        f"#{Ids.PANEL_RETRY}",
        f"#{Ids.CONFIRM_YES}",
        f"#{Ids.DESCRIPTION_SAVE}",
        f'[id*="{PatternIds.PRIORITY}"]',
        f'[id*="{PatternIds.DRAIN}"]',
        *(
            f'[id*="{PatternIds.EXPERIMENT}"][id*="{act}"]'
            for act in ("pause", "resume", "cancel", "retry", "edit", "delete")
        ),
    )

    def layout(self, address: Address) -> Component:
        """Return the page with the filters and the open run of the address."""
        filters, run = from_state(address.state, address.project), address.state.get("run")
        return page(filters, run or None, experiments=address.state.get("show") == EXPERIMENTS)

    def register(self, app: Dash, product: Application) -> None:
        """Wire the live grid, the panel and the buttons."""
        refresh_callbacks.register(app)
        panel_callbacks.register(app)
        run_callbacks.register(app, product)
        bulk_callbacks.register(app, product)
        experiment_callbacks.register(app, product)
