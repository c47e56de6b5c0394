"""Where the predictions of one model went: most frequent changes, and its confusion matrix."""

from __future__ import annotations

from dataclasses import replace

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.flips import Move
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.domain.ids import ModelId
from core.services.behaviour.behaviour import Behaviour
from dashboard.views.compare.behaviours.confusion import confusion
from dashboard.views.compare.downloads.pictures import pictures
from dashboard.views.compare.state import Names, State


def where_they_went(state: State, found: Behaviour, names: Names) -> Component:
    """Return the panel of one model: the one that the state names, or the one with the largest harm."""
    position = shown_position(state, found)
    model, overall = found.models[position], found.comparison.models[position]
    tabs = [
        dcc.Link(
            names[one.id],
            href=replace(state, shown=one.id).href,
            className="compare-switch current" if one is model else "compare-switch",
        )
        for one in found.models
    ]
    moved = [_move(state, model.id, move) for move in overall.moves]
    return html.Section(
        [
            pictures("confusion"),
            html.H2("Where did they go?"),
            *([html.Div(tabs, className="compare-switches wrapping")] if len(tabs) > 1 else []),
            html.P(
                f"Predictions of {names[model.id]} that differ from the baseline", className="compare-caption"
            ),
            html.Table(html.Tbody(moved), className="compare-moves")
            if moved
            else html.P("Every prediction is that of the baseline."),
            *confusion(state, found, position),
        ],
        className="compare-card compare-where",
    )


def _move(state: State, model_id: ModelId, move: Move) -> Component:
    wanted = InstanceFilter(FilterKind.MOVE, (str(model_id), move.before, move.after))
    link = dcc.Link(
        f"{move.before} \N{RIGHTWARDS ARROW} {move.after}",
        href=state.filtered(wanted).href,
        className="compare-filtering",
    )
    return html.Tr([html.Td(link), html.Td(f"{move.instances:,}")])


def shown_position(state: State, found: Behaviour) -> int:
    """Return the position of the model that the side panels are about."""
    ids = [model.id for model in found.models]
    if state.shown in ids:
        return [int(one) for one in ids].index(int(state.shown or 0))
    harm = found.comparison.harm
    return harm.model if harm is not None else len(ids) - 1
