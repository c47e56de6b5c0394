"""How much the figures of a recipe differ from seed to seed, for the card of one model."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from core.comparison.repeats import Spread, repeats_of, spread_over_seeds
from core.domain.metric import MetricDefinition, format_change, format_value
from core.domain.model import Model


def seed_spread(
    model: Model, models: Sequence[Model], metrics: Sequence[MetricDefinition]
) -> list[Component]:
    """Return mean, its interval and range of each metric over seeds; nothing for a recipe made once."""
    group = repeats_of(model.id, models)
    spreads = [(metric, spread_over_seeds(group, metric.name)) for metric in metrics]
    rows = [
        html.Tr(
            [
                html.Td(metric.label, title=metric.description),
                html.Td(_mean(metric, found), title="95 % interval of the mean over seeds"),
                html.Td(f"{format_value(metric, found.low)} to {format_value(metric, found.high)}"),
                html.Td(str(found.models)),
            ]
        )
        for metric, found in spreads
        if found is not None and found.low != found.high
    ]
    if not rows:
        return []
    heads = html.Tr([html.Th(word) for word in ("Metric", "Mean", "Range", "Seeds")])
    table = html.Table([html.Thead(heads), html.Tbody(rows)], className="ov-metrics")
    return [html.H3("Over seeds", className="ov-heading"), table]


def _mean(metric: MetricDefinition, found: Spread) -> str:
    """Return e.g. `95.1 % ± 0.4 pts`."""
    width = format_change(metric, found.half_width).removeprefix("+")
    return f"{format_value(metric, found.mean)} \N{PLUS-MINUS SIGN} {width}"
