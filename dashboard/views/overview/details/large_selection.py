"""More selected models than can be told apart in a few words: ranges, and ways to narrow down."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from core.comparison.sentences.figures import difference, figure_of
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from dashboard.figures.encoding import extent, finite
from dashboard.figures.wording import technique_label
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.actions import compare_links, queue_from, selecting
from dashboard.views.overview.details.annotations import archive_button
from dashboard.views.overview.measure_dialog import measure_button

MOST = 64
"""Models whose differences are worked out."""


def many_models(snapshot: Snapshot, chosen: Sequence[Model]) -> list[Component]:
    """Return a sentence with the best model, the range of each leading metric, and chips by operation."""
    leading = snapshot.primary or snapshot.project.leading_metrics[:2]
    rows = [row for metric in leading if (row := _row(metric, chosen)) is not None]
    heads = html.Thead(html.Tr([html.Th(text) for text in ("Metric", "Lowest", "Highest", "Best")]))
    return [
        html.P(_sentence(len(chosen)), className="ov-insight"),
        *([html.Table([heads, html.Tbody(rows)], className="ov-metrics")] if rows else []),
        html.H3("Narrow down to an operation", className="ov-heading"),
        html.Div(_operations(snapshot, chosen), className="ov-chiprow"),
        html.Div(
            [
                *compare_links(snapshot.project.slug, [model.id for model in chosen]),
                queue_from([model.id for model in chosen]),
                measure_button(),
                archive_button(chosen),
            ],
            className="ov-actions",
        ),
    ]


def _sentence(count: int) -> str:
    advice = f"Up to {MOST} can be told apart: narrow the selection down to see how they differ."
    return f"{count:,} models are selected. {advice}"


def _row(metric: MetricDefinition, chosen: Sequence[Model]) -> Component | None:
    known = extent(chosen, metric)
    if known is None:
        return None
    measured = [(value, model) for model in chosen if (value := finite(model.metrics, metric)) is not None]
    best = measured[0]
    for entry in measured[1:]:
        if metric.better(entry[0], best[0]):
            best = entry
    level = [model for _, model in measured if not _apart(metric, best[1], model)]
    named = metric.better(known.high, known.low) is not None and len(level) < len(measured)
    text = best[1].name if len(level) == 1 else f"{len(level):,} models level"
    cell = selecting(text, [model.id for model in level], title=f"Select {text}") if named else "\N{EM DASH}"
    texts = [metric.label, format_value(metric, known.low), format_value(metric, known.high)]
    return html.Tr([*(html.Td(text) for text in texts), html.Td(cell)])


def _apart(metric: MetricDefinition, one: Model, other: Model) -> bool:
    """Return whether two models may be told apart by a metric."""
    found = difference(metric, figure_of(metric, [one]), figure_of(metric, [other]))
    return found is not None and found.changed


def _operations(snapshot: Snapshot, chosen: Sequence[Model]) -> list[Component]:
    groups: dict[str, list[Model]] = {}
    for model in chosen:
        label = technique_label(model.step.technique if model.step else None, snapshot.specs)
        groups.setdefault(label, []).append(model)
    ordered = sorted(groups.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return [
        selecting(
            f"{label} \N{MIDDLE DOT} {len(models)}",
            [model.id for model in models],
            title=f"Keep the {len(models)} models made by {label}",
        )
        for label, models in ordered
    ]
