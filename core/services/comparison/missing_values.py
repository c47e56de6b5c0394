"""Which run would make a value that a model lacks."""

from __future__ import annotations

from collections.abc import Collection

from core.comparison.metrics.cells import Missing
from core.domain.ids import ModelId
from core.domain.measurement.variants import of_group
from core.domain.metric import Group, MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import UNSUCCESSFUL, RunKind

_WORDS = {RunKind.EVALUATE: "An evaluation", RunKind.PROFILE: "A profile"}


def why_missing(
    metric: MetricDefinition,
    model: Model,
    project: Project,
    coming: Collection[tuple[ModelId, RunKind]],
) -> Missing:
    """Return why there is no value, and the run that would make it.

    coming: which kinds of runs of which models are in the queue.
    """
    kind = RunKind.EVALUATE if metric.group is Group.QUALITY else RunKind.PROFILE
    if metric.depends_on == ():
        return Missing("A fact of the model that was not noted when it was made or imported.")
    if project.protocol.quality is None or not project.datasets:
        return Missing("The study was imported without it, and the project has no data to measure on.")
    if model.status in UNSUCCESSFUL:
        return Missing(f"The model was not made: its run ended as {model.status}.")
    if model.ready and model.artifact is None:
        return Missing("The model was imported as figures, without weights to measure.")
    return _to_come(metric, kind, coming=(model.id, kind) in coming)


def _to_come(metric: MetricDefinition, kind: RunKind, *, coming: bool) -> Missing:
    if of_group(metric):
        return Missing("Not evaluated on this group: queue it at the saved group, on the Behaviours tab.")
    if coming:
        return Missing(f"{_WORDS[kind]} is in the queue.", kind, coming=True)
    return Missing(f"{_WORDS[kind]} measures it.", kind)
