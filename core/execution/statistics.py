"""Weight statistics of a model just made, against the model that others of its family are compared with."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from core.compression.checkpoints.checkpoint import CheckpointSummary
from core.compression.checkpoints.stored_weights import StoredWeights
from core.compression.model import CompressibleModel
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays
from core.errors import CorruptArtifact
from core.inspection.counterparts import matched
from core.inspection.pairs import weight_pair
from core.inspection.weights import weight_statistics
from core.services.application import Application
from core.services.layers.layer_statistics import baseline_of

log = logging.getLogger(__name__)


def weight_arrays(
    app: Application, model_id: ModelId, model: CompressibleModel, summary: CheckpointSummary
) -> Arrays:
    """Return the arrays of `weight_pair`, and `baseline` `(1,)`: the id of the other model, 0 if none.

    A baseline whose file is damaged is not worth losing the new model for; it is left out and logged.
    """
    baseline_id, weights = _baseline(app, model_id)
    if weights is None:
        arrays = weight_statistics(model.module, forms=summary.tensors)
    else:
        found = replace(matched(model, weights, model.module), module=model.module)
        values = {name: value.detach() for name, value in model.module.named_parameters()}
        arrays = weight_pair(found, values, weights, forms=summary.tensors)
    return arrays | {"baseline": np.array([baseline_id], np.int64)}


def _baseline(app: Application, model_id: ModelId) -> tuple[int, StoredWeights | None]:
    baseline = baseline_of(app, model_id)
    if baseline is None or baseline.artifact is None:
        return 0, None
    try:
        return int(baseline.id), StoredWeights(app.artifacts.fetch(baseline.artifact))
    except CorruptArtifact as error:
        log.warning("Statistics without baseline: %s", error.message, extra={"model": model_id})
        return 0, None
