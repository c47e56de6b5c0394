"""The server's side of the Overview: what each callback answers, and when."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.services import models, projects
from core.services.application import Application
from dashboard.figures.map_style import stylesheet
from dashboard.figures.model_map import Scene
from dashboard.figures.wording import busy
from dashboard.ids import ShellIds
from dashboard.theme import theme_of
from dashboard.views.overview import (
    annotating,
    detailing,
    drawing,
    filtering,
    plotting,
    saved_views,
    snapshot,
    tabulating,
)
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.legend import legend
from dashboard.views.overview.panes import BUSY_MS, IDLE_MS, overview
from dashboard.views.overview.state import read_state

_PROJECT = State(ShellIds.PROJECT, "data")


def register(app: Dash, product: Application) -> None:
    """Wire the handlers that need the server."""
    _open(app, product)
    _live(app, product)
    _draw(app, product)
    plotting.register(app, product)
    detailing.register(app, product)
    annotating.register(app, product)
    saved_views.register(app, product)
    filtering.register(app, product)
    tabulating.register(app, product)


def _open(app: Dash, product: Application) -> None:
    @app.callback(Output(Ids.ROOT, "children"), Input(Ids.START, "data"))
    def _fill(start: dict[str, Any]) -> list[Component]:
        project = projects.get_project(product, start["project"])
        return overview(project, read_state(start["state"], project))


def _live(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.REVISION, "data"),
        Output(Ids.TICK, "interval"),
        Input(Ids.TICK, "n_intervals"),
        State(Ids.REVISION, "data"),
        State(Ids.TICK, "interval"),
        _PROJECT,
        prevent_initial_call=True,
    )
    def _poll(_ticks: int, shown: int, interval: int, slug: str | None) -> tuple[Any, Any]:
        if slug is None:
            raise PreventUpdate
        project = projects.get_project(product, slug)
        if project.revision == shown:
            if interval == IDLE_MS:
                raise PreventUpdate
            return no_update, _interval(product, project.id)
        return project.revision, BUSY_MS


def _interval(product: Application, project_id: Any) -> int:
    return BUSY_MS if busy(models.list_models(product, project_id)) else IDLE_MS


def _draw(app: Dash, product: Application) -> None:
    @app.callback(Output(Ids.MAP, "stylesheet"), Input(ShellIds.SCHEME, "data"))
    def _style(scheme: str | None) -> list[dict[str, Any]]:
        return stylesheet(theme_of(scheme))

    encoded = {
        "colour": Input(Ids.COLOUR, "value"),
        "size": Input(Ids.SIZE, "value"),
        "scheme": Input(ShellIds.SCHEME, "data"),
    }
    revision = Input(Ids.REVISION, "data")

    @app.callback(
        output=[
            Output(Ids.SCENE, "data"),
            Output(Ids.MAP_LEGEND, "children"),
            Output(Ids.MAP_EMPTY, "children"),
        ],
        inputs={
            "revision": revision,
            "encoded": encoded,
            "arrangement": Input(Ids.ARRANGEMENT, "value"),
            "slug": _PROJECT,
        },
    )
    def _map(revision: int, encoded: dict[str, str], arrangement: str, slug: str) -> tuple[Any, ...]:
        now = snapshot.read(product, slug)
        scene, told = now.drawn_once(
            (*encoded.values(), arrangement), lambda: _scene(now, encoded, arrangement)
        )
        return scene | {"revision": revision}, told, drawing.emptiness(now)


def _scene(
    now: snapshot.Snapshot, encoded: dict[str, str], arrangement: str
) -> tuple[Scene, list[Component]]:
    theme = theme_of(encoded["scheme"])
    encoding = drawing.encoding_of(now, theme, encoded["colour"], encoded["size"])
    return drawing.scene_of(now, encoding, arrangement), legend(encoding, now.models)
