"""What is known of the layers of models."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from core.domain.ids import ModelId, SensitivityId
from core.domain.measurement.evaluation import PAIRED_KINDS, Arrays, LayerKind, Sensitivity
from core.domain.model import Model
from core.errors import NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application


def layer_statistics(
    app: Application,
    model_id: ModelId,
    kind: LayerKind,
    baseline_id: ModelId | None = None,
    *,
    names: Collection[str] | None = None,
) -> Arrays:
    """Return a model's layer statistics of a kind, arrays with the layer first; empty if not made yet.

    baseline_id: the model to compare with; None: the one that was chosen when they were made. Kinds that
    compare nothing, and a model against itself, are the same with any baseline. names: of the arrays, if not
    all are wanted.
    """
    with app.unit_of_work() as uow:
        if baseline_id is not None and kind in PAIRED_KINDS and baseline_id != model_id:
            pair = uow.layer_pairs.arrays(model_id, baseline_id, kind=kind, names=names)
            if pair or not _made_against(uow, model_id, kind, baseline_id):
                return pair
        return uow.evaluations.layer_statistics(model_id, kind=kind, names=names)


def kinds_against(uow: UnitOfWork, model_id: ModelId, baseline_id: ModelId) -> set[LayerKind]:
    """Return the kinds of layer statistics that are stored of a model against a baseline."""
    found = uow.layer_pairs.kinds(model_id, baseline_id)
    return found | {kind for kind in PAIRED_KINDS if _made_against(uow, model_id, kind, baseline_id)}


def _made_against(uow: UnitOfWork, model_id: ModelId, kind: LayerKind, baseline_id: ModelId) -> bool:
    """Return whether what was made with the model is against this baseline.

    Of models that lost or gained weights, those from before it was noted what these stand for do not count.
    """
    wanted = ["baseline", "zeros_both", "standing"]
    stored = uow.evaluations.layer_statistics(model_id, kind=kind, names=wanted)
    if "baseline" not in stored or int(stored["baseline"][0]) != baseline_id:
        return False
    return "standing" in stored or not bool((stored.get("zeros_both", np.zeros(0)) < 0).any())  # type: ignore[operator]


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
