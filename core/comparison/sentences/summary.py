"""What a selection shows, in one sentence: the statement, the words for it and the metrics it speaks of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.comparison.sentences.evidence import Evidence
from core.comparison.sentences.finding import finding
from core.comparison.sentences.statement import Nothing, Reason, Single, Statement
from core.comparison.sentences.words import metrics_of, written
from core.domain.metric import Direction, Format, Group, MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import UNSUCCESSFUL


@dataclass(frozen=True)
class Summary:
    """What a selection shows. `text` is empty and `statement` None where nothing true would help.

    metrics: names of those that the sentence speaks of.
    """

    text: str = ""
    statement: Statement | None = None
    metrics: tuple[str, ...] = ()

    @classmethod
    def of(cls, statement: Statement | None) -> Summary:
        """Return the statement with its sentence."""
        if statement is None:
            return cls()
        return cls(written(statement), statement, metrics_of(statement))


def summary_of(project: Project, evidence: Evidence) -> Summary:
    """Return what a selection of a project's models shows, led by the metrics that lead in the project."""
    leading = [name for name in project.primary if project.metric(name) is not None]
    leading = leading or [metric.name for metric in project.leading_metrics[:2]]
    return summary_from(evidence, project.told_metrics, leading)


def summary_from(
    evidence: Evidence, metrics: Sequence[MetricDefinition], primary: Sequence[str] = ()
) -> Summary:
    """Return what the selected models show, as one sentence; it claims nothing that was not measured.

    It speaks of the first quality metric, and of the efficiency metric that varies most, among those that at
    least two of the models have and that have a better direction; metrics named in `primary` go first.
    """
    selected = evidence.selected
    if not selected:
        return Summary.of(Nothing(Reason.EMPTY))
    order = sorted(metrics, key=lambda metric: metric.name not in primary)
    leading = [metric for metric in order if metric.name in primary]
    if len(selected) == 1:
        return Summary.of(_single(selected[0], leading or order))
    found = [
        _lead(leading, group, selected) or _lead(order, group, selected)
        for group in (Group.QUALITY, Group.EFFICIENCY)
    ]
    leads = [lead for lead in found if lead is not None]
    if not leads:
        return Summary.of(_nothing(selected))
    return Summary.of(finding(evidence, leads))


def _single(model: Model, order: Sequence[MetricDefinition]) -> Single:
    measured = [metric for metric in order if math.isfinite(model.metrics.get(metric.name, math.nan))]
    values = tuple((metric, model.metrics[metric.name]) for metric in measured[:3])
    return Single(model.id, model.name, values, pending=model.status not in UNSUCCESSFUL)


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


def _nothing(selected: Sequence[Model]) -> Nothing:
    if any(model.metrics for model in selected):
        return Nothing(Reason.NOTHING_SHARED, len(selected))
    pending = any(model.status not in UNSUCCESSFUL for model in selected)
    return Nothing(Reason.PENDING if pending else Reason.UNMEASURED, len(selected))
