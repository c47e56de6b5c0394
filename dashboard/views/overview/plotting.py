"""The handlers of scatterplot and parallel coordinates."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.comparison.filtering import passing, read_conditions
from core.domain.metric import MetricDefinition
from core.domain.project import Project
from core.services.application import Application
from dashboard.figures.parallel import default_fields, draw_parallel
from dashboard.ids import ShellIds
from dashboard.theme import theme_of
from dashboard.views.overview import drawing, snapshot
from dashboard.views.overview.filter_fields import offered
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.state import PLAIN


def register(app: Dash, product: Application) -> None:
    """Wire both plots: drawn anew with every control, the filter and the revision."""
    _register_scatter(app, product)
    _register_parallel(app, product)


def _register_scatter(app: Dash, product: Application) -> None:
    @app.callback(
        output=[
            Output(Ids.SCATTER_DRAWING, "data"),
            Output(Ids.SCATTER_TITLE, "children"),
            Output(Ids.SCATTER_NOTE, "children"),
            Output(Ids.FRONT, "disabled"),
        ],
        inputs={
            "_revision": Input(Ids.REVISION, "data"),
            "encoded": {
                "colour": Input(Ids.COLOUR, "value"),
                "size": Input(Ids.SIZE, "value"),
                "scheme": Input(ShellIds.SCHEME, "data"),
            },
            "axes": {
                "x": Input(Ids.X, "value"),
                "y": Input(Ids.Y, "value"),
                "switches": Input(Ids.LOGS, "value"),
            },
            "text": Input(Ids.FILTER, "data"),
            "everything": Input(Ids.EVERYTHING_SHOWN, "data"),
            "slug": State(ShellIds.PROJECT, "data"),
        },
    )
    def _scatter(
        *, encoded: dict[str, str], axes: dict[str, Any], text: str | None, slug: str, **held: Any
    ) -> tuple[Any, ...]:
        now = snapshot.read(product, slug).shown(everything=held["everything"]).with_variables
        encoding = drawing.encoding_of(now, theme_of(encoded["scheme"]), encoded["colour"], encoded["size"])
        chosen = drawing.axes_of(now.project, axes["x"], axes["y"], axes["switches"] or [])
        shown = passing(now.models, read_conditions(text or ""))
        drawn = drawing.scatter_of(now, encoding, chosen, shown)
        return drawn.figure, drawn.title, drawn.note, not drawn.has_front


def _register_parallel(app: Dash, product: Application) -> None:
    @app.callback(
        output=[
            Output(Ids.PARALLEL_SCENE, "data"),
            Output(Ids.AXES, "data"),
            Output(Ids.AXES, "value"),
        ],
        inputs={
            "plot": Input(Ids.PLOT, "value"),
            "fields": Input(Ids.AXES, "value"),
            "revision": Input(Ids.REVISION, "data"),
            "encoded": {
                "colour": Input(Ids.COLOUR, "value"),
                "scheme": Input(ShellIds.SCHEME, "data"),
            },
            "everything": Input(Ids.EVERYTHING_SHOWN, "data"),
            "slug": State(ShellIds.PROJECT, "data"),
        },
    )
    def _parallel(
        *, plot: str, fields: list[str] | None, revision: int, slug: str, **held: Any
    ) -> tuple[Any, ...]:
        if plot != "parallel":
            raise PreventUpdate
        encoded = held["encoded"]
        now = snapshot.read(product, slug).shown(everything=held["everything"])
        choices = [group for group in offered(now) if group["group"] != "Models"]
        known = {item["value"] for group in choices for item in group["items"]}
        chosen = [field for field in fields or [] if field in known]
        chosen = chosen or list(default_fields(now.models, _usual(now.project)))
        coloured = now.with_variables
        encoding = drawing.encoding_of(coloured, theme_of(encoded["scheme"]), encoded["colour"], PLAIN)
        metrics = {metric.name: metric for metric in now.project.metrics}
        scene = draw_parallel(coloured.models, chosen, metrics, specs=now.specs, encoding=encoding)
        shown = [axis["field"] for axis in scene["axes"]]
        return scene | {"revision": revision}, choices, no_update if shown == fields else shown


def _usual(project: Project) -> list[MetricDefinition]:
    """Return the metrics to choose axes from; values of other conditions are shown on request only."""
    return [metric for metric in project.leading_metrics if metric in project.told_metrics]
