"""Models that other programs quantized: what their files are, before anything is queued, and as children.

As base models they come in like all others, from the source `quantized`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model
from core.domain.quantized_files.entries import Entry, Header, header_of
from core.domain.quantized_files.folders import configuration, is_inside, weight_parts
from core.domain.quantized_files.formats import survey
from core.domain.quantized_files.gguf import described, gguf_tensors
from core.domain.quantized_files.provenance import LAYOUT, PLACES, QUANTIZED_ELSEWHERE, SOURCE
from core.domain.quantized_files.survey import Survey
from core.domain.queue.run import UNSUCCESSFUL, RunKind
from core.domain.recipe import Step, model_identity
from core.domain.text import text_problems
from core.errors import InvalidInput, Problem, UnusableInput
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.data_setup.file_checks import hosts_elsewhere, outside_problems, place_problems
from core.services.planning.creation import NewModel, Order, add_models
from core.services.planning.plans import queue_problems
from core.services.queue.cancellation import retry_all
from core.services.queue.dispatch import dispatch_unsent
from core.services.workers.workers import catalogue_of

_VERSION = "1"
_MOST_HEADER_BYTES = 100_000_000


@dataclass(frozen=True)
class Looked:
    """What was seen of quantized files. survey: None where only a worker sees them, as `reason` says."""

    survey: Survey | None
    reason: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class ChildRequest:
    """A child to be: its parent, and where the files are, as the source `quantized` takes it."""

    project_id: ProjectId
    name: str
    parent_id: ModelId
    parameters: Mapping[str, Any] = field(default_factory=dict)
    queue: str = "cpu"
    priority: int = 0


@needs(Role.EDITOR)
def look(app: Application, parameters: Mapping[str, Any]) -> Looked:
    """Return what files are, from their headers and configuration alone.

    Raises:
        InvalidInput: the place is outside of what an administrator allows, at `parameters.model`.
        UnusableInput: the files are missing, damaged, contradict themselves, or are of an unknown layout.
    """
    with app.unit_of_work() as uow:
        source = catalogue_of(uow, app).model_source(SOURCE)
        if not is_inside(str(parameters.get("file") or "")):
            message = f"{parameters['file']} is no name of a file in the model's folder."
            raise InvalidInput.of("parameters.file", message, "Give the name of a .gguf file in it.")
        if wrong := outside_problems(source, parameters, app.limits.allowed_folders, field="parameters"):
            raise InvalidInput(wrong)
        if hosts_elsewhere(uow, app):
            return Looked(None, "The files may be on another machine, so a worker looks at them.")
    folder = Path(str(parameters.get("model") or "")).expanduser()
    if not folder.is_absolute():
        return Looked(None, "A name on the hub: a worker looks at its files.")
    file = _gguf(folder, str(parameters.get("file") or ""))
    if file is not None:
        if not file.is_file():
            hint = "Give the name of a .gguf file in the model's folder."
            raise UnusableInput(f"There is no file {file}.", hint)
        return Looked(described(gguf_tensors(file), {}), fingerprint=_fingerprint([file]))
    _, quantization = configuration(folder)
    parts = weight_parts(folder)
    if any(path.suffix != ".safetensors" for path in parts.files):
        reason = "PyTorch files are opened by a worker only."
        return Looked(None, reason, _fingerprint(parts.files))
    entries: dict[str, Entry] = {}
    metadata: dict[str, str] = {}
    for path in parts.files:
        header = _header(path)
        entries.update(header.entries)
        metadata.update(header.metadata)
    return Looked(survey(quantization, Header(entries, metadata)), fingerprint=_fingerprint(parts.files))


@needs(Role.EDITOR)
def add_quantized_child(app: Application, request: ChildRequest) -> Model:
    """Queue the import, evaluation and profile of a model as another program quantized its parent.

    One that exists already from the same files is returned; one that failed is tried again.

    Raises:
        InvalidInput: every problem, at `name`, `parent`, `parameters.x`, `queue`.
        UnusableInput: the files cannot be used, see `look`.
    """
    with app.unit_of_work() as uow:
        _require_sound(uow, app, request)
    looked = look(app, request.parameters)
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(request.project_id)
        parent = _require_sound(uow, app, request)
        model_id = _inserted(uow, app, request, (parent, looked))
        subject = Subject("model", (int(model_id),), request.name.strip(), request.project_id)
        note(uow, app, Action.QUEUED, subject)
        uow.commit()
    dispatch_unsent(app)
    with app.unit_of_work() as uow:
        return uow.models.get([model_id])[model_id]


def _inserted(
    uow: UnitOfWork, app: Application, request: ChildRequest, made_of: tuple[Model, Looked]
) -> ModelId:
    parent, looked = made_of
    layout = looked.survey.text if looked.survey is not None else ""
    places = {name: request.parameters[name] for name in PLACES if request.parameters.get(name)}
    step = Step(QUANTIZED_ELSEWHERE, {LAYOUT: layout, **places} if layout else places)
    version = f"{_VERSION} {looked.fingerprint}".strip()
    identity = model_identity([parent.identity], step, 0, version)
    existing = uow.models.by_identity(request.project_id, [identity]).get(identity)
    if existing is None:
        new = NewModel(request.name.strip(), identity, step=step, parent_id=parent.id)
        order = Order(request.project_id, RunKind.IMPORT, request.queue, request.priority)
        return add_models(uow, app, [new], order)[0]
    if existing.status in UNSUCCESSFUL and existing.making_run_id is not None:
        retry_all(uow, [existing.making_run_id], app.clock.now(), more_attempts=app.limits.max_attempts)
    return existing.id


def _require_sound(uow: UnitOfWork, app: Application, request: ChildRequest) -> Model:
    """Return the parent; `InvalidInput` with every problem of a request."""
    problems = text_problems("name", request.name, most=200, required=True)
    problems += queue_problems(request.queue, request.priority)
    parent = uow.models.get([request.parent_id]).get(request.parent_id)
    if parent is None or parent.project_id != request.project_id or parent.deleted_at is not None:
        message = f"There is no model {request.parent_id} in this project."
        problems.append(Problem("parent", message, "Choose the model that was quantized."))
    source = catalogue_of(uow, app).model_source(SOURCE)
    if not request.parameters.get("model"):
        problems.append(
            Problem("parameters.model", "The model is missing.", "Give the folder with its files.")
        )
    outside = outside_problems(source, request.parameters, app.limits.allowed_folders, field="parameters")
    problems += outside
    if not outside and hosts_elsewhere(uow, app) == []:
        problems += place_problems(source, request.parameters, field="parameters")
    if problems or parent is None:
        raise InvalidInput(problems)
    return parent


def _gguf(folder: Path, named: str) -> Path | None:
    """Return the GGUF file that is named, or the only one of a folder without other weights."""
    if named:
        return folder / named
    found = sorted(folder.glob("*.gguf"))
    others = [*folder.glob("*.safetensors"), *folder.glob("*.bin")]
    return found[0] if len(found) == 1 and not others else None


def _header(path: Path) -> Header:
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            content = json.loads(file.read(min(length, _MOST_HEADER_BYTES)))
        found = header_of(content)
        ends = [entry["data_offsets"][1] for name, entry in content.items() if name != "__metadata__"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UnusableInput(f"{path.name} is no safetensors file: {error}.", "Copy it again.") from None
    if 8 + length + max(ends, default=0) != path.stat().st_size:
        raise UnusableInput(f"{path.name} is cut off.", "Copy it again.")
    return found


def _fingerprint(files: tuple[Path, ...] | list[Path]) -> str:
    """Return a mark that changes when files do: their names, sizes and times of change."""
    about = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file()]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]
