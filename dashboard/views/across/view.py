"""The page that compares projects: choose some, see their models on shared axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.errors import CompressCompareError
from core.services.application import Application
from core.services.comparison.across import FEWEST, MOST, compare_projects
from core.services.projects.projects import list_projects
from dashboard.address import Address
from dashboard.components.empty_state import empty_state
from dashboard.ids import ShellIds
from dashboard.theme import theme_of
from dashboard.view import View, ViewPlace, views
from dashboard.views.across.content import content, model_address
from dashboard.views.across.ids import Ids
from dashboard.views.across.state import State as Shown
from dashboard.views.across.state import axes_of, read_state


@views.register("across")
class Across(View):
    """Models of two to six projects on shared axes, and their recovery against their own bases."""

    label = "Compare projects"
    question = "How do the models of several projects compare, on the metrics that they share?"
    place = ViewPlace.LINKED
    per_project = False

    def layout(self, address: Address) -> Component:
        """Return the controls; their entries follow from the server."""
        state = read_state(address.state)
        controls = [
            dmc.MultiSelect(
                id=Ids.PROJECTS,
                label="Projects",
                data=[],
                value=list(state.projects),
                maxValues=MOST,
                searchable=True,
                miw=320,
            ),
            dmc.Select(id=Ids.X, label="x", data=[], value=state.x or None, allowDeselect=False, w=220),
            dmc.Select(id=Ids.Y, label="y", data=[], value=state.y or None, allowDeselect=False, w=260),
            dmc.ChipGroup(
                [
                    dmc.Chip("log x", value="x", size="xs"),
                    dmc.Chip("log y", value="y", size="xs"),
                ],
                id=Ids.LOG,
                multiple=True,
                value=list(state.log),
            ),
        ]
        return html.Div(
            [
                dcc.Store(id=Ids.KEPT),
                html.H1("Compare projects", className="across-title"),
                html.Div(controls, className="across-controls"),
                html.Div(id=Ids.FOUND, className="across-found", role="status"),
            ],
            className="models-page models-body scrolling",
        )

    def register(self, app: Dash, product: Application) -> None:
        """Wire the controls, the address and the click on a model."""
        _register_content(app, product)

        @app.callback(
            Output(ShellIds.LOCATION, "href", allow_duplicate=True),
            Input(Ids.GRAPH, "clickData"),
            State(Ids.PROJECTS, "value"),
            prevent_initial_call=True,
        )
        def _open(click: dict[str, Any] | None, slugs: Sequence[str]) -> str:
            if not click or not click.get("points"):
                raise PreventUpdate
            point = click["points"][0]
            return model_address(slugs[int(point["curveNumber"])], int(point["customdata"]))

        app.clientside_callback(
            ClientsideFunction("across", "remember"),
            Output(Ids.KEPT, "data"),
            Input(Ids.PROJECTS, "value"),
            Input(Ids.X, "value"),
            Input(Ids.Y, "value"),
            Input(Ids.LOG, "value"),
        )


def _register_content(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.FOUND, "children"),
        Output(Ids.PROJECTS, "data"),
        Output(Ids.PROJECTS, "value"),
        Output(Ids.X, "data"),
        Output(Ids.X, "value"),
        Output(Ids.Y, "data"),
        Output(Ids.Y, "value"),
        Input(Ids.PROJECTS, "value"),
        Input(Ids.X, "value"),
        Input(Ids.Y, "value"),
        Input(Ids.LOG, "value"),
        Input(ShellIds.SCHEME, "data"),
    )
    def _compare(
        slugs: list[str] | None, x: str | None, y: str | None, log: list[str] | None, scheme: str | None
    ) -> tuple[Any, ...]:
        known = list_projects(product)
        entries = [{"value": each.slug, "label": each.name} for each in known]
        chosen = [slug for slug in slugs or () if slug in {each.slug for each in known}]
        chosen = chosen or [each.slug for each in known[:MOST]]
        if len(chosen) < FEWEST:
            hint = "Their models are drawn on the metrics that they share."
            asked = empty_state("Choose at least two projects", hint)
            return asked, entries, _changed(slugs, chosen), [], no_update, [], no_update
        try:
            found = compare_projects(product, chosen)
        except CompressCompareError as error:
            return empty_state(error.message, error.hint), entries, no_update, [], no_update, [], no_update
        axes = axes_of(Shown(tuple(chosen), x or "", y or "", tuple(log or ())), found.shared)
        metrics = [{"value": metric.name, "label": metric.label} for metric in found.shared.metrics]
        across, up = (axes.x.name, axes.y.name) if axes else (None, None)
        told = content(found, axes, theme_of(scheme))
        changed = (_changed(slugs, chosen), metrics, _changed(x, across), metrics, _changed(y, up))
        return told, entries, *changed


def _changed(before: Any, after: Any) -> Any:
    """Return what a control is to hold; nothing where it holds that, so that it does not ask again."""
    return no_update if before == after else after
