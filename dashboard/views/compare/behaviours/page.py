"""The behaviours tab: a sentence, the table of groups, and where predictions went."""

from __future__ import annotations

from dataclasses import replace

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.tables import FOUND, GroupTable
from core.services.behaviour.agreements import ModelAgreement
from core.services.behaviour.behaviour import Behaviour
from core.services.behaviour.insight import insight
from dashboard.components.empty_state import empty_state
from dashboard.views.compare.behaviours.alike import alike
from dashboard.views.compare.behaviours.reliability import reliability
from dashboard.views.compare.behaviours.table import table
from dashboard.views.compare.behaviours.where import where_they_went
from dashboard.views.compare.instances.chips import chips
from dashboard.views.compare.state import Names, State

MOST_SHORT = 20
"""Rows of a table that is shorter than the panels beside it, so that another one has room below."""


def comparison(
    state: State, found: Behaviour, names: Names, groups: GroupTable, agreement: ModelAgreement
) -> list[Component]:
    """Return the sentence, notes on models that are left out, table and panel, and the instances below."""
    if not found.models:
        return [*_left_out(found, names), empty_state("No model to compare", "Add one that was evaluated.")]
    matrix, short = alike(agreement, names), len(groups.rows) <= MOST_SHORT
    return [
        html.P(
            [html.Span(insight(found, names, groups)), *_search(state, found)],
            className="compare-insight",
            role="status",
        ),
        *_left_out(found, names),
        html.Div(
            [
                html.Div(
                    [table(state, found, names, groups), *(matrix if short else [])], className="compare-main"
                ),
                html.Div(
                    [
                        where_they_went(state, found, names),
                        *reliability(state, found, names),
                        *([] if short else matrix),
                    ],
                    className="compare-side",
                ),
            ],
            className="compare-body",
        ),
        *chips(state, names),
    ]


def _search(state: State, found: Behaviour) -> list[Component]:
    """Return the way to the search for groups that no column names, where no group of a column stands out."""
    named = found.comparison.harm is not None or not found.split.labelled or not found.comparison.tables
    if named or state.by == FOUND:
        return []
    link = dcc.Link("Search intersections of columns too", href=replace(state, by=FOUND, across="").href)
    return [html.Span(" "), link]


def _left_out(found: Behaviour, names: Names) -> list[Component]:
    shared = [] if found.common is None else [html.P(found.common.words, className="compare-note")]
    return [
        *shared,
        *(
            html.P(f"{names[model.id]} ({model.id}) is left out: {reason}.", className="compare-note")
            for model, reason in found.left_out
        ),
    ]
