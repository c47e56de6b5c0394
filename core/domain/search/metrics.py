"""By which metrics models can be searched."""

from __future__ import annotations

from core.domain.measurement.variants import recovery_name
from core.domain.metric import MetricDefinition
from core.domain.project import Project


def searchable(project: Project) -> list[MetricDefinition]:
    """Return the metrics that every new model has: those under plain names, and recoveries."""
    return [
        metric
        for metric in project.leading_metrics
        if metric.variant_of is None or metric.name == recovery_name(metric.variant_of)
    ]
