"""Which models are compared, with which baseline, and the evaluation that stands for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.comparison.references import path_to
from core.domain.condition import QualityCondition
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Evaluation
from core.domain.measurement.figures import of_artifact
from core.domain.model import Model
from core.domain.project import Project
from core.errors import InvalidInput, NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application

MOST_MODELS = 16


@dataclass(frozen=True)
class Chosen:
    """Models of one project and their baseline, which is not among them.

    evaluations: the latest of each model under the project's protocol, of those that have one.
    """

    project: Project
    baseline: Model
    models: tuple[Model, ...]
    evaluations: Mapping[ModelId, Evaluation]


def choose(uow: UnitOfWork, model_ids: Sequence[ModelId], baseline_id: ModelId | None = None) -> Chosen:
    """Return the models, each once, in the order given; default baseline: see `common_baseline`.

    Raises:
        InvalidInput: no model, more than 16, or models of several projects.
        NotFound: a model does not exist.
    """
    wanted = list(dict.fromkeys(model_ids))
    _require_few(wanted)
    found = _models(uow, [*wanted, *([baseline_id] if baseline_id is not None else [])])
    project = _project(uow, found[wanted[0]])
    chosen = baseline_id if baseline_id is not None else common_baseline(uow, wanted, project)
    baseline = found.get(chosen) or uow.models.get([chosen])[chosen]
    everything = {**found, baseline.id: baseline}
    quality, listed = project.protocol.quality, uow.evaluations.of_models(everything)
    evaluations = {
        model.id: evaluation
        for model in everything.values()
        if (evaluation := _latest(listed.get(model.id, []), model, quality)) is not None
    }
    others = tuple(found[model_id] for model_id in wanted if model_id != baseline.id)
    return Chosen(project, baseline, others, evaluations)


def default_baseline(app: Application, model_ids: Sequence[ModelId]) -> ModelId:
    """Return the model that any number of models of one project are compared with, see `common_baseline`.

    Raises:
        InvalidInput, NotFound: as of `choose`, but for the number of models.
    """
    with app.unit_of_work() as uow:
        found = _models(uow, model_ids)
        return common_baseline(uow, model_ids, _project(uow, found[model_ids[0]]))


def common_baseline(uow: UnitOfWork, model_ids: Sequence[ModelId], project: Project) -> ModelId:
    """Return the nearest common ancestor that was evaluated, else one with figures, else the root.

    A single model is compared with its ancestors; of several, one may be the ancestor of the others.
    """
    lines = _lineages(uow, model_ids)
    if len(lines) == 1:
        lines = [lines[0][:-1] or lines[0]]
    shared = set.intersection(*[{model.id for model in line} for line in lines])
    nearest_first = [model for model in reversed(lines[0]) if model.id in shared]
    quality = project.protocol.quality
    evaluated = (model for model in nearest_first if evaluation_of(uow, model, quality) is not None)
    with_figures = (model for model in nearest_first if model.metrics)
    return next(evaluated, next(with_figures, lines[0][0])).id


def _lineages(uow: UnitOfWork, model_ids: Sequence[ModelId]) -> list[tuple[Model, ...]]:
    """Return each model with its ancestors, the base first; a query per generation, not per model."""
    known: dict[ModelId, Model] = {}
    asked: set[ModelId] = set()
    missing = set(model_ids)
    while missing:
        asked |= missing
        known |= uow.models.get(missing)
        missing = {one.parent_id for one in known.values() if one.parent_id is not None} - asked
    return [path_to(known[model_id], known) for model_id in model_ids]


def evaluation_of(uow: UnitOfWork, model: Model, protocol: QualityCondition | None) -> Evaluation | None:
    """Return the latest evaluation under the project's protocol; None if there is none."""
    return _latest(uow.evaluations.of_model(model.id), model, protocol)


def _latest(
    listed: Sequence[Evaluation], model: Model, protocol: QualityCondition | None
) -> Evaluation | None:
    return next((one for one in of_artifact(listed, model.artifact) if one.condition == protocol), None)


def mismatch(reference: Evaluation, other: Evaluation | None) -> str:
    """Return why a model cannot be compared instance by instance; empty if it can."""
    if other is None:
        return "not evaluated under the project's protocol yet"
    if data_mark(reference) != data_mark(other):
        if (reference.created_at, reference.id) < (other.created_at, other.id):
            return "the baseline was evaluated before the data changed; evaluate the baseline again"
        return "evaluated before the data changed; evaluate it again"
    return ""


def data_mark(evaluation: Evaluation) -> str:
    """Return what tells states of the data apart; evaluations with the same one saw the same instances."""
    return f"{evaluation.instances} {evaluation.details.get('fingerprint', '')}"


def _require_few(wanted: Sequence[ModelId]) -> None:
    if not 1 <= len(wanted) <= MOST_MODELS:
        message = f"{len(wanted)} models were chosen."
        raise InvalidInput.of("models", message, f"Choose 1 to {MOST_MODELS} models of one project.")


def _models(uow: UnitOfWork, wanted: Sequence[ModelId]) -> dict[ModelId, Model]:
    found = uow.models.get(wanted)
    missing = [model_id for model_id in wanted if model_id not in found]
    deleted = [model for model in found.values() if model.deleted_at is not None]
    if deleted:
        message = f"The model {deleted[0].name} ({deleted[0].id}) was deleted."
        raise NotFound(message, "Restore it or choose another one.")
    if missing:
        raise NotFound(f"There is no model with id {missing[0]}.", "Choose one from the list of models.")
    if len({model.project_id for model in found.values()}) > 1:
        hint = "Choose models of one project: others were evaluated on other data."
        raise InvalidInput.of("models", "The models belong to several projects.", hint)
    return {model_id: found[model_id] for model_id in wanted}


def _project(uow: UnitOfWork, model: Model) -> Project:
    project = uow.projects.find(model.project_id)
    if project is None:
        raise NotFound(f"There is no project with id {model.project_id}.", "It was deleted in the meantime.")
    return project
