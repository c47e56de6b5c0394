"""What a selection shows, in one sentence made from metric definitions and the labels of steps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.comparison.clauses import metric_label
from core.comparison.evidence import Evidence
from core.comparison.findings import best_of, effect_of_step, of_values, repeats, spread, trend
from core.comparison.variables import Differences, Kind
from core.domain.metric import Direction, Format, Group, MetricDefinition, format_value
from core.domain.model import Model


@dataclass(frozen=True)
class Summary:
    """A sentence about the selection; `metrics` names those that it speaks of, if any."""

    text: str
    metrics: tuple[str, ...] = ()


def summarised(
    differences: Differences,
    models: Iterable[Model],
    metrics: Sequence[MetricDefinition],
    primary: Sequence[str] = (),
) -> Summary:
    """Return one true sentence about what the selected models show; it claims nothing that was not measured.

    It speaks of the first quality metric, and of the efficiency metric that varies most, among those that at
    least two of the models have and that have a better direction; metrics named in `primary` go first. Where
    the compared models also differ in something else, the sentence says so.
    """
    by_id = {model.id: model for model in models}
    selected = tuple(by_id[model_id] for model_id in differences.model_ids)
    if not selected:
        return Summary("Select models in the map or the plot to compare them.")
    order = sorted(metrics, key=lambda metric: metric.name not in primary)
    leading = [metric for metric in order if metric.name in primary]
    if len(selected) == 1:
        return _single(selected[0], leading or order)
    found = [
        _lead(leading, group, selected) or _lead(order, group, selected)
        for group in (Group.QUALITY, Group.EFFICIENCY)
    ]
    leads = [lead for lead in found if lead is not None]
    if not leads:
        return Summary(_nothing(selected))
    evidence = Evidence(differences, selected, by_id)
    text = _finding(evidence, leads) or best_of(evidence, leads)
    return Summary(text, tuple(metric.name for metric in leads if metric_label(metric) in text))


def _single(model: Model, order: Sequence[MetricDefinition]) -> Summary:
    measured = [metric for metric in order if metric.name in model.metrics][:3]
    if not measured:
        return Summary(f"{model.name} has no figures yet.")
    figures = ", ".join(
        f"{metric_label(metric)} {format_value(metric, model.metrics[metric.name])}" for metric in measured
    )
    return Summary(f"{model.name}: {figures}.", tuple(metric.name for metric in measured))


def _lead(
    order: Sequence[MetricDefinition], group: Group, selected: Sequence[Model]
) -> MetricDefinition | None:
    """Return the metric of a group to speak of; None if no two models have one with a direction."""
    usable: list[tuple[float, MetricDefinition]] = []
    for metric in order:
        values = [model.metrics.get(metric.name, math.nan) for model in selected]
        finite = [value for value in values if math.isfinite(value)]
        if metric.group is group and metric.direction is not Direction.NEITHER and len(finite) > 1:
            usable.append((_interest(metric, finite), metric))
    return max(usable, key=lambda entry: entry[0])[1] if usable else None


def _interest(metric: MetricDefinition, values: Sequence[float]) -> float:
    """Return 0 for a metric that does not vary; more for one whose relative range is wider, if of efficiency.

    Efficiency in per cent (sparsity) is a means to the others, so it is spoken of only if they stay the same.
    """
    low, high = min(values), max(values)
    if low == high:
        return 0.0
    if metric.group is Group.QUALITY:
        return 1.0
    width = (high - low) / max(abs(low), abs(high))
    return width * 0.01 if metric.format is Format.PERCENT else width


def _nothing(selected: Sequence[Model]) -> str:
    if not any(model.metrics for model in selected):
        return f"None of these {len(selected)} models has figures yet."
    return (
        f"These {len(selected)} models have no metric in common of which a direction is known to be better."
    )


def _finding(evidence: Evidence, leads: Sequence[MetricDefinition]) -> str | None:
    """Return the finding that suits the number and kind of the variables; None if it cannot be stated."""
    chosen = evidence.differences.chosen
    axes = [varying for varying in chosen if varying.variable.kind is not Kind.SEED]
    if not axes:
        return repeats(evidence, leads)
    if len(axes) > 2:
        return None
    steps = [varying for varying in axes if varying.variable.kind is Kind.PRESENCE]
    if steps:
        other = [varying for varying in axes if varying is not steps[0]]
        return effect_of_step(evidence, leads, steps[0], other[0] if other else None)
    if len(axes) == 2:
        return spread(evidence, leads, *sorted(axes, key=lambda varying: not varying.numeric))
    return trend(evidence, leads, axes[0]) if axes[0].numeric else of_values(evidence, leads, axes[0])
