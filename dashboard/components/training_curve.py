"""The training curve of a run or a model, as a titled chart."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from core.domain.project import Project
from core.domain.queue.training_curve import TrainingCurve
from dashboard.figures.training_curve import curve_title, draw_curves
from dashboard.theme import Theme


def training_curve(
    curves: Sequence[TrainingCurve], project: Project, theme: Theme, *, key: str
) -> list[Component]:
    """Return the chart under what it shows; nothing if nothing was trained.

    key: what it is of, for the ids by which `assets/training_curve.js` changes the parts in their place.
    """
    if not curves:
        return []
    metrics = {metric.name: metric for metric in project.metrics}
    figure = draw_curves(curves, metrics, theme)
    title = curve_title(curves, metrics)
    earlier = len(curves) - 1
    note = f"Grey: {'the attempt' if earlier == 1 else f'{earlier} attempts'} before." if earlier else ""
    return [
        html.H3("Training", className="curve-heading"),
        html.P(title, id=f"curve-title-{key}", className="curve-title"),
        dcc.Graph(
            id=f"curve-chart-{key}",
            figure=figure,
            config={"displayModeBar": False, "responsive": True},
            style={"height": f"{figure['layout']['height']}px"},
            className="curve-chart",
        ),
        *([html.P(note, id=f"curve-note-{key}", className="curve-note")] if note else []),
    ]


def curve_mark(curves: Sequence[TrainingCurve], theme: Theme) -> list[str]:
    """Return what changes when the chart has to be drawn anew."""
    return [theme.scheme.value, *(f"{one.run_id}.{one.attempt}.{len(one.points)}" for one in curves)]
