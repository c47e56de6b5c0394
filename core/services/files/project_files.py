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
        source: weights-file              # also seed, queue, priority
        parameters: {factory: my-net, options: {classes: 10}, weights_file: /data/mine.pt}
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

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model
from core.domain.project import Project
from core.errors import InvalidInput, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.lists import listed
from core.services.access.audit import note
from core.services.access.roles import needs, require_all_projects
from core.services.application import Application
from core.services.data_setup.datasets import DatasetRequest
from core.services.files.file_fields import Entry, FieldReader
from core.services.files.yaml_reading import read_named_values
from core.services.models.base_models import BaseModelRequest, Training, insert_base_model
from core.services.projects.projects import ProjectRequest, get_project, insert_project
from core.services.projects.quality_conditions import ProtocolRequest
from core.services.queue.dispatch import dispatch_unsent

_PROJECT = ("name", "task", "slug", "description", "primary", "budgets", "protocol", "datasets", "bases")
_DATASET = ("name", "source", "parameters")
_BASE = ("name", "source", "parameters", "seed", "training", "queue", "priority")
_PROTOCOL = tuple(field.name for field in fields(ProtocolRequest))
_TRAINING = tuple(field.name for field in fields(Training))


@needs(Role.EDITOR)
def create_from_file(app: Application, text: str) -> tuple[Project, list[Model]]:
    """Create the project that a file describes and queue its base models, all or nothing.

    Raises:
        InvalidInput: every problem of the file, or every problem of its base models.
    """
    content, reader = _parsed(text), FieldReader()
    reader.known(content, _PROJECT)
    request = _project(content, reader)
    bases = _bases(content, reader)
    if reader.problems:
        raise InvalidInput(reader.problems)
    require_all_projects(app)
    with app.unit_of_work(writing=True) as uow:
        project = insert_project(uow, app, request)
        note(uow, app, Action.CREATED, Subject("project", (int(project.id),), project.name, project.id))
        model_ids = _inserted(uow, app, _of(project, bases))
        uow.commit()
    return project, _queued(app, model_ids)


@needs(Role.EDITOR)
def add_from_file(app: Application, text: str) -> tuple[Project, list[Model]]:
    """Queue the base models of a file, all or nothing; raises `InvalidInput` with every problem of it."""
    content, reader = _parsed(text), FieldReader()
    reader.known(content, ("project", "bases"))
    bases = _bases(content, reader)
    problems = reader.problems
    if not isinstance(content.get("project"), str):
        problems.append(Problem("project", "The project is missing.", "Write project: and its short name."))
    if not bases and not problems:
        problems.append(Problem("bases", "The file names no base model.", "Write bases: and a list of them."))
    if problems:
        raise InvalidInput(problems)
    project = get_project(app, content["project"])
    with app.unit_of_work(writing=True) as uow:
        model_ids = _inserted(uow, app, _of(project, bases))
        uow.commit()
    return project, _queued(app, model_ids)


def _of(project: Project, bases: list[BaseModelRequest]) -> list[BaseModelRequest]:
    return [replace(base, project_id=project.id) for base in bases]


def _inserted(uow: UnitOfWork, app: Application, bases: list[BaseModelRequest]) -> list[ModelId]:
    made: list[ModelId] = []
    problems: list[Problem] = []
    for place, base in enumerate(bases):
        try:
            made.append(insert_base_model(uow, app, base))
        except InvalidInput as error:
            problems += [
                replace(problem, field=f"bases.{place}.{problem.field}") for problem in error.problems
            ]
    if problems:
        raise InvalidInput(problems)
    if made:
        told = listed(base.name.strip() for base in bases)
        ids = tuple(int(one) for one in made)
        note(uow, app, Action.QUEUED, Subject("model", ids, told, bases[0].project_id))
    return made


def _queued(app: Application, model_ids: list[ModelId]) -> list[Model]:
    dispatch_unsent(app)
    with app.unit_of_work() as uow:
        found = uow.models.get(model_ids)
    return [found[model_id] for model_id in model_ids]


def _parsed(text: str) -> Mapping[str, Any]:
    return read_named_values(text, what="project file", first="name:, task: and datasets:")


def _project(content: Entry, reader: FieldReader) -> ProjectRequest:
    primary = content.get("primary")
    return ProjectRequest(
        name=reader.text(content, "name"),
        task=reader.text(content, "task"),
        datasets=tuple(
            _dataset(entry, place, reader) for place, entry in reader.entries(content, "datasets")
        ),
        slug=reader.text(content, "slug"),
        description=reader.text(content, "description"),
        primary=() if primary is None else tuple(primary) if isinstance(primary, list) else primary,
        budgets=reader.mapping(content, "budgets"),
        protocol=_protocol(content, reader),
    )


def _dataset(entry: Entry, place: str, reader: FieldReader) -> DatasetRequest:
    reader.known(entry, _DATASET, place)
    name, source = reader.text(entry, "name", place), reader.text(entry, "source", place)
    return DatasetRequest(name or source, source, reader.mapping(entry, "parameters", place))


def _protocol(content: Entry, reader: FieldReader) -> ProtocolRequest:
    entry = reader.mapping(content, "protocol")
    reader.known(entry, _PROTOCOL, "protocol")
    usual = ProtocolRequest()
    texts = {
        name: reader.text(entry, name, "protocol", default=getattr(usual, name))
        for name in _PROTOCOL
        if name != "instances"
    }
    return ProtocolRequest(instances=reader.whole(entry, "instances", "protocol", default=None), **texts)


def _bases(content: Entry, reader: FieldReader) -> list[BaseModelRequest]:
    return [_base(entry, place, reader) for place, entry in reader.entries(content, "bases")]


def _base(entry: Entry, place: str, reader: FieldReader) -> BaseModelRequest:
    reader.known(entry, _BASE, place)
    return BaseModelRequest(
        ProjectId(0),
        name=reader.text(entry, "name", place),
        source=reader.text(entry, "source", place),
        parameters=reader.mapping(entry, "parameters", place),
        seed=reader.whole(entry, "seed", place) or 0,
        training=_training(entry, place, reader) if "training" in entry else None,
        queue=reader.text(entry, "queue", place, default="cpu") or "cpu",
        priority=reader.whole(entry, "priority", place) or 0,
    )


def _training(entry: Entry, place: str, reader: FieldReader) -> Training:
    given, place = reader.mapping(entry, "training", place), f"{place}.training"
    reader.known(given, _TRAINING, place)
    usual = Training()
    numbers: dict[str, Any] = {}
    for name in _TRAINING:
        default = getattr(usual, name)
        read = reader.whole if isinstance(default, int) else reader.number
        numbers[name] = read(given, name, place, default=default)
    return Training(**numbers)
