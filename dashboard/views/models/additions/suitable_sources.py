"""What the form of a base model proposes for a project: sources and values that suit task and data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.domain.catalogue import FOR_TASKS, STANDS_FOR, Catalogue, Inputs, SourceSpec
from core.domain.data.data_preview import DataSummary
from core.domain.model import Model
from core.domain.project import Project
from core.services.application import Application
from core.services.data_setup.data_counts import OF_DATA, known_counts
from core.services.data_setup.data_preview import summaries
from core.services.models import models
from core.services.workers import workers

_NEVER = 3
"""Rank of a source that is for other inputs than the task's."""

_UNKNOWN = "Must be that of the data."


def suited_sources(
    catalogue: Catalogue, project: Project, made: Iterable[Model] = (), seen: Iterable[DataSummary] = ()
) -> list[SourceSpec]:
    """Return the model sources, those that suit the project's task first, proposing what suits it.

    Those whose models could never be evaluated on the task are left out.

    made: the project's models; seen: figures of its data. From both it is known what the data ask for.
    """
    task = next((task for task in catalogue.tasks if task.name == project.task), None)
    inputs = task.inputs if task else Inputs.UNKNOWN
    counts = known_counts(catalogue, made, seen)
    offered = [spec for spec in catalogue.model_sources if _rank(spec, inputs) < _NEVER]
    suited = [_suited(spec, inputs, counts, project.task) for spec in offered or catalogue.model_sources]
    return sorted(suited, key=lambda spec: _rank(spec, inputs))


def suited_data(catalogue: Catalogue, task: str) -> list[SourceSpec]:
    """Return the data sources that suit a task as far as is known; all of them where the task is unknown."""
    known = next((each for each in catalogue.tasks if each.name == task), None)
    return [spec for spec in catalogue.data_sources if known is None or not known.mismatch(spec, {})]


def suited_source(product: Application, project: Project, name: str) -> SourceSpec:
    """Return one model source as the form shows it; `UnknownName` if there is none of that name."""
    catalogue = workers.catalogue(product)
    made, seen = models.list_models(product, project.id), summaries(product, project)
    sources = suited_sources(catalogue, project, made, seen)
    return replace(catalogue, model_sources=tuple(sources)).model_source(name)


def _suited(spec: SourceSpec, inputs: Inputs, counts: Mapping[str, Any], task: str) -> SourceSpec:
    """Return the source with other defaults, and without those that would be guesses about the data."""
    properties: dict[str, Mapping[str, Any]] = {}
    required = list(spec.schema.get("required", ()))
    for name, definition in _properties(spec.schema).items():
        needed = definition.get("x-needed-for", {}).get("inputs", inputs)
        if inputs is not Inputs.UNKNOWN and needed != inputs:
            continue
        proposed = dict(definition)
        if OF_DATA in definition and definition[OF_DATA] in counts:
            proposed["default"] = proposed["x-known-count"] = counts[definition[OF_DATA]]
        elif OF_DATA in definition and "x-used-with" not in definition:
            proposed.pop("default", None)
            proposed["description"] = f"{definition.get('description', '')} {_UNKNOWN}".strip()
            required.append(name)
        proposed |= _purpose(definition.get("x-inputs", {}), definition.get("default"), inputs)
        proposed |= _of_task(proposed, task, properties)
        properties[name] = proposed
    return replace(spec, schema={**spec.schema, "properties": properties, "required": required})


def _purpose(choices: Mapping[str, str], default: object, inputs: Inputs) -> dict[str, Any]:
    """Return another default where the present one stands for other inputs than the task's."""
    fitting: Sequence[str] = [choice for choice, given in choices.items() if given == inputs]
    return {"default": fitting[0]} if fitting and default not in fitting else {}


def _of_task(
    definition: Mapping[str, Any], task: str, before: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return another default where the present one, or what it stands for if empty, is not for the task.

    before: the parameters that were proposed already.
    """
    of_task, chosen = definition.get(FOR_TASKS, {}).get(task), definition.get("default")
    for other, meanings in definition.get(STANDS_FOR, {}).items() if not chosen else ():
        chosen = meanings.get(before.get(other, {}).get("default"))
    return {"default": of_task[0]} if of_task and chosen and chosen not in of_task else {}


def _rank(spec: SourceSpec, inputs: Inputs) -> int:
    given = {
        Inputs(each)
        for about in _properties(spec.schema).values()
        for each in about.get("x-inputs", {}).values()
    }
    if spec.inputs is inputs or inputs is Inputs.UNKNOWN:
        return 0
    if inputs in given:
        return 1
    return 2 if spec.inputs is Inputs.UNKNOWN and not given else _NEVER


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    return found
