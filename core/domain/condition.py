"""Under which conditions a value was measured; values of different conditions are never one series.

A quality metric depends on the data set, the split, the instances and the precision; an efficiency metric on
the device, its threads, the runtime, the precision and the batch. A project names one condition of each kind:
its protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.domain.ids import DatasetId

FLOAT32 = "float32"
TEST = "test"
PYTORCH = "PyTorch"
LARGE_BATCH = 64
"""Instances in a large batch; less where so many do not fit into memory."""


class ConditionField(StrEnum):
    """One part of a condition, by the name that keys of metrics use."""

    DATA = "data"
    SPLIT = "split"
    INSTANCES = "instances"
    GROUP = "group"
    PRECISION = "precision"
    DEVICE = "device"
    THREADS = "threads"
    RUNTIME = "runtime"
    BATCH = "batch"


@dataclass(frozen=True)
class QualityCondition:
    """What a model was evaluated on, and how it computed.

    instances: at most so many, spread evenly over the split (always the same ones); None: all of them.
    group: mark of the saved group of instances, see `InstanceGroup.mark`; empty for all of those.
    """

    dataset_id: DatasetId
    split: str = TEST
    instances: int | None = None
    precision: str = FLOAT32
    group: str = ""

    @property
    def parts(self) -> Mapping[ConditionField, str]:
        """Every part as a text that identifies it."""
        return {
            ConditionField.DATA: str(int(self.dataset_id)),
            ConditionField.SPLIT: self.split,
            ConditionField.INSTANCES: "all" if self.instances is None else str(self.instances),
            ConditionField.GROUP: self.group,
            ConditionField.PRECISION: self.precision,
        }


@dataclass(frozen=True)
class EfficiencyCondition:
    """What a model was profiled on.

    dataset_id: whose instances were the inputs, which have a size; None where it was not noted.
    batch: instances in a large batch.
    """

    device: str
    threads: int = 0
    dataset_id: DatasetId | None = None
    runtime: str = PYTORCH
    precision: str = FLOAT32
    batch: int = LARGE_BATCH

    @property
    def parts(self) -> Mapping[ConditionField, str]:
        """Every part as a text that identifies it."""
        return {
            ConditionField.DEVICE: self.device,
            ConditionField.THREADS: str(self.threads),
            ConditionField.DATA: "" if self.dataset_id is None else str(int(self.dataset_id)),
            ConditionField.RUNTIME: self.runtime,
            ConditionField.PRECISION: self.precision,
            ConditionField.BATCH: str(self.batch),
        }


MeasuringCondition = QualityCondition | EfficiencyCondition


@dataclass(frozen=True)
class Protocol:
    """The conditions whose values a project shows under the plain names of its metrics.

    quality: None where nothing can be evaluated, as in a project that was imported.
    efficiency: None until the first profile, which settles it.
    """

    quality: QualityCondition | None = None
    efficiency: EfficiencyCondition | None = None

    def of(self, condition: MeasuringCondition) -> MeasuringCondition | None:
        """Return the condition of the same kind."""
        return self.quality if isinstance(condition, QualityCondition) else self.efficiency


def difference(
    condition: MeasuringCondition, protocol: MeasuringCondition, depends_on: tuple[ConditionField, ...] | None
) -> Mapping[ConditionField, str]:
    """Return the parts in which a condition is not the protocol's, of those that a metric depends on.

    depends_on: None for every part.
    """
    named = protocol.parts
    return {
        part: text
        for part, text in condition.parts.items()
        if text != named[part] and (depends_on is None or part in depends_on)
    }
