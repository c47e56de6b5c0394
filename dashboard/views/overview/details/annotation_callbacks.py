"""Keeps what people write on the card, and archives with a way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.domain.ids import ModelId
from core.errors import InvalidInput, Problem
from core.presentation.counts import counted
from core.services.application import Application
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from dashboard.components.notification import Notification
from dashboard.components.undo import Undo, undoable
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.views.overview.details.annotations import Seen, seen
from dashboard.views.overview.ids import Ids

_PROJECT = State(ShellIds.PROJECT, "data")


def register(app: Dash, product: Application) -> None:
    """Wire star, tags, note and archive; what changed is shown at once through the revision.

    The buttons speak through Stores: they are drawn anew with the card, which would drop their answers.
    """

    @app.callback(
        Output(Ids.REVISION, "data", allow_duplicate=True),
        Output(Ids.TAGS, "error"),
        Output(Ids.NOTE, "error"),
        Output(Ids.SEEN, "data"),
        Input(Ids.STARRED, "data"),
        Input(Ids.TAGS, "value"),
        Input(Ids.NOTE, "value"),
        State(Ids.SEEN, "data"),
        _PROJECT,
        running=[(Output(Ids.NOTE, "data-keeping"), "yes", "")],
        prevent_initial_call=True,
    )
    def _write(
        starred: Any, tags: list[str] | None, note: str | None, shown: Seen | None, slug: str
    ) -> tuple[Any, Any, Any, Any]:
        if not shown:
            raise PreventUpdate
        acted = set(ctx.triggered_prop_ids.values())
        tags, note = tags if Ids.TAGS in acted else None, note if Ids.NOTE in acted else None
        try:
            changed = write(product, shown, star=Ids.STARRED in acted and bool(starred), tags=tags, note=note)
        except InvalidInput as error:
            fields = {one.field.split("_")[-1]: f"{one.message} {one.hint}" for one in error.problems}
            return no_update, fields.get("tags"), fields.get("note"), _now(product, shown)
        if not changed:
            raise PreventUpdate
        return projects.get_project(product, slug).revision, None, None, _now(product, shown)

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
    product: Application, shown: Seen, *, star: bool, tags: Sequence[str] | None, note: str | None
) -> bool:
    """Toggle the star, and keep what was changed on a card; return whether anything is different now.

    What others have changed since the card was drawn stays.

    Raises:
        InvalidInput: at `note`, somebody else has changed the note as well; at `add_tags`, see `annotate`.
    """
    model_id = ModelId(shown["model"])
    wanted = shown["tags"] if tags is None else tags
    mine = None if note is None or note.strip() == shown["note"] else note.strip()
    if not star and set(wanted) == set(shown["tags"]) and mine is None:
        return False  # the card was opened, by somebody who perhaps may write nothing
    present = models.get_model(product, model_id).model
    if mine is not None and present.note not in {shown["note"], mine}:
        message = f"Somebody else has changed this note in the meantime. It is now: {present.note or 'empty'}"
        raise InvalidInput([Problem("note", message, "Yours is kept when you change it once more.")])
    changed = annotate(
        product,
        [model_id],
        note=mine,
        add_tags=[tag for tag in wanted if tag not in shown["tags"]],
        remove_tags=[tag for tag in shown["tags"] if tag not in wanted],
        starred=not present.starred if star else None,
    )
    return bool(changed)


def _now(product: Application, shown: Seen) -> Seen:
    """Return what is written on the card's model now."""
    return seen(models.get_model(product, ModelId(shown["model"])).model)


def archive(product: Application, slug: str, selection: Sequence[int]) -> Notification:
    """Archive the models, or take them out if all of them are archived; say so with an undo."""
    wanted = set(selection)
    chosen = [model for model in snapshot.read(product, slug).models if model.id in wanted]
    away = not all(model.archived for model in chosen)
    changed = annotate(product, [model.id for model in chosen], archived=away)
    said = f"{counted(len(changed), 'model')} {'archived' if away else 'taken out of the archive'}"
    return undoable(said, Undo.UNARCHIVE if away else Undo.ARCHIVE, changed)
