"""What the form of a base model proposes for a project: sources and values that suit task and data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from core.domain.catalogue import Catalogue, SourceSpec
from core.domain.data.data_preview import DataSummary
from core.domain.model import Model
from core.domain.parameter.inputs import Inputs
from core.domain.parameter.spec import ParameterSpec
from core.domain.project import Project
from core.services.application import Application
from core.services.data_setup.data_counts import known_counts
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
    proposed: dict[str, ParameterSpec] = {}
    for about in spec.parameters:
        if inputs is not Inputs.UNKNOWN and about.needed_for and about.needed_for.inputs is not inputs:
            continue
        one = _counted(about, counts)
        one = _for_inputs(one, inputs)
        proposed[about.name] = _for_task(one, task, proposed)
    return replace(spec, parameters=tuple(proposed.values()))


def _counted(about: ParameterSpec, counts: Mapping[str, Any]) -> ParameterSpec:
    """Return a parameter that counts something of the data with what is known, else without a default."""
    if about.of_data in counts:
        return replace(about, default=counts[about.of_data], known_count=counts[about.of_data])
    if about.of_data and not about.used_with:
        return replace(about, default=None, required=True, help=f"{about.help} {_UNKNOWN}".strip())
    return about


def _for_inputs(about: ParameterSpec, inputs: Inputs) -> ParameterSpec:
    """Return the parameter with another default where the present one stands for other inputs."""
    fitting = [choice for choice, given in about.inputs.items() if given is inputs]
    return replace(about, default=fitting[0]) if fitting and about.default not in fitting else about


def _for_task(about: ParameterSpec, task: str, before: Mapping[str, ParameterSpec]) -> ParameterSpec:
    """Return it with another default where the present one, or what it stands for, is not for the task.

    before: the parameters that were proposed already.
    """
    of_task, chosen = about.suits.get(task), about.default
    for other, meanings in about.stands_for.items() if not chosen else ():
        chosen = meanings.get(before[other].default) if other in before else None
    return replace(about, default=of_task[0]) if of_task and chosen and chosen not in of_task else about


def _rank(spec: SourceSpec, inputs: Inputs) -> int:
    given = {each for about in spec.parameters for each in about.inputs.values()}
    if spec.inputs is inputs or inputs is Inputs.UNKNOWN:
        return 0
    if inputs in given:
        return 1
    return 2 if spec.inputs is Inputs.UNKNOWN and not given else _NEVER
