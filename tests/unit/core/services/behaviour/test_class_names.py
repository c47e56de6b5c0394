"""Classes are called what people want, while data, predictions and figures stay."""

import pytest

from core.domain.recipe import SweepStep
from core.errors import InvalidInput
from core.services.behaviour.behaviour import behaviour
from core.services.behaviour.class_names import rename_classes
from core.services.models.models import list_models
from core.testing.projects.answering import answer

SAID = ("n01440764", "n01443537", "c")


@pytest.fixture
def ids(app, laboratory, project, base):
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9,)}),),))
    laboratory.play()
    found = [model.id for model in list_models(app, project.id)]
    for model_id, answers in zip(found, ([0, 1, 2], [1, 1, 2]), strict=True):
        answer(laboratory, model_id, [0, 1, 2], answers, class_names=SAID)
    return found


def test_pages_show_the_corrected_names(app, project, ids):
    before = behaviour(app, ids[1:])
    rename_classes(app, project.datasets[0].id, SAID, ["tench", " goldfish ", "c"])
    after = behaviour(app, ids[1:])
    assert after.split.class_names == ("tench", "goldfish", "c")
    assert [row.group for row in after.comparison.tables["class"]] == ["tench", "goldfish", "c"]
    (move,) = after.comparison.models[0].moves
    assert (move.before, move.after) == ("tench", "goldfish")
    assert after.comparison.models[0].share == before.comparison.models[0].share
    assert after.evaluation.details["class_names"] == list(SAID)


def test_names_can_be_corrected_again_and_taken_back(app, project, ids):
    dataset = project.datasets[0].id
    rename_classes(app, dataset, SAID, ["a", "b", "c"])
    rename_classes(app, dataset, SAID, ["b", "a", "c"])
    assert behaviour(app, ids[1:]).split.class_names == ("b", "a", "c")
    rename_classes(app, dataset, SAID, SAID)
    assert behaviour(app, ids[1:]).split.class_names == SAID


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["a", "b"], "There are 3 classes, but 2 names"),
        (["a", "", "c"], "Line 2: The name is empty"),
        (["a", "a", "c"], "Two classes are called 'a'"),
        (["a", "b", "no answer"], "Line 3: 'no answer' stands for"),
    ],
)
def test_names_that_cannot_be_told_apart_are_refused(app, project, ids, wanted, message):
    with pytest.raises(InvalidInput, match=message):
        rename_classes(app, project.datasets[0].id, SAID, wanted)
    assert behaviour(app, ids[1:]).split.class_names == SAID
