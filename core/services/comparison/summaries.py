"""What a selection of models shows, in one sentence."""

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
