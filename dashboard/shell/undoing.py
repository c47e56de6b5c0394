"""Takes back what a notification offers to take back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output
from dash.exceptions import PreventUpdate

from core.domain.ids import ExperimentId, ModelId, ProjectId, SavedRecipeId
from core.presentation.counts import counted
from core.services.application import Application
from core.services.experiments.lifecycle import restore_experiment
from core.services.models.annotations import annotate
from core.services.models.models import delete_models, restore_models
from core.services.projects.saved_views import SavedViewRequest, save_view
from core.services.recipes.saved_recipes import restore_recipe
from dashboard.components.notification import notification
from dashboard.components.undo import Undo
from dashboard.ids import ShellIds


def register(app: Dash, product: Application) -> None:
    """Wire the button of notifications."""

    @app.callback(
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(ShellIds.UNDO, "data"),
        prevent_initial_call=True,
    )
    def _undo(asked: Mapping[str, Any] | None) -> list[Any]:
        if not asked:
            raise PreventUpdate
        what = Undo(asked["undo"])
        if what is Undo.SAVE_VIEW:
            return [notification(save_again(product, asked["view"]))]
        if what is Undo.RESTORE_RECIPE:
            kept = asked["recipe"]
            ids = [SavedRecipeId(int(one)) for one in kept["ids"]]
            restored = restore_recipe(product, ProjectId(int(kept["project"])), ids)
            return [notification(f"The recipe {restored.name} is kept again")]
        if what is Undo.RESTORE_EXPERIMENT:
            back = restore_experiment(product, ExperimentId(int(asked["experiment"])))
            return [notification(f"The experiment is back with {counted(len(back), 'model')}")]
        return [notification(undo(product, what, [ModelId(int(one)) for one in asked["ids"]]))]


def save_again(product: Application, view: Mapping[str, Any]) -> str:
    """Save a forgotten view under its name and say so.

    Raises:
        InvalidInput: there is another view of that name by now.
    """
    saved = save_view(product, SavedViewRequest(**view))
    return f"The view {saved.name} is saved again"


def undo(product: Application, what: Undo, model_ids: Sequence[ModelId]) -> str:
    """Take back what was done to the models and say so."""
    if what is Undo.RESTORE:
        return f"{counted(len(restore_models(product, model_ids)), 'model')} restored"
    if what is Undo.DELETE:
        return f"{counted(len(delete_models(product, model_ids)), 'model')} deleted again"
    archived = what is Undo.ARCHIVE
    changed = annotate(product, model_ids, archived=archived)
    return f"{counted(len(changed), 'model')} {'archived again' if archived else 'taken out of the archive'}"
