"""An input that names a file, with a place to upload the file instead; `file_upload.js` does the work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.form.form_fields import Field
from dashboard.components.form.form_inputs import ComponentId
from dashboard.components.markup import labelled


@dataclass(frozen=True)
class Around:
    """What an upload does to other components, by their ids.

    blocks: the button that is disabled until the file has come in. changes: properties that are set then.
    """

    blocks: str
    changes: Mapping[str, Mapping[str, Any]]


def with_upload(
    text_input: Component, field: Field, *, component_id: ComponentId, around: Around
) -> Component:
    """Return the input with the place below it; a file that has come in becomes the input's value."""
    setattr(text_input, "placeholder", "Path on the worker")  # noqa: B010  libraries' properties have no types
    target = json.dumps(dict(component_id))
    return _place(text_input, field.uploads, around, {"target": target})


def upload_alone(component_id: str, *, accepts: str, address: str, around: Around) -> Component:
    """Return a place for a file that goes to an address of its own, whose answer becomes a hidden value."""
    hidden = dmc.TextInput(id=component_id, value="", style={"display": "none"})
    return _place(hidden, [accepts], around, {"target": json.dumps(component_id), "address": address})


def _place(
    text_input: Component, accepted: Sequence[str], around: Around, about: Mapping[str, str]
) -> Component:
    place = html.Div(
        [
            text_input,
            html.Div(_offer(accepted), className="file-upload-offer"),
            html.Div(_going(), className="file-upload-going"),
            html.Div([_said(), _button("Remove", "clear")], className="file-upload-done"),
            html.Div(role="alert", className="file-upload-wrong"),
        ],
        className="file-upload",
    )
    further = {
        "accept": ",".join(accepted),
        "blocks": around.blocks,
        "changes": json.dumps(around.changes),
    }
    for name, value in {**about, **further}.items():
        setattr(place, f"data-{name}", value)
    return place


def _offer(accepted: Sequence[str]) -> list[Component]:
    endings = " or ".join(accepted)
    return [
        _button("Upload a file", "choose", variant="default"),
        html.Span(f"or drop a {endings} file of this computer here"),
    ]


def _going() -> list[Component]:
    bar = labelled(html.Div(html.Div(), className="bar", role="progressbar"), "Upload")
    return [bar, _said(), _button("Cancel", "cancel")]


def _said() -> Component:
    return html.Span(className="said")


def _button(text: str, name: str, *, variant: str = "subtle") -> Component:
    return dmc.Button(text, size="compact-xs", variant=variant, className=name)
