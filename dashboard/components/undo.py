"""Notifications of something that can be taken back, with a button that does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import html

from core.domain.ids import ExperimentId, ModelId
from core.domain.saved.saved_recipe import RecipeVersion
from core.domain.saved.saved_view import SavedView
from dashboard.components.notification import Notification, notification

LONG_ENOUGH_MS = 20_000


class Undo(StrEnum):
    """What a press on the button does: to models, a saved view, a kept recipe or an experiment."""

    RESTORE = "restore"
    UNARCHIVE = "unarchive"
    ARCHIVE = "archive"
    DELETE = "delete"
    SAVE_VIEW = "save-view"
    RESTORE_EXPERIMENT = "restore-experiment"
    RESTORE_RECIPE = "restore-recipe"


def undoable(message: str, undo: Undo, model_ids: Iterable[ModelId]) -> Notification:
    """Return an entry for `sendNotifications` whose button undoes what happened to these models.

    `assets/shell/undo.js` hears the button; `dashboard.shell.undoing` carries it out on any page.
    """
    return _with_button(message, undo, ids=[int(one) for one in model_ids])


def undoable_view(view: SavedView) -> Notification:
    """Return an entry that says a view is forgotten; its button saves the view again."""
    kept = {name: getattr(view, name) for name in ("project_id", "name", "query", "note", "page")}
    return _with_button(f"The view {view.name} is forgotten", Undo.SAVE_VIEW, view=kept)


def undoable_recipe(versions: Sequence[RecipeVersion]) -> Notification:
    """Return an entry that says a kept recipe is deleted; its button brings these versions back."""
    kept = {"project": int(versions[0].project_id), "ids": [int(one.id) for one in versions]}
    return _with_button(f"The recipe {versions[0].name} is deleted", Undo.RESTORE_RECIPE, recipe=kept)


def undoable_experiment(message: str, experiment_id: ExperimentId) -> Notification:
    """Return an entry that says an experiment is deleted; its button restores it with its models."""
    return _with_button(message, Undo.RESTORE_EXPERIMENT, experiment=int(experiment_id))


def _with_button(message: str, undo: Undo, **details: Any) -> Notification:
    button = html.Button("Undo", type="button", className="undo")
    setattr(button, "data-undo", json.dumps({"undo": undo.value, **details}))
    news = notification(message)
    return news | {
        "title": None,
        "message": dmc.Group([message, button], gap="md"),
        "autoClose": LONG_ENOUGH_MS,
    }
