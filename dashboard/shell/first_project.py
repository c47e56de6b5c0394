"""What there is to do where no project is: the example, a project of one's own, or an import."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.services.application import Application
from core.services.demos import example_projects
from dashboard.address import Address
from dashboard.components.empty_state import empty_state
from dashboard.ids import ShellIds


def no_project() -> Component:
    """Return the page that a new installation starts with if no example was queued for it."""
    ways = Address("models").href
    return empty_state(
        "No project yet",
        "Start with the example: a small network for handwritten digits and 51 compressed models of it, made "
        "by a worker while you watch. Or bring your own task and data, or a study that was made elsewhere.",
        dmc.Button("Make the example project", id=ShellIds.EXAMPLE),
        dmc.Group(
            [
                dcc.Link("Create a project of your own", href=ways),
                dcc.Link("Import a study", href=ways),
            ],
            justify="center",
        ),
    )


def register(app: Dash, product: Application) -> None:
    """Wire the button."""

    @app.callback(
        Output(ShellIds.LOCATION, "href", allow_duplicate=True),
        Input(ShellIds.EXAMPLE, "n_clicks"),
        running=[(Output(ShellIds.EXAMPLE, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _make(presses: int | None) -> str:
        if not presses:
            raise PreventUpdate
        return make_example(product).href


def make_example(product: Application) -> Address:
    """Queue the example, unless it is there already, and return where to watch it."""
    example_projects.queue_digits(product)
    return Address(project=example_projects.FIRST)
