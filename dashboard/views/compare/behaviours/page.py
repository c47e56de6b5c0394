"""The behaviours tab: a sentence, the table of groups, and where predictions went."""

from __future__ import annotations

from dataclasses import replace

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.harm import larger, largest_harm, worded
from core.comparison.behaviour.tables import FOUND, GroupTable
from core.services.behaviour.agreements import ModelAgreement
from core.services.behaviour.behaviour import Behaviour
from dashboard.components.empty_state import empty_state
from dashboard.views.compare.amounts import percent
from dashboard.views.compare.behaviours.alike import alike
from dashboard.views.compare.behaviours.reliability import reliability
from dashboard.views.compare.behaviours.table import table
from dashboard.views.compare.behaviours.where import where_they_went
from dashboard.views.compare.instances.chips import chips
from dashboard.views.compare.state import Names, State

_FOUND = "the found group"
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


def insight(found: Behaviour, names: Names, groups: GroupTable) -> str:
    """Return the largest harm that the overall figure hides, or that no group stands out.

    groups: those that a search found, with their intersections, count as well while they are shown.
    """
    if not found.split.labelled:
        return _least_alike(found, names)
    overall = [one.change for one in found.comparison.models]
    searched = largest_harm({_FOUND: groups.rows}, overall) if groups.found else None
    harm = larger(found.comparison.harm, searched)
    if harm is not None:
        return worded(harm, names[found.models[harm.model].id])
    if not found.comparison.tables:
        return "The data have no column that divides the instances into groups."
    return "No group loses significantly more than all instances do."


def _search(state: State, found: Behaviour) -> list[Component]:
    """Return the way to the search for groups that no column names, where no group of a column stands out."""
    named = found.comparison.harm is not None or not found.split.labelled or not found.comparison.tables
    if named or state.by == FOUND:
        return []
    link = dcc.Link("Search intersections of columns too", href=replace(state, by=FOUND, across="").href)
    return [html.Span(" "), link]


def _least_alike(found: Behaviour, names: Names) -> str:
    """Return which model's predictions are least those of the baseline, of data without labels."""
    shares = [one.flips.agreement for one in found.comparison.models]
    least = shares.index(min(shares))
    name, told = names[found.models[least].id], percent(shares[least])
    extreme = f"{name} makes the same prediction as the baseline on {told} of the instances"
    if len(shares) > 1:
        extreme += ", the fewest of these models"
    return f"No instance has a label, so right and wrong are not known. {extreme}."


def _left_out(found: Behaviour, names: Names) -> list[Component]:
    shared = [] if found.common is None else [html.P(found.common.words, className="compare-note")]
    return [
        *shared,
        *(
            html.P(f"{names[model.id]} ({model.id}) is left out: {reason}.", className="compare-note")
            for model, reason in found.left_out
        ),
    ]
