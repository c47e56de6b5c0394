"""Adding a base model from the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, no_update
from dash.exceptions import PreventUpdate

from core.domain.catalogue import SourceSpec
from core.domain.parameter.spec import ParameterSpec
from core.domain.project import Project
from core.domain.quantized_files.provenance import SOURCE
from core.errors import InvalidInput, Problem
from core.services.application import Application
from core.services.models.base_models import BaseModelRequest, Training, add_base_model
from core.services.projects import projects
from dashboard.address import Address
from dashboard.components.form.form_fields import Field, FieldKind, fields
from dashboard.components.form.single_values import counting, read_field, read_values
from dashboard.components.notification import Notification, notification
from dashboard.ids import ShellIds
from dashboard.views.models.additions.forms import TRAIN, TRAINING, base_form, marks
from dashboard.views.models.additions.quantized_form import queue_quantized
from dashboard.views.models.additions.suitable_sources import suited_source
from dashboard.views.models.form_problems import Placed, placed, values_of
from dashboard.views.models.grid.row_callbacks import now, require_press
from dashboard.views.models.ids import Ids, PatternIds

ANY_VALUE = {"type": PatternIds.BASE, "name": ALL}
ANY_ROW = {"type": PatternIds.BASE_ROW, "name": ALL}
ANY_TRAINING = {"type": PatternIds.TRAINING, "name": ALL}
SEED = Field("seed", "Seed", FieldKind.INTEGER, default=0)
_INPUTS = {
    "name": Ids.BASE_NAME,
    "source": Ids.BASE_SOURCE,
    "seed": Ids.BASE_SEED,
    "queue": Ids.BASE_QUEUE,
    "parent": Ids.BASE_PARENT,
}


def register(app: Dash, product: Application) -> None:
    """Wire the choice of a source, of training, and the button."""

    @app.callback(
        Output(Ids.BASE_FIELDS, "children"),
        Output(Ids.BASE_FIELDS, "data-source"),
        Output(Ids.BASE_SOURCE, "description"),
        Input(Ids.BASE_SOURCE, "value"),
        State(Ids.BASE_FIELDS, "data-source"),
        State(ShellIds.PROJECT, "data"),
    )
    def _choose(source: str | None, drawn: str, slug: str) -> tuple[Any, str, str]:
        if not source or source == drawn:
            raise PreventUpdate
        spec = suited_source(product, projects.get_project(product, slug), source)
        return base_form(spec, slug), source, spec.summary

    app.clientside_callback(
        ClientsideFunction("base_form", "follow"),
        Output(ANY_ROW, "style"),
        Output(ANY_VALUE, "error", allow_duplicate=True),
        Output(Ids.BASE_HOW, "value"),
        Input(ANY_VALUE, "value"),
        Input(Ids.BASE_MARKS, "data"),
        State(ANY_VALUE, "id"),
        prevent_initial_call="initial_duplicate",
    )

    app.clientside_callback(
        ClientsideFunction("base_form", "chosen_beside"),
        Output(Ids.BASE_CHOSEN_BESIDE, "data"),
        Input(Ids.BASE_HOW, "value"),
        State(ANY_VALUE, "value"),
        State(ANY_VALUE, "id"),
    )

    @app.callback(Output(Ids.BASE_TRAINING, "style"), Input(Ids.BASE_HOW, "value"))
    def _how(how: str) -> dict[str, str]:
        return {} if how == TRAIN else {"display": "none"}

    @app.callback(
        Output(Ids.BASE_MARKS, "data"),
        Input(Ids.SEEN_MARK, "data"),
        State(Ids.BASE_SOURCE, "value"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _recount(_seen: Any, source: str | None, slug: str) -> Any:
        if not source:
            raise PreventUpdate
        return marks(suited_source(product, projects.get_project(product, slug), source).parameters)

    _register_adding(app, product)


def _register_adding(app: Dash, product: Application) -> None:
    @app.callback(
        output={
            "inputs": {name: Output(identity, "error") for name, identity in _INPUTS.items()},
            "values": Output(ANY_VALUE, "error"),
            "fresh": Output(ANY_VALUE, "value"),
            "name": Output(Ids.BASE_NAME, "value"),
            "how": Output(Ids.BASE_HOW, "value", allow_duplicate=True),
            "training": Output(ANY_TRAINING, "error"),
            "rest": Output(Ids.BASE_OUTCOME, "children"),
            "news": Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            "acted": Output(Ids.ACTED, "data", allow_duplicate=True),
        },
        inputs={
            "pressed": Input(Ids.BASE_ADD, "n_clicks"),
            "inputs": {name: State(identity, "value") for name, identity in _INPUTS.items()},
            "how": State(Ids.BASE_HOW, "value"),
            "beside": State(Ids.BASE_CHOSEN_BESIDE, "data"),
            "values": State(ANY_VALUE, "value"),
            "value_ids": State(ANY_VALUE, "id"),
            "training": State(ANY_TRAINING, "value"),
            "training_ids": State(ANY_TRAINING, "id"),
            "slug": State(ShellIds.PROJECT, "data"),
        },
        running=[(Output(Ids.BASE_ADD, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _add(*, pressed: Any, slug: str, **held: Any) -> dict[str, Any]:
        del pressed
        require_press()
        project = projects.get_project(product, slug)
        problems = added(product, project, held)
        fresh = None if problems else emptied(suited_source(product, project, held["inputs"]["source"]), held)
        forms = {"parameters": held["value_ids"], "training": held["training_ids"]}
        names = {start: [each["name"] for each in ids] for start, ids in forms.items()}
        at = placed(problems, Placed(tuple(_INPUTS), names))
        return {
            "inputs": at.inputs,
            "values": at.forms["parameters"],
            "fresh": fresh or [no_update for _ in held["values"]],
            "name": no_update if problems else "",
            "how": no_update if problems or fresh == held["values"] else TRAIN,
            "training": at.forms["training"],
            "rest": at.rest,
            "news": no_update if problems else [_told(held["inputs"]["name"], slug)],
            "acted": no_update if problems else now(product),
        }


def added(product: Application, project: Project, held: Mapping[str, Any]) -> list[Problem]:
    """Queue the model that the inputs describe; return every problem if it cannot be."""
    chosen = held["inputs"]
    problems: list[Problem] = []
    parameters: dict[str, Any] = {}
    trains = held["how"] == TRAIN
    if chosen["source"]:
        known = suited_source(product, project, chosen["source"]).parameters
        entered = values_of(held["value_ids"], held["values"])
        parameters, problems = read_values(known, counting(known, entered))
        trains = trains and not _brought(known, entered, parameters, held.get("beside") or {})
    training, wrong = _training(values_of(held["training_ids"], held["training"]))
    seed, unreadable = read_field(SEED, chosen["seed"])
    problems += unreadable + (wrong if trains else [])
    request = BaseModelRequest(
        project_id=project.id,
        name=chosen["name"] or "",
        source=chosen["source"] or "",
        parameters=parameters,
        seed=0 if seed is None else seed,
        training=training if trains else None,
        queue=chosen["queue"] or "cpu",
    )
    try:
        if request.source == SOURCE and not problems:
            refused = queue_quantized(product, request, chosen["parent"])
            if refused is not None:
                return refused
        add_base_model(product, request, problems)
    except InvalidInput as error:
        return list(error.problems)
    return []


def _brought(
    known: Sequence[ParameterSpec],
    entered: Mapping[str, Any],
    parameters: Mapping[str, Any],
    beside: Mapping[str, Any],
) -> bool:
    """Return whether weights were given after it was chosen to train.

    beside: what the inputs held at that choice. The browser chooses to import by itself when weights are
    given, but the button may be pressed before it does.
    """
    weights = [about.name for about in known if about.weights and parameters.get(about.name)]
    return any(entered.get(name) != beside.get(name) for name in weights)


def emptied(source: SourceSpec, held: Mapping[str, Any]) -> list[Any]:
    """Return what the inputs hold for the next model: all but the weights, which are those of one model."""
    uploads = {field.name for field in fields(source.parameters) if field.uploads}
    pairs = zip(held["value_ids"], held["values"], strict=True)
    return ["" if identity["name"] in uploads else value for identity, value in pairs]


def _training(entered: Mapping[str, Any]) -> tuple[Training, list[Problem]]:
    values, problems = {}, []
    for field in TRAINING:
        value, wrong = read_field(field, entered.get(field.name))
        problems += [Problem(f"training.{problem.field}", problem.message, problem.hint) for problem in wrong]
        if value is not None:
            values[field.name] = value
    return (Training() if problems else Training(**values)), problems


def _told(name: str, slug: str) -> Notification:
    news = notification(f"Queued {name}")
    return news | {"message": dcc.Link("Open the queue", href=Address("queue", slug).href)}
