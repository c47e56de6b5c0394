"""What the data of a project count, such as classes, as far as it was seen.

A preview of the data tells it for certain; before there is one, models that were measured on them do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.domain.catalogue import Catalogue, SourceSpec
from core.domain.data.data_preview import DataSummary
from core.domain.model import Model


def counted_by(source: SourceSpec) -> Mapping[str, str]:
    """Return what parameters of a model source count of the data, by name of the parameter."""
    return {about.name: about.of_data for about in source.parameters if about.of_data}


def known_counts(
    catalogue: Catalogue, made: Iterable[Model], seen: Iterable[DataSummary] = ()
) -> dict[str, Any]:
    """Return how many there are, by what is counted.

    made: models, of which those that were evaluated have what the data have. seen: figures of the data.
    """
    counted = {spec.name: counted_by(spec) for spec in catalogue.model_sources}
    outcomes = {metric.name for task in catalogue.tasks for metric in task.metrics}
    inferred = {
        what: model.source.parameters[name]
        for model in made
        if model.source is not None and outcomes & set(model.metrics)
        for name, what in counted.get(model.source.name, {}).items()
        if name in model.source.parameters
    }
    return inferred | seen_counts(seen)


def seen_counts(seen: Iterable[DataSummary]) -> dict[str, int]:
    """Return what was counted in the data themselves: `classes`, and `channels` of images.

    Splits that differ, as where the data changed in between, tell nothing.
    """
    told: dict[str, set[int]] = {}
    for summary in seen:
        if summary.classes is not None:
            told.setdefault("classes", set()).add(summary.classes.total)
        if summary.channels is not None:
            told.setdefault("channels", set()).add(summary.channels)
    return {what: numbers.pop() for what, numbers in told.items() if len(numbers) == 1}
