"""Top-3 classification: a plug-in task that forgives two wrong guesses."""

from typing import Any

from numpy.typing import NDArray

from core.domain.metric import Direction, Format, MetricDefinition
from core.evaluation.base import tasks
from core.evaluation.classification import Outcomes
from core.evaluation.classifying import ECE, LOSS, MACRO_F1, ClassificationTask

TOP3 = MetricDefinition("top3", "Top-3 accuracy", Direction.HIGHER, Format.PERCENT)
TOP1 = MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.PERCENT)


@tasks.register("top3-classification")
class Top3Classification(ClassificationTask):
    """The first of its metrics is the one that plots lead with."""

    label = "Top-3 classification"
    metrics = (TOP3, TOP1, MACRO_F1, LOSS, ECE)
    accuracy = TOP1.name

    def further_scores(self, outcomes: Outcomes) -> dict[str, NDArray[Any]]:
        """Return whether the right class is among the three most probable."""
        labels = outcomes.arrays["label"]
        return {TOP3.name: (outcomes.arrays["top5"][:, :3] == labels[:, None]).any(axis=1)}
