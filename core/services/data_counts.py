"""What the data of a project count, such as classes, as far as models that were measured on them tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.domain.catalogue import Catalogue, SourceSpec
from core.domain.model import Model

OF_DATA = "x-of-data"
"""Mark of a parameter that the data decide: what it counts, e.g. `classes`."""


def counted_by(source: SourceSpec) -> Mapping[str, str]:
    """Return what parameters of a model source count of the data, by name of the parameter."""
    properties = source.schema.get("properties", {})
    return {name: about[OF_DATA] for name, about in properties.items() if OF_DATA in about}


def known_counts(catalogue: Catalogue, made: Iterable[Model]) -> dict[str, Any]:
    """Return what base models that were evaluated on the data have, by what it counts."""
    counted = {spec.name: counted_by(spec) for spec in catalogue.model_sources}
    outcomes = {metric.name for task in catalogue.tasks for metric in task.metrics}
    return {
        what: model.source.parameters[name]
        for model in made
        if model.source is not None and outcomes & set(model.metrics)
        for name, what in counted.get(model.source.name, {}).items()
        if name in model.source.parameters
    }
