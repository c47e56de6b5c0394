"""Recipes kept in a project under a name: each change is a new version, and none is lost by another."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import ProjectId, SavedRecipeId
from core.domain.recipe import Recipe
from core.domain.saved.saved_recipe import RecipeVersion, SavedRecipe
from core.domain.text import text_problems
from core.errors import InvalidInput, NotFound, Problem, UnknownName
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.recipes.recipe_writing import write_recipes

MOST_VERSIONS = 2_000
"""Versions of recipes that a project may keep, of all names together."""
LONGEST_CONTENT = 200_000

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RecipeToSave:
    """Recipes to be kept. note: why, or what is new in this version."""

    project_id: ProjectId
    name: str
    recipes: tuple[Recipe, ...]
    note: str = ""


@needs(Role.EDITOR)
def save_recipe(app: Application, wanted: RecipeToSave) -> SavedRecipe:
    """Keep recipes under a name; the next version where the name is taken by other recipes.

    What is kept already is returned as it is, so that saving twice makes one version.

    Raises:
        NotFound: there is no such project.
        InvalidInput: every problem, at `name`, `note` and `recipes`.
    """
    content = write_recipes(wanted.recipes)
    problems = text_problems("name", wanted.name, most=100, required=True)
    problems += text_problems("note", wanted.note, most=10_000)
    if not any(wanted.recipes):
        problems.append(Problem("recipes", "There is no step to keep.", "Add a step first."))
    if len(content) > LONGEST_CONTENT:
        message = f"The recipes take {len(content):,} characters; at most {LONGEST_CONTENT:,} are kept."
        problems.append(Problem("recipes", message, "Write sweeps as lists of values, or split the recipes."))
    if problems:
        raise InvalidInput(problems)
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(wanted.project_id)
        known = uow.saved_recipes.list(wanted.project_id)
        name = wanted.name.strip()
        newest = next((one for one in known if one.name == name), None)
        kept = uow.saved_recipes.get(newest.id) if newest is not None else None
        if kept is not None and kept.content == content:
            return kept
        if len(known) >= MOST_VERSIONS:
            message = f"The project keeps {len(known):,} versions of recipes; there cannot be more."
            raise InvalidInput.of("", message, "Delete some recipes first.")
        saved = uow.saved_recipes.add(
            SavedRecipe(
                id=SavedRecipeId(0),
                project_id=wanted.project_id,
                name=name,
                version=uow.saved_recipes.last_version(wanted.project_id, name) + 1,
                content=content,
                created_at=app.clock.now(),
                note=wanted.note.strip(),
                author=app.caller.name,
            )
        )
        told = f"{saved.name}, version {saved.version}"
        note(uow, app, Action.CREATED, Subject("recipe", (int(saved.id),), told, saved.project_id))
        uow.commit()
    _logger.info("Recipe saved", extra={"recipe": saved.id, "by": app.caller.name})
    return saved


def list_recipes(app: Application, project_id: ProjectId) -> list[RecipeVersion]:
    """Return every version of every recipe of a project, by name, the newest of a name first."""
    with app.unit_of_work() as uow:
        return uow.saved_recipes.list(project_id)


def get_recipe(
    app: Application, project_id: ProjectId, name: str, *, version: int | None = None
) -> SavedRecipe:
    """Return a version of a recipe, the newest if none is asked for.

    Raises:
        UnknownName: the project keeps no recipe of that name; near names are told.
        NotFound: there is no such version of it.
    """
    with app.unit_of_work() as uow:
        known = uow.saved_recipes.list(project_id)
        versions = [one for one in known if one.name == name.strip()]
        if not versions:
            raise UnknownName("recipe", name, {one.name for one in known})
        wanted = next((one for one in versions if version in (None, one.version)), None)
        found = uow.saved_recipes.get(wanted.id) if wanted is not None else None
    if found is None:
        message = f"There is no version {version} of {versions[0].name!r}."
        raise NotFound(message, f"The newest is {versions[0].version}.")
    return found


@needs(Role.EDITOR)
def delete_recipe(app: Application, project_id: ProjectId, name: str) -> list[RecipeVersion]:
    """Forget all versions of a recipe and return them, so that they can be brought back.

    Raises:
        NotFound: the project keeps no recipe of that name.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        versions = [one for one in uow.saved_recipes.list(project_id) if one.name == name]
        if not versions:
            raise NotFound(f"There is no recipe named {name!r}.", "Reload the list of recipes.")
        uow.saved_recipes.mark([one.id for one in versions], deleted_at=app.clock.now())
        ids = tuple(int(one.id) for one in versions)
        note(uow, app, Action.DELETED, Subject("recipe", ids, name, project_id))
        uow.commit()
    _logger.info("Recipe deleted", extra={"recipe": name, "by": app.caller.name})
    return versions


@needs(Role.EDITOR)
def restore_recipe(
    app: Application, project_id: ProjectId, recipe_ids: Sequence[SavedRecipeId]
) -> RecipeVersion:
    """Bring versions of a deleted recipe back and return the newest.

    Raises:
        NotFound: they are not there to be brought back.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        uow.saved_recipes.mark(recipe_ids, deleted_at=None)
        back = [one for one in uow.saved_recipes.list(project_id) if one.id in set(recipe_ids)]
        if not back:
            raise NotFound("The recipe cannot be brought back.", "Reload the list of recipes.")
        ids = tuple(int(one.id) for one in back)
        note(uow, app, Action.RESTORED, Subject("recipe", ids, back[0].name, project_id))
        uow.commit()
    return back[0]


def differences(before: str, after: str, *, names: tuple[str, str]) -> list[str]:
    """Return the lines of a unified difference of two recipes as YAML; none where they are equal."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="", n=3)
    return list(lines)
