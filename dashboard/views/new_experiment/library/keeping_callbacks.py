"""Keeping the recipes of the drawer: under a name in the project, or in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.domain.ids import ProjectId
from core.domain.queue.experiment import ExperimentRequest
from core.errors import InvalidInput
from core.services.application import Application
from core.services.projects import projects
from core.services.recipes import saved_recipes
from core.services.recipes.recipe_writing import write_recipe_file
from core.services.workers import workers
from dashboard.components.notification import notification
from dashboard.components.undo import undoable_recipe
from dashboard.ids import ShellIds
from dashboard.views.new_experiment.entries.draft import in_use
from dashboard.views.new_experiment.entries.inputs import ENTRY_STATES, RECIPE_STATES, draft_of, entries_of
from dashboard.views.new_experiment.entries.request import read, sentence
from dashboard.views.new_experiment.ids import Ids
from dashboard.views.new_experiment.library.taking_callbacks import listing


def register(app: Dash, product: Application) -> None:
    """Wire saving, the download and deleting."""
    _register_deleting(app, product)

    @app.callback(
        output={
            "error": Output(Ids.KEEP_NAME, "error"),
            "note": Output(Ids.KEEP_NOTE, "value"),
            "opened": Output(Ids.KEEPING, "opened"),
            "news": Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        },
        inputs={
            "presses": Input(Ids.KEEP_SAVE, "n_clicks"),
            "name": State(Ids.KEEP_NAME, "value"),
            "note": State(Ids.KEEP_NOTE, "value"),
            "entered": ENTRY_STATES,
            "recipe": RECIPE_STATES,
        },
        running=[(Output(Ids.KEEP_SAVE, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _keep(*, presses: Any, name: str, note: str, entered: Any, recipe: Any) -> dict[str, Any]:
        if not presses:
            raise PreventUpdate
        try:
            request = entered_request(product, entered, recipe)
            wanted = saved_recipes.RecipeToSave(request.project_id, name or "", request.recipes, note or "")
            kept = saved_recipes.save_recipe(product, wanted)
        except InvalidInput as error:
            return {
                "error": sentence(error.problems[0]),
                "note": no_update,
                "opened": True,
                "news": no_update,
            }
        said = f"Kept as {kept.name}, version {kept.version}"
        return {"error": None, "note": "", "opened": False, "news": [notification(said)]}

    @app.callback(
        Output(Ids.DOWNLOAD, "data"),
        inputs={
            "presses": Input(Ids.KEEP_FILE, "n_clicks"),
            "entered": ENTRY_STATES,
            "recipe": RECIPE_STATES,
        },
        prevent_initial_call=True,
    )
    def _download(*, presses: Any, entered: Any, recipe: Any) -> Any:
        if not presses:
            raise PreventUpdate
        request = entered_request(product, entered, recipe)
        slug = projects.get_project(product, request.project_id).slug
        return {"content": write_recipe_file(request, slug), "filename": f"{slug}-recipe.yaml"}


def _register_deleting(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.LIBRARY_LIST, "children", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.FORGET, "data"),
        State(Ids.PROJECT, "value"),
        State(Ids.BASES, "value"),
        prevent_initial_call=True,
    )
    def _forget(press: Any, project: str, bases: Sequence[str] | None) -> tuple[Any, Any]:
        if not press:
            raise PreventUpdate
        gone = saved_recipes.delete_recipe(product, ProjectId(int(project)), press["name"])
        return listing(product, project, bases), [undoable_recipe(gone)]


def entered_request(product: Application, entered: Any, recipe: Any) -> ExperimentRequest:
    """Return the request, as far as its recipes can be read.

    Raises:
        InvalidInput: something about the recipes is wrong.
    """
    outcome = read(entries_of(entered), in_use(draft_of(recipe)), workers.catalogue(product))
    wrong = [one for one in outcome.problems if one.field.startswith("recipes")]
    if wrong:
        raise InvalidInput(wrong)
    return outcome.request
