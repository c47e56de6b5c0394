"""Models: what there is, what changed, and one of them in full."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.domain.access.audit import Action
from core.domain.access.caller import Role
from core.domain.condition import Protocol
from core.domain.ids import ModelId, ProjectId
from core.domain.measurement.evaluation import Evaluation, Profile
from core.domain.measurement.figures import of_artifact
from core.domain.model import Model
from core.domain.queue.run import ACTIVE, Run
from core.domain.search.trials import Trial
from core.errors import Conflict, NotFound
from core.persistence.figures import refresh
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.lists import listed
from core.services.access.audit import note_models
from core.services.access.roles import needs
from core.services.application import Application
from core.services.models.base_models import BaseModelRequest, Training, add_base_model
from core.services.queue.cancellation import cancel_all

__all__ = [
    "BaseModelRequest",
    "Dependants",
    "ModelChanges",
    "ModelDetails",
    "Training",
    "add_base_model",
    "changed_models",
    "delete_models",
    "dependants",
    "get_model",
    "list_models",
    "restore_models",
]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelChanges:
    """What happened to a project's models since a revision; ask next time with `revision`."""

    revision: int
    models: tuple[Model, ...]
    removed_ids: tuple[ModelId, ...]


@dataclass(frozen=True)
class ModelDetails:
    """Everything about one model. `lineage` starts at the base and ends at the model itself.

    teacher: the second parent of a distilled model.
    manifest: what was noted when its checkpoint was written, empty before: `forms` (how many tensors are
        stored how), `claims` (what of its compression is real), `environment`, `notes`
        (sentences that people should read), `nonfinite` (how many weights are NaN or infinite),
        `preprocessing` (what images an imported model expects, `core.domain.data.preprocessing`).
    children: how many models were made from it. runs: newest last. evaluations, profiles: newest first,
        under all conditions. trials: of the searches that tried it.
    """

    model: Model
    lineage: tuple[Model, ...]
    children: int
    runs: tuple[Run, ...]
    evaluations: tuple[Evaluation, ...]
    profiles: tuple[Profile, ...]
    teacher: Model | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)
    protocol: Protocol = field(default_factory=Protocol)
    trials: tuple[Trial, ...] = ()

    @property
    def evaluation(self) -> Evaluation | None:
        """The evaluation whose values are shown under plain names: the latest under the protocol."""
        current = of_artifact(self.evaluations, self.model.artifact)
        return next((one for one in current if one.condition == self.protocol.quality), None)

    @property
    def profile(self) -> Profile | None:
        """The profile whose times are shown under plain names: the latest under the protocol."""
        current = of_artifact(self.profiles, self.model.artifact)
        return next((one for one in current if one.condition == self.protocol.efficiency), None)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What people should read beside the figures: notes of the making, and what was left out then."""
        newest = [self.evaluation] if self.evaluation else []
        said = [remark for evaluation in newest for remark in evaluation.details.get("remarks", ())]
        said += [words(evaluation) for evaluation in newest for words in (_without_answer, _left_out)]
        return (*self.manifest.get("notes", ()), *filter(None, said))


@dataclass(frozen=True)
class Dependants:
    """What deleting models would take along, and which runs it would cancel.

    models: those made from the chosen ones, directly or not. active_runs: of the chosen ones and of these.
    """

    models: tuple[Model, ...]
    active_runs: int


def list_models(app: Application, project_id: ProjectId, *, deleted: bool = False) -> list[Model]:
    """Return the project's models that are not deleted, in order of id (parents before children).

    With `deleted`, return those that are deleted instead.
    """
    with app.unit_of_work() as uow:
        return uow.models.list(project_id, deleted=deleted)


def dependants(app: Application, model_ids: Iterable[ModelId]) -> Dependants:
    """Return what depends on models, to be told before they are deleted.

    Raises:
        NotFound: an id is unknown.
    """
    with app.unit_of_work() as uow:
        chosen = {model.id for model in _present(uow, model_ids)}
        below = tuple(model for model in uow.models.descendants(chosen) if model.id not in chosen)
        runs = uow.runs.of_models([*chosen, *(model.id for model in below)])
    return Dependants(below, sum(run.status in ACTIVE for run in runs))


def parents_of(app: Application, model_ids: Iterable[ModelId]) -> dict[ModelId, tuple[ModelId, ...]]:
    """Return the parents of each model that exists: none of a base, two of one with a teacher."""
    with app.unit_of_work() as uow:
        found = uow.models.get(set(model_ids))
    return {model_id: tuple(model.parent_ids) for model_id, model in found.items()}


def changed_models(app: Application, project_id: ProjectId, *, since: int) -> ModelChanges:
    """Return the models that changed after revision `since`; misses none, may repeat some."""
    with app.unit_of_work() as uow:
        revision = uow.projects.revision(project_id)
        if revision is None:
            raise NotFound(f"There is no project with id {project_id}.", "Open the list of projects.")
        if revision <= since:
            return ModelChanges(revision, (), ())
        models = tuple(uow.models.list(project_id, since=since))
        return ModelChanges(revision, models, tuple(uow.models.removed(project_id, since=since)))


def get_model(app: Application, model_id: ModelId) -> ModelDetails:
    """Return a model with its lineage, runs and measurements, also if it is deleted.

    Raises:
        NotFound: there has never been such a model.
    """
    with app.unit_of_work() as uow:
        lineage = uow.models.lineage(model_id)
        if not lineage:
            raise NotFound(f"There is no model with id {model_id}.", "Choose one from the list of models.")
        model = lineage[-1]
        teacher = uow.models.get([model.teacher_id]) if model.teacher_id is not None else {}
        project = uow.projects.find(int(model.project_id))
        return ModelDetails(
            model=model,
            lineage=tuple(lineage),
            children=uow.models.count_children(model_id),
            runs=tuple(uow.runs.of_models([model_id])),
            evaluations=tuple(uow.evaluations.of_model(model_id)),
            profiles=tuple(uow.evaluations.profiles_of_model(model_id)),
            teacher=next(iter(teacher.values()), None),
            manifest=uow.models.manifest(model_id),
            protocol=project.protocol if project else Protocol(),
            trials=tuple(uow.trials.of_models([model_id])),
        )


@needs(Role.EDITOR)
def delete_models(
    app: Application, model_ids: Iterable[ModelId], *, with_descendants: bool = False
) -> tuple[ModelId, ...]:
    """Hide models, and cancel their active runs; nothing is erased. Return the ids that were hidden now.

    Raises:
        NotFound: an id is unknown.
        Conflict: models that are kept were made from these and `with_descendants` is not set.
    """
    with app.unit_of_work(writing=True) as uow:
        chosen = _present(uow, model_ids)
        by_id = {model.id: model for model in chosen}
        below = [model for model in uow.models.descendants(by_id) if model.id not in by_id]
        if below and not with_descendants:
            shown = ", ".join(f"{model.name} ({model.id})" for model in below[:3])
            message = f"{len(below)} models were made from these: {shown}{' ...' if len(below) > 3 else ''}."
            raise Conflict(message, "Delete them as well, or keep their parents.")
        every = [model for model in [*chosen, *below] if model.deleted_at is None]
        for project_id in sorted({model.project_id for model in every}):
            uow.projects.touch(project_id)
        uow.models.delete([model.id for model in every], app.clock.now())
        cancel_all(
            uow, [run.id for run in uow.runs.of_models([model.id for model in every])], app.clock.now()
        )
        note_models(uow, app, Action.DELETED, every)
        uow.commit()
    _logger.info("Models deleted", extra={"models": len(every), "by": app.caller.name})
    return tuple(model.id for model in every)


@needs(Role.EDITOR)
def restore_models(app: Application, model_ids: Iterable[ModelId]) -> tuple[ModelId, ...]:
    """Show hidden models again, with the ancestors they need. Return the ids that were restored.

    Raises:
        NotFound: an id is unknown.
        Conflict: the same model was made anew in the meantime.
    """
    with app.unit_of_work(writing=True) as uow:
        chosen = _present(uow, model_ids)
        lineages = [model for one in chosen for model in uow.models.lineage(one.id)]
        hidden = {model.id: model for model in lineages if model.deleted_at is not None}
        for project_id in sorted({model.project_id for model in hidden.values()}):
            uow.projects.touch(project_id)
            identities = [model.identity for model in hidden.values() if model.project_id == project_id]
            for again in uow.models.by_identity(project_id, identities).values():
                message = f"{again.name} was made again as model {again.id}."
                raise Conflict(message, "Delete that model first, or keep using it.")
        uow.models.restore(list(hidden))
        for project_id in sorted({model.project_id for model in hidden.values()}):
            refresh(uow, project_id, [one.id for one in hidden.values() if one.project_id == project_id])
        note_models(uow, app, Action.RESTORED, hidden.values())
        uow.commit()
    _logger.info("Models restored", extra={"models": len(hidden), "by": app.caller.name})
    return tuple(hidden)


def _without_answer(evaluation: Evaluation, *, most: int = 3) -> str:
    """Return for which instances the model had no answer, empty if it always had one."""
    count, named = (
        evaluation.details.get("without_answer_count", 0),
        evaluation.details.get("without_answer", ()),
    )
    if not count:
        return ""
    further = f" and {count - most:,} more" if count > most else ""
    return (
        f"The model puts out NaN or infinity for {count:,} of {evaluation.instances:,} instances of "
        f"{evaluation.split}, which count as wrong: {', '.join(named[:most])}{further}."
    )


def _left_out(evaluation: Evaluation, *, most: int = 3) -> str:
    """Return which instances an evaluation went without because they cannot be read, empty if none."""
    count, named = evaluation.details.get("problem_count", 0), evaluation.details.get("problems", ())
    if not count:
        return ""
    further = f", and {count - most:,} more, which its log names" if count > most else ""
    return (
        f"Evaluated without {count:,} of {evaluation.instances + count:,} instances of {evaluation.split}: "
        f"{'; '.join(named[:most])}{further}."
    )


def _present(uow: UnitOfWork, model_ids: Iterable[ModelId]) -> list[Model]:
    wanted = list(dict.fromkeys(model_ids))
    found = uow.models.get(wanted)
    missing = [str(model_id) for model_id in wanted if model_id not in found]
    if missing:
        raise NotFound(f"There are no models with ids {listed(missing)}.", "Reload the list of models.")
    return [found[model_id] for model_id in wanted]
