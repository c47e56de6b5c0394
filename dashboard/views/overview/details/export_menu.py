"""Ways to take a model away from its card."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.model import Model
from core.services.exports.export import ExportFormat
from dashboard.components.markup import decoration
from dashboard.files.model_files import source

_FORMATS = {
    ExportFormat.PACKED: ("Packed", "Weights as they were measured, and a loader that needs PyTorch alone"),
    ExportFormat.SAFETENSORS: ("Plain safetensors", "The same weights as plain tensors, for any reader"),
    ExportFormat.HUGGING_FACE: (
        "Hugging Face folder",
        "For from_pretrained, with tokenizer; of models that are not of transformers plain tensors",
    ),
}


def export_menu(model: Model) -> list[Component]:
    """Return the menu; nothing for a model without weights."""
    if model.artifact is None:
        return []
    # A new tab shows why there is nothing to download; otherwise it closes at once.
    items = [
        dmc.MenuItem(
            [label, html.Div(told, className="ov-export-told")], href=source(model.id, form), target="_blank"
        )
        for form, (label, told) in _FORMATS.items()
    ]
    target = html.Span(["Export", decoration("▾")])
    button = {"component": "button", "type": "button", "className": "ov-export"}
    return [
        dmc.Menu(
            [dmc.MenuTarget(target, boxWrapperProps=button), dmc.MenuDropdown(items)], position="bottom-end"
        )
    ]
