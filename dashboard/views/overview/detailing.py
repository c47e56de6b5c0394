"""The details of the selection: none, one, several or many models."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.comparison.references import with_references
from core.services import models
from core.services.application import Application
from core.services.pairing import paired
from dashboard import training_curves
from dashboard.ids import ShellIds
from dashboard.theme import Theme, theme_of
from dashboard.training_curves import Of
from dashboard.views.overview import snapshot
from dashboard.views.overview.card import model_card
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.many import MOST, many_models
from dashboard.views.overview.several import Details, several_models
from dashboard.views.overview.state import leading_metrics
from dashboard.views.overview.study import study


def register(app: Dash, product: Application) -> None:
    """Wire the details; the browser draws what is in `Ids.DRAWINGS`."""

    @app.callback(
        Output(Ids.DETAILS, "children"),
        Output(Ids.DRAWINGS, "data"),
        Output(Ids.TAB_LABEL, "children"),
        Input(Ids.SELECTION, "data"),
        Input(Ids.REVISION, "data"),
        Input(ShellIds.SCHEME, "data"),
        State(ShellIds.PROJECT, "data"),
        State(Ids.DRAWINGS, "data"),
    )
    def _details(
        selection: list[int] | None, _revision: int, scheme: str | None, slug: str, drawn: Any
    ) -> Any:
        shown = details(product, slug, selection or [], theme_of(scheme))
        drawings = {**(shown.drawings or {}), "mark": mark_of(shown)}
        if ctx.triggered_id == Ids.REVISION and drawn and drawn["mark"] == drawings["mark"]:
            raise PreventUpdate  # somebody may be writing a note
        training_curves.fill(product, shown.content, theme_of(scheme))
        known = {model.id for model in snapshot.read(product, slug).models}
        return shown.content, drawings, _tab_label(len(known.intersection(selection or [])))

    training_curves.register(app, product, Of.MODEL)
    app.clientside_callback(ClientsideFunction("overview", "drawGrouped"), Input(Ids.DRAWINGS, "data"))


def mark_of(shown: Details) -> str:
    """Return a text that is the same for the same details."""
    written = json.dumps([shown.content, shown.drawings], default=_jsonable)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def _jsonable(value: Any) -> Any:
    return value.to_plotly_json() if isinstance(value, Component) else str(value)


def details(product: Application, slug: str, selection: list[int], theme: Theme) -> Details:
    """Return what there is to say about the selected models."""
    now = snapshot.read(product, slug)
    wanted = set(selection)
    chosen = [model for model in now.models if model.id in wanted]
    if not chosen:
        return Details(study(now, lambda models: paired(product, now.project, models)))
    if len(chosen) == 1:
        found = models.get_model(product, chosen[0].id)
        return Details(model_card(found, leading_metrics(now.project), now, slug=slug))
    if len(chosen) > MOST:
        return Details(many_models(now, chosen))
    pairing = paired(product, now.project, with_references(chosen, now.models))
    return several_models(now, chosen, theme, pairing)


def _tab_label(count: int) -> str:
    return f"Selection · {count}" if count else "Selection"
