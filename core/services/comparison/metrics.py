"""Every metric of models against a baseline, with intervals from the stored outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.comparison.metrics.cells import MetricCell, MetricRow, Missing, judged
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Evaluation
from core.domain.measurement.figures import Measured
from core.domain.measurement.variants import of_group
from core.domain.metric import Group, MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import ACTIVE, RunKind
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.comparison.compared_models import Chosen, choose
from core.services.comparison.missing_values import why_missing
from core.services.comparison.paired_changes import paired_changes
from core.services.comparison.timings import Timing, timing_of, why_apart


@dataclass(frozen=True)
class MetricComparison:
    """Metrics of models against a baseline; cells are in the order of `models`.

    comparisons: how many changes were tested together.
    """

    project: Project
    baseline: Model
    models: tuple[Model, ...]
    rows: tuple[MetricRow, ...]
    comparisons: int


@dataclass(frozen=True)
class _Read:
    chosen: Chosen
    measured: Mapping[ModelId, Sequence[Measured]]
    coming: frozenset[tuple[ModelId, RunKind]]

    @property
    def unlabelled(self) -> set[ModelId]:
        """The models whose evaluation under the protocol measured nothing: no instance has a label."""
        wanted = self.chosen.project.protocol.quality
        return {
            one.model_id
            for each in self.measured.values()
            for one in each
            if isinstance(one, Evaluation) and one.condition == wanted and not one.metrics
        }


def compare_metrics(
    app: Application, model_ids: Sequence[ModelId], baseline_id: ModelId | None = None
) -> MetricComparison:
    """Compare the metrics of models with a baseline; default: see `choosing.common_baseline`.

    Raises:
        InvalidInput: no model, more than 16, or models of several projects.
        NotFound: a model does not exist.
    """
    with app.unit_of_work() as uow:
        chosen = choose(uow, model_ids, baseline_id)
        everything = [chosen.baseline, *chosen.models]
        read = _Read(
            chosen, uow.evaluations.measured([one.id for one in everything]), _coming(uow, everything)
        )
        changes = paired_changes(app, uow, chosen)
    metrics = _shown(chosen.project, everything, read)
    rows = [_row(metric, read) for metric in metrics]
    found = [
        replace(row, cells=tuple(changes.applied(row.metric, row.baseline.value, cell) for cell in row.cells))
        for row in rows
    ]
    told, comparisons = judged(found)
    return MetricComparison(chosen.project, chosen.baseline, chosen.models, tuple(told), comparisons)


def _coming(uow: UnitOfWork, models: Sequence[Model]) -> frozenset[tuple[ModelId, RunKind]]:
    runs = uow.runs.of_models([model.id for model in models])
    return frozenset(
        (run.model_id, run.kind) for run in runs if run.status in ACTIVE and "group" not in run.payload
    )


def _shown(project: Project, models: Sequence[Model], read: _Read) -> list[MetricDefinition]:
    """Return the metrics that lead, and those of which any model has a value; quality first."""
    measured = [metric for metric in project.leading_metrics if metric in project.measured_metrics]
    shown = [
        metric
        for metric in measured
        if metric.name in project.primary
        or any(metric.name in model.metrics for model in models)
        or any(metric.name in one.metrics for each in read.measured.values() for one in each)
    ]
    shown += [
        metric
        for metric in project.metrics
        if of_group(metric) and any(metric.name in model.metrics for model in models)
    ]
    return sorted(shown, key=lambda metric: metric.group is not Group.QUALITY)


def _row(metric: MetricDefinition, read: _Read) -> MetricRow:
    chosen = read.chosen
    timings = {
        model.id: timing_of(metric, model, read.measured.get(model.id, ()), chosen.project)
        for model in (chosen.baseline, *chosen.models)
    }
    baseline = _cell(metric, chosen.baseline, timings, read)
    cells = []
    for model in chosen.models:
        cell = _cell(metric, model, timings, read)
        apart = why_apart(metric, timings[chosen.baseline.id], timings[model.id])
        cells.append(replace(cell, apart=apart) if cell.value is not None and apart else cell)
    return MetricRow(metric, baseline, tuple(cells))


def _cell(
    metric: MetricDefinition, model: Model, timings: Mapping[ModelId, Timing | None], read: _Read
) -> MetricCell:
    timing = timings[model.id]
    if timing is not None:
        interval = timing.interval
        return MetricCell(model.id, timing.value, interval, timing.words, timing.caveats)
    value = model.metrics.get(metric.name)
    if value is None:
        missing = why_missing(metric, model, read.chosen.project, read.coming)
        if missing.run is RunKind.EVALUATE and model.id in read.unlabelled:
            missing = Missing("The data have no labels, so it cannot be measured.")
        return MetricCell(model.id, None, missing=missing)
    caveats = model.caveats.get(metric.name, ())
    return MetricCell(model.id, value, model.intervals.get(metric.name), caveats=caveats)
