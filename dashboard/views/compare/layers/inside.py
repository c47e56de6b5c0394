"""Inside one module: what the browser draws of its channels, and the run that gathers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, no_update
from numpy.typing import NDArray

from core.comparison.layers.rules import TENSORS, module_of
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.queue.run import RunStatus
from core.services.application import Application
from core.services.layers.layer_channels import ModuleInside, WeightInside, inside_module
from core.services.layers.layer_comparison import LayerComparison
from core.services.layers.layer_pairs import PairState, pair_state, queue_layer_comparison
from dashboard.components.queued_notice import queued
from dashboard.ids import ShellIds
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.layers.payload import packed


def register(app: Dash, product: Application) -> None:
    """Queue the run when the browser asks for it."""

    @app.callback(
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.LAYERS_INSIDE, "data"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _queue(wanted: Mapping[str, Any] | None, slug: str) -> Any:
        if not wanted:
            return no_update
        baseline_id = ModelId(int(wanted["baseline"]))
        asked = [
            queue_layer_comparison(product, ModelId(int(one)), baseline_id, kinds=[LayerKind.CHANNELS])
            for one in wanted["models"]
        ]
        return [queued(slug, sum(run_id is not None for run_id in asked))]


def inside(product: Application, found: LayerComparison, node: int) -> dict[str, Any]:
    """Return what is inside the module of a node, for every model beside the baseline.

    state: `known`, `empty` (it has no weights and no outputs of its own), `coming`, `failed`, `absent` (a run
    can gather it) or `none` (one of both models has no weights).
    """
    name = found.tree.names[node]
    tensor = found.mode in TENSORS and node in set(found.tree.leaves.tolist())
    module = module_of(name, tensor=tensor)
    baseline = found.baseline.model
    return {
        "module": module,
        "baseline": int(baseline.id),
        "columns": [
            {"id": int(column.model.id), "place": place, **_column(product, column.model, baseline, module)}
            for place, column in enumerate(found.columns)
            if place
        ],
    }


def _column(product: Application, model: Model, baseline: Model, module: str) -> dict[str, Any]:
    if model.artifact is None or baseline.artifact is None:
        return {"state": "none"}
    state = pair_state(product, model.id, baseline.id)
    if LayerKind.CHANNELS not in state.stored:
        return _missing(state)
    known = inside_module(product, model.id, baseline.id, module)
    return {"state": "empty"} if known is None else {"state": "known", **_known(known)}


def _missing(state: PairState) -> dict[str, Any]:
    if LayerKind.CHANNELS in state.coming:
        return {"state": "coming"}
    run = state.run
    gathering = run is not None and LayerKind.CHANNELS.value in run.payload["kinds"]
    if run is not None and gathering and run.status is RunStatus.FAILED and run.error is not None:
        return {"state": "failed", "problem": run.error.message}
    return {"state": "absent"}


def _known(found: ModuleInside) -> dict[str, Any]:
    ranges = (found.low, found.high, found.low_before, found.high_before)
    return {
        "weights": [_weight(weight) for weight in found.weights],
        "ranges": [packed(one, "<f4") for one in ranges] if len(found.low) else None,
    }


def _weight(weight: WeightInside) -> dict[str, Any]:
    known = bool(np.isfinite(weight.scale).any())
    return {
        "parameter": weight.parameter,
        "norm": packed(weight.norm, "<f4"),
        "before": packed(weight.norm_before, "<f4") if np.isfinite(weight.norm_before).any() else None,
        "scale": packed(weight.scale, "<f4") if known else None,
        "outlier": packed(weight.outlier, "u1"),
        "picture": _picture(weight.picture),
        "change": None if weight.change is None else _picture(weight.change),
    }


def _picture(values: NDArray[np.floating]) -> dict[str, Any]:
    """Return a picture as shares of its largest value, 0 to 255."""
    sizes = np.nan_to_num(np.asarray(values, np.float64), posinf=0.0)
    most = float(sizes.max()) if sizes.size else 0.0
    shares = np.round(255 * sizes / most) if most > 0 else sizes
    return {"shape": list(sizes.shape), "most": most, "values": packed(shares, "u1")}
