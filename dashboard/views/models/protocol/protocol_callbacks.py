"""Saving the protocol, and queueing the evaluations that models lack under it."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update

from core.domain.ids import DatasetId
from core.domain.project import Project
from core.errors import InvalidInput, Problem
from core.presentation.counts import counted
from core.services.application import Application
from core.services.measurements.protocol import ProtocolChange, change_protocol, profiled_under, queue_lacking
from core.services.projects import projects
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.models.grid.row_callbacks import now, require_press
from dashboard.views.models.ids import Ids
from dashboard.views.models.protocol.protocol_card import without_values


def register(app: Dash, product: Application) -> None:
    """Wire the two buttons."""

    @app.callback(
        output=[
            Output(Ids.PROTOCOL_OUTCOME, "children"),
            Output(Ids.PROTOCOL_LACKING, "children"),
            Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            Output(Ids.ACTED, "data", allow_duplicate=True),
        ],
        inputs={
            "pressed": Input(Ids.PROTOCOL_SAVE, "n_clicks"),
            "slug": State(ShellIds.PROJECT, "data"),
            "entered": {
                "data": State(Ids.PROTOCOL_DATA, "value"),
                "split": State(Ids.PROTOCOL_SPLIT, "value"),
                "instances": State(Ids.PROTOCOL_INSTANCES, "value"),
                "precision": State(Ids.PROTOCOL_PRECISION, "value"),
                "device": State(Ids.PROTOCOL_DEVICE, "value"),
            },
        },
        prevent_initial_call=True,
    )
    def _save(pressed: Any, slug: str, entered: dict[str, str | None]) -> tuple[Any, ...]:
        del pressed
        require_press()
        project = projects.get_project(product, slug)
        problems = saved(product, project, entered)
        if problems:
            said = " ".join(f"{problem.message} {problem.hint}" for problem in problems)
            return said, no_update, no_update, no_update
        lacking = without_values(product, project)
        return "", lacking, [notification("Protocol saved")], now(product)

    @app.callback(
        Output(Ids.PROTOCOL_LACKING, "children", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.PROTOCOL_MEASURE, "n_clicks"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _measure(_pressed: Any, slug: str) -> tuple[Any, ...]:
        require_press()
        project = projects.get_project(product, slug)
        count = len(queue_lacking(product, project.id))
        told = f"{counted(count, 'evaluation')} queued"
        return without_values(product, project), [notification(told)]


def saved(product: Application, project: Project, entered: dict[str, str | None]) -> list[Problem]:
    """Change the protocol to what the inputs hold; return every problem if it cannot be changed."""
    instances, problems = instances_of(entered["instances"])
    if problems:
        return problems
    known = profiled_under(product, project.id)
    device = entered["device"]
    change = ProtocolChange(
        dataset_id=DatasetId(int(entered["data"])) if entered["data"] else None,
        split=entered["split"],
        instances=instances,
        every_instance=instances is None,
        precision=entered["precision"],
        efficiency=known[int(device)] if device and int(device) < len(known) else None,
    )
    try:
        change_protocol(product, project.id, change)
    except InvalidInput as error:
        return list(error.problems)
    return []


def instances_of(entered: str | None) -> tuple[int | None, list[Problem]]:
    """Return the number that was typed, None for all, and the problem if it is not a number."""
    text = (entered or "").strip().replace(",", "")
    if text and not text.isdecimal():
        return None, [
            Problem("instances", f"{text!r} is not a number of instances.", "Leave it empty for all.")
        ]
    return int(text) if text else None, []
