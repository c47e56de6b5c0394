"""The Layers tab: what is missing, and the place where the browser draws the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.comparison.layers.figures import Mode
from core.domain.queue.run import RunKind
from core.services.layers.layer_comparison import LayerColumn, sentence
from core.services.layers.layer_gaps import Gap
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import attributed, labelled
from dashboard.live.encoding import written
from dashboard.views.compare.ids import PatternIds
from dashboard.views.compare.layers.drifts import drifts
from dashboard.views.compare.layers.payload import payload
from dashboard.views.compare.layers.reading import OpenedLayers
from dashboard.views.compare.layers.spent import spent
from dashboard.views.compare.layers_state import MODE_LABELS
from dashboard.views.compare.state import Names, State
from dashboard.views.compare.switches import links

_ACTS = {
    RunKind.LAYERS: "Queue activations",
    RunKind.PROFILE: "Queue a profile",
    RunKind.LAYER_PAIR: "Compare with the baseline",
    RunKind.SENSITIVITY: "Try its step on one layer at a time",
}


def modes(state: State) -> Component:
    """Return the choice of what is shown."""
    return links(
        "Show",
        [
            (label, replace(state, layers=state.layers.showing(mode)).href, mode is state.layers.mode)
            for mode, label in MODE_LABELS.items()
        ],
    )


def layers(state: State, opened: OpenedLayers, names: Names) -> list[Component]:
    """Return notes on what is missing, and the tree."""
    found = opened.comparison
    notes = [_gap(column, gap, names) for column in found.columns for gap in column.gaps]
    notes += _abouts(found.columns, names)
    notes += [_odd(column, names) for column in found.columns if column.odd]
    if found.mode is Mode.SENSITIVITY and not any(column.stored for column in found.columns):
        return notes  # what is queued from below them is another question
    if not any(column.stored for column in found.columns):
        about = f"Nothing is stored of the {MODE_LABELS[found.mode].lower()} of these models"
        empty = empty_state(about, "What is missing is named below, with the run that makes it.")
        return [empty, *notes, *drifts(opened.product, state, found, names)]
    place = attributed(
        html.Div(id="compare-layers", className="compare-layers"),
        {
            "data-layers": written(payload(state, opened, names)).decode("utf-8"),
            "data-serial": str(opened.serial),  # what is stored may have changed without the table
        },
    )
    told = sentence(found, names)
    first = [html.P(told, className="compare-insight", role="status")] if told else []
    return [*first, *notes, place, *spent(found, names), *drifts(opened.product, state, found, names)]


def _gap(column: LayerColumn, gap: Gap, names: Names) -> Component:
    name = names.get(column.model.id, column.model.name)
    told: list[Component] = [html.Span(f"{name} ({column.model.id}): {gap.reason}.")]
    if gap.run is not None and gap.coming:
        told.append(html.Span("A run that makes them is under way."))
    elif gap.run is not None:
        identity = {"type": PatternIds.MEASURE, "kind": gap.run.value, "model": int(column.model.id)}
        button = dmc.Button(_ACTS[gap.run], id=identity, variant="default", size="compact-xs")
        told.append(labelled(button, f"{_ACTS[gap.run]} of {name}"))
    return html.Div(told, className="compare-note compare-missing")


def _abouts(columns: Sequence[LayerColumn], names: Names) -> list[Component]:
    """Return what is to be known of columns, once where it is the same of several."""
    whose: dict[str, list[str]] = {}
    for column in columns:
        name = names.get(column.model.id, column.model.name)
        called = name if column.candidate else f"{name} ({column.model.id})"
        for text in (column.about, column.shapes):
            if text:
                whose.setdefault(text, []).append(called)
    return [
        html.P(f"{', '.join(called)}: {text}.", className="compare-note") for text, called in whose.items()
    ]


def _odd(column: LayerColumn, names: Names) -> Component:
    name = names.get(column.model.id, column.model.name)
    text = f"{name} ({column.model.id}): the first NaN or infinite output is that of {column.odd}."
    return html.P(text, className="compare-note layers-odd")
