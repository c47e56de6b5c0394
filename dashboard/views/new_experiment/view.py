"""The drawer as a view of the dashboard."""

from __future__ import annotations

from dash import Dash
from dash.development.base_component import Component

from core.services.application import Application
from dashboard.address import Address
from dashboard.view import View, ViewPlace, views
from dashboard.views.new_experiment import (
    editor_callbacks,
    module_callbacks,
    opening_callbacks,
    preview_callbacks,
    submit_callbacks,
)
from dashboard.views.new_experiment.ids import Ids
from dashboard.views.new_experiment.layout import drawer
from dashboard.views.new_experiment.library import keeping_callbacks, taking_callbacks
from dashboard.views.new_experiment.search import callbacks as search_callbacks


@views.register("new-experiment")
class NewExperiment(View):
    """Opens over any page."""

    label = "New experiment"
    question = "What should be tried next?"
    place = ViewPlace.OVERLAY
    changing = (f"#{Ids.SUBMIT}", f"#{Ids.KEEP_SAVE}", ".library-forget", "[data-queue-from]")

    def layout(self, address: Address) -> Component:
        """Return the closed drawer, the same at every address."""
        del address
        return drawer()

    def register(self, app: Dash, product: Application) -> None:
        """Wire opening, editing, preview and submission."""
        opening_callbacks.register(app, product)
        editor_callbacks.register(app, product)
        module_callbacks.register(app, product)
        preview_callbacks.register(app, product)
        submit_callbacks.register(app, product)
        search_callbacks.register(app, product)
        taking_callbacks.register(app, product)
        keeping_callbacks.register(app, product)
