"""Notifications of something that can be taken back, with a button that does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum

import dash_mantine_components as dmc
from dash import html

from core.domain.ids import ModelId
from dashboard.components.notification import Notification, notification

LONG_ENOUGH_MS = 20_000


class Undo(StrEnum):
    """What a press on the button does to the models."""

    RESTORE = "restore"
    UNARCHIVE = "unarchive"
    ARCHIVE = "archive"
    DELETE = "delete"


def undoable(message: str, undo: Undo, model_ids: Iterable[ModelId]) -> Notification:
    """Return an entry for `sendNotifications` whose button undoes what happened to these models.

    `assets/undo.js` hears the button; `dashboard.shell.undoing` carries it out on any page.
    """
    button = html.Button("Undo", type="button", className="undo")
    setattr(button, "data-undo", json.dumps({"undo": undo.value, "ids": [int(one) for one in model_ids]}))
    news = notification(message)
    return news | {
        "title": None,
        "message": dmc.Group([message, button], gap="md"),
        "autoClose": LONG_ENOUGH_MS,
    }
