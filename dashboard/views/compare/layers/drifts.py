"""From behaviour to layer: which layers drift most for a saved group, against random groups of its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.layers.drifting import Drifting, drifting, worded_drift
from core.comparison.layers.figures import Mode
from core.domain.queue.run import ACTIVE
from core.services.application import Application
from core.services.layers.layer_comparison import LayerComparison
from core.services.layers.layer_drifts import LayerDrift, layer_drifts
from dashboard.views.compare.state import Names, State

MOST_LAYERS = 12
_ABOUT = (
    "Relative L2 of the output against the baseline's. Bar: mean over the group; line: 95 % range of random "
    "groups of its size from the same data. p after Holm's correction for the number of layers."
)


def drifts(product: Application, state: State, found: LayerComparison, names: Names) -> list[Component]:
    """Return a section per group and model that was asked for; nothing outside of Activations."""
    if found.mode is not Mode.ACTIVATIONS:
        return []
    baseline, *others = (column.model for column in found.columns)
    parts = [
        _drift(state, names.get(model.id, model.name), drift)
        for model in others
        for drift in layer_drifts(product, model.id, baseline.id)
    ]
    if not parts:
        return []
    head = [html.H2("For whom do layers drift?"), html.P(_ABOUT, className="compare-caption")]
    return [html.Section([*head, *parts], className="compare-card layers-drifts")]


def _drift(state: State, name: str, drift: LayerDrift) -> Component:
    label = drift.choice.label or "instances"
    title = html.H3(f"{label} in {name}")
    if not drift.arrays:
        return html.Div([title, html.P(_waiting(drift), className="compare-note")])
    layers = drifting(drift.arrays)
    told = worded_drift(layers, label, len(drift.choice.ids))
    return html.Div([title, html.P(told, className="layers-drift-told"), *_table(state, layers)])


def _waiting(drift: LayerDrift) -> str:
    run = drift.run
    if run is None or run.status in ACTIVE:
        return "The run that compares them is under way."
    reason = f": {run.error.message}" if run.error is not None else ""
    return f"The run that compares them is {run.status.value}{reason}"


def _table(state: State, layers: Sequence[Drifting]) -> list[Component]:
    shown = layers[:MOST_LAYERS]
    if not shown:
        return []
    most = max(max(one.group, one.high) for one in shown)
    head = html.Thead(
        html.Tr(
            [html.Th(text, scope="col") for text in ("Layer", "Group beside random groups", "Times", "p")]
        )
    )
    rows = [_row(state, one, most) for one in shown]
    caption = f"{len(shown)} of {len(layers)} layers, those with the largest excess" if len(layers) > len(
        shown
    ) else "All layers, the largest excess first"  # fmt: skip
    return [html.Table([html.Caption(caption), head, html.Tbody(rows)], className="layers-drift")]


def _row(state: State, one: Drifting, most: float) -> Component:
    href = replace(state, layers=replace(state.layers, module=one.name)).href
    at = {
        "left": f"{100 * one.low / most:.2f}%",
        "width": f"{100 * max(0.0, one.high - one.low) / most:.2f}%",
    }
    marks = [
        html.Span(style={"width": f"{100 * one.group / most:.2f}%"}, className="layers-drift-bar"),
        html.Span(style=at, className="layers-drift-range"),
    ]
    numbers = f"{one.group:.3g}, random groups {one.low:.3g} to {one.high:.3g}"
    return html.Tr(
        [
            html.Th(dcc.Link(one.name, href=href), scope="row"),
            html.Td([html.Div(marks, className="layers-drift-track"), html.Small(numbers)]),
            html.Td(f"{one.group / one.control:.2f}"),
            html.Td(f"{one.p:.3f}" if one.p >= 0.001 else "< 0.001"),
        ],
        className="beyond" if one.beyond else "",
    )
