"""Queue runs on a saved group: evaluations of models, and the sensitivity of layers to a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from core.comparison.layers.figures import Mode
from core.domain.data.instance_group import InstanceGroup
from core.domain.ids import InstanceGroupId, ModelId
from core.domain.model import Model
from core.domain.recipe import step_label
from core.errors import CompressCompareError, InvalidInput
from core.presentation.counts import counted
from core.services.application import Application
from core.services.behaviour.behaviour import Behaviour
from core.services.behaviour.instance_groups import saved_groups
from core.services.layers.layer_drifts import group_choice, queue_layer_drift
from core.services.measurements.measurements import Measurement, queue_evaluation, queue_sensitivity
from core.services.workers import workers
from dashboard import address as addresses
from dashboard.address import Address
from dashboard.components.notification import Notification, notification
from dashboard.components.queued_notice import queued
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.views.compare.compared import compared_at
from dashboard.views.compare.ids import Ids, queue_group_id
from dashboard.views.compare.layers_state import LayersState
from dashboard.views.compare.opening import Opened, opened
from dashboard.views.compare.state import Tab, options_of

DRIFT_ABOUT = (
    "Which layers drift most for it? Compares the outputs of the models chosen above with the baseline's, "
    "for the group and for random groups of its size. Shown in Layers, Activations."
)


@dataclass(frozen=True)
class Asked:
    """What the dialog offers for a group. models, steps: options of selects; values are ids of models."""

    group: InstanceGroup
    models: Sequence[dict[str, str]]
    steps: Sequence[dict[str, str]]


def dialog() -> Component:
    """Return the dialog, closed; it is filled in when it opens."""
    evaluate = dmc.Button("Queue evaluations", id=Ids.RUNS_EVALUATE, size="xs")
    sense = dmc.Button("Queue sensitivity", id=Ids.RUNS_SENSE, size="xs")
    drift = dmc.Button("Queue drift of layers", id=Ids.RUNS_DRIFT, size="xs")
    about = "Applies the step to one layer at a time and evaluates each result on the group."
    fields = [
        dmc.Select(
            id=Ids.RUNS_QUEUE, label="Device", data=["cpu"], value="cpu", allowDeselect=False, size="xs",
        ),
        dmc.MultiSelect(
            id=Ids.RUNS_MODELS,
            label="Evaluate",
            description="Every metric on the group alone, under a name of its own.",
            data=[],
            value=[],
            searchable=True,
            size="xs",
        ),
        dmc.Group(evaluate, justify="flex-end"),
        dmc.Select(
            id=Ids.RUNS_STEP, label="Which layers bear a step?", description=about, data=[], searchable=True,
            size="xs",
        ),
        dmc.Group(sense, justify="flex-end"),
        html.P(DRIFT_ABOUT, className="compare-caption"),
        dmc.Group(drift, justify="flex-end"),
        html.Div(id=Ids.RUNS_WRONG, role="alert", className="compare-wrong"),
    ]  # fmt: skip
    return dmc.Modal(
        id=Ids.RUNS_BOX,
        title="Queue runs on a group",
        closeButtonProps={"aria-label": "Close"},
        children=[dcc.Store(id=Ids.RUNS_GROUP), dmc.Stack(fields, gap="sm")],
    )


def register(app: Dash, product: Application) -> None:
    """Wire the buttons of the groups and the dialog."""
    _opening(app, product)
    _queueing(app, product)


def _opening(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.RUNS_BOX, "opened"),
        Output(Ids.RUNS_BOX, "title"),
        Output(Ids.RUNS_GROUP, "data"),
        Output(Ids.RUNS_QUEUE, "data"),
        Output(Ids.RUNS_MODELS, "data"),
        Output(Ids.RUNS_MODELS, "value"),
        Output(Ids.RUNS_STEP, "data"),
        Output(Ids.RUNS_STEP, "value"),
        Output(Ids.RUNS_WRONG, "children", allow_duplicate=True),
        Input(queue_group_id(ALL), "n_clicks"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _open(clicks: list[int | None], search: str | None, pathname: str | None) -> Any:
        asked = None
        if any(clicks) and isinstance(ctx.triggered_id, dict):
            address = addresses.parse(pathname, search)
            asked = offered(product, address, InstanceGroupId(int(ctx.triggered_id["group"])))
        if asked is None:
            return (no_update,) * 9
        queues = sorted({queue for worker in workers.list_workers(product) for queue in worker.queues})
        title = f"Queue runs on {asked.group.name} ({counted(len(asked.group.positions), 'instance')})"
        chosen = [one["value"] for one in asked.models]
        first = asked.steps[0]["value"] if asked.steps else None
        return (
            True, title, int(asked.group.id), queues or ["cpu"], asked.models, chosen, asked.steps, first, "",
        )  # fmt: skip


def _queueing(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.RUNS_BOX, "opened", allow_duplicate=True),
        Output(Ids.RUNS_WRONG, "children"),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.RUNS_EVALUATE, "n_clicks"),
        Input(Ids.RUNS_SENSE, "n_clicks"),
        Input(Ids.RUNS_DRIFT, "n_clicks"),
        State(Ids.RUNS_GROUP, "data"),
        State(Ids.RUNS_QUEUE, "value"),
        State(Ids.RUNS_MODELS, "value"),
        State(Ids.RUNS_STEP, "value"),
        State(ShellIds.PROJECT, "data"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _queue(evaluate: int | None, sense: int | None, drift: int | None, *entered: Any) -> Any:
        group, queue, chosen, step, slug, search, pathname = entered
        if not (evaluate or sense or drift) or group is None:
            return no_update, no_update, no_update
        how = Measurement(group_id=InstanceGroupId(int(group)), queue=queue)
        try:
            if ctx.triggered_id == Ids.RUNS_SENSE:
                count = sensitivity_to_step_of(product, step, how)
            elif ctx.triggered_id == Ids.RUNS_DRIFT:
                here = opened(product, addresses.parse(pathname, search))
                return False, "", [drift_queued(product, here, InstanceGroupId(int(group)), chosen or ())]
            else:
                count = len(queue_evaluation(product, [ModelId(int(one)) for one in chosen or ()], how))
        except InvalidInput as error:
            return no_update, " ".join(f"{one.message} {one.hint}" for one in error.problems), no_update
        except CompressCompareError as error:
            return no_update, f"{error.message} {error.hint}", no_update
        return False, "", [queued(slug, count)]


def offered(product: Application, address: Address, group_id: InstanceGroupId) -> Asked | None:
    """Return what can be queued on a group from a page; None if the group is gone, or nothing is compared."""
    state, found = compared_at(product, address)
    if found is None:
        return None
    group = next((one for one in saved_groups(product, found.evaluation) if one.id == group_id), None)
    if group is None:
        return None
    now = snapshot.read(product, state.project)
    runnable = [one for one in (found.baseline, *found.models) if one.artifact is not None]
    return Asked(group, options_of(runnable, now.lineages), _steps(now, found))


def _steps(now: snapshot.Snapshot, found: Behaviour) -> list[dict[str, str]]:
    """Return the steps of the compared models, each with the model that it was applied to."""
    options = []
    for model in found.models:
        parent = _parent(now, model)
        if model.step is not None and parent is not None and parent.artifact is not None:
            label = (
                f"{step_label(model.step, now.specs.get(model.step.technique))} on {now.lineages[parent.id]}"
            )
            options.append({"value": str(model.id), "label": f"{label} \N{MIDDLE DOT} {parent.id}"})
    return options


def _parent(now: snapshot.Snapshot, model: Model) -> Model | None:
    return None if model.parent_id is None else now.by_id.get(model.parent_id)


def sensitivity_to_step_of(product: Application, chosen: str | None, how: Measurement) -> int:
    """Queue the sensitivity of a model's parent to the step that made it; return how many runs that is.

    Raises:
        InvalidInput: no step is chosen, or as for `queue_sensitivity`.
    """
    with product.unit_of_work() as uow:
        wanted = [] if chosen is None else [ModelId(int(chosen))]
        model = next(iter(uow.models.get(wanted).values()), None)
    if model is None or model.step is None or model.parent_id is None:
        raise InvalidInput.of("step", "No step is chosen.", "Choose one, or add a compressed model above.")
    queue_sensitivity(product, model.parent_id, model.step, how)
    return 1


def drift_queued(
    product: Application, here: Opened, group_id: InstanceGroupId, chosen: Sequence[str]
) -> Notification:
    """Queue the drift of the chosen models from the baseline for a group; say so, with a link to Layers.

    Raises:
        InvalidInput: no model beside the baseline is chosen, or as for `queue_layer_drift`.
    """
    models = [ModelId(int(one)) for one in chosen]
    others = [one for one in models if here.baseline is None or one != here.baseline.id]
    if here.baseline is None or not others:
        raise InvalidInput.of("models", "No model beside the baseline is chosen.", "Choose one above.")
    choice = group_choice(product, group_id)
    asked = [queue_layer_drift(product, one, here.baseline.id, choice) for one in others]
    count = sum(run_id is not None for run_id in asked)
    said = f"{counted(count, 'run')} queued" if count else "It is known already"
    shown = replace(here.state, tab=Tab.LAYERS, layers=LayersState(Mode.ACTIVATIONS))
    link = dcc.Link("Show it in Layers", href=shown.href)
    return notification("") | {"message": dmc.Group([said, link], gap="md")}
