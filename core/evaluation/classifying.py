"""What classifying images and classifying texts have in common: outcomes, metrics and loss."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.data.dataset import Batch, Dataset, call, fitting
from core.domain.measurement.intervals import mean_interval
from core.domain.metric import Direction, Format, MetricDefinition
from core.errors import UnusableInput
from core.evaluation.base import Evaluation, Task
from core.evaluation.class_permutation import order_remark
from core.evaluation.classification import NO_CLASS, Outcomes, classify
from core.evaluation.metrics import (
    expected_calibration_error,
    macro_f1,
    macro_f1_interval,
    per_class_accuracy,
)
from core.ports import Progress
from core.presentation.counts import agreeing, counted

MACRO_F1 = MetricDefinition(
    "macro_f1",
    "Macro F1",
    Direction.HIGHER,
    Format.PERCENT,
    description="Harmonic mean of precision and recall, averaged over classes; rare classes count in full.",
)
LOSS = MetricDefinition(
    "loss", "Loss", Direction.LOWER, unit="nats", description="Mean cross-entropy of the right class."
)
ECE = MetricDefinition(
    "ece",
    "Calibration error",
    Direction.LOWER,
    Format.PERCENT,
    description="Mean gap between confidence and accuracy over 15 bins of confidence.",
)


class ClassificationTask(Task):
    """One right class per instance; `accuracy` is the name of the task's main metric."""

    accuracy: ClassVar[str]

    def evaluate(
        self,
        module: nn.Module,
        dataset: Dataset,
        *,
        batch_size: int,
        device: torch.device,
        progress: Progress,
    ) -> Evaluation:
        """Return metrics and outcomes, see `Task.evaluate`."""
        outcomes = classify(module, dataset, batch_size=batch_size, device=device, progress=progress)
        if (outcomes.arrays["label"] < 0).all():
            return _unlabelled(dataset, outcomes)
        return self._judged(dataset, outcomes)

    def _judged(self, dataset: Dataset, whole: Outcomes) -> Evaluation:
        """Return the evaluation of instances with labels; others have outcomes but no part in metrics."""
        known = whole.arrays["label"] >= 0
        outcomes = whole if known.all() else whole.among(known)
        labels, predictions = outcomes.arrays["label"], outcomes.arrays["prediction"]
        classes = len(dataset.class_names)
        correct = labels == predictions
        remarks = (
            order_remark(labels, predictions, dataset.class_names),
            _class_remark(dataset),
            _label_remark(known),
        )
        accuracy, instances = per_class_accuracy(labels, predictions, classes)
        further = self.further_scores(outcomes)
        macro = macro_f1_interval(labels, predictions, classes)
        scores = {self.accuracy: correct.astype(np.float32), LOSS.name: outcomes.losses}
        intervals = {name: mean_interval(each) for name, each in (further | scores).items()}
        intervals[MACRO_F1.name] = macro
        return Evaluation(
            metrics={
                self.accuracy: float(correct.mean()),
                "macro_f1": macro_f1(labels, predictions, classes),
                "loss": float(outcomes.losses.mean(dtype=float)),
                "ece": expected_calibration_error(outcomes.confidences, correct),
                **{name: float(each.mean()) for name, each in further.items()},
            },
            per_class={"accuracy": accuracy, "instances": instances},
            outcomes=whole.arrays,
            class_names=dataset.class_names,
            instances=len(dataset),
            without_answer=_ids(dataset, whole.arrays["prediction"] == NO_CLASS),
            scores=scores if known.all() else {},
            intervals={name: interval for name, interval in intervals.items() if interval is not None},
            remarks=tuple(filter(None, remarks)),
        )

    def further_scores(self, outcomes: Outcomes) -> dict[str, NDArray[Any]]:
        """Return `(instances,)` per metric that is their mean, besides accuracy, F1, loss and calibration."""
        del outcomes
        return {}

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        """Return the mean cross-entropy; `UnusableInput` if model and data do not fit each other."""
        with fitting(batch.inputs):
            logits = call(module, batch.inputs)
        if int(batch.labels.min()) < 0:
            raise UnusableInput("The data have no classes to learn.", "Name the column of the classes.")
        if int(batch.labels.max()) >= logits.shape[1]:
            raise UnusableInput(
                f"The data have a class {int(batch.labels.max())}, the model only {logits.shape[1]} outputs.",
                "Choose a model with one output per class.",
            )
        return functional.cross_entropy(logits, batch.labels)


def _unlabelled(dataset: Dataset, outcomes: Outcomes) -> Evaluation:
    """Return predictions without any metric: nothing is known that they could be right about."""
    return Evaluation(
        metrics={},
        per_class={},
        outcomes=outcomes.arrays,
        class_names=dataset.class_names,
        instances=len(dataset),
        without_answer=_ids(dataset, outcomes.arrays["prediction"] == NO_CLASS),
        remarks=(_label_remark(np.zeros(len(dataset), bool)),),
    )


def _label_remark(known: NDArray[np.bool_]) -> str:
    """Return a note on instances without a label; empty where all have one."""
    missing = int(np.count_nonzero(~known))
    if not missing:
        return ""
    if missing == len(known):
        return (
            "No instance has a label, so accuracy and loss cannot be measured; predictions can be compared "
            "with those of other models."
        )
    verbs = agreeing(missing, "has no label and takes", "have no label and take")
    return f"{missing:,} of {counted(len(known), 'instance')} {verbs} no part in the metrics."


def _class_remark(dataset: Dataset) -> str:
    """Return a warning where all instances have one class; empty where they have several."""
    if not (name := dataset.only_class()):
        return ""
    return (
        f"All {len(dataset):,} instances are of the class {name}: a model that always answers {name} would "
        "be right every time, and nothing is known of the other classes."
    )


def _ids(dataset: Dataset, chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(dataset.ids[place] for place in chosen.nonzero()[0])
