"""Ticked rows become a recipe in the new-experiment drawer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from dash import Dash, Input, Output, State, no_update

from core.comparison.layers.rules import TENSORS, patterns
from core.domain.ids import ModelId
from core.domain.model import Model
from core.errors import InvalidInput
from core.services.application import Application
from core.services.layers.layer_comparison import LayerComparison
from core.services.workers.workers import catalogue
from dashboard import address as addresses
from dashboard.ids import ShellIds
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.layers.reading import open_layers
from dashboard.views.compare.opening import opened

BITS = "weight-only-quantization"
RESTORE = "restore-layers"


class Act(StrEnum):
    """What is to happen to the ticked rows."""

    EXCLUDE = "exclude"
    BITS = "bits"
    RESTORE = "restore"


def register(app: Dash, product: Application) -> None:
    """Wire the Store that the browser fills to the one that opens the drawer."""

    @app.callback(
        Output(ShellIds.QUEUE_FROM, "data", allow_duplicate=True),
        Input(Ids.LAYERS_WANTED, "data"),
        State(ShellIds.LOCATION, "pathname"),
        State(ShellIds.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _open(wanted: Mapping[str, Any] | None, pathname: str | None, search: str | None) -> Any:
        here = opened(product, addresses.parse(pathname, search))
        if not wanted or here.baseline is None:
            return no_update
        state = here.state
        mode = state.layers.mode
        found = open_layers(product, state.project, state.columns, here.baseline.id, mode).comparison
        column = next(one for one in found.columns if one.model.id == ModelId(int(wanted["model"])))
        model = column.model
        chosen = chosen_patterns(found, [str(name) for name in wanted["names"]])
        act = Act(wanted["act"])
        base, steps = planned(act, model, chosen) if column.candidate else recipe(act, model, chosen)
        catalogue(product).technique(str(steps[0]["technique"]))  # raises for an unknown one
        return {"model_ids": [int(base)], "recipe": steps, "at": wanted["at"]}


def chosen_patterns(found: LayerComparison, names: Sequence[str]) -> tuple[str, ...]:
    """Return the layer rules that find the modules of rows."""
    tree = found.tree
    tensors = {tree.names[node] for node in tree.leaves} if found.mode in TENSORS else set()
    return patterns(names, tensors)


def planned(act: Act, candidate: Model, chosen: Sequence[str]) -> tuple[ModelId, list[dict[str, Any]]]:
    """Return as `recipe` for a step that was tried only: it is done to all layers but the rows.

    Raises:
        InvalidInput: the rows are to be restored, though nothing was changed.
    """
    if candidate.parent_id is None or act is Act.RESTORE:
        message = f"No model was made with {candidate.name} yet, so there is nothing to restore."
        raise InvalidInput.of("model", message, "Choose a compressed model beside the buttons.")
    base, steps = recipe(act, candidate, chosen)
    return (base if act is Act.EXCLUDE else candidate.parent_id), steps


def recipe(act: Act, model: Model, chosen: Sequence[str]) -> tuple[ModelId, list[dict[str, Any]]]:
    """Return the model to start from, and the steps.

    Excluding repeats the last step of the model without the rows; the others work on the model itself.

    Raises:
        InvalidInput: the model is a base, so that there is no step to repeat.
    """
    if act is Act.BITS:
        return model.id, [{"technique": BITS, "parameters": {"bits": 8}, "include": list(chosen)}]
    if act is Act.RESTORE:
        return model.id, [{"technique": RESTORE, "include": list(chosen)}]
    if model.step is None or model.parent_id is None:
        message = f"{model.name} ({model.id}) is a base: no step made it."
        raise InvalidInput.of("model", message, "Choose a compressed model beside the buttons.")
    step = model.step
    again = {
        "technique": step.technique,
        "parameters": dict(step.parameters),
        "include": list(step.rules.include),
        "exclude": [*step.rules.exclude, *(one for one in chosen if one not in step.rules.exclude)],
    }
    return model.parent_id, [again]
