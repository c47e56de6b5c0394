"""What people write on a model, as it stands on the card: star, tags, note, archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.model import Model
from core.services.models.annotations import MOST_TAGS
from dashboard.components.markup import labelled
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.ids import Ids


class Seen(TypedDict):
    """What a card shows: of which model, and what was written on it when it was drawn or last kept."""

    model: int
    tags: list[str]
    note: str


def seen(model: Model) -> Seen:
    """Return what the card of a model shows."""
    return {"model": model.id, "tags": list(model.tags), "note": model.note}


def star(model: Model) -> Component:
    """Return the star, filled if the model has one."""
    sign = "\N{BLACK STAR}" if model.starred else "\N{WHITE STAR}"
    button = html.Button(
        sign, id=Ids.STAR, type="button", className="ov-star on" if model.starred else "ov-star"
    )
    setattr(button, "data-star", str(model.id))
    setattr(button, "aria-pressed", str(model.starred).lower())
    return labelled(button, f"Star {model.name}")


def archive_button(models: Sequence[Model]) -> Component:
    """Return the button that puts models away, or takes them out again if all are."""
    away = all(model.archived for model in models)
    text = "Take out of the archive" if away else "Archive"
    ids = ".".join(str(model.id) for model in models)
    return dmc.Button(text, id=Ids.ARCHIVE, variant="default", **{"data-archive": ids})


def written(model: Model, snapshot: Snapshot) -> Component:
    """Return the boxes for tags and note; they are kept as soon as they are left."""
    offered = sorted({tag for other in snapshot.models for tag in other.tags})
    return html.Div(
        [
            dcc.Store(id=Ids.SEEN, data=dict(seen(model))),
            dmc.TagsInput(
                id=Ids.TAGS,
                value=list(model.tags),
                data=offered,
                placeholder="" if model.tags else "Add a tag",
                maxTags=MOST_TAGS,
                size="xs",
                **{"aria-label": "Tags"},
            ),
            dmc.Textarea(
                id=Ids.NOTE,
                value=model.note,
                placeholder="Write a note",
                autosize=True,
                minRows=1,
                maxRows=8,
                debounce=True,
                size="xs",
                **{"aria-label": "Note"},
            ),
        ],
        className="ov-written",
    )


def made_elsewhere(model: Model) -> bool:
    """Return whether the model came with a study or from another program: no checkpoint of it is here."""
    return model.making_run_id is None


def why_no_runs() -> Component:
    """Return why runs cannot start from a model that was made elsewhere, and what would help."""
    text = (
        "Compare shows what was imported or logged of it. Runs cannot start from it, for its checkpoint is "
        "not here: add the base model on the Models & data page to repeat its recipe."
    )
    return html.P([html.Strong("Made elsewhere. "), text], className="ov-imported")
