"""The bar on top: tabs, baseline, models, the column that divides the instances, and what the cells show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.tables import FOUND
from core.domain.ids import ModelId
from core.domain.model import Model
from core.services.behaviour.behaviour import Behaviour
from core.services.comparison.compared_models import MOST_MODELS
from dashboard.components.markup import labelled, named_link
from dashboard.views.compare import importing
from dashboard.views.compare.downloads import node_colours
from dashboard.views.compare.downloads.buttons import buttons
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.layers.page import modes as layer_modes
from dashboard.views.compare.state import MODE_LABELS, TAB_LABELS, Names, State, Tab, options_of
from dashboard.views.compare.switches import links, switches

_FOUND = "Groups that a search finds: where the loss of a model grew most beyond its growth elsewhere"


def bar(
    state: State,
    models: Sequence[Model],
    names: Names,
    *,
    baseline: Model | None = None,
    found: Behaviour | None = None,
) -> Component:
    """Return the bar; without predictions that are compared there is nothing to divide."""
    options = options_of(models, names)
    shown = str(baseline.id) if baseline else None
    dividing = _dividing(state, found) if found else []
    if state.tab is Tab.LAYERS and baseline is not None:
        dividing = [layer_modes(state), node_colours.button()]
    actions = [html.Div(className="shell-space"), _actions(with_results=baseline is not None)]
    above = html.Div(
        [
            dcc.Store(id=Ids.SHOWN, data=shown),
            _tabs(state),
            html.Span("Baseline", className="compare-label"),
            dmc.Select(
                id=Ids.BASELINE,
                data=options,
                value=shown,
                searchable=True,
                placeholder="Common ancestor",
                w=230,
                **{"aria-label": "Baseline"},
            ),
            *[_chip(state, model.id, names[model.id]) for model in models if model.id in state.columns],
            *_paging(state),
            _add(state, options),
            *([] if dividing else actions),
        ],
        className="compare-bar",
    )
    below = [html.Div([*dividing, *actions], className="compare-dividing")] if dividing else []
    return html.Div([above, *below], className="compare-controls")


def _actions(*, with_results: bool) -> Component:
    return html.Div([importing.button(), *(buttons() if with_results else [])], className="compare-actions")


def _tabs(state: State) -> Component:
    tabs = [(label, replace(state, tab=tab).href, tab is state.tab) for tab, label in TAB_LABELS.items()]
    return labelled(html.Nav(switches(tabs), className="compare-switches"), "What is compared")


def _paging(state: State) -> list[Component]:
    """Return which of the models have a column, and links to the others; nothing where all fit."""
    total = len(state.selected)
    if total <= MOST_MODELS:
        return []
    last = min(state.first + MOST_MODELS, total)
    parts: list[Component] = [html.Span(f"Models {state.first + 1} to {last} of {total}")]
    if last < total:
        parts.append(dcc.Link("Next", href=replace(state, first=state.first + MOST_MODELS).href))
    if state.first:
        parts.insert(0, dcc.Link("Previous", href=replace(state, first=state.first - MOST_MODELS).href))
    return [html.Span(parts, className="compare-choice")]


def _chip(state: State, model_id: ModelId, name: str) -> Component:
    label = f"Remove {name} ({model_id}) from the comparison"
    remove = named_link("\N{MULTIPLICATION SIGN}", label, href=state.without(model_id).href)
    return html.Span(
        [html.Span(name, className="compare-chip-name"), remove],
        className="compare-chip",
        title=f"{name} \N{MIDDLE DOT} {model_id}",
    )


def _add(state: State, options: Sequence[dict[str, str]]) -> Component:
    free = [option for option in options if int(option["value"]) not in state.selected]
    return dmc.Select(
        id=Ids.ADD,
        data=free,
        value=None,
        searchable=True,
        placeholder="+ Add a model",
        w=170,
        **{"aria-label": "Add a model"},
    )


def _dividing(state: State, found: Behaviour) -> list[Component]:
    columns = list(found.comparison.tables)
    shown = state.by if state.by in (*columns, FOUND) else next(iter(columns), "")
    named = [*((name, name) for name in columns), ("Found", FOUND)]
    groups = links(
        "Groups",
        [(label, replace(state, by=by, across="", sort="").href, by == shown) for label, by in named],
        about={"Found": _FOUND},
    )
    others = [name for name in columns if name != shown] if shown != FOUND else []
    crossing = links(
        "Crossed with",
        [
            ("nothing", replace(state, across="", sort="").href, state.across not in others),
            *(
                (name, replace(state, by=shown, across=name, sort="").href, name == state.across)
                for name in others
            ),
        ],
    )
    modes = links(
        "Cells show",
        [(label, replace(state, mode=mode).href, mode is state.mode) for mode, label in MODE_LABELS.items()],
    )
    return [groups, *([crossing] if others else []), modes] if columns else []
