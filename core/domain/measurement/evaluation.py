"""What runs measure: evaluations with the outcome of every instance, profiles, layer statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.condition import FLOAT32, LARGE_BATCH, PYTORCH, EfficiencyCondition, QualityCondition
from core.domain.ids import DatasetId, EvaluationId, ModelId, ProfileId, RunId, SensitivityId
from core.domain.measurement.intervals import Interval
from core.domain.measurement.sensitivity import Approach, Grouping, Method
from core.domain.recipe import Step

Arrays = Mapping[str, NDArray[np.generic]]
"""Named arrays, all with the instance (outcomes) or the module (layer statistics) as first axis."""

SLICE, LABEL = "slice.", "label"
"""Outcome arrays that hold the group of each instance: in a column of the data, and its class."""

ANSWER = "answer."
"""Prefix of outcome arrays that hold a plug-in function's value for each written answer."""

CROWDED = 1.5
"""Processes per core beyond which times are doubtful; about one is what a worker's own runs come to."""


REFERENCE_BEFORE, REFERENCE_AFTER = "reference_before_ms", "reference_after_ms"
"""In an environment: milliseconds of a fixed workload just before and after a model was timed."""

UNSTEADY = 1.3
"""How many times longer the fixed workload may take before the machine counts as slowed down by something."""


class LayerKind(StrEnum):
    """What layer statistics are about; each kind is a set of arrays."""

    WEIGHTS = "weights"  # made with the model: `core.inspection.weights`
    ACTIVATIONS = "activations"  # made with a profile or a `layers` run: `core.inspection.activations`
    COST = "cost"  # made with a profile: `core.inspection.cost`
    CHANNELS = "channels"  # made when asked for, inside each module: `core.inspection.channels`
    STORAGE = (
        "storage"  # made with the model, bytes of its file by use: `core.compression.checkpoints.file_bytes`
    )
    MODULES = "modules"  # made with the model, its modules and their units: `core.domain.module_table`


PAIRED_KINDS = frozenset({LayerKind.WEIGHTS, LayerKind.ACTIVATIONS, LayerKind.CHANNELS})
"""Kinds that are against another model, and are kept for each that was asked for."""


class Standing(StrEnum):
    """What a weight of a model is beside those of the model it is compared with."""

    SAME = "same"  # the baseline has it in this shape, maybe under another name
    RESHAPED = "reshaped"  # the baseline has it in another shape
    FACTORIZED = "factorized"  # a factor: two of them stand for one weight of the baseline
    ADDED = "added"  # the baseline has nothing like it


@dataclass(frozen=True)
class Evaluation:
    """A model on a data split: metrics; the outcome arrays are read on their own.

    details: what is not one number, e.g. `class_names` and per-class figures (JSON).
    environment: device, seed, library versions, thread count, precision, `instances_asked` of a sample,
        `group` of a saved group of instances.
    intervals: 95 % interval per metric whose sampling error is known.
    artifact: key of the checkpoint that was evaluated; None where it was not noted.
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
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    artifact: str | None = None

    @property
    def condition(self) -> QualityCondition:
        """Under which condition the values were measured."""
        return quality_condition(self.dataset_id, self.split, self.environment)

    @property
    def caveats(self) -> tuple[str, ...]:
        """Nothing: what is known of an evaluation's accuracy is in its intervals."""
        return ()


def quality_condition(dataset_id: DatasetId, split: str, told: Mapping[str, Any]) -> QualityCondition:
    """Return the condition of an evaluation. told: its environment."""
    asked = told.get("instances_asked")
    instances = None if asked is None else int(asked)
    precision = str(told.get("precision", FLOAT32))
    return QualityCondition(dataset_id, split, instances, precision, str(told.get("group", "")))


def efficiency_condition(device: str, told: Mapping[str, Any]) -> EfficiencyCondition:
    """Return the condition of a profile. told: its environment."""
    data = told.get("dataset_id")
    return EfficiencyCondition(
        device=device,
        threads=int(told.get("threads", 0)),
        dataset_id=None if data is None else DatasetId(int(data)),
        runtime=str(told.get("runtime", PYTORCH)),
        precision=str(told.get("precision", FLOAT32)),
        batch=int(told.get("large_batch", LARGE_BATCH)),
    )


def crowded(environment: Mapping[str, Any]) -> bool:
    """Return whether something else slowed the machine down, so that times may be much too long.

    More processes wanted a core than there were, or a fixed workload got slower or faster meanwhile.
    """
    load, cores = environment.get("load_average"), environment.get("cores")
    return bool(load and cores and load > CROWDED * cores) or machine_changed(environment)


def machine_changed(*environments: Mapping[str, Any]) -> bool:
    """Return whether the machine was much slower during one of these measurements than during another.

    A fixed workload tells, which was timed beside each; nothing is known of measurements without it.
    """
    names = (REFERENCE_BEFORE, REFERENCE_AFTER)
    times = [float(one[name]) for one in environments for name in names if one.get(name)]
    return bool(times) and max(times) > UNSTEADY * min(times)


@dataclass(frozen=True)
class Profile:
    """A model on a device: size, speed and memory.

    intervals: 95 % interval of times and throughput, as far as the repetitions of this profile tell.
    artifact: key of the checkpoint that was profiled; None where it was not noted.
    """

    id: ProfileId
    model_id: ModelId
    device: str
    metrics: Mapping[str, float]
    created_at: datetime
    environment: Mapping[str, Any] = field(default_factory=dict)
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    artifact: str | None = None

    @property
    def condition(self) -> EfficiencyCondition:
        """Under which condition the values were measured."""
        return efficiency_condition(self.device, self.environment)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What to know before times are compared."""
        found = ("timed on a busy machine",) if crowded(self.environment) else ()
        simulated = self.environment.get("speed") == "simulated"
        return (*found, "simulated arithmetic") if simulated else found


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

    @property
    def approach(self) -> Approach:
        """How it was found out."""
        told = self.environment
        return Approach(Method(told.get("method", Method.MEASURE)), Grouping(told.get("grouping", "module")))

    @property
    def asked(self) -> Mapping[str, Any]:
        """What the run was asked for besides the step: sample, precision and approach."""
        found: Mapping[str, Any] = self.environment.get("asked", {})
        return found

    @property
    def artifact(self) -> str | None:
        """The checkpoint that was examined; None if that is not known."""
        found = self.environment.get("weights")
        return None if found is None else str(found)
