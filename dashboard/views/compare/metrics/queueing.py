"""Callback: queue the run that makes a missing value."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, no_update

from core.domain.ids import ModelId, RunId
from core.domain.run import RunKind
from core.services.application import Application
from core.services.layer_pairs import queue_layer_comparison
from core.services.measuring import queue_evaluation, queue_layers, queue_profile
from dashboard.address import Address
from dashboard.components.notification import Notification, notification
from dashboard.ids import ShellIds
from dashboard.views.compare.ids import Ids, Part


def register(app: Dash, product: Application) -> None:
    """Wire the buttons beside missing values; the page follows the project's revision."""

    @app.callback(
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input({"type": Part.MEASURE, "kind": ALL, "model": ALL}, "n_clicks"),
        State(ShellIds.PROJECT, "data"),
        State(Ids.SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _queue(_presses: Any, slug: str, baseline: str | None) -> Any:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            return no_update
        asked = ctx.triggered_id
        kind, model_id = RunKind(asked["kind"]), ModelId(int(asked["model"]))
        if kind is RunKind.LAYER_PAIR:
            queue_layer_comparison(product, model_id, ModelId(int(baseline or 0)))
        else:
            queue(product, kind, model_id)
        return [queued(slug)]


def queue(product: Application, kind: RunKind, model_id: ModelId) -> tuple[RunId, ...]:
    """Queue an evaluation under the project's protocol, a profile or activations; return the runs."""
    if kind is RunKind.LAYERS:
        return queue_layers(product, [model_id])
    measure = queue_profile if kind is RunKind.PROFILE else queue_evaluation
    return measure(product, [model_id])


def queued(slug: str) -> Notification:
    """Return the notification with a link to the queue."""
    link = dcc.Link("Open the queue", href=Address("queue", slug).href)
    return notification("") | {"message": dmc.Group(["1 run queued", link], gap="md")}
