"""Comparison: change against parent, a chosen model or nothing."""

import pytest

from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import SweepStep
from core.errors import NotFound
from core.services.application import Application
from core.services.comparison.summaries import change_against
from core.services.experiments.experiments import submit
from core.services.models.models import get_model, list_models
from core.services.projects.projects import get_project
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
