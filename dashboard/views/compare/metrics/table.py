"""One card per metric: a row per model with a dot and its interval, value, change, verdict and recovery."""

from __future__ import annotations

import math

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.comparison.metrics.cells import MetricCell, MetricRow, Missing, Verdict
from core.comparison.metrics.dot_axis import DotAxis, dot_axis
from core.domain.ids import ModelId
from core.domain.measurement.variants import recoverable
from core.domain.metric import DIRECTIONS, MetricDefinition, format_value
from core.domain.queue.run import RunKind
from dashboard.components.markup import labelled
from dashboard.views.compare.downloads.pictures import pictures
from dashboard.views.compare.ids import PatternIds
from dashboard.views.compare.metrics import words
from dashboard.views.compare.state import Names

_ACTS = {RunKind.EVALUATE: "Queue an evaluation", RunKind.PROFILE: "Queue a profile"}
_TONES = {Verdict.BETTER: "better", Verdict.WORSE: "worse"}
_HEADS = ("Value", "Change, 95 % interval")


def metric_card(row: MetricRow, names: Names) -> Component:
    """Return the card of a metric, the baseline first."""
    metric, axis = row.metric, dot_axis(row)
    title = html.H2(
        [
            metric.label,
            html.Span(
                f"{DIRECTIONS[metric.direction]} \N{MIDDLE DOT} {words.finding(row)}",
                className="compare-dim",
            ),
        ],
        title=metric.description,
    )
    named = [html.Th(text, scope="col") for text in _heads(metric)]
    head = html.Tr([html.Th("Model", scope="col"), _head(axis, metric), *named])
    body = [_line(metric, row.baseline, names, axis, base=row.baseline)]
    body += [_line(metric, cell, names, axis, base=row.baseline) for cell in row.cells]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="compare-table compare-dots")
    return html.Section([pictures(metric.label), title, table], className="compare-card compare-metric")


def _heads(metric: MetricDefinition) -> tuple[str, ...]:
    """Return the headings behind the plot; of what is no quality nothing can be recovered."""
    return (*_HEADS, "Recovery") if recoverable(metric) else _HEADS


def _head(axis: DotAxis | None, metric: MetricDefinition) -> Component:
    """Return the heading of the plot: the two ends of its axis."""
    if axis is None:
        return html.Th("")
    ends = [html.Span(format_value(metric, end)) for end in (axis.low, axis.high)]
    return html.Th(html.Div(ends, className="compare-ends"), className="compare-axis")


def _line(
    metric: MetricDefinition, cell: MetricCell, names: Names, axis: DotAxis | None, *, base: MetricCell
) -> Component:
    name, width = names[cell.model_id], len(_heads(metric))
    named = [html.Span(name, className="compare-wrapped")]
    if cell is base:
        named.append(html.Span("baseline", className="compare-dim"))
    elif cell.condition:
        named.append(html.Span(cell.condition, className="compare-dim"))
    if cell is base and cell.condition:
        named[-1] = html.Span(f"baseline \N{MIDDLE DOT} {cell.condition}", className="compare-dim")
    cells = [html.Th(named, scope="row", title=name), html.Td(_plot(metric, cell, axis, base))]
    if cell.missing is not None:
        return html.Tr([*cells, html.Td(_missing(cell.missing, cell.model_id, name), colSpan=width)])
    shown = html.Td(format_value(metric, cell.value), title=words.own_interval(cell, metric))
    if cell is base:
        return html.Tr([*cells, shown, html.Td("", colSpan=width - 1)], className="compare-baseline")
    if cell.apart:
        return html.Tr([*cells, shown, html.Td(cell.apart, colSpan=width - 1, className="compare-apart")])
    tone = _TONES.get(cell.verdict, "unsure")
    caveat = ", ".join(cell.caveats)
    return html.Tr(
        [
            *cells,
            shown,
            html.Td(
                [
                    html.Span(words.change(cell, metric), className=f"compare-change {tone}"),
                    html.Span(words.verdict(cell, metric), className="compare-verdict"),
                    html.Span(words.interval(cell, metric), className="compare-dim"),
                    html.Span(caveat, className="compare-dim"),
                ]
            ),
            *([_kept(cell)] if recoverable(metric) else []),
        ]
    )


def _kept(cell: MetricCell) -> Component:
    return html.Td(words.recovery(cell.recovery), title=words.about_recovery(cell.recovery))


def _plot(
    metric: MetricDefinition, cell: MetricCell, axis: DotAxis | None, base: MetricCell
) -> Component | str:
    if axis is None or cell.value is None or not math.isfinite(cell.value):
        return ""
    marks = []
    if base.value is not None and math.isfinite(base.value):
        marks.append(
            html.Span(className="compare-dot-base", style={"left": _percent(axis.place(base.value))})
        )
    if cell.interval is not None:
        low, high = (axis.place(end) for end in cell.interval)
        style = {"left": _percent(low), "width": _percent(high - low)}
        marks.append(html.Span(className="compare-dot-interval", style=style))
    tone = "base" if cell is base else _TONES.get(cell.verdict, "unsure")
    style = {"left": _percent(axis.place(cell.value))}
    marks.append(html.Span(className=f"compare-dot {tone}", style=style))
    plot = html.Div(marks, className="compare-dot-plot", role="img", title=words.own_interval(cell, metric))
    return labelled(plot, words.own_interval(cell, metric))


def _missing(missing: Missing, model_id: ModelId, name: str) -> list[Component]:
    told: list[Component] = [html.Span(missing.reason, className="compare-apart")]
    if missing.run is not None and not missing.coming:
        identity = {"type": PatternIds.MEASURE, "kind": missing.run.value, "model": int(model_id)}
        act = _ACTS[missing.run]
        button = dmc.Button(act, id=identity, variant="default", size="compact-xs")
        told.append(labelled(button, f"{act} of {name}"))
    return [html.Div(told, className="compare-missing")]


def _percent(fraction: float) -> str:
    return f"{fraction * 100:.2f}%"
