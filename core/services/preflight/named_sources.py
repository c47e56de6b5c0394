"""Whether the model sources that steps name exist and take the parameters given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core.domain.catalogue import Catalogue, SourceSpec
from core.domain.parameter.spec import ParameterSpec
from core.domain.parameters import validated_parameters
from core.domain.recipe import SweepStep
from core.domain.technique import TechniqueSpec
from core.errors import Problem, UnknownName
from core.presentation.lists import listed


def source_problems(
    field: str, step: SweepStep, spec: TechniqueSpec, catalogue: Catalogue, *, task: str
) -> list[Problem]:
    """Return what is wrong with the model sources that a step names, and with the parameters it gives them.

    task: name of the project's task, for which models of these sources must be.
    """
    problems = []
    for about in spec.parameters:
        name = about.name
        if not about.names_source or not about.used_beside_some(step.values):
            continue
        sources = []
        for index, value in enumerate(step.values.get(name, ())):
            found = _source(f"{field}.parameters.{name}.{index}", about, value, catalogue)
            if isinstance(found, SourceSpec):
                sources.append(found)
            else:
                problems.append(found)
        holders = [other.name for other in spec.parameters if other.parameters_of == name]
        for holder in holders:
            place = f"{field}.parameters.{holder}"
            problems += _parameter_problems(place, step.values.get(holder, ()), sources, (catalogue, task))
    return problems


def _source(place: str, about: ParameterSpec, value: Any, catalogue: Catalogue) -> SourceSpec | Problem:
    if not isinstance(value, str) or not value.strip():
        known = listed(source.name for source in catalogue.model_sources)
        return Problem(place, f"{about.label} is missing.", f"Name one of: {known}.")
    try:
        source = catalogue.model_source(value)
    except UnknownName as error:
        return Problem(place, error.message, error.hint)
    if source.unavailable:
        return Problem(place, f"{source.label} cannot be used: {source.unavailable}")
    return source


def _parameter_problems(
    place: str, texts: Sequence[Any], sources: Sequence[SourceSpec], known: tuple[Catalogue, str]
) -> list[Problem]:
    """Return problems of parameters written as JSON; other values have a check of their own."""
    catalogue, task_name = known
    task = next((task for task in catalogue.tasks if task.name == task_name), None)
    problems = []
    for index, text in enumerate(texts):
        try:
            values = json.loads(text)
        except (TypeError, ValueError, RecursionError):
            continue
        for source in sources if isinstance(values, dict) else ():
            field = f"{place}.{index}"
            complete, wrong = validated_parameters(source.parameters, values, field=field)
            problems += wrong
            mismatch = task.mismatch(source, complete) if task is not None else ""
            problems += [Problem(field, mismatch, "Choose another source.")] if mismatch else []
    return problems
