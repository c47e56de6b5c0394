"""Agreement of all chosen models, of those too that have no column."""

import pytest

from core.domain.recipe import SweepStep
from core.services.behaviour.agreements import model_agreement
from core.services.behaviour.behaviour import behaviour
from core.services.models.models import list_models
from core.testing.projects.answering import answer


@pytest.fixture
def ids(app, laboratory, project, base):
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5, 0.9)}),),))
    laboratory.play()
    found = [model.id for model in list_models(app, project.id)]
    for model_id, wrong in zip(found, (0, 1, 3), strict=True):
        answers = [1] * wrong + [0] * (10 - wrong)
        answer(laboratory, model_id, [0] * 10, answers, class_names=("a", "b"))
    return found


def test_models_without_a_column_are_compared_too(app, ids):
    base, mild, strong = ids
    found = model_agreement(app, behaviour(app, [mild], base), [mild, strong])
    assert found.model_ids == (base, mild, strong)
    assert found.agreement.shares.tolist() == [[1, 0.9, 0.7], [0.9, 1, 0.8], [0.7, 0.8, 1]]


def test_a_model_of_other_instances_is_left_out(app, laboratory, ids):
    base, mild, strong = ids
    answer(laboratory, strong, [0] * 5, [0] * 5, class_names=("a", "b"))
    found = model_agreement(app, behaviour(app, [mild], base), [mild, strong])
    assert found.model_ids == (base, mild)
