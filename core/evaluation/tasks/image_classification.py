"""Image classification: each image has one right class out of a fixed list.

Metrics: top-1 and top-5 accuracy, accuracy per class, macro-averaged F1, cross-entropy, and the
expected calibration error (C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.domain.metric import Direction, Format, MetricDefinition
from core.domain.parameter.inputs import Inputs
from core.evaluation.base import tasks
from core.evaluation.classification import Outcomes
from core.evaluation.classifying import ECE, LOSS, MACRO_F1, ClassificationTask

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


@tasks.register("image-classification")
class ImageClassification(ClassificationTask):
    """One label per image."""

    label = "Image classification"
    inputs = Inputs.IMAGES
    metrics = (TOP1, TOP5, MACRO_F1, LOSS, ECE)
    accuracy = TOP1.name

    def further_scores(self, outcomes: Outcomes) -> dict[str, NDArray[Any]]:
        """Return whether the right class is among the five most probable."""
        labels = outcomes.arrays["label"]
        return {TOP5.name: (outcomes.arrays["top5"] == labels[:, None]).any(axis=1)}
