"""How alike the predictions are: every two of the compared models, as a matrix."""

from __future__ import annotations

import math

from dash import html
from dash.development.base_component import Component

from core.services.behaviour.agreements import ModelAgreement
from dashboard.components.markup import labelled
from dashboard.views.compare.amounts import percent
from dashboard.views.compare.downloads.pictures import pictures
from dashboard.views.compare.state import Names

MOST_WRITTEN = 9
"""Models up to which the cells show their figures; more cells are squares with a tooltip."""
_LEAST_SPAN = 0.05
"""The scale spans at least so much, so that models that are nearly the same look so."""


def alike(found: ModelAgreement, names: Names) -> list[Component]:
    """Return the card; nothing of a single model, whose agreement the table above shows."""
    if len(found.model_ids) < 3:
        return []
    shares = found.agreement.shares
    least = found.agreement.least
    low = min(1 - _LEAST_SPAN, float(shares[least])) if least else 0.0
    called = [names[model_id] for model_id in found.model_ids]
    rows = [
        html.Tr(
            [
                html.Th(html.Span(name, className="compare-name"), scope="row", title=name),
                *[_cell(called, at, other, float(shares[at, other]), low) for other in range(at + 1)],
            ]
        )
        for at, name in enumerate(called)
    ]
    return [
        html.Section(
            [
                pictures("agreement"),
                html.H2(_title(found, called)),
                html.Div(html.Table(html.Tbody(rows), className="compare-alike"), className="compare-scroll"),
                html.P(
                    "Share of instances with the same prediction; columns in the order of the rows. "
                    "The stronger the colour, the more alike.",
                    className="compare-caption",
                ),
            ],
            className="compare-card",
        )
    ]


def _title(found: ModelAgreement, called: list[str]) -> str:
    least = found.agreement.least
    if least is None:
        return "How alike are the predictions?"
    share = float(found.agreement.shares[least])
    if share == 1:
        return "All models make the same predictions"
    return f"Least alike: {called[least[0]]} and {called[least[1]]}, {percent(share)} the same"


def _cell(called: list[str], at: int, other: int, share: float, low: float) -> Component:
    about = f"{called[at]} and {called[other]}: {percent(share)} the same prediction"
    if at == other:
        return html.Td(html.Span(), className="compare-alike-self", title=called[at])
    strength = 0.0 if math.isnan(share) else (share - low) / (1 - low)
    written = f"{share * 100:.1f}" if len(called) <= MOST_WRITTEN and not math.isnan(share) else ""
    cell = html.Td(
        written,
        title=about,
        className="compare-alike-strong" if strength > 0.55 else "",
        style={"--strength": f"{8 + 82 * strength:.0f}%"},
    )
    return labelled(cell, about)
