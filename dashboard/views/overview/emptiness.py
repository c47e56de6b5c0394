"""What the Overview says where there is nothing to see: why, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence, Set

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.filtering import Condition
from core.domain.ids import ModelId
from core.domain.measurement.protocol_words import protocol_words
from core.domain.metric import MetricDefinition
from core.domain.queue.run import ACTIVE
from core.presentation.counts import counted
from dashboard.address import Address
from dashboard.components.empty_state import empty_state
from dashboard.figures.encoding import extent
from dashboard.figures.scatter.scatter import ScatterAxes
from dashboard.projects.snapshot import Snapshot
from dashboard.views.models.address import Tab
from dashboard.views.overview.drawing import DrawnScatter
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.measure_dialog import OF, measurable, measure_button


def no_models(snapshot: Snapshot) -> Component | None:
    """Return what to do in a project without models; None if there are models."""
    if snapshot.models:
        return None
    adding = Address("models", snapshot.project.slug, {"tab": Tab.ADD.value}).href
    return empty_state(
        f"{snapshot.project.name} has no models yet",
        "Every compressed model descends from a base model: add one, then queue an experiment and watch the "
        "map grow. A study that was made elsewhere becomes a project of its own.",
        dcc.Link("Add a base model or import a study", href=adding),
    )


def nothing_to_plot(now: Snapshot, axes: ScatterAxes | None, drawn: DrawnScatter) -> Component | str:
    """Return why there is no point in the plot, in its place, and what to do; else its note.

    While runs go on, the outline of the plot stays: they may bring the first point.
    """
    if not drawn.empty:
        return drawn.note
    if _busy(now):
        return ""
    for metric in (axes.y, axes.x) if axes else ():
        if told := unmeasured(now, metric):
            return html.Div(told, className="ov-plot-empty")
    if not now.models:
        hint = "Models appear here when they are evaluated and profiled."
    else:
        hint = drawn.note if axes is None else "Choose other metrics for the axes."
    return html.Div(html.Span(hint), className="ov-plot-empty")


def unmeasured(now: Snapshot, metric: MetricDefinition | None) -> list[Component] | None:
    """Return that no model has a value of a metric, with a way to measure it; None if some have, or will."""
    if metric is None or _busy(now) or extent(now.models, metric):
        return None
    made = [model for model in now.models if model.ready]
    if not made:
        return None
    words = protocol_words(metric, now.project) if now.project.protocol.quality else ""
    have = f"{counted(len(made), 'model')} {'has' if len(made) == 1 else 'have'}"
    told = f"{have} not been measured on {words}" if words else f"{have} no value of {metric.label}"
    button = [measure_button("Measure them", OF + metric.name)] if measurable(made) else []
    return [html.Strong(told), *button]


def _busy(now: Snapshot) -> bool:
    """Return whether runs go on that may give a model its figures."""
    return any(model.work or model.status in ACTIVE for model in now.models)


def none_pass(
    snapshot: Snapshot, shown: Set[ModelId], conditions: Sequence[Condition]
) -> list[Component] | None:
    """Return why every model is faded, with a way out; None if some are not."""
    if shown or not snapshot.models:
        return None
    if all(condition.idle for condition in conditions):
        archive = Address("models", snapshot.project.slug, {"show": "archived"}).href
        return [html.Strong("All models are in the archive"), dcc.Link("Open the archive", href=archive)]
    clear = html.Button("Clear the filter", id=Ids.FILTER_CLEAR, type="button", className="ov-button")
    return [html.Strong("No model passes the filter"), clear]
