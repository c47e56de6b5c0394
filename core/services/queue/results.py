"""What a run hands over when it succeeds; committed together with its change of status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.domain.ids import DatasetId, ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.domain.measurement.intervals import Interval
from core.domain.metric import MetricDefinition
from core.domain.module_table import ModuleTable
from core.domain.recipe import Step


@dataclass(frozen=True)
class ModelMade:
    """A making run's result: the checkpoint in the artifact store and what is known of it already.

    weight_statistics: arrays with the module as first axis.
    storage: bytes of the checkpoint by use.
    modules: what steps that start from the model are judged by.
    manifest: architecture, packing and environment of the checkpoint (JSON).
    drawn: whether all weights are as they were initialised: of a base that came without any.
    """

    artifact: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    definitions: tuple[MetricDefinition, ...] = ()
    weight_statistics: Arrays | None = None
    storage: Arrays | None = None
    modules: ModuleTable | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)
    drawn: bool = False


@dataclass(frozen=True)
class Evaluated:
    """An evaluation: metrics and the outcome of every instance (arrays with the instance as first axis).

    weights: key of the checkpoint that was measured, here and in the following; None: not known.
    """

    dataset_id: DatasetId
    split: str
    instances: int
    metrics: Mapping[str, float]
    outcomes: Arrays
    definitions: tuple[MetricDefinition, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    weights: str | None = None


@dataclass(frozen=True)
class Profiled:
    """A profile: size, speed and memory on a named device.

    cost: operations and time per module, arrays with the module as first axis.
    activations: statistics of what each layer puts out, if they were gathered on the way.
    """

    device: str
    metrics: Mapping[str, float]
    definitions: tuple[MetricDefinition, ...] = ()
    environment: Mapping[str, Any] = field(default_factory=dict)
    cost: Arrays | None = None
    activations: Arrays | None = None
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    weights: str | None = None


@dataclass(frozen=True)
class Inspected:
    """Layer statistics of one kind, arrays with the layer as first axis."""

    kind: LayerKind
    arrays: Arrays
    weights: str | None = None


@dataclass(frozen=True)
class Paired:
    """Layer statistics of the run's model against another, by kind.

    baseline_weights: key of the checkpoint of the other.
    """

    baseline_id: ModelId
    arrays: Mapping[LayerKind, Arrays]
    weights: str | None = None
    baseline_weights: str | None = None


@dataclass(frozen=True)
class Drifted:
    """How layers drift for a group of instances, which `key` stands for; baseline_weights as in `Paired`."""

    baseline_id: ModelId
    key: str
    arrays: Arrays
    weights: str | None = None
    baseline_weights: str | None = None


@dataclass(frozen=True)
class SensitivityResult:
    """What a step does to one layer at a time: metrics as they are without it, and arrays by layer."""

    step: Step
    dataset_id: DatasetId
    split: str
    instances: int
    metrics: Mapping[str, float]
    arrays: Arrays
    environment: Mapping[str, Any] = field(default_factory=dict)
    weights: str | None = None


@dataclass(frozen=True)
class InstancesKept:
    """What pages show of a split is kept: of how many instances, and how many of them have a picture."""

    instances: int
    pictures: int


Results = ModelMade | Evaluated | Profiled | Inspected | Paired | Drifted | SensitivityResult | InstancesKept
