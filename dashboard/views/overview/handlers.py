"""The server's side of the Overview: what each callback answers, and when."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State
from dash.development.base_component import Component

from core.services.application import Application
from dashboard.figures.map_style import stylesheet
from dashboard.figures.model_map import Scene
from dashboard.ids import ShellIds
from dashboard.theme import theme_of
from dashboard.views.overview import (
    annotating,
    detailing,
    drawing,
    filtering,
    measurements,
    measuring,
    plotting,
    saved_views,
    snapshot,
    tabulating,
)
from dashboard.views.overview.emptiness import no_models
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.legend import legend
from dashboard.views.overview.panes import overview
from dashboard.views.overview.state import read_state

_PROJECT = State(ShellIds.PROJECT, "data")


def register(app: Dash, product: Application) -> None:
    """Wire the handlers that need the server."""
    _open(app, product)
    _draw(app, product)
    plotting.register(app, product)
    detailing.register(app, product)
    annotating.register(app, product)
    measurements.register(app, product)
    measuring.register(app, product)
    saved_views.register(app, product)
    filtering.register(app, product)
    tabulating.register(app, product)


def _open(app: Dash, product: Application) -> None:
    @app.callback(Output(Ids.ROOT, "children"), Input(Ids.START, "data"))
    def _fill(start: dict[str, Any]) -> list[Component]:
        project = snapshot.read(product, start["project"]).offered
        return overview(project, read_state(start["state"], project))


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
            "everything": Input(Ids.EVERYTHING_SHOWN, "data"),
            "slug": _PROJECT,
        },
    )
    def _map(
        revision: int, encoded: dict[str, str], arrangement: str, everything: bool, slug: str
    ) -> tuple[Any, ...]:
        every = snapshot.read(product, slug)
        now = every.shown(everything=everything)
        scene, told = now.drawn_once(
            (*encoded.values(), arrangement), lambda: _scene(now, encoded, arrangement)
        )
        away = [] if everything else [str(model_id) for model_id in sorted(every.away)]
        return scene | {"revision": revision, "away": away}, told, no_models(every)


def _scene(
    now: snapshot.Snapshot, encoded: dict[str, str], arrangement: str
) -> tuple[Scene, list[Component]]:
    theme = theme_of(encoded["scheme"])
    now = now.with_variables
    encoding = drawing.encoding_of(now, theme, encoded["colour"], encoded["size"])
    return drawing.scene_of(now, encoding, arrangement), legend(encoding, now.models, now.project)
