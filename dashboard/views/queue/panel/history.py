"""How long runs like the one in the panel took: a bar for each, the latest at the right."""

from __future__ import annotations

from statistics import median

from dash import html
from dash.development.base_component import Component

from core.presentation.counts import counted
from core.presentation.durations import duration
from core.services.queue.outlook import Outlook
from dashboard.components.markup import labelled


def history(ahead: Outlook) -> list[Component]:
    """Return a small bar chart with its range in words; nothing as long as no run like it has succeeded."""
    if not ahead.alike:
        return []
    longest = max(ahead.alike) or 1.0
    bars = [
        html.Span(style={"height": f"{max(6, 100 * took_s / longest):.0f}%"}, title=duration(took_s))
        for took_s in ahead.alike
    ]
    low, high = duration(min(ahead.alike)), duration(longest)
    span = low if low == high else f"{low} to {high}"
    middle = duration(median(ahead.alike))
    told = f"{counted(len(ahead.alike), 'run')} like it took {span}, {middle} in the middle"
    chart = labelled(html.Div(bars, className="run-history", role="img"), told)
    return [chart, html.Div(told, className="run-note")]
