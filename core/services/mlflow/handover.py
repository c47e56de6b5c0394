"""Hand a project over to MLflow: one run per model, which is brought up to date when it is done again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import CallerKind, Role
from core.domain.ids import ModelId
from core.domain.measurement.protocol_words import efficiency_words, quality_words
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import RunStatus
from core.domain.recipe import show_value
from core.errors import Conflict, CorruptArtifact, Forbidden
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.exports.export import export_model
from core.services.mlflow.rest import NOTE, PARENT, RUN_NAME, MlflowRun, MlflowServer, RunContent
from core.services.models.models import list_models

TAG = "compress_compare."
"""What tags begin with that say which model a run is."""
DIRECTIONS = f"{TAG}directions"
TECHNIQUE = "technique"
_FORBIDDEN = re.compile(r"[^\w\-. /]")
_MOST_VALUE = 6000
_STATES: Mapping[RunStatus, str] = {
    RunStatus.SUCCEEDED: "FINISHED",
    RunStatus.RUNNING: "RUNNING",
    RunStatus.QUEUED: "SCHEDULED",
    RunStatus.WAITING: "SCHEDULED",
    RunStatus.CANCELLED: "KILLED",
}


class Artifacts(StrEnum):
    """What files go with each run."""

    NONE = "none"
    CARD = "card"  # recipe and model card
    WEIGHTS = "weights"  # these, the packed weights and their loader


@dataclass(frozen=True)
class HandOverChoice:
    """experiment: its name in MLflow; empty for that of the project. artifacts: files of each run."""

    experiment: str = ""
    artifacts: Artifacts = Artifacts.NONE


@dataclass(frozen=True)
class HandedOver:
    """What was done. without_files: models whose files were to go along, but that have none."""

    experiment: str
    made: int
    renewed: int
    files: int
    without_files: tuple[ModelId, ...]


@needs(Role.VIEWER)
def hand_over(
    app: Application,
    project: Project,
    server: MlflowServer,
    choice: HandOverChoice,
    tell: Callable[[str], object] = lambda _: None,
) -> HandedOver:
    """Write a run per model: its recipe's parameters, metrics with intervals, and its lineage as tags.

    Raises:
        Forbidden: the caller came with a share link.
        Unavailable, Misconfigured: the server does not answer, or refuses.
    """
    if app.caller.kind is CallerKind.LINK:
        raise Forbidden("A share link hands nothing over.", "Sign in.")
    name, artifacts = choice.experiment or project.name, choice.artifacts
    experiment_id = server.make_experiment(name)
    there = {run.tags.get(f"{TAG}model", ""): run for run in server.runs(experiment_id)}
    models = list_models(app, project.id)  # parents first
    runs: dict[ModelId, MlflowRun] = {}
    made = files = 0
    without: list[ModelId] = []
    for number, model in enumerate(models, 1):
        run = there.get(_mark(model, project))
        if run is None:
            run, made = server.make_run(experiment_id, model.name, _milliseconds(model.created_at)), made + 1
        runs[model.id] = run
        ids = {each: one.id for each, one in runs.items()}
        server.log(run.id, run_content(model, project, models, ids))
        sent = 0 if artifacts is Artifacts.NONE else _send_files(app, server, model, (run, artifacts))
        files += sent
        if artifacts is not Artifacts.NONE and not sent:
            without.append(model.id)
        if number % 50 == 0 or number == len(models):
            tell(f"models: {number:,} of {len(models):,}")
    with app.unit_of_work(writing=True) as uow:
        told = f"{project.name}: {len(models):,} models to the MLflow experiment {name}"
        note(uow, app, Action.EXPORTED, Subject("project", (int(project.id),), told, project.id))
        uow.commit()
    return HandedOver(name, made, len(models) - made, files, tuple(without))


def run_content(
    model: Model, project: Project, models: list[Model], run_ids: Mapping[ModelId, str]
) -> RunContent:
    """Return what a run says of a model. run_ids: of the models that were handed over before it."""
    metrics = {metric_key(name): value for name, value in model.metrics.items()}
    for name, (low, high) in model.intervals.items():
        metrics |= {f"{metric_key(name)}.low": low, f"{metric_key(name)}.high": high}
    ends = model.made_at if model.ready else None
    return RunContent(
        params=_params(model),
        metrics=metrics,
        tags=_tags(model, project, models, run_ids),
        started_ms=_milliseconds(model.created_at),
        ended_ms=None if ends is None else _milliseconds(ends),
        status=_STATES.get(model.status, "FAILED"),
    )


def metric_key(name: str) -> str:
    """Return the name of a metric in characters that MLflow takes: `top1@recovery` is `top1.recovery`."""
    return _FORBIDDEN.sub("_", name.replace("@", "."))


def _params(model: Model) -> dict[str, str]:
    step, source = model.step, model.source
    values = step.parameters if step else source.parameters if source else {}
    said = {TECHNIQUE: step.technique} if step else {"source": source.name} if source else {}
    said |= {_FORBIDDEN.sub("_", name): show_value(value) for name, value in values.items()}
    return {name: value[:_MOST_VALUE] for name, value in {**said, "seed": str(model.seed)}.items()}


def _tags(
    model: Model, project: Project, models: list[Model], run_ids: Mapping[ModelId, str]
) -> dict[str, str]:
    told = {
        RUN_NAME: model.name,
        NOTE: model.note,
        f"{TAG}project": project.slug,
        f"{TAG}model": _mark(model, project),
        f"{TAG}identity": model.identity,
        f"{TAG}artifact": model.artifact or "",
        f"{TAG}origin": model.origin.value if model.origin else "",
        f"{TAG}tags": ", ".join(model.tags),
        DIRECTIONS: _directions(model, project),
        f"{TAG}quality_measured_on": quality_words(project, models),
        f"{TAG}times_measured_on": efficiency_words(project),
        "mlflow.user": model.author,
        "mlflow.source.name": "compress-and-compare",
    }
    lineage = {PARENT: model.parent_id, f"{TAG}teacher": model.teacher_id}
    told |= {name: run_ids.get(one, "") for name, one in lineage.items() if one is not None}
    return {name: value[:_MOST_VALUE] for name, value in told.items() if value}


def _directions(model: Model, project: Project) -> str:
    """Return which end of each metric of a model is better, as JSON; empty where it is too long for a tag."""
    told = {metric_key(one.name): one.direction.value for one in project.metrics if one.name in model.metrics}
    written = json.dumps(told)
    return written if len(written) < _MOST_VALUE else ""


def _send_files(
    app: Application, server: MlflowServer, model: Model, wanted: tuple[MlflowRun, Artifacts]
) -> int:
    run, artifacts = wanted
    try:
        with export_model(app, model.id) as found:
            files = [
                file
                for file in sorted(found.folder.iterdir())
                if artifacts is Artifacts.WEIGHTS or file.suffix in {".md", ".yaml"}
            ]
            for file in files:
                server.put(run, file)
            return len(files)
    except (Conflict, CorruptArtifact):
        return 0


def _mark(model: Model, project: Project) -> str:
    """Return what finds the run of a model again; the creation tells installations apart."""
    return f"{project.slug}/{model.id}/{_milliseconds(model.created_at)}"


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
