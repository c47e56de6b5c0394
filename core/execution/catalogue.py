"""What this machine can do, gathered from the registries."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence

from core.compression.base import techniques
from core.data.base import DataSource, data_sources
from core.domain.catalogue import Catalogue, PluginProblem, SourceSpec, TaskSpec
from core.evaluation.base import tasks
from core.evaluation.profiling.efficiency import EFFICIENCY_METRICS
from core.models.base import ModelSource, model_sources
from core.parameters import Parameters

_LEADING_EFFICIENCY = "file_bytes"


def catalogue(problems: Sequence[PluginProblem] = ()) -> Catalogue:
    """Return every registered technique, source and task, and the plug-ins that failed."""
    return Catalogue(
        techniques=tuple(technique.spec() for _, technique in techniques),
        model_sources=tuple(_source(source) for _, source in model_sources),
        data_sources=tuple(_source(source) for _, source in data_sources),
        tasks=tuple(
            TaskSpec(
                name=name,
                label=task.label,
                metrics=tuple(task.metrics),
                primary=(*(metric.name for metric in task.metrics[:1]), _LEADING_EFFICIENCY),
                inputs=task.inputs,
            )
            for name, task in tasks
        ),
        profile_metrics=EFFICIENCY_METRICS,
        plugin_problems=tuple(problems),
    )


def _source(source: ModelSource[Parameters] | DataSource[Parameters]) -> SourceSpec:
    documentation = inspect.getdoc(sys.modules[type(source).__module__]) or ""
    return SourceSpec(
        name=source.name,
        label=source.label,
        summary=documentation.partition("\n\n")[0].replace("\n", " "),
        parameters=source.Params.specs(),
        inputs=source.inputs,
        runtime=source.runtime if isinstance(source, ModelSource) else "",
    )
