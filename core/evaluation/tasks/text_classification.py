"""Text classification: each text has one right class, such as its sentiment or its topic.

Metrics: accuracy, accuracy per class, macro-averaged F1, cross-entropy, and the expected calibration
error (C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
"""

from __future__ import annotations

from core.domain.metric import Direction, Format, MetricDefinition
from core.domain.parameter.inputs import Inputs
from core.evaluation.base import tasks
from core.evaluation.classifying import ECE, LOSS, MACRO_F1, ClassificationTask

ACCURACY = MetricDefinition(
    "accuracy",
    "Accuracy",
    Direction.HIGHER,
    Format.PERCENT,
    description="Share of texts whose most probable class is the right one.",
)


@tasks.register("text-classification")
class TextClassification(ClassificationTask):
    """One label per text."""

    label = "Text classification"
    inputs = Inputs.TEXTS
    metrics = (ACCURACY, MACRO_F1, LOSS, ECE)
    accuracy = ACCURACY.name
