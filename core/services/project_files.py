r"""Projects and base models as YAML files, for the command line and for keeping.

    name: CIFAR-10
    task: image-classification
    description: ...                      # optional, as are slug, primary, budgets, protocol ...
    primary: [top1, file_bytes]
    budgets: {file_bytes: 1000000}
    protocol: {split: test, instances: 500, precision: bfloat16}         # also data; absent: all of test
    datasets:
      - name: cifar10
        source: parquet-images
        parameters: {path: /data/cifar10}
    bases:
      - name: mine
        source: weights-file
        parameters: {factory: my-net, weights_file: /data/mine.pt}   # also seed, queue, priority
      - name: small
        source: residual-cnn
        parameters: {channels: 3, classes: 10}
        training: {epochs: 5}             # absent: imported as the source gives it

A file for base models alone has `project` (its short name) and `bases`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import yaml

from core.domain.ids import ProjectId
from core.domain.model import Model
from core.domain.project import Project
from core.errors import InvalidInput, Problem, UnknownName
from core.services.application import Application
from core.services.base_models import BaseModelRequest, Training, add_base_model
from core.services.datasets import DatasetRequest
from core.services.projects import ProjectRequest, create_project, get_project
from core.services.quality_conditions import ProtocolRequest

_PROJECT = ("name", "task", "slug", "description", "primary", "budgets", "protocol", "datasets", "bases")
_DATASET = ("name", "source", "parameters")
_BASE = ("name", "source", "parameters", "seed", "training", "queue", "priority")
_PROTOCOL = tuple(field.name for field in fields(ProtocolRequest))
_TRAINING = tuple(field.name for field in fields(Training))


def create_from_file(app: Application, text: str, *, author: str = "") -> tuple[Project, list[Model]]:
    """Create the project that a file describes and queue its base models.

    Raises:
        InvalidInput: every problem of the file; a project whose base models are refused is there already.
    """
    content = _parsed(text)
    problems = [*_unknown(content, _PROJECT, "")]
    datasets = [_dataset(entry, place, problems) for place, entry in _entries(content, "datasets", problems)]
    bases = _bases(content, problems)
    protocol = _protocol(content, problems)
    if problems:
        raise InvalidInput(problems)
    project = create_project(
        app,
        ProjectRequest(
            name=str(content.get("name") or ""),
            task=str(content.get("task") or ""),
            datasets=tuple(datasets),
            slug=str(content.get("slug") or ""),
            description=str(content.get("description") or ""),
            primary=tuple(content.get("primary") or ()),
            budgets=content.get("budgets") or {},
            protocol=protocol,
        ),
    )
    return project, _added(app, project, bases, author)


def add_from_file(app: Application, text: str, *, author: str = "") -> tuple[Project, list[Model]]:
    """Queue the base models of a file; raises `InvalidInput` with every problem of it."""
    content = _parsed(text)
    problems = [*_unknown(content, ("project", "bases"), "")]
    bases = _bases(content, problems)
    if not isinstance(content.get("project"), str):
        problems.append(Problem("project", "The project is missing.", "Write project: and its short name."))
    if not bases and not problems:
        problems.append(Problem("bases", "The file names no base model.", "Write bases: and a list of them."))
    if problems:
        raise InvalidInput(problems)
    project = get_project(app, content["project"])
    return project, _added(app, project, bases, author)


def _added(app: Application, project: Project, bases: list[BaseModelRequest], author: str) -> list[Model]:
    made, problems = [], []
    for place, base in enumerate(bases):
        try:
            made.append(add_base_model(app, replace(base, project_id=project.id, author=author)))
        except InvalidInput as error:
            problems += [
                replace(problem, field=f"bases.{place}.{problem.field}") for problem in error.problems
            ]
    if problems:
        raise InvalidInput(problems)
    return made


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"This is not YAML that can be read: {error}"
        raise InvalidInput.of("", message, "Check indentation and quotes.") from error
    if not isinstance(content, Mapping):
        message = "A project file has named fields at its top."
        raise InvalidInput.of("", message, "Start with name:, task: and datasets:.")
    return content


def _entries(
    content: Mapping[str, Any], name: str, problems: list[Problem]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the mappings in a list of a file, each with its field."""
    listed = content.get(name) or []
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) for entry in listed):
        problems.append(Problem(name, f"{name} is not a list of entries.", "Begin each with - name: ..."))
        return []
    return [(f"{name}.{place}", entry) for place, entry in enumerate(listed)]


def _dataset(entry: Mapping[str, Any], place: str, problems: list[Problem]) -> DatasetRequest:
    problems += _unknown(entry, _DATASET, place)
    name, source = str(entry.get("name") or ""), str(entry.get("source") or "")
    return DatasetRequest(name or source, source, _mapping(entry, "parameters", place, problems))


def _protocol(content: Mapping[str, Any], problems: list[Problem]) -> ProtocolRequest:
    entry = _mapping(content, "protocol", "", problems)
    wrong = _unknown(entry, _PROTOCOL, "protocol")
    instances = entry.get("instances")
    if isinstance(instances, bool) or not isinstance(instances, (int, type(None))):
        message = f"instances is {instances!r}, not a whole number."
        wrong.append(Problem("protocol.instances", message, "Write a whole number, or nothing for all."))
    problems += wrong
    texts = {name: str(value) for name, value in entry.items() if name != "instances"}
    return ProtocolRequest() if wrong else ProtocolRequest(instances=instances, **texts)


def _bases(content: Mapping[str, Any], problems: list[Problem]) -> list[BaseModelRequest]:
    return [_base(entry, place, problems) for place, entry in _entries(content, "bases", problems)]


def _base(entry: Mapping[str, Any], place: str, problems: list[Problem]) -> BaseModelRequest:
    problems += _unknown(entry, _BASE, place)
    training = _mapping(entry, "training", place, problems)
    wrong = [*_unknown(training, _TRAINING, f"{place}.training")]
    wrong += [
        Problem(f"{place}.training.{name}", f"{name} is {value!r}, not a number.", "Write a number.")
        for name, value in training.items()
        if isinstance(value, bool) or not isinstance(value, (int, float))
    ]
    problems += wrong
    numbers = {name: entry.get(name, 0) for name in ("seed", "priority")}
    problems += [
        Problem(f"{place}.{name}", f"{name} is {value!r}, not a whole number.", "Write a whole number.")
        for name, value in numbers.items()
        if isinstance(value, bool) or not isinstance(value, int)
    ]
    return BaseModelRequest(
        ProjectId(0),
        name=str(entry.get("name") or ""),
        source=str(entry.get("source") or ""),
        parameters=_mapping(entry, "parameters", place, problems),
        training=Training(**training) if "training" in entry and not wrong else None,
        queue=str(entry.get("queue") or "cpu"),
        **numbers,
    )


def _mapping(entry: Mapping[str, Any], name: str, place: str, problems: list[Problem]) -> Mapping[str, Any]:
    value = entry.get(name) or {}
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    problems.append(
        Problem(f"{place}.{name}".strip("."), f"{name} has no named values.", f"Write {name}: {{a: 1}}.")
    )
    return {}


def _unknown(entry: Mapping[str, Any], known: tuple[str, ...], place: str) -> list[Problem]:
    wrong = [UnknownName("field", str(name), known) for name in entry if name not in known]
    return [Problem(f"{place}.{error.name}".strip("."), error.message, error.hint) for error in wrong]
