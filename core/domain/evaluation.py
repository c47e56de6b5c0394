"""What runs measure: evaluations with the outcome of every instance, profiles, layer statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.ids import DatasetId, EvaluationId, ModelId, ProfileId, RunId, SensitivityId
from core.domain.recipe import Step

Arrays = Mapping[str, NDArray[np.generic]]
"""Named arrays, all with the instance (outcomes) or the module (layer statistics) as first axis."""


class LayerKind(StrEnum):
    """What layer statistics are about; each kind is a set of arrays."""

    WEIGHTS = "weights"  # made with the model: `core.inspection.weights`
    ACTIVATIONS = "activations"  # made with a profile or a `layers` run: `core.inspection.activations`
    COST = "cost"  # made with a profile: `core.inspection.cost`
    MODULES = "modules"  # made with the model, its modules and their units: `core.domain.module_table`


@dataclass(frozen=True)
class Evaluation:
    """A model on a data split: metrics; the outcome arrays are read on their own.

    details: what is not one number, e.g. `class_names` and per-class figures (JSON).
    environment: device, seed, library versions, thread count.
    """

    id: EvaluationId
    model_id: ModelId
    dataset_id: DatasetId
    split: str
    instances: int
    metrics: Mapping[str, float]
    created_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """A model on a device: size, speed and memory."""

    id: ProfileId
    model_id: ModelId
    device: str
    metrics: Mapping[str, float]
    created_at: datetime
    environment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sensitivity:
    """What became of a model's metrics when a step was applied to one layer at a time.

    metrics: of the model as it is, on the same instances. Figures per layer are arrays, read on their own.
    """

    id: SensitivityId
    model_id: ModelId
    run_id: RunId
    step: Step
    dataset_id: DatasetId
    split: str
    instances: int
    metrics: Mapping[str, float]
    created_at: datetime
    environment: Mapping[str, Any] = field(default_factory=dict)
