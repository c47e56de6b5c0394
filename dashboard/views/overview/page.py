"""The Overview as a view of the dashboard."""

from __future__ import annotations

from dash import Dash, dcc, html
from dash.development.base_component import Component

from core.services.application import Application
from dashboard.address import Address
from dashboard.view import View, views
from dashboard.views.overview import browser, page_callbacks
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.outline import outline


@views.register("overview")
class Overview(View):
    """The home of a project."""

    label = "Overview"
    question = "Which recipes give a small, fast model at an acceptable loss of quality?"
    order = 10
    changing = (
        *(
            f"#{one}"
            for one in (Ids.STAR, Ids.NOTE, Ids.TAGS, Ids.ARCHIVE, Ids.MEASURE_SUBMIT, Ids.VIEW_SAVE)
        ),
        "[data-measure]",
        "[data-measurement]",
        "#overview-view-list .ov-remove",
    )

    def layout(self, address: Address) -> Component:
        """Return the frame; the project's content follows at once from the server."""
        start = {"project": address.project, "state": dict(address.state)}
        root = html.Div(outline(), id=Ids.ROOT)
        return html.Div([dcc.Store(id=Ids.START, data=start), root], className="ov-page")

    def register(self, app: Dash, product: Application) -> None:
        """Wire server and browser."""
        page_callbacks.register(app, product)
        browser.register(app)
