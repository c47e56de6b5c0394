"""Predictions come in from the page as from the command, and problems name line and column."""

import base64

import pytest

from core.domain.recipe import SweepStep
from core.errors import InvalidInput
from core.services.behaviour.behaviour import behaviour
from core.services.models.models import get_model, list_models
from core.testing.projects.answering import answer
from core.testing.projects.showing import keep_texts
from dashboard.views.compare.importing import choices, problems, take


@pytest.fixture
def ids(app, laboratory, project, base):
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9,)}),),))
    laboratory.play()
    found = [model.id for model in list_models(app, project.id)]
    answer(laboratory, found[0], [0, 0, 1], [0, 0, 1], class_names=("cat", "dog"))
    keep_texts(app, project.datasets[0].id, ["x", "y", "z"])
    return found


def handed_over(text: str) -> str:
    return f"data:text/csv;base64,{base64.b64encode(text.encode()).decode()}"


def test_a_file_of_the_browser_takes_part_in_the_comparison(app, ids):
    told = take(app, "mine.csv", handed_over("id,prediction\n0,cat\n1,dog\n2,dog\n"), ids[1])
    assert told == f"Imported 3 predictions of model {ids[1]}, 2 of them right."
    assert behaviour(app, ids[1:]).comparison.models[0].flips.regressions == 1


def test_nothing_is_stored_of_a_wrong_file_and_the_line_is_named(app, ids):
    before = len(get_model(app, ids[1]).evaluations)
    with pytest.raises(InvalidInput) as raised:
        take(app, "mine.csv", handed_over("id,prediction\n0,cat\n1,bird\n2,dog\n"), ids[1])
    assert len(get_model(app, ids[1]).evaluations) == before
    shown = str(problems("mine.csv", raised.value.problems))
    assert "Line 3, column prediction: there is no class 'bird'" in shown


def test_what_is_no_file_is_refused(app, ids):
    with pytest.raises(InvalidInput, match="did not arrive whole"):
        take(app, "mine.csv", "data:text/csv;base64,%%%", ids[1])


def test_only_models_that_are_made_are_offered(app, laboratory, project, ids):
    laboratory.sweep(project, ids[0], ((SweepStep("prune", {"sparsity": (0.8,)}),),))
    models = list_models(app, project.id)
    names = {model.id: f"model {model.id}" for model in models}
    assert [int(one["value"]) for one in choices(models, names)] == ids
