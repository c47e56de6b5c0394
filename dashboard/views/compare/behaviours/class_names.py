"""Correct what classes are called, from the table of groups."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from core.errors import CompressCompareError, InvalidInput
from core.services.application import Application
from core.services.behaviour.behaviour import CLASS, Behaviour
from core.services.behaviour.class_names import rename_classes
from dashboard import address as addresses
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.compare.compared import compared_at
from dashboard.views.compare.ids import Ids

MOST_EDITED = 1000
"""Classes whose names can be edited at once."""


def correcting(found: Behaviour, column: str) -> list[Component]:
    """Return the button that opens the dialog; nothing where the rows are no classes."""
    classes = len(found.split.class_names)
    if column != CLASS or not 0 < classes <= MOST_EDITED:
        return []
    button = html.Button(
        "Correct class names", id=Ids.CLASSES_OPEN, type="button", className="compare-button"
    )
    return [html.P(button)]


def dialog() -> Component:
    """Return the dialog, closed; the names are filled in when it opens."""
    return dmc.Modal(
        id=Ids.CLASSES_BOX,
        title="What the classes are called",
        closeButtonProps={"aria-label": "Close"},
        children=dmc.Stack(
            [
                dmc.Textarea(
                    id=Ids.CLASSES,
                    label="One name per line, in the order of the classes",
                    description="The data stay as they are; pages and reports show these names.",
                    value="",
                    autosize=True,
                    minRows=4,
                    maxRows=16,
                ),
                dmc.Group([dmc.Button("Save names", id=Ids.CLASSES_SAVE)], justify="flex-end"),
            ]
        ),
    )


def register(app: Dash, product: Application) -> None:
    """Wire the dialog; the page follows the project's revision."""

    def _at(search: str | None, pathname: str | None) -> Behaviour | None:
        return compared_at(product, addresses.parse(pathname, search))[1]

    @app.callback(
        Output(Ids.CLASSES_BOX, "opened"),
        Output(Ids.CLASSES, "value"),
        Output(Ids.CLASSES, "error", allow_duplicate=True),
        Input(Ids.CLASSES_OPEN, "n_clicks"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _open(clicks: int | None, search: str | None, pathname: str | None) -> Any:
        found = _at(search, pathname) if clicks else None
        if found is None:
            return no_update, no_update, no_update
        return True, "\n".join(found.split.class_names), None

    @app.callback(
        Output(Ids.CLASSES_BOX, "opened", allow_duplicate=True),
        Output(Ids.CLASSES, "error"),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.CLASSES_SAVE, "n_clicks"),
        State(Ids.CLASSES, "value"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _save(clicks: int | None, text: str | None, search: str | None, pathname: str | None) -> Any:
        found = _at(search, pathname) if clicks else None
        if found is None:
            return no_update, no_update, no_update
        try:
            save(product, found, text or "")
        except InvalidInput as error:
            return no_update, " ".join(f"{one.message} {one.hint}" for one in error.problems), no_update
        except CompressCompareError as error:
            return no_update, f"{error.message} {error.hint}", no_update
        return False, None, [notification("The names of the classes are saved.")]


def save(product: Application, found: Behaviour, text: str) -> None:
    """Call the classes as the lines of the text say; raises what `rename_classes` raises."""
    said = tuple(map(str, found.evaluation.details.get("class_names", ())))
    rename_classes(product, found.evaluation.dataset_id, said, text.strip("\n").split("\n"))
