"""Image classification: each image has one right class out of a fixed list.

Metrics: top-1 and top-5 accuracy, accuracy per class, macro-averaged F1, cross-entropy, and the
expected calibration error (C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.data.dataset import Batch, Dataset, call
from core.domain.metric import Direction, Format, MetricDefinition
from core.errors import UnusableInput
from core.evaluation.base import Evaluation, Task, tasks
from core.evaluation.classification import classify
from core.evaluation.metrics import expected_calibration_error, macro_f1, per_class_accuracy
from core.ports import Progress

TOP1 = MetricDefinition(
    "top1",
    "Top-1 accuracy",
    Direction.HIGHER,
    Format.PERCENT,
    description="Share of images whose most probable class is the right one.",
)
TOP5 = MetricDefinition(
    "top5",
    "Top-5 accuracy",
    Direction.HIGHER,
    Format.PERCENT,
    description="Share of images whose right class is among the five most probable.",
)
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


@tasks.register("image-classification")
class ImageClassification(Task):
    """One label per image."""

    label = "Image classification"
    metrics = (TOP1, TOP5, MACRO_F1, LOSS, ECE)

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
        labels, predictions = outcomes.arrays["label"], outcomes.arrays["prediction"]
        classes = len(dataset.class_names)
        correct = labels == predictions
        accuracy, instances = per_class_accuracy(labels, predictions, classes)
        return Evaluation(
            metrics={
                "top1": float(correct.mean()),
                "top5": float((outcomes.arrays["top5"] == labels[:, None]).any(axis=1).mean()),
                "macro_f1": macro_f1(labels, predictions, classes),
                "loss": float(outcomes.losses.mean(dtype=float)),
                "ece": expected_calibration_error(outcomes.confidences, correct),
            },
            per_class={"accuracy": accuracy, "instances": instances},
            outcomes=outcomes.arrays,
            class_names=dataset.class_names,
            instances=len(dataset),
        )

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        """Return the mean cross-entropy; `UnusableInput` if a label has no output."""
        logits = call(module, batch.inputs)
        if int(batch.labels.max()) >= logits.shape[1]:
            raise UnusableInput(
                f"The data have a class {int(batch.labels.max())}, the model only {logits.shape[1]} outputs.",
                "Choose a model with one output per class.",
            )
        return functional.cross_entropy(logits, batch.labels)
