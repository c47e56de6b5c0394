"""Taking recipes from the library into the drawer, and seeing first what that would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.domain.ids import ModelId, ProjectId
from core.errors import InvalidInput, NotFound
from core.presentation.counts import counted
from core.presentation.lists import listed
from core.services.application import Application
from core.services.recipes import presets, saved_recipes
from core.services.recipes.recipe_files import KeptRecipes, read_recipes
from core.services.recipes.recipe_writing import write_recipes
from core.services.workers import workers
from dashboard.components.chosen_file import decoded
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.new_experiment.editor import editor
from dashboard.views.new_experiment.entries.draft import in_use, with_recipes
from dashboard.views.new_experiment.entries.inputs import ENTRY_STATES, RECIPE_STATES, draft_of, entries_of
from dashboard.views.new_experiment.entries.prefill import prefilled
from dashboard.views.new_experiment.entries.request import read, sentence
from dashboard.views.new_experiment.ids import Ids
from dashboard.views.new_experiment.library.panel import (
    PRESET,
    entries,
    version_id,
)
from dashboard.views.new_experiment.opening_callbacks import models_of

_VERSIONS = {"held": State(version_id(ALL), "value"), "ids": State(version_id(ALL), "id")}
_TAKEN = {
    "editor": Output(Ids.EDITOR, "children", allow_duplicate=True),
    "draft": Output(Ids.DRAFT, "data", allow_duplicate=True),
    "opened": Output(Ids.TAKING, "opened", allow_duplicate=True),
    "news": Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
}


def register(app: Dash, product: Application) -> None:
    """Wire the list, the buttons that take, the file, and the differences."""
    _register_taking(app, product)
    _register_differences(app, product)

    @app.callback(
        Output(Ids.LIBRARY_LIST, "children"),
        Output(Ids.LIBRARY_WRONG, "children"),
        Output(Ids.DIFFERENCE, "children", allow_duplicate=True),
        Input(Ids.LIBRARY, "n_clicks"),
        State(Ids.PROJECT, "value"),
        State(Ids.BASES, "value"),
        prevent_initial_call=True,
    )
    def _open(_presses: int, project: str | None, bases: Sequence[str] | None) -> tuple[Any, str, str]:
        return listing(product, project, bases), "", ""


def _register_taking(app: Dash, product: Application) -> None:
    @app.callback(
        output=_TAKEN,
        inputs={
            "press": Input(Ids.TAKE, "data"),
            "versions": _VERSIONS,
            "project": State(Ids.PROJECT, "value"),
            "bases": State(Ids.BASES, "value"),
            "recipe": RECIPE_STATES,
        },
        prevent_initial_call=True,
    )
    def _take(*, press: Any, versions: Any, project: str, bases: Any, recipe: Any) -> dict[str, Any]:
        if not press:
            raise PreventUpdate
        name = press["name"]
        if press["kind"] == PRESET:
            found = preset(product, project, bases, name)
        else:
            found = saved(product, project, name, chosen_version(versions, name))
        return taken(product, project, recipe, found)

    @app.callback(
        output=_TAKEN | {"wrong": Output(Ids.LIBRARY_WRONG, "children", allow_duplicate=True)},
        inputs={
            "content": Input(Ids.LIBRARY_FILE, "contents"),
            "name": State(Ids.LIBRARY_FILE, "filename"),
            "project": State(Ids.PROJECT, "value"),
            "recipe": RECIPE_STATES,
        },
        prevent_initial_call=True,
    )
    def _read(*, content: str | None, name: str, project: str, recipe: Any) -> dict[str, Any]:
        if not content:
            raise PreventUpdate
        try:
            kept = read_recipes(workers.catalogue(product), text_of(content))
        except InvalidInput as error:
            told = " ".join(map(sentence, error.problems[:3]))
            return dict.fromkeys(_TAKEN, no_update) | {"wrong": f"{name} was not taken. {told}"}
        return taken(product, project, recipe, replace(kept, name=name)) | {"wrong": ""}


def _register_differences(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.DIFFERENCE, "children"),
        inputs={
            "press": Input(Ids.COMPARED, "data"),
            "versions": _VERSIONS,
            "entered": ENTRY_STATES,
            "recipe": RECIPE_STATES,
        },
        prevent_initial_call=True,
    )
    def _compare(*, press: Any, versions: Any, entered: Any, recipe: Any) -> str:
        if not press:
            raise PreventUpdate
        name = press["name"]
        version = chosen_version(versions, name)
        kept = saved_recipes.get_recipe(product, _project(entered["project"]), name, version=version)
        present = read(entries_of(entered), in_use(draft_of(recipe)), workers.catalogue(product)).request
        return difference(write_recipes(present.recipes), kept.content, kept.name)


def listing(product: Application, project: str | None, bases: Sequence[str] | None) -> Any:
    """Return what the library lists for the project and the models that are chosen."""
    project_id = _project(project)
    offered = presets.offers(product, project_id, [ModelId(int(one)) for one in bases or ()])
    return entries(offered, saved_recipes.list_recipes(product, project_id))


def preset(product: Application, project: str, bases: Sequence[str] | None, name: str) -> KeptRecipes:
    """Return the recipes of a preset that suit the models."""
    chosen = [ModelId(int(one)) for one in bases or ()]
    offered = presets.offers(product, _project(project), chosen, name=name)
    return next(KeptRecipes(one.recipes, one.preset.label) for one in offered)


def saved(product: Application, project: str, name: str, version: int | None) -> KeptRecipes:
    """Return the recipes of a kept version."""
    kept = saved_recipes.get_recipe(product, _project(project), name, version=version)
    return replace(read_recipes(workers.catalogue(product), kept.content), name=name)


def chosen_version(versions: Any, name: str) -> int | None:
    """Return the version that the select of a name shows; None while it shows none."""
    pairs = zip(versions["ids"], versions["held"], strict=True)
    return next((int(held) for each, held in pairs if each["name"] == name and held), None)


def taken(product: Application, project: str, recipe: Any, found: KeptRecipes) -> dict[str, Any]:
    """Return the drawer with the recipes below those that are there, and what was done in words."""
    catalogue = workers.catalogue(product)
    filled = prefilled(found.recipes, catalogue)
    draft = with_recipes(draft_of(recipe), filled.recipes)
    told = {
        "Left out, since no worker offers it": filled.left_out,
        "Not taken from the file": found.passed_over,
    }
    hint = " ".join(f"{what}: {listed(names)}." for what, names in told.items() if names)
    said = f"{counted(len(filled.recipes), 'recipe')} of {found.name} taken"
    return {
        "editor": editor(draft, catalogue, models_of(product, project)),
        "draft": draft.to_json(),
        "opened": False,
        "news": [notification(said, hint)],
    }


def text_of(contents: str) -> str:
    """Return the text of an uploaded file.

    Raises:
        InvalidInput: it is no text.
    """
    try:
        return decoded(contents).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput.of("", "This file is not text.", "Choose a YAML file.") from error


def difference(present: str, kept: str, name: str) -> str:
    """Return a unified difference from what is in the drawer to a kept recipe, or that there is none."""
    lines = saved_recipes.differences(present, kept, names=("in the drawer", name))
    return "\n".join(lines) or f"{name} is what the drawer holds."


def _project(project: str | None) -> ProjectId:
    if not project:
        raise NotFound("No project is chosen.", "Choose one above.")
    return ProjectId(int(project))
