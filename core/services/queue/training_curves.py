"""Training curves as people see them: of one run, or of what made a model."""

from __future__ import annotations

from core.domain.ids import ModelId, RunId
from core.domain.queue.run import MAKING
from core.domain.queue.training_curve import TrainingCurve
from core.services.application import Application


def curves_of_run(app: Application, run_id: RunId) -> list[TrainingCurve]:
    """Return the curve of each attempt of a run that trained, the latest last; empty if none did."""
    with app.unit_of_work() as uow:
        return uow.curves.of_runs([run_id])


def curves_of_model(app: Application, model_id: ModelId) -> list[TrainingCurve]:
    """Return the curves of the run that makes a model."""
    with app.unit_of_work() as uow:
        making = [run.id for run in uow.runs.of_models([model_id]) if run.kind in MAKING]
        return uow.curves.of_runs(making)
