"""The legend of the map: what colour and area mean, and which range they cover."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.domain.metric import Direction, MetricDefinition, format_value
from dashboard.figures.encoding import LARGEST_PX, SMALLEST_PX, Encoding, Extent


def legend(encoding: Encoding) -> list[Component]:
    """Return a row for the colour and a row for the size, each only if it shows something."""
    rows: list[Component] = []
    if encoding.colour and encoding.colours:
        rows += _row(encoding.colour, encoding.colours, _bar(encoding))
    if encoding.size and encoding.sizes:
        rows += _row(encoding.size, encoding.sizes, _dots())
    return rows


def _row(metric: MetricDefinition, known: Extent, picture: Component) -> list[Component]:
    low, high = format_value(metric, known.low), format_value(metric, known.high)
    return [
        html.Span(metric.label, className="ov-legend-name", title=metric.label),
        html.Span(low),
        picture,
        html.Span(high),
    ]


def _bar(encoding: Encoding) -> Component:
    stops = encoding.theme.scale
    if encoding.colour and encoding.colour.direction is Direction.LOWER:
        stops = stops[::-1]
    gradient = f"linear-gradient(to right, {', '.join(stops)})"
    return html.Span(className="ov-legend-bar", style={"background": gradient})


def _dots() -> Component:
    sizes = (SMALLEST_PX, (SMALLEST_PX + LARGEST_PX) / 2, LARGEST_PX)
    dots = [html.I(style={"width": f"{size:g}px", "height": f"{size:g}px"}) for size in sizes]
    return html.Span(dots, className="ov-legend-dots")
