"""The reliability diagram of one model and the baseline: is a model right as often as it is sure?"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.comparison.behaviour.calibration import Bin, Calibration
from core.services.behaviour.behaviour import Behaviour
from dashboard.components.markup import labelled
from dashboard.views.compare.amounts import percent
from dashboard.views.compare.behaviours.where import shown_position
from dashboard.views.compare.downloads.pictures import pictures
from dashboard.views.compare.state import Names, State


def reliability(state: State, found: Behaviour, names: Names) -> list[Component]:
    """Return the panel of the model that is shown; nothing where confidences are not kept."""
    position = shown_position(state, found)
    model, name = found.comparison.models[position].calibration, names[found.models[position].id]
    baseline = found.comparison.baseline_calibration
    if model is None or baseline is None:
        return []
    plot = html.Div(
        [
            html.Span(className="compare-diagonal"),
            *[_mark(each, "base") for each in baseline.bins],
            *[_mark(each, "model") for each in model.bins],
            html.Span("confidence, 0 to 100 %", className="compare-axis-x"),
            html.Span("right, 0 to 100 %", className="compare-axis-y"),
        ],
        className="compare-reliability",
        role="img",
    )
    about = (
        f"Filled: {name}, bars: 95 % intervals; rings: the baseline. Below the diagonal a model is surer "
        "than it is right."
    )
    return [
        html.Section(
            [
                pictures("calibration"),
                html.H2(_title(model, baseline)),
                labelled(plot, about),
                html.P(about, className="compare-caption"),
            ],
            className="compare-card",
        )
    ]


def _title(model: Calibration, baseline: Calibration) -> str:
    return f"Calibration error {percent(model.error)}, baseline {percent(baseline.error)}"


def _mark(each: Bin, kind: str) -> Component:
    """Return the mark of a bin; of the model with the interval of the share of right answers."""
    place = {"left": f"{each.confidence * 100:.2f}%"}
    told = f"confidence {percent(each.confidence)}, {percent(each.right)} right, n = {each.instances:,}"
    dot = html.Span(
        className=f"compare-bin {kind}", style={**place, "bottom": f"{each.right * 100:.2f}%"}, title=told
    )
    if kind == "base":
        return dot
    low, high = each.interval
    style = {**place, "bottom": f"{low * 100:.2f}%", "height": f"{(high - low) * 100:.2f}%"}
    return html.Div([html.Span(className="compare-bin-interval", style=style), dot])
