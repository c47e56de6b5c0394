"""Keeps what people write on the card, and archives with a way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.domain.ids import ModelId
from core.errors import InvalidInput
from core.presentation.counts import counted
from core.services.application import Application
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from dashboard.components.notification import Notification
from dashboard.components.undo import Undo, undoable
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.views.overview.ids import Ids

_SELECTION = State(Ids.SELECTION, "data")
_PROJECT = State(ShellIds.PROJECT, "data")


def register(app: Dash, product: Application) -> None:
    """Wire star, tags, note and archive; what changed is shown at once through the revision.

    The buttons speak through Stores: they are drawn anew with the card, which would drop their answers.
    """

    @app.callback(
        Output(Ids.REVISION, "data", allow_duplicate=True),
        Output(Ids.TAGS, "error"),
        Output(Ids.NOTE, "error"),
        Input(Ids.STARRED, "data"),
        Input(Ids.TAGS, "value"),
        Input(Ids.NOTE, "value"),
        _SELECTION,
        _PROJECT,
        prevent_initial_call=True,
    )
    def _write(
        starred: Any, tags: list[str] | None, note: str | None, selection: list[int], slug: str
    ) -> tuple[Any, Any, Any]:
        if len(selection or ()) != 1:
            raise PreventUpdate
        pressed = ctx.triggered_id == Ids.STARRED and bool(starred)
        try:
            changed = write(product, ModelId(selection[0]), star=pressed, tags=tags, note=note)
        except InvalidInput as error:
            fields = {problem.field.split("_")[-1]: problem.message for problem in error.problems}
            return no_update, fields.get("tags"), fields.get("note")
        if not changed:
            raise PreventUpdate
        return projects.get_project(product, slug).revision, None, None

    @app.callback(
        Output(Ids.REVISION, "data", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.ARCHIVED, "data"),
        _PROJECT,
        prevent_initial_call=True,
    )
    def _archive(asked: dict[str, Any] | None, slug: str) -> tuple[int, list[Notification]]:
        if not asked:
            raise PreventUpdate
        told = archive(product, slug, asked["ids"])
        return projects.get_project(product, slug).revision, [told]


def write(
    product: Application, model_id: ModelId, *, star: bool, tags: Sequence[str] | None, note: str | None
) -> bool:
    """Toggle the star, set tags and note to what stands on the card; return whether anything changed."""
    present = models.get_model(product, model_id).model
    wanted = present.tags if tags is None else tags
    if not star and set(wanted) == set(present.tags) and note in {None, present.note}:
        return False  # the card was opened, by somebody who perhaps may write nothing
    changed = annotate(
        product,
        [model_id],
        note=note,
        add_tags=[tag for tag in wanted if tag not in present.tags],
        remove_tags=[tag for tag in present.tags if tag not in wanted],
        starred=not present.starred if star else None,
    )
    return bool(changed)


def archive(product: Application, slug: str, selection: Sequence[int]) -> Notification:
    """Archive the models, or take them out if all of them are archived; say so with an undo."""
    wanted = set(selection)
    chosen = [model for model in snapshot.read(product, slug).models if model.id in wanted]
    away = not all(model.archived for model in chosen)
    changed = annotate(product, [model.id for model in chosen], archived=away)
    said = f"{counted(len(changed), 'model')} {'archived' if away else 'taken out of the archive'}"
    return undoable(said, Undo.UNARCHIVE if away else Undo.ARCHIVE, changed)
