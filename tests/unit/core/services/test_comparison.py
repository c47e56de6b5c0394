"""Comparison: change against parent, a chosen model or nothing; churn on the same instances only."""

import numpy as np
import pytest

from core.comparison.churn import churn
from core.domain.experiment import ExperimentRequest
from core.domain.model import Model
from core.domain.recipe import SweepStep
from core.errors import NotFound
from core.services.application import Application
from core.services.comparison import change_against, churn_between
from core.services.experiments import submit
from core.services.models import get_model, list_models
from core.services.projects import get_project
from core.testing.laboratory import Laboratory


def test_a_model_is_compared_with_its_parent(app: Application, laboratory: Laboratory, base: Model) -> None:
    assert change_against(app, base.id).baseline is None
    project = get_project(app, base.project_id)
    recipe = (SweepStep("prune", {"sparsity": (0.9,)}), SweepStep("quantize", {"bits": (4,)}))
    submit(app, ExperimentRequest(project.id, (base.id,), (recipe,)))
    laboratory.play()
    parent, leaf = list_models(app, project.id)[1:]
    change = change_against(app, leaf.id)
    assert change.baseline == parent
    assert change.metrics["top1"] == pytest.approx(leaf.metrics["top1"] - parent.metrics["top1"])
    assert change_against(app, leaf.id, base.id).baseline == get_model(app, base.id).model
    with pytest.raises(NotFound, match="99"):
        change_against(app, leaf.id, type(leaf.id)(99))


def test_churn_of_a_model_with_itself_is_none(app: Application, base: Model) -> None:
    (evaluation,) = get_model(app, base.id).evaluations
    same = churn_between(app, evaluation.id, evaluation.id)
    assert (same.instances, same.churn, same.flips) == (4, 0, 0)


def test_churn_counts_flips_both_ways() -> None:
    labels = np.array([0, 0, 1, 1])
    found = churn(np.array([0, 1, 1, 0]), np.array([1, 0, 1, 2]), labels)
    assert (found.churn, found.regressions, found.fixes, found.flips) == (0.75, 0.25, 0.25, 0.5)
    assert np.isnan(churn(labels[:0], labels[:0], labels[:0]).churn)
    with pytest.raises(ValueError, match="shapes differ"):
        churn(labels, labels[:2], labels)
