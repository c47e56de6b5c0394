"""Compare models: what they show in a sentence, and the change against a baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.comparison.naming.lineage_names import lineage_names
from core.comparison.references import with_references
from core.comparison.sentences.evidence import Evidence
from core.comparison.sentences.summary import Summary, summary_of
from core.comparison.variables.variables import what_differs
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.project import Project
from core.errors import InvalidInput, NotFound
from core.presentation.lists import listed
from core.services.application import Application
from core.services.comparison.paired_outcomes import paired
from core.services.workers.workers import catalogue_of


@dataclass(frozen=True)
class Change:
    """A model against its baseline. `metrics` has value minus baseline for metrics that both have."""

    model: Model
    baseline: Model | None
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Compared:
    """Models of one project and what they show; `models` are in order of id.

    lineages: short names of the models by how they were made; no two of a project are the same.
    """

    project: Project
    models: tuple[Model, ...]
    summary: Summary
    lineages: Mapping[ModelId, str]


def compare(app: Application, model_ids: Sequence[ModelId]) -> Compared:
    """Return what models of one project show, as the Overview says it of the same selection.

    Raises:
        NotFound: a model does not exist.
        InvalidInput: they are of several projects.
    """
    with app.unit_of_work() as uow:
        found = uow.models.get(set(model_ids))
        if missing := [str(one) for one in model_ids if one not in found]:
            message = f"There is no model with id {listed(missing)}."
            raise NotFound(message, "List them with: compress-compare models")
        owners = sorted({model.project_id for model in found.values()})
        if len(owners) != 1:
            message = f"The models are of {len(owners)} projects."
            raise InvalidInput.of("models", message, "Compare models of one project.")
        project = uow.projects.find(int(owners[0]))
        models = uow.models.list(owners[0])
        specs = {spec.name: spec for spec in catalogue_of(uow, app).techniques}
    if project is None:
        raise NotFound(f"There is no project with id {owners[0]}.", "It was deleted in the meantime.")
    differences = what_differs(models, sorted(found), specs)
    chosen = tuple(found[one] for one in sorted(found))
    pairing = paired(app, project, with_references(chosen, models))
    lineages = lineage_names(models, specs)
    evidence = Evidence.of(differences, models, specs, pairing, names=lineages)
    summary = summary_of(project, evidence)
    return Compared(project, chosen, summary, {model.id: lineages[model.id] for model in chosen})


def change_against(app: Application, model_id: ModelId, baseline_id: ModelId | None = None) -> Change:
    """Return how a model's metrics differ from a baseline; default: see `default_baseline`.

    A base model without a given baseline is compared with nothing.

    Raises:
        NotFound: one of the models does not exist.
    """
    with app.unit_of_work() as uow:
        lineage = uow.models.lineage(model_id)
        chosen = uow.models.get([baseline_id]).get(baseline_id) if baseline_id is not None else None
    if not lineage or (baseline_id is not None and chosen is None):
        missing = baseline_id if lineage else model_id
        raise NotFound(f"There is no model with id {missing}.", "Choose one from the list of models.")
    model, ancestors = lineage[-1], lineage[:-1]
    baseline = chosen or default_baseline(ancestors)
    if baseline is None:
        return Change(model, None, {})
    both = [name for name in model.metrics if name in baseline.metrics]
    return Change(model, baseline, {name: model.metrics[name] - baseline.metrics[name] for name in both})


def default_baseline(ancestors: list[Model]) -> Model | None:
    """Return the nearest ancestor (base first) that has results, else the base; None if there is none."""
    with_results = [model for model in ancestors if model.metrics]
    return with_results[-1] if with_results else next(iter(ancestors), None)
