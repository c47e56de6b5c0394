"""Derive what models show from what was recorded of them, in the transaction that records or deletes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from core.comparison.references import path_to, reference_of
from core.domain.condition import Protocol
from core.domain.ids import ModelId, ProjectId
from core.domain.measurement.evaluation import Profile
from core.domain.measurement.figures import Figures, derive, of_artifact, with_recovery
from core.domain.metric import MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.persistence.unit_of_work import UnitOfWork


def refresh(uow: UnitOfWork, project_id: ProjectId, model_ids: Collection[ModelId]) -> None:
    """Derive the figures of these models, and the recovery of whatever descends from them."""
    project = uow.projects.find(int(project_id))
    if project is None:
        return
    chosen = {model_id: uow.models.lineage(model_id) for model_id in model_ids}
    figures = _derived(uow, project, model_ids)
    leading = _leading(project)
    for model_id, lineage in chosen.items():
        if not lineage:
            continue
        model, reference = lineage[-1], reference_of(lineage)
        base = _values(reference, figures)
        found = replace(figures[model_id], metrics=with_recovery(figures[model_id].metrics, base, leading))
        uow.models.set_figures(model_id, found)
        if reference is model and any(_differ(metric, model.metrics, found.metrics) for metric in leading):
            _recover_below(uow, project, model_id, found.metrics)
    _add_variants(uow, project_id, figures.values())


def refresh_all(uow: UnitOfWork, project_id: ProjectId) -> None:
    """Derive the figures of every model of a project, deleted ones too, and which variants there are."""
    project = uow.projects.find(int(project_id))
    if project is None:
        return
    every = _every(uow, project_id)
    figures = _derived(uow, project, list(every))
    leading = _leading(project)
    for model_id, own in figures.items():
        model = every[model_id]
        base = _values(reference_of(path_to(model, every)), figures)
        found = replace(own, metrics=with_recovery(own.metrics, base, leading))
        if found.shown != _shown(model).shown:
            uow.models.set_figures(model_id, found)
    uow.projects.set_variants(project_id, ())
    _add_variants(uow, project_id, figures.values())
    _drop_stale_settings(uow, project_id)


def drop_unused_variants(uow: UnitOfWork, project_id: ProjectId) -> None:
    """Forget the variants that no model has a value of, deleted ones included, with what is set on them."""
    shown = {name for model in _every(uow, project_id).values() for name in model.metrics}
    kept = tuple(each for each in uow.projects.variants(project_id) if each.name in shown)
    uow.projects.set_variants(project_id, kept)
    _drop_stale_settings(uow, project_id)


def _drop_stale_settings(uow: UnitOfWork, project_id: ProjectId) -> None:
    """Drop budgets and leading metrics whose metric is gone: nobody could see or remove them."""
    project = uow.projects.find(int(project_id))
    if project is None:
        return
    kept = project.without_stale_settings()
    if kept != project:
        uow.projects.set_metrics(project_id, kept.metrics, primary=kept.primary, budgets=kept.budgets)


def settle_efficiency(uow: UnitOfWork, project_id: ProjectId, model_id: ModelId) -> None:
    """Make the condition of a model's latest profile the project's protocol, unless it has one."""
    project = uow.projects.find(int(project_id))
    if project is None or project.protocol.efficiency is not None:
        return
    profiles = [one for one in uow.evaluations.profiles_of_model(model_id) if isinstance(one, Profile)]
    if profiles:
        chosen = Protocol(project.protocol.quality, profiles[0].condition)
        uow.projects.set_protocol(project_id, chosen)


def _derived(uow: UnitOfWork, project: Project, model_ids: Collection[ModelId]) -> dict[ModelId, Figures]:
    measured = uow.evaluations.measured(model_ids)
    artifacts = uow.models.artifacts(model_ids)
    return {
        model_id: derive(
            own,
            of_artifact(measured.get(model_id, ()), artifacts[model_id]),
            project.measured_metrics,
            project.protocol,
        )
        for model_id, own in uow.models.own_metrics(model_ids).items()
    }


def _recover_below(uow: UnitOfWork, project: Project, base_id: ModelId, base: Mapping[str, float]) -> None:
    """Derive the recovery of all other models that are compared with this one."""
    every = _every(uow, project.id)
    leading = _leading(project)
    for model in every.values():
        reference = reference_of(path_to(model, every))
        if model.id == base_id or reference is None or reference.id != base_id:
            continue
        metrics = with_recovery(model.metrics, base, leading)
        if metrics != model.metrics:
            uow.models.set_figures(model.id, replace(_shown(model), metrics=metrics))


def _values(reference: Model | None, figures: Mapping[ModelId, Figures]) -> Mapping[str, float]:
    """Return the values of the model that others are compared with, none where no trained one is known."""
    if reference is None:
        return {}
    return figures[reference.id].metrics if reference.id in figures else reference.metrics


def _shown(model: Model) -> Figures:
    return Figures(model.metrics, model.intervals, model.caveats, model.instances)


def _every(uow: UnitOfWork, project_id: ProjectId) -> dict[ModelId, Model]:
    listed = [*uow.models.list(project_id), *uow.models.list(project_id, deleted=True)]
    return {model.id: model for model in listed}


def _leading(project: Project) -> list[MetricDefinition]:
    found = (project.metric(name) for name in project.primary)
    return [metric for metric in found if metric is not None and metric.variant_of is None]


def _differ(metric: MetricDefinition, before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    return before.get(metric.name) != after.get(metric.name)


def _add_variants(uow: UnitOfWork, project_id: ProjectId, figures: Iterable[Figures]) -> None:
    present = {variant.name: variant for variant in uow.projects.variants(project_id)}
    found = {variant.name: variant for one in figures for variant in one.variants}
    if found.keys() - present.keys():
        wanted = present | found
        uow.projects.set_variants(project_id, tuple(wanted[name] for name in sorted(wanted)))
