"""What is known of the layers of models."""

from __future__ import annotations

from core.domain.evaluation import Arrays, LayerKind, Sensitivity
from core.domain.ids import ModelId, SensitivityId
from core.domain.model import Model
from core.errors import NotFound
from core.services.application import Application


def layer_statistics(app: Application, model_id: ModelId, kind: LayerKind) -> Arrays:
    """Return a model's layer statistics of a kind, arrays with the layer first; empty if not made yet."""
    with app.unit_of_work() as uow:
        return uow.evaluations.layer_statistics(model_id, kind=kind)


def baseline_of(app: Application, model_id: ModelId) -> Model | None:
    """Return the model whose layers a model's are compared with: its base, or the oldest ancestor stored.

    None for a base itself, and where no ancestor has a stored checkpoint.

    Raises:
        NotFound: there has never been such a model.
    """
    with app.unit_of_work() as uow:
        lineage = uow.models.lineage(model_id)
    if not lineage:
        raise NotFound(f"There is no model with id {model_id}.", "Choose one from the list of models.")
    return next((ancestor for ancestor in lineage[:-1] if ancestor.artifact is not None), None)


def sensitivities(app: Application, model_id: ModelId) -> list[Sensitivity]:
    """Return what is known of a model's sensitivity to steps, newest first."""
    with app.unit_of_work() as uow:
        return uow.sensitivities.of_model(model_id)


def sensitivity_arrays(app: Application, sensitivity_id: SensitivityId) -> Arrays:
    """Return the figures by layer, see `core.inspection.sensitivity`.

    Raises:
        NotFound: there is no such sensitivity.
        CorruptArtifact: the stored bytes are not what was written.
    """
    with app.unit_of_work() as uow:
        found = uow.sensitivities.arrays(sensitivity_id)
    if not found:
        message = f"There is no sensitivity with id {sensitivity_id}."
        raise NotFound(message, "It may have been deleted with its model.")
    return found
