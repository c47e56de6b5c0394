"""The behaviours tab: a sentence, the table of groups, and where predictions went."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.comparison.behaviour.harm import worded
from core.comparison.behaviour.tables import GroupTable
from core.services.agreements import ModelAgreement
from core.services.behaviour import Behaviour
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
        html.P(insight(found, names), className="compare-insight", role="status"),
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


def insight(found: Behaviour, names: Names) -> str:
    """Return the largest harm that the overall figure hides, or that no group stands out."""
    harm = found.comparison.harm
    if harm is not None:
        return worded(harm, names[found.models[harm.model].id])
    if not found.comparison.tables:
        return "The data have no column that divides the instances into groups."
    return "No group loses significantly more than all instances do."


def _left_out(found: Behaviour, names: Names) -> list[Component]:
    return [
        html.P(f"{names[model.id]} ({model.id}) is left out: {reason}.", className="compare-note")
        for model, reason in found.left_out
    ]
