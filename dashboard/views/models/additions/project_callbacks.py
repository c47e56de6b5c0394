"""Creating a project from the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update

from core.domain.catalogue import Catalogue
from core.domain.project import Project
from core.errors import InvalidInput, Problem
from core.services.application import Application
from core.services.data_setup.datasets import where_checked
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.projects.quality_conditions import ProtocolRequest
from core.services.workers import workers
from dashboard.address import Address
from dashboard.components.form.single_values import read_values
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.models.additions.forms import first, form, source_options
from dashboard.views.models.additions.suitable_sources import suited_data
from dashboard.views.models.address import Tab
from dashboard.views.models.form_problems import Placed, placed, values_of
from dashboard.views.models.grid.row_callbacks import require_press
from dashboard.views.models.ids import Ids, PatternIds
from dashboard.views.models.protocol.protocol_callbacks import instances_of

ANY_VALUE = {"type": PatternIds.DATASET, "name": ALL}
_INPUTS = {
    "name": Ids.NEW_NAME,
    "description": Ids.NEW_DESCRIPTION,
    "task": Ids.NEW_TASK,
    "source": Ids.NEW_SOURCE,
    "dataset": Ids.NEW_DATASET,
}
_PROTOCOL = {"split": Ids.NEW_SPLIT, "instances": Ids.NEW_INSTANCES, "precision": Ids.NEW_PRECISION}
"""Their problems are shown below the button, since these inputs may be folded."""

_FIELDS = {"slug": "name", "datasets.0.name": "dataset", "datasets.0.source": "source"}
"""Where problems of the request are shown."""

_DATA = "datasets.0."


def register(app: Dash, product: Application) -> None:
    """Wire the choice of a data source and the button."""

    @app.callback(
        Output(Ids.NEW_FIELDS, "children"),
        Output(Ids.NEW_SOURCE, "description"),
        Output(Ids.NEW_DATASET, "value"),
        Input(Ids.NEW_SOURCE, "value"),
        State(Ids.NEW_DATASET, "value"),
        prevent_initial_call=True,
    )
    def _choose(source: str, named: str | None) -> tuple[Any, str, Any]:
        catalogue = workers.catalogue(product)
        spec = catalogue.data_source(source)
        own = named and named not in {each.name for each in catalogue.data_sources}
        return form(spec.parameters, PatternIds.DATASET), spec.summary, no_update if own else spec.name

    @app.callback(
        Output(Ids.NEW_SOURCE, "data"),
        Output(Ids.NEW_SOURCE, "value"),
        Input(Ids.NEW_TASK, "value"),
        Input(Ids.NEW_EVERY, "checked"),
        State(Ids.NEW_SOURCE, "value"),
        running=[(Output(Ids.NEW_SOURCE, "disabled"), True, False)],  # a choice made meanwhile would be lost
        prevent_initial_call=True,
    )
    def _suit(task: str | None, every: bool, source: str | None) -> tuple[Any, Any]:
        return offered_data(workers.catalogue(product), task or "", source, every=every)

    @app.callback(
        output={
            "inputs": {name: Output(identity, "error") for name, identity in _INPUTS.items()},
            "values": Output(ANY_VALUE, "error"),
            "rest": Output(Ids.NEW_OUTCOME, "children"),
            "news": Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            "go": Output(ShellIds.LOCATION, "href", allow_duplicate=True),
        },
        inputs={
            "pressed": Input(Ids.NEW_CREATE, "n_clicks"),
            "inputs": {name: State(identity, "value") for name, identity in _INPUTS.items()},
            "protocol": {name: State(identity, "value") for name, identity in _PROTOCOL.items()},
            "values": State(ANY_VALUE, "value"),
            "value_ids": State(ANY_VALUE, "id"),
        },
        running=[(Output(Ids.NEW_CREATE, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _create(*, pressed: Any, **held: Any) -> dict[str, Any]:
        del pressed
        require_press()
        made, problems = created(product, held)
        names = [each["name"] for each in held["value_ids"]]
        at = placed(problems, Placed(tuple(_INPUTS), {"parameters": names}))
        told = {"inputs": at.inputs, "values": at.forms["parameters"], "rest": at.rest}
        if made is None:
            return {**told, "news": no_update, "go": no_update}
        data = made.datasets[0]
        seen = where_checked(product, data.source, data.parameters)
        news = notification(f"Created {made.name}", f"{seen} Now add a base model.".strip())
        return {**told, "news": [news], "go": Address("models", made.slug, {"tab": Tab.ADD.value}).href}


def offered_data(
    catalogue: Catalogue, task: str, source: str | None, *, every: bool
) -> tuple[list[dict[str, Any]], Any]:
    """Return the data sources to choose from, and which to choose where the present one does not suit."""
    suited = suited_data(catalogue, task)
    offered = list(catalogue.data_sources) if every else suited
    instead = first(suited)
    if instead is None or source in {spec.name for spec in offered}:
        return source_options(offered), no_update
    return source_options(offered), instead.name


def created(product: Application, held: Mapping[str, Any]) -> tuple[Project | None, list[Problem]]:
    """Create the project that the inputs describe; return every problem if it cannot be."""
    chosen = held["inputs"]
    problems: list[Problem] = []
    parameters: dict[str, Any] = {}
    if chosen["source"]:
        known = workers.catalogue(product).data_source(chosen["source"]).parameters
        parameters, problems = read_values(known, values_of(held["value_ids"], held["values"]))
        problems = [replace(problem, field=f"{_DATA}{problem.field}") for problem in problems]
    if not chosen["task"]:
        problems.append(Problem("task", "Choose a task.", ""))
    protocol = held["protocol"]
    instances, wrong = instances_of(protocol["instances"])
    problems += [replace(problem, field=f"protocol.{problem.field}") for problem in wrong]
    request = ProjectRequest(
        name=chosen["name"] or "",
        task=chosen["task"] or "",
        datasets=(DatasetRequest(chosen["dataset"] or "", chosen["source"] or "", parameters),),
        description=chosen["description"] or "",
        protocol=ProtocolRequest("", protocol["split"], instances, protocol["precision"]),
    )
    try:
        return create_project(product, request, problems), []
    except InvalidInput as error:
        return None, [_placed(problem) for problem in error.problems if not _doubled(problem, request)]


def _placed(problem: Problem) -> Problem:
    field = _FIELDS.get(problem.field, problem.field).removeprefix(_DATA)
    return replace(problem, field=field)


def _doubled(problem: Problem, request: ProjectRequest) -> bool:
    """Return whether a problem with the address says again that the name is missing."""
    return problem.field == "slug" and not request.name.strip()
