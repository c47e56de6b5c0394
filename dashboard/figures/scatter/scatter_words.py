"""What is said about the scatterplot: its finding as a title, and what it leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.comparison.sentences.figures import SITTINGS_SHARE
from core.domain.ids import ModelId
from core.domain.metric import Direction, MetricDefinition, format_value
from core.domain.model import Model
from core.presentation.counts import counted
from core.presentation.numbers import percent
from dashboard.figures.scatter.scatter import Limit, Points, ScatterAxes

_WIDE = 4
"""Powers of ten from which a linear axis crowds most points into one place."""


@dataclass(frozen=True)
class Acceptable:
    """The models whose quality is acceptable, in words (`within 1 point of the base`), and limits."""

    model_ids: Set[ModelId]
    words: str
    limits: Sequence[Limit] = ()


def scatter_title(
    points: Points, axes: ScatterAxes, budgets: Mapping[str, float], acceptable: Acceptable | None = None
) -> str:
    """Return the finding: how many models are on the front, and how many of them fit the budgets.

    acceptable: without a budget on the quality, which models keep it.
    """
    if len(points.models) == 0:
        both = axes.x.label if axes.x.name == axes.y.name else f"both {axes.x.label} and {axes.y.label}"
        return f"No model has {both} yet"
    if no_choice := _no_choice(points, axes):
        return no_choice
    if not has_front(points, axes):
        count = len(points.models) - int(points.faded.sum())
        return f"{axes.y.label} against {axes.x.label}: {counted(count, 'model')}"
    limits = {metric.name: budgets[metric.name] for metric in (axes.x, axes.y) if metric.name in budgets}
    front = [points.models[index] for index in points.front]
    if not limits:
        title = f"{counted(len(front), 'model')} on the Pareto front"
        return f"{title}, {_kept(front, acceptable)}" if acceptable else title
    fitting = sum(_fits(model, (axes.x, axes.y), limits) for model in front)
    named = " and ".join(
        format_value(metric, limits[metric.name]) for metric in (axes.x, axes.y) if metric.name in limits
    )
    share = f"{fitting} of {counted(len(front), 'model')} on the Pareto front"
    return f"{share} {'fits' if fitting == 1 else 'fit'} {named}"


def _kept(front: Sequence[Model], acceptable: Acceptable) -> str:
    """Return how many of the front are acceptable; bases, which always are, do not count."""
    kept = sum(model.id in acceptable.model_ids for model in front if model.parent_id is not None)
    return f"{kept or 'none'} {acceptable.words}"


def has_front(points: Points, axes: ScatterAxes) -> bool:
    """Return whether there is a trade-off, and with it a front to speak of."""
    directed = Direction.NEITHER not in {axes.x.direction, axes.y.direction}
    return directed and len(points.front) > 0 and not _no_choice(points, axes)


def scatter_note(points: Points, axes: ScatterAxes) -> str:
    """Return what the plot does not show, or shows badly; empty if it shows all models well."""
    parts = []
    if points.without:
        parts.append(f"{counted(points.without, 'model')} without these metrics")
    if points.on_log_hidden:
        parts.append(f"{counted(points.on_log_hidden, 'model')} with zero or less on a log axis")
    hidden = [f"Not shown: {', '.join(parts)}."] if parts else []
    wide = [
        f"{metric.label} spans {decades} powers of ten: log {side} spreads it out."
        for side, metric, values, log in (
            ("x", axes.x, points.x, axes.log_x),
            ("y", axes.y, points.y, axes.log_y),
        )
        if not log and (decades := _decades(values)) >= _WIDE
    ]
    return " ".join([*hidden, *wide, *_doubts(points, axes)])


def _doubts(points: Points, axes: ScatterAxes) -> list[str]:
    """Return what to know of the values before they are compared, and of how many models."""
    counts = Counter(
        (metric.label, caveat)
        for metric in dict.fromkeys((axes.x, axes.y))
        for model in points.models
        for caveat in model.caveats.get(metric.name, ())
    )
    timed = [metric for metric in dict.fromkeys((axes.x, axes.y)) if metric.timed and len(points.models) > 1]
    return [
        *(
            f"{label} of {counted(count, 'model')}: {caveat}, compare with care."
            for (label, caveat), count in counts.items()
        ),
        *(
            f"{metric.label}: differences below {percent(SITTINGS_SHARE, 0)} may be chance."
            for metric in timed
        ),
    ]


def _decades(values: NDArray[np.float64]) -> int:
    """Return how many powers of ten lie between the smallest and the largest of the positive values."""
    positive = values[values > 0]
    return int(np.log10(positive.max()) - np.log10(positive.min())) if len(positive) else 0


def _no_choice(points: Points, axes: ScatterAxes) -> str:
    """Return why there is nothing to trade off, empty where there is."""
    if axes.x.name == axes.y.name:
        return f"Both axes show {axes.x.label}"
    if len(points.models) == 1:
        return "Only 1 model has both figures so far"
    if all(values.min() == values.max() for values in (points.x, points.y)):
        return f"All {len(points.models)} models have the same {axes.x.label} and {axes.y.label}"
    return ""


def _fits(model: Model, metrics: Sequence[MetricDefinition], limits: Mapping[str, float]) -> bool:
    return all(
        metric.better(limits[metric.name], model.metrics[metric.name]) is not True
        for metric in metrics
        if metric.name in limits
    )
