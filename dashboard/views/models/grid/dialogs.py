"""The dialogs of the page: tags of the ticked models, and the question before deleting."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.views.models.ids import Ids


def dialogs() -> list[Component]:
    """Return the dialogs, closed."""
    return [_tags(), _delete()]


def _tags() -> Component:
    return dmc.Modal(
        id=Ids.TAG_BOX,
        title=html.Span(id=Ids.TAG_TITLE),
        centered=True,
        closeButtonProps={"aria-label": "Close"},
        children=dmc.Stack(
            [
                dmc.TagsInput(
                    id=Ids.TAG_ADD,
                    label="Add",
                    description="Press Enter after each; tags of this project are offered.",
                    value=[],
                    data=[],
                    size="xs",
                ),
                dmc.MultiSelect(id=Ids.TAG_REMOVE, label="Remove", value=[], data=[], clearable=True),
                dmc.Group([dmc.Button("Apply", id=Ids.TAG_APPLY)], justify="flex-end"),
            ]
        ),
    )


def _delete() -> Component:
    buttons = dmc.Group(
        [
            dmc.Button("Keep them", id=Ids.DELETE_NO, variant="default"),
            dmc.Button("Delete", id=Ids.DELETE_YES, color="red.9"),
        ],
        justify="flex-end",
    )
    return dmc.Modal(
        id=Ids.DELETE_BOX,
        title="Delete these models?",
        centered=True,
        closeButtonProps={"aria-label": "Close"},
        children=dmc.Stack([html.Div(id=Ids.DELETE_TEXT, className="models-asked"), buttons]),
    )
