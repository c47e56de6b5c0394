"""How much the figures of a recipe differ from seed to seed, for the card of one model."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from core.comparison.repeats import repeats_of, spread_over_seeds
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model


def seed_spread(
    model: Model, models: Sequence[Model], metrics: Sequence[MetricDefinition]
) -> list[Component]:
    """Return mean and range of each metric over the seeds of a recipe; nothing where it was made once."""
    group = repeats_of(model.id, models)
    spreads = [(metric, spread_over_seeds(group, metric.name)) for metric in metrics]
    rows = [
        html.Tr(
            [
                html.Td(metric.label, title=metric.description),
                html.Td(format_value(metric, found.mean)),
                html.Td(f"{format_value(metric, found.low)} to {format_value(metric, found.high)}"),
                html.Td(str(found.models)),
            ]
        )
        for metric, found in spreads
        if found is not None and found.low != found.high
    ]
    if not rows:
        return []
    heads = html.Tr([html.Th(word) for word in ("Metric", "Mean", "Range", "Models")])
    table = html.Table([html.Thead(heads), html.Tbody(rows)], className="ov-metrics")
    return [html.H3("Over seeds", className="ov-heading"), table]
