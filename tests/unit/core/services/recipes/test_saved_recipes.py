"""Recipes are kept in versions, found again by name, and brought back when deleted."""

import pytest

from core.domain.ids import SavedRecipeId
from core.domain.project import Project
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules
from core.errors import InvalidInput, NotFound, UnknownName
from core.services.application import Application
from core.services.recipes.recipe_files import read_recipes
from core.services.recipes.saved_recipes import (
    RecipeToSave,
    delete_recipe,
    differences,
    get_recipe,
    list_recipes,
    restore_recipe,
    save_recipe,
)
from core.services.workers.workers import catalogue
from core.testing.fakes import acting_as

HALF = ((SweepStep("prune", {"sparsity": (0.5,)}, LayerRules(exclude=("^stem",))),),)
MORE = ((SweepStep("prune", {"sparsity": (0.5, 0.9)}), SweepStep("quantize", {"bits": (8,)})),)


def test_each_change_is_a_new_version_that_reads_back(app: Application, project: Project) -> None:
    first = save_recipe(acting_as(app, "ada"), RecipeToSave(project.id, " Half ", HALF, "a start"))
    assert (first.name, first.version, first.author, first.note) == ("Half", 1, "ada", "a start")
    assert save_recipe(app, RecipeToSave(project.id, "Half", HALF)) == first
    second = save_recipe(app, RecipeToSave(project.id, "Half", MORE))
    other = save_recipe(app, RecipeToSave(project.id, "a control", HALF))
    assert second.version == 2
    assert [one.id for one in list_recipes(app, project.id)] == [other.id, second.id, first.id]
    assert get_recipe(app, project.id, "Half") == second
    assert get_recipe(app, project.id, "Half", version=1) == first
    assert read_recipes(catalogue(app), second.content).recipes == MORE
    told = differences(first.content, second.content, names=("version 1", "version 2"))
    assert told[:2] == ["--- version 1", "+++ version 2"]
    assert "-      sparsity: 0.5" in told
    assert "+  - technique: quantize" in told


def test_a_deleted_recipe_comes_back_with_all_versions(app: Application, project: Project) -> None:
    first = save_recipe(acting_as(app, "ada"), RecipeToSave(project.id, "Half", HALF))
    second = save_recipe(app, RecipeToSave(project.id, "Half", MORE))
    gone = delete_recipe(app, project.id, "Half")
    assert list_recipes(app, project.id) == []
    third = save_recipe(app, RecipeToSave(project.id, "Half", HALF))
    assert third.version == 3
    assert restore_recipe(app, project.id, [one.id for one in gone]).id == second.id
    assert [one.id for one in list_recipes(app, project.id)] == [third.id, second.id, first.id]
    with pytest.raises(NotFound, match="cannot be brought back"):
        restore_recipe(app, project.id, [SavedRecipeId(99)])


def test_what_cannot_be_kept_or_found_is_refused(app: Application, project: Project) -> None:
    with pytest.raises(InvalidInput) as told:
        save_recipe(app, RecipeToSave(project.id, " ", ((),)))
    assert [problem.field for problem in told.value.problems] == ["name", "recipes"]
    save_recipe(app, RecipeToSave(project.id, "Half", HALF))
    with pytest.raises(UnknownName, match="Halves"):
        get_recipe(app, project.id, "Halves")
    with pytest.raises(NotFound, match="no version 9"):
        get_recipe(app, project.id, "Half", version=9)
    with pytest.raises(NotFound, match="no recipe named 'Third'"):
        delete_recipe(app, project.id, "Third")


def test_fields_of_one_experiment_are_passed_over(app: Application) -> None:
    text = "project: digits\nname: Mine\nbase: residual CNN\nrecipes: [[{technique: prune}]]\n"
    kept = read_recipes(catalogue(app), text)
    assert kept.recipes == ((SweepStep("prune"),),)
    assert (kept.name, kept.passed_over) == ("Mine", ("project", "base"))
