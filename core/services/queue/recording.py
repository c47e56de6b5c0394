"""Put the results of a run where they belong; part of the transaction that ends the run."""

from __future__ import annotations

from datetime import datetime

from core.domain.ids import EvaluationId, ProfileId, SensitivityId
from core.domain.measurement.evaluation import Evaluation, LayerKind, Profile, Sensitivity
from core.domain.origin import Origin, trains
from core.domain.queue.run import Run, RunKind
from core.persistence.figures import refresh, settle_efficiency
from core.persistence.unit_of_work import UnitOfWork
from core.services.queue.results import (
    Drifted,
    Evaluated,
    Inspected,
    InstancesKept,
    ModelMade,
    Paired,
    Profiled,
    Results,
    SensitivityResult,
)


def record(uow: UnitOfWork, run: Run, results: Results, now: datetime) -> None:
    """Store the results of the run, and derive anew what the model shows."""
    match results:
        case ModelMade():
            _record_model(uow, run, results, now)
        case Evaluated():
            _record_evaluation(uow, run, results, now)
        case Profiled():
            _record_profile(uow, run, results, now)
        case Inspected():
            uow.evaluations.put_layer_statistics(run.model_id, kind=results.kind, arrays=results.arrays)
            return
        case Paired():
            for kind, arrays in results.arrays.items():
                uow.layer_pairs.put(run.model_id, results.baseline_id, kind=kind, arrays=arrays)
            return
        case Drifted():
            uow.layer_pairs.put_drift(run.model_id, results.baseline_id, results.key, results.arrays)
            return
        case SensitivityResult():
            _record_sensitivity(uow, run, results, now)
            return
        case InstancesKept():
            return
    uow.projects.define_metrics(run.project_id, results.definitions)
    refresh(uow, run.project_id, [run.model_id])


def _record_model(uow: UnitOfWork, run: Run, results: ModelMade, now: datetime) -> None:
    uow.models.set_own_metrics(run.model_id, results.metrics)
    uow.models.set_made(
        run.model_id,
        artifact=results.artifact,
        manifest=results.manifest,
        at=now,
        origin=_origin(uow, run, results),
    )
    if results.weight_statistics is not None:
        arrays = results.weight_statistics
        uow.evaluations.put_layer_statistics(run.model_id, kind=LayerKind.WEIGHTS, arrays=arrays)
    if results.storage is not None:
        uow.evaluations.put_layer_statistics(run.model_id, kind=LayerKind.STORAGE, arrays=results.storage)
    if results.modules is not None:
        arrays = results.modules.to_arrays()
        uow.evaluations.put_layer_statistics(run.model_id, kind=LayerKind.MODULES, arrays=arrays)


def _origin(uow: UnitOfWork, run: Run, results: ModelMade) -> Origin:
    """Return what the run did to the weights: a step that trained has a curve, or says so in its name."""
    if run.kind is RunKind.TRAIN:
        return Origin.TRAINED
    step = uow.models.get([run.model_id])[run.model_id].step
    if run.kind is RunKind.IMPORT and step is None:
        return Origin.CONSTRUCTED if results.drawn else Origin.PRETRAINED
    trained = uow.curves.exists(run.id, run.attempt) or (step is not None and trains(step))
    return Origin.TRAINED if trained else Origin.DERIVED


def _record_evaluation(uow: UnitOfWork, run: Run, results: Evaluated, now: datetime) -> None:
    evaluation = Evaluation(
        id=EvaluationId(0),
        model_id=run.model_id,
        dataset_id=results.dataset_id,
        split=results.split,
        instances=results.instances,
        metrics=results.metrics,
        created_at=now,
        details=results.details,
        environment=results.environment,
        intervals=results.intervals,
        artifact=_artifact(uow, run),
    )
    uow.evaluations.add(evaluation, results.outcomes)


def _record_profile(uow: UnitOfWork, run: Run, results: Profiled, now: datetime) -> None:
    profile = uow.evaluations.add_profile(
        Profile(
            id=ProfileId(0),
            model_id=run.model_id,
            device=results.device,
            metrics=results.metrics,
            created_at=now,
            environment=results.environment,
            intervals=results.intervals,
            artifact=_artifact(uow, run),
        )
    )
    settle_efficiency(uow, run.project_id, run.model_id)
    project = uow.projects.find(int(run.project_id))
    shown = project is not None and profile.condition == project.protocol.efficiency
    cost = results.cost if shown else None  # times of layers are those of the device that the pages name
    for kind, arrays in ((LayerKind.COST, cost), (LayerKind.ACTIVATIONS, results.activations)):
        if arrays is not None:
            uow.evaluations.put_layer_statistics(run.model_id, kind=kind, arrays=arrays)


def _artifact(uow: UnitOfWork, run: Run) -> str | None:
    return uow.models.artifacts([run.model_id])[run.model_id]


def _record_sensitivity(uow: UnitOfWork, run: Run, results: SensitivityResult, now: datetime) -> None:
    found = Sensitivity(
        id=SensitivityId(0),
        model_id=run.model_id,
        run_id=run.id,
        step=results.step,
        dataset_id=results.dataset_id,
        split=results.split,
        instances=results.instances,
        metrics=results.metrics,
        created_at=now,
        environment=results.environment,
    )
    uow.sensitivities.add(found, results.arrays)
