"""A project: one task with its data, its metrics and its budgets; it holds models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.domain.condition import Protocol
from core.domain.ids import DatasetId, ProjectId
from core.domain.metric import MetricDefinition

LOGGED = "logged"
"""Source of models that other programs made, and of data that are known from their predictions alone."""
ACCEPTABLE_LOSS = 0.01
"""What quality may lose unless a project says otherwise: one point."""


@dataclass(frozen=True)
class Dataset:
    """Where instances come from: a data source of the catalogue with its parameters; has splits.

    class_labels: what people call classes, by what the data call them; only where that differs.
    """

    id: DatasetId
    project_id: ProjectId
    name: str
    source: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    class_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """One task with its data, metrics and budgets.

    metrics: every metric that models of this project may have, in the order lists show them; those derived
        from others (recovery, values under another condition than the protocol's) last.
    primary: names of the few that tooltips and charts lead with.
    budgets: metric name to the value that must not be passed in the worse direction.
    acceptable_loss: what quality may lose against the base where it has no budget: 0.01 is one point of a
        metric in per cent, and 1 % of the base's value of any other.
    most_running: how many of its runs may be carried out at once; None: as many as there are slots.
    protocol: the conditions whose values the plain names of metrics stand for.
    revision: grows with every change to the project, its models or its runs.
    """

    id: ProjectId
    slug: str
    name: str
    task: str
    created_at: datetime
    description: str = ""
    metrics: tuple[MetricDefinition, ...] = ()
    primary: tuple[str, ...] = ()
    budgets: Mapping[str, float] = field(default_factory=dict)
    acceptable_loss: float = ACCEPTABLE_LOSS
    most_running: int | None = None
    datasets: tuple[Dataset, ...] = ()
    protocol: Protocol = field(default_factory=Protocol)
    revision: int = 0

    def metric(self, name: str) -> MetricDefinition | None:
        """Return the definition of a metric, None if the project has none of that name."""
        return next((metric for metric in self.metrics if metric.name == name), None)

    def without_stale_settings(self) -> Project:
        """Return the project without budgets and leading metrics whose metric it does not have."""
        names = {metric.name for metric in self.metrics}
        return replace(
            self,
            primary=tuple(name for name in self.primary if name in names),
            budgets={name: value for name, value in self.budgets.items() if name in names},
        )

    @property
    def measured_metrics(self) -> tuple[MetricDefinition, ...]:
        """The metrics that are not derived from others: one series each, under the protocol."""
        return tuple(metric for metric in self.metrics if metric.variant_of is None)

    @property
    def told_metrics(self) -> tuple[MetricDefinition, ...]:
        """The metrics that sentences speak of: one series each, and what people chose to lead."""
        return tuple(
            metric for metric in self.metrics if metric.variant_of is None or metric.name in self.primary
        )

    @property
    def evaluated_on(self) -> Dataset | None:
        """The data set of the protocol; None where the project has none."""
        wanted = self.protocol.quality
        return next((each for each in self.datasets if wanted and each.id == wanted.dataset_id), None)

    @property
    def leading_metrics(self) -> tuple[MetricDefinition, ...]:
        """All metrics, primary ones first: the order in which they are listed."""
        primary = tuple(metric for name in self.primary if (metric := self.metric(name)) is not None)
        return (*primary, *(metric for metric in self.metrics if metric not in primary))
