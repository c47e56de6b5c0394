"""Which metrics projects share, and why others are apart."""

from __future__ import annotations

from datetime import UTC, datetime

from core.comparison.across import RECOVERY, shared_metrics, with_shared_recovery
from core.domain.ids import ModelId, ProjectId
from core.domain.metric import Direction, Format, Group, MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import RunStatus

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _metric(name: str, direction: Direction = Direction.HIGHER, *, unit: str = "") -> MetricDefinition:
    return MetricDefinition(name, name, direction, Format.DECIMAL, unit=unit, group=Group.QUALITY)


def _project(name: str, *metrics: MetricDefinition) -> Project:
    leads = tuple(metric.name for metric in metrics[:1])
    return Project(ProjectId(1), name, name, "task", NOW, metrics=metrics, primary=leads)


def test_metrics_are_shared_by_name_direction_format_and_unit() -> None:
    one = _project("A", _metric("top1"), _metric("cost"), _metric("time", unit="ms"), _metric("only"))
    other = _project(
        "B", _metric("match"), _metric("top1"), _metric("cost", Direction.LOWER), _metric("time", unit="s")
    )
    found = shared_metrics([one, other])
    assert [metric.name for metric in found.metrics] == [RECOVERY.name, "top1"]
    assert found.apart == {
        "cost": "better higher in A, better lower in B",
        "time": "unit ms in A, unit s in B",
        "only": "only in A",
        "match": "only in B",
    }


def test_recovery_of_each_leading_metric_has_one_name() -> None:
    project = _project("B", _metric("match"))
    metrics = {"match": 0.4, "match@recovery": 0.8}
    model = Model(ModelId(1), ProjectId(1), "m", "i", RunStatus.SUCCEEDED, NOW, metrics=metrics)
    (found,) = with_shared_recovery([model], project)
    assert found.metrics[RECOVERY.name] == 0.8
    assert RECOVERY.name not in with_shared_recovery([model], _project("C", _metric("top1")))[0].metrics
