"""Measure models again: the dialog that asks how, and what is queued by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.domain.condition import QualityCondition
from core.domain.ids import DatasetId, ModelId, RunId
from core.domain.metric import Group
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import UNSUCCESSFUL
from core.errors import InvalidInput
from core.presentation.counts import counted
from core.services.application import Application
from core.services.measurements.measurements import Measurement, queue_evaluation, queue_layers, queue_profile
from core.services.projects.quality_conditions import PRECISIONS
from core.services.workers import workers
from dashboard.address import Address
from dashboard.components.notification import Notification, notification
from dashboard.figures.encoding import finite
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.views.overview.ids import Ids

SELECTED, MISSING, OF = "selected", "missing", "of:"
"""What a button measures: the selected models, those without a value of the colour's metric, or those without
one of the metric whose name follows."""

_QUEUES: dict[str, tuple[str, Callable[..., tuple[RunId, ...]]]] = {
    "evaluate": ("Evaluate: metrics and every outcome", queue_evaluation),
    "profile": ("Profile: size and speed on the device", queue_profile),
    "layers": ("Activations of every layer", queue_layers),
}
_PRESET = (Ids.MEASURE_KIND, Ids.MEASURE_SPLIT, Ids.MEASURE_PRECISION, Ids.MEASURE_INSTANCES)
_FIELDS = (Ids.MEASURE_SPLIT, Ids.MEASURE_PRECISION, Ids.MEASURE_INSTANCES, Ids.MEASURE_QUEUE)


def measure_button(text: str = "Measure again", which: str = SELECTED) -> Component:
    """Return the button that opens the dialog; on press it is about what is selected, or missing, then."""
    told = {"data-measure": which}  # not through a callback: it is drawn anew with what is around it
    return dmc.Button(text, variant="default", **told)


def dialog() -> Component:
    """Return the dialog, closed."""
    kinds = [{"value": kind, "label": label} for kind, (label, _) in _QUEUES.items()]
    fields = [
        html.P(id=Ids.MEASURE_TEXT, className="ov-dim"),
        dmc.Select(id=Ids.MEASURE_KIND, label="What", data=kinds, value="evaluate", allowDeselect=False),
        dmc.SimpleGrid(
            [
                dmc.Select(
                    id=Ids.MEASURE_SPLIT, label="Split", data=["test", "train"], value="test",
                    allowDeselect=False,
                ),
                dmc.Select(
                    id=Ids.MEASURE_PRECISION, label="Precision", data=list(PRECISIONS),
                    value=PRECISIONS[0], allowDeselect=False,
                ),
                dmc.TextInput(
                    id=Ids.MEASURE_INSTANCES, label="Instances at most", placeholder="all", value="",
                ),
                dmc.Select(id=Ids.MEASURE_QUEUE, label="Device", data=["cpu"], value="cpu",
                           allowDeselect=False),
            ],
            cols=2,
        ),
        dmc.Group(dmc.Button("Queue", id=Ids.MEASURE_SUBMIT), justify="flex-end"),
    ]  # fmt: skip
    return dmc.Modal(
        id=Ids.MEASURE,
        title="Measure models again",
        centered=True,
        closeButtonProps={"aria-label": "Close"},
        children=[dcc.Store(id=Ids.MEASURED), dcc.Store(id=Ids.MEASURE_ASKED), dmc.Stack(fields, gap="sm")],
    )


def register(app: Dash, product: Application) -> None:
    """Wire the buttons, the dialog and its submission."""
    _open(app, product)
    _submit(app, product)


def _open(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.MEASURE, "opened"),
        Output(Ids.MEASURED, "data"),
        Output(Ids.MEASURE_TEXT, "children"),
        Output(Ids.MEASURE_QUEUE, "data"),
        *(Output(field, "value") for field in _PRESET),
        Input(Ids.MEASURE_ASKED, "data"),
        State(Ids.SELECTION, "data"),
        State(Ids.COLOUR, "value"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _opened(
        asked: dict[str, Any] | None, selection: list[int] | None, colour: str, slug: str
    ) -> tuple[Any, ...]:
        if not asked:
            raise PreventUpdate
        now = snapshot.read(product, slug)
        which = asked["which"]
        chosen: Sequence[Model]
        if which == SELECTED:
            wanted = set(selection or ())
            chosen = [model for model in now.models if model.id in wanted]
            preset: tuple[Any, ...] = (no_update,) * len(_PRESET)
        else:
            name = colour if which == MISSING else which.removeprefix(OF)
            chosen, preset = without_value(now, name), measuring(now.project, name)
        possible = measurable(chosen)
        queues = sorted({queue for worker in workers.list_workers(product) for queue in worker.queues})
        ids = [int(model.id) for model in possible]
        return True, ids, about(len(possible), len(chosen)), queues or ["cpu"], *preset


def _submit(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.MEASURE, "opened", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Output(Ids.MEASURE_INSTANCES, "error"),
        Input(Ids.MEASURE_SUBMIT, "n_clicks"),
        State(Ids.MEASURED, "data"),
        State(Ids.MEASURE_KIND, "value"),
        *(State(field, "value") for field in _FIELDS),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _queue(presses: int | None, ids: list[int], kind: str, *entered: str) -> tuple[Any, ...]:
        if not presses or not ids:
            raise PreventUpdate
        *fields, slug = entered
        try:
            how = measurement(*fields)
            queued = _QUEUES[kind][1](product, [ModelId(one) for one in ids], how)
        except InvalidInput as error:
            wrong = {problem.field: problem.message for problem in error.problems}
            if set(wrong) != {"instances"}:
                raise
            return no_update, no_update, wrong["instances"]
        return False, [told(len(queued), slug)], None


def measurement(split: str, precision: str, instances: str, queue: str) -> Measurement:
    """Return what was entered; `InvalidInput` at `instances` unless that is empty or a whole number."""
    text = instances.strip().replace(",", "")
    if text and not text.isdecimal():
        raise InvalidInput.of("instances", f"{instances} is no whole number.", "Leave it empty for all.")
    return Measurement(split=split, precision=precision, instances=int(text) if text else None, queue=queue)


def measurable(models: Iterable[Model]) -> list[Model]:
    """Return the models that have weights, or will have."""
    return [
        model
        for model in models
        if model.status not in UNSUCCESSFUL and not (model.ready and model.artifact is None)
    ]


def measuring(project: Project, name: str) -> tuple[str, str, str, str]:
    """Return what gives a metric values under the project's protocol: kind, split, precision, instances."""
    metric, wanted = project.metric(name), project.protocol.quality or QualityCondition(DatasetId(0))
    kind = "profile" if metric is not None and metric.group is Group.EFFICIENCY else "evaluate"
    instances = "" if wanted.instances is None else str(wanted.instances)
    return kind, wanted.split, wanted.precision, instances


def without_value(now: snapshot.Snapshot, name: str) -> Sequence[Model]:
    """Return the models that are made and have no value of a metric."""
    metric = now.project.metric(name)
    shown = now.shown(everything=False).models
    return [model for model in shown if model.ready and finite(model.metrics, metric) is None]


def about(possible: int, chosen: int) -> str:
    """Return how many models are measured, and why others are not."""
    if not possible:
        return "None of these models has weights, so nothing can be measured."
    left = chosen - possible
    why = f" {counted(left, 'model')} without weights cannot be." if left else ""
    return f"{counted(possible, 'model')} will be measured, one run each.{why}"


def told(runs: int, slug: str) -> Notification:
    """Return the notification with a link to the queue."""
    news = notification("")
    message = f"{counted(runs, 'run')} queued" if runs else "Nothing to do: it is measured or under way"
    link = dcc.Link("Open the queue", href=Address("queue", slug).href)
    return news | {"message": dmc.Group([message, link], gap="md")}
