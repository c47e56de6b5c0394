"""The frontier: the best predicted choice for each size, and what came of models that were made so."""

from __future__ import annotations

import math
from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.presentation.labels import in_sentence
from core.services.measurements.mixed_precision import Budget, Outcome, Planned
from dashboard.components.markup import labelled
from dashboard.figures.frontier import Point, draw_frontier
from dashboard.theme import Theme
from dashboard.views.compare.sensitivity.bars import signed, size
from dashboard.views.compare.sensitivity.ids import SensitivityIds

_AXES = {
    Budget.SIZE: "Size of all weights (kB)",
    Budget.BITS: "Bits per weight",
    Budget.FLOPS: "Dense operations for one instance (MFLOPs)",
    Budget.TIME: "Time of all layers in one pass (ms)",
}
_SPENT = {Budget.FLOPS: "many operations", Budget.TIME: "much time"}
FACTORS = {Budget.SIZE: 1e-3, Budget.BITS: 1.0, Budget.FLOPS: 1e-6, Budget.TIME: 1.0}
"""From the unit of a budget to that of the plot and of the limit that people enter."""


def amount(value: float, budget: Budget) -> str:
    """Return a size as the budget says, in words."""
    if budget is Budget.SIZE:
        return size(value)
    if budget is Budget.TIME:
        return f"{value:.3g} ms"
    return f"{value:.3g} bits per weight" if budget is Budget.BITS else f"{value / 1e6:.4g} MFLOPs"


def frontier(
    points: Sequence[Planned], made: Sequence[Outcome], budget: Budget, *, label: str, theme: Theme
) -> Component:
    """Return plot, list of points with a button each, and the models that were made so."""
    factor = FACTORS[budget]
    drawn = [
        Point(each.size * factor, each.cost, each.greedy_cost, f"{_mix(each)}; press to open as a recipe")
        for each in points
    ]
    results = [
        Point((each.measured_size or each.size) * factor, each.measured, each.predicted, each.model.name)
        for each in made
        if each.measured is not None
    ]
    title = f"How little loss for how {_SPENT.get(budget, 'much space')}?"
    figure = draw_frontier(
        drawn, results, (_AXES[budget], f"Change of {in_sentence(label)}, worse upwards"), theme
    )
    graph = dcc.Graph(
        id=SensitivityIds.GRAPH, figure=figure, config={"displayModeBar": False, "responsive": True}
    )
    return html.Div(
        [
            html.H3(title),
            labelled(html.Div(graph, className="sensitivity-plot"), "Predicted loss against size"),
            html.P(
                "Predicted: changes of single parts added up, the exact optimum for each size. That they add "
                "up is an assumption, so make a model of a point. Diamonds: models made so, as measured.",
                className="compare-caption",
            ),
            html.Div(
                [html.Div(_points(points, budget)), html.Div(_made(made, budget))],
                className="sensitivity-lists",
            ),
        ]
    )


def _points(points: Sequence[Planned], budget: Budget) -> list[Component]:
    rows = [
        html.Li(
            [
                dmc.Button(
                    amount(each.size, budget),
                    id={"type": SensitivityIds.POINT, "place": place},
                    size="compact-xs",
                    variant="default",
                    **{"aria-label": f"Open the recipe of {amount(each.size, budget)} in the drawer"},
                ),
                html.Span(f" {signed(each.cost)}{_gain(each)}: {_mix(each)}"),
            ]
        )
        for place, each in enumerate(points)
    ]
    return [html.H3("Predicted choices"), html.Ol(rows, className="sensitivity-list")]


def _made(made: Sequence[Outcome], budget: Budget) -> list[Component]:
    if not made:
        return []
    rows = [
        html.Li(
            f"{each.model.name} ({each.model.id}): predicted {signed(each.predicted)} at "
            f"{amount(each.size, budget)}, "
            + (
                f"measured {signed(each.measured)} at {amount(each.measured_size or math.nan, budget)}"
                if each.measured is not None
                else "not measured yet"
            )
        )
        for each in made
    ]
    return [html.H3("Predicted against measured"), html.Ul(rows, className="sensitivity-list")]


def _gain(point: Planned) -> str:
    return f" (greedy {signed(point.greedy_cost)})" if point.greedy_cost > point.cost * (1 + 1e-9) else ""


def _mix(point: Planned) -> str:
    counts: dict[str, int] = {}
    for label in point.labels:
        counts[label or "as it is"] = counts.get(label or "as it is", 0) + 1
    return ", ".join(f"{count} {label}" for label, count in counts.items())
