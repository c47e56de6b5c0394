"""Large evaluations with random outcomes, in memory or stored, for figures about comparisons."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.predictions import Grouping
from core.comparison.metrics.measures import Measure, macro_f1_measure, mean_measure
from core.domain.ids import EvaluationId, ModelId
from core.domain.measurement.evaluation import Evaluation
from core.domain.project import Project
from core.persistence.figures import refresh
from core.services.application import Application
from core.testing.laboratory import ACCURACY, Laboratory
from core.testing.projects.forests import forest
from core.testing.projects.planting import plant

MOST_LOG_PROBABILITIES = 50_000_000
"""Numbers above which evaluations do not keep the log-probabilities of all classes."""


def measures(metrics: int, instances: int, classes: int, seed: int) -> list[Measure]:
    """Return as many metrics of one model: the macro F1, and means over the instances."""
    draw = np.random.default_rng(seed)
    labels = np.arange(instances) % classes
    predictions = np.where(draw.random(instances) < 0.8, labels, draw.integers(0, classes, instances))
    means = [mean_measure(draw.random(instances)) for _ in range(metrics - 1)]
    return [macro_f1_measure(labels, predictions, classes), *means]


def columns(count: int, instances: int) -> list[Grouping]:
    """Return columns with 2 to 21 values."""
    draw = np.random.default_rng(0)
    return [
        Grouping(f"column {each}", tuple(map(str, range(each + 2))), draw.integers(0, each + 2, instances))
        for each in range(count)
    ]


def planted(laboratory: Laboratory, models: int, instances: int, classes: int) -> tuple[str, list[ModelId]]:
    """Store a project of a base and models with the outcomes of every instance; return slug and ids."""
    app, project = laboratory.app, laboratory.project()
    ids = list(plant(app, project, forest(models + 1, bases=1)).values())
    draw = np.random.default_rng(0)
    labels = (np.arange(instances) % classes).astype(np.int16)
    for place, model_id in enumerate(ids):
        _evaluate(app, project, model_id, _outcomes(draw, labels, classes, share=0.9 - 0.02 * place))
    with app.unit_of_work(writing=True) as uow:
        refresh(uow, project.id, ids)
        uow.projects.touch(project.id)
        uow.commit()
    return project.slug, ids


def _outcomes(
    draw: np.random.Generator, labels: NDArray[np.int16], classes: int, *, share: float
) -> dict[str, NDArray[np.generic]]:
    instances = len(labels)
    wrong = draw.integers(0, classes, instances).astype(np.int16)
    predictions = np.where(draw.random(instances) < share, labels, wrong)
    found: dict[str, NDArray[np.generic]] = {
        "label": labels,
        "prediction": predictions.astype(np.int16),
        "confidence": draw.uniform(0.3, 1, instances).astype(np.float16),
        "loss": draw.exponential(0.5, instances).astype(np.float16),
    }
    if instances * classes <= MOST_LOG_PROBABILITIES:
        logits = draw.normal(0, 1, (instances, classes)).astype(np.float32)
        logits[np.arange(instances), predictions] += 6
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        found["log_probabilities"] = logits.astype(np.float16)
    return found


def _evaluate(
    app: Application, project: Project, model_id: ModelId, outcomes: dict[str, NDArray[np.generic]]
) -> None:
    right = float((outcomes["label"] == outcomes["prediction"]).mean())
    classes = int(np.asarray(outcomes["label"], np.int64).max()) + 1
    with app.unit_of_work(writing=True) as uow:
        model = uow.models.get([model_id])[model_id]
        uow.evaluations.add(
            Evaluation(
                id=EvaluationId(0),
                model_id=model_id,
                dataset_id=project.datasets[0].id,
                split="test",
                instances=len(outcomes["label"]),
                metrics={ACCURACY.name: right},
                created_at=datetime.now(UTC),
                details={"class_names": [f"class {each}" for each in range(classes)], "fingerprint": "same"},
                artifact=model.artifact,
            ),
            outcomes,
        )
        uow.commit()
