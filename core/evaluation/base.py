"""What a task is (its metrics, its instance outcomes, its loss) and the registry of tasks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.data.dataset import Batch, Dataset
from core.domain.measurement.intervals import Interval, mean_interval
from core.domain.metric import MetricDefinition
from core.domain.parameter.inputs import Inputs
from core.ports import Progress, Silent
from core.registry import Registry


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A model on a data split.

    metrics: value per metric name; NaN where a metric is undefined.
    per_class: arrays `(classes,)`, e.g. accuracy (NaN for absent classes) and instances.
    outcomes: arrays whose first axis is `(instances,)`, in the data set's order.
    without_answer: ids of instances for which the model puts out NaN or infinity; they count as wrong.
    scores: `(instances,)` float by name of the metric that is their mean, for slices and intervals.
    intervals: 95 % interval of metrics that are no plain mean of scores.
    remarks: sentences that people should read beside the figures.
    """

    metrics: Mapping[str, float]
    per_class: Mapping[str, NDArray[Any]]
    outcomes: Mapping[str, NDArray[Any]]
    class_names: tuple[str, ...]
    instances: int
    without_answer: tuple[str, ...] = ()
    scores: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def uncertainty(self) -> dict[str, Interval]:
        """The 95 % interval of each metric whose sampling error is known."""
        means = {name: mean_interval(each) for name, each in self.scores.items()}
        known = {name: interval for name, interval in means.items() if interval is not None}
        return {**known, **self.intervals}


class Task(ABC):
    """A kind of question asked of models; its module docstring is its documentation.

    inputs: what models and data must be about; unknown: whatever they are.
    """

    name: str
    label: ClassVar[str]
    inputs: ClassVar[Inputs] = Inputs.UNKNOWN
    metrics: ClassVar[tuple[MetricDefinition, ...]]

    @abstractmethod
    def evaluate(
        self,
        module: nn.Module,
        dataset: Dataset,
        *,
        batch_size: int,
        device: torch.device,
        progress: Progress,
    ) -> Evaluation:
        """Return metrics and the outcome of every instance.

        Raises:
            UnusableInput: model and data do not fit, e.g. their class counts differ.
        """

    def watched(
        self, module: nn.Module, dataset: Dataset, *, batch_size: int, device: torch.device
    ) -> Mapping[str, float]:
        """Return the main metric of a few instances, for training curves; empty if that takes too long."""
        found = self.evaluate(module, dataset, batch_size=batch_size, device=device, progress=Silent())
        return {metric.name: found.metrics[metric.name] for metric in self.metrics[:1]}

    @abstractmethod
    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of a batch, for training."""


tasks: Registry[Task] = Registry("task", Task)
