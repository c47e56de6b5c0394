"""Callback: queue the run that makes a missing value."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from core.domain.ids import ModelId, RunId
from core.domain.queue.run import RunKind
from core.services.application import Application
from core.services.layers.layer_pairs import queue_layer_comparison
from core.services.measurements.measurements import (
    Measurement,
    queue_evaluation,
    queue_layers,
    queue_profile,
    queue_sensitivity,
)
from core.services.models.models import get_model
from dashboard.components.queued_notice import queued
from dashboard.ids import ShellIds
from dashboard.views.compare.ids import Ids, PatternIds

SAMPLE = 500
"""Instances on which layers are tried one at a time."""


def register(app: Dash, product: Application) -> None:
    """Wire the buttons beside missing values; the page follows the project's revision."""

    @app.callback(
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input({"type": PatternIds.MEASURE, "kind": ALL, "model": ALL}, "n_clicks"),
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
        elif kind is RunKind.SENSITIVITY:
            _queue_sensitivity(product, model_id)
        else:
            queue(product, kind, model_id)
        return [queued(slug)]


def queue(product: Application, kind: RunKind, model_id: ModelId) -> tuple[RunId, ...]:
    """Queue an evaluation under the project's protocol, a profile or activations; return the runs."""
    if kind is RunKind.LAYERS:
        return queue_layers(product, [model_id])
    measure = queue_profile if kind is RunKind.PROFILE else queue_evaluation
    return measure(product, [model_id])


def _queue_sensitivity(product: Application, model_id: ModelId) -> None:
    """Queue a run that applies the last step of a model to one layer of its parent at a time."""
    model = get_model(product, model_id).model
    if model.step is not None and model.parent_id is not None:
        queue_sensitivity(product, model.parent_id, model.step, Measurement(instances=SAMPLE))
