"""Ways to take a model away from its card: downloads, and exports that are made by a run."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.domain.ids import ModelId
from core.domain.model import Model
from core.services.application import Application
from core.services.exports.export import ExportFormat
from core.services.exports.runtime_export import FORMS, queue_onnx_export
from core.services.projects import projects
from dashboard.components.markup import decoration
from dashboard.components.notification import Notification, notification
from dashboard.components.queued_notice import queued
from dashboard.figures.wording import Specs
from dashboard.files.model_files import source
from dashboard.ids import ShellIds
from dashboard.views.overview.ids import Ids

_FORMATS = {
    ExportFormat.PACKED: ("Packed", "Weights as they were measured, and a loader that needs PyTorch alone"),
    ExportFormat.SAFETENSORS: ("Plain safetensors", "The same weights as plain tensors, for any reader"),
    ExportFormat.HUGGING_FACE: (
        "Hugging Face folder",
        "For from_pretrained, with tokenizer; of models that are not of transformers plain tensors",
    ),
}
_ONNX_SOURCE = "onnx-file"


def export_menu(model: Model, specs: Specs) -> list[Component]:
    """Return the menu; nothing for a model without weights."""
    if model.artifact is None:
        return []
    if _is_onnx(model, specs):
        items = [
            _download(model, ExportFormat.ONNX, "ONNX file", "For ONNX Runtime and other readers of ONNX")
        ]
    else:
        items = [_download(model, form, *told) for form, told in _FORMATS.items()]
        items += [dmc.MenuDivider(), dmc.MenuLabel("Made by a run, as a model of the map")]
        items += [dmc.MenuItem(label, **{"data-onnx": f"{model.id}:{form}"}) for form, label in FORMS.items()]
    target = html.Span(["Export ", decoration("▾")])
    button = {"component": "button", "type": "button", "className": "ov-export"}
    return [
        dmc.Menu(
            [dmc.MenuTarget(target, boxWrapperProps=button), dmc.MenuDropdown(items)], position="bottom-end"
        )
    ]


def register(app: Dash, product: Application) -> None:
    """Wire the items that queue a run."""

    @app.callback(
        Output(Ids.REVISION, "data", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.ONNX, "data"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _queue(asked: dict[str, Any] | None, slug: str) -> tuple[int, list[Notification]]:
        if not asked:
            raise PreventUpdate
        made = queue_onnx_export(product, ModelId(asked["model"]), asked["form"])
        runs = made.plan.runs
        told = (
            queued(slug, runs) if runs else notification(made.in_words(), "Select it on the map to download.")
        )
        return projects.get_project(product, slug).revision, [told]


def _download(model: Model, form: ExportFormat, label: str, told: str) -> Component:
    # A new tab shows why there is nothing to download; otherwise it closes at once.
    content = [label, html.Div(told, className="ov-export-told")]
    return dmc.MenuItem(content, href=source(model.id, form), target="_blank")


def _is_onnx(model: Model, specs: Specs) -> bool:
    if model.step is not None:
        return model.step.technique in specs and bool(specs[model.step.technique].runtime)
    return model.source is not None and model.source.name == _ONNX_SOURCE
