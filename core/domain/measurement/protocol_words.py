"""The protocol as people read it beside the figures: once, in a line."""

from __future__ import annotations

from collections.abc import Iterable

from core.domain.condition import ConditionField, EfficiencyCondition, QualityCondition
from core.domain.measurement.variants import part_words
from core.domain.metric import Group, MetricDefinition
from core.domain.model import Model
from core.domain.project import Project

_DOT = " \N{MIDDLE DOT} "
_AS_IMPORTED = "as imported"


def quality_words(project: Project, models: Iterable[Model] = ()) -> str:
    """Return e.g. `test · 797 instances · float32`; with the data set's name where there are several.

    models: some of the project's, to count the instances on.
    """
    wanted = project.protocol.quality
    if wanted is None:
        return _AS_IMPORTED
    counts = [model.instances for model in models if model.instances is not None]
    words = condition_words(project, wanted)
    if counts:
        everything = part_words(ConditionField.INSTANCES, wanted.parts[ConditionField.INSTANCES], {})
        words = words.replace(everything, part_words(ConditionField.INSTANCES, str(max(counts)), {}))
    return words


def efficiency_words(project: Project) -> str:
    """Return e.g. `laptop CPU · 2 threads`; empty before the first profile."""
    wanted = project.protocol.efficiency
    if wanted is None:
        return _AS_IMPORTED if project.protocol.quality is None else ""
    return condition_words(project, wanted)


def protocol_words(metric: MetricDefinition, project: Project, models: Iterable[Model] = ()) -> str:
    """Return under which condition a metric's values were measured; empty for facts of the model itself."""
    if metric.depends_on == ():
        return ""
    return quality_words(project, models) if metric.group is Group.QUALITY else efficiency_words(project)


def condition_words(project: Project, condition: QualityCondition | EfficiencyCondition) -> str:
    """Return a condition for people; what is the same for all measurements of the project is left out."""
    names = {str(int(dataset.id)): dataset.name for dataset in project.datasets}
    parts = dict(condition.parts)
    if len(names) < 2:
        parts.pop(ConditionField.DATA)
    if not parts.get(ConditionField.GROUP):
        parts.pop(ConditionField.GROUP, None)
    if isinstance(condition, EfficiencyCondition):
        usual = {
            ConditionField.RUNTIME: "PyTorch",
            ConditionField.PRECISION: "float32",
            ConditionField.BATCH: "64",
            ConditionField.THREADS: "0",
        }
        parts = {part: text for part, text in parts.items() if text and usual.get(part) != text}
    return _DOT.join(part_words(part, text, names) for part, text in parts.items())
