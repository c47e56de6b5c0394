"""The cards of the Compare page before the server says what is in them: in the same places."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component


def outline() -> list[Component]:
    """Return the bar, the sentence, the table and the cards beside it without content."""
    bar = html.Div(
        [
            html.I(className="skeleton compare-outline-tabs"),
            html.I(className="skeleton compare-outline-models"),
        ],
        className="compare-bar",
    )
    table = html.Section(html.Div(className="skeleton compare-outline-rows"), className="compare-card")
    matrix = html.Section(html.Div(className="skeleton compare-outline-matrix"), className="compare-card")
    return [
        html.Div(bar, className="compare-controls"),
        html.P(html.I(className="skeleton compare-outline-line"), className="compare-outline-insight"),
        html.Div(
            [html.Div(table, className="compare-main"), html.Div(matrix, className="compare-side")],
            className="compare-body",
        ),
    ]
