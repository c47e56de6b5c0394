"""Names with invisible characters are refused; those that a database has already are shown with numbers."""

import pytest

from core.domain.model import Model
from core.domain.project import Project
from core.errors import InvalidInput
from core.services.application import Application
from core.services.behaviour.behaviour import behaviour
from core.services.comparison.summaries import compare
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer


def test_a_name_with_an_invisible_character_is_refused(app: Application, project: Project) -> None:
    with pytest.raises(InvalidInput) as raised:
        add_base_model(app, BaseModelRequest(project.id, "pruned\u200bA", "residual-cnn"))
    assert "pruned<U+200B>A" in str([problem.message for problem in raised.value.problems])


def test_a_name_that_was_kept_before_is_shown_with_numbers(app: Application, base: Model) -> None:
    with app.unit_of_work(writing=True) as uow:
        uow.models.annotate([base.id], name="evil\u202etxt.exe")
        uow.commit()
    assert [model.name for model in list_models(app, base.project_id)] == ["evil<U+202E>txt.exe"]
    assert compare(app, [base.id]).summary.text.startswith("evil<U+202E>txt.exe: ")


def test_classes_that_look_the_same_are_told_apart(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    answer(laboratory, base.id, [0, 0, 1], [0, 1, 1], class_names=("cat", "cat\u200b"))
    found = behaviour(app, [base.id], base.id)
    assert [row.group for row in found.comparison.tables["class"]] == ["cat", "cat<U+200B>"]
