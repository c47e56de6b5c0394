"""Adding, renaming and removing data sets from the tab Data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from core.domain.ids import DatasetId
from core.domain.project import Project
from core.errors import Conflict, InvalidInput, NotFound, Problem
from core.services.application import Application
from core.services.data_setup.datasets import (
    DatasetRequest,
    add_dataset,
    remove_dataset,
    rename_dataset,
    where_checked,
)
from core.services.projects import projects
from core.services.workers import workers
from dashboard.components.form.carrying import Id, carried
from dashboard.components.form.single_values import read_values
from dashboard.components.notification import Notification, notification
from dashboard.ids import ShellIds
from dashboard.views.models.additions.forms import form
from dashboard.views.models.additions.project_callbacks import offered_data
from dashboard.views.models.data.data_card import data_id
from dashboard.views.models.data.data_page import data_cards
from dashboard.views.models.form_problems import Placed, placed, values_of
from dashboard.views.models.grid.row_callbacks import now, require_press
from dashboard.views.models.ids import Ids, PatternIds

_VALUES = {"type": PatternIds.SET_VALUE, "name": ALL}
_CHANGED = {
    "cards": Output(Ids.DATA_CARDS, "children", allow_duplicate=True),
    "news": Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
    "acted": Output(Ids.ACTED, "data", allow_duplicate=True),
}
_UNCHANGED = dict.fromkeys(_CHANGED, no_update)


def register(app: Dash, product: Application) -> None:
    """Wire the rows of data sets and the form of another one."""
    _rows(app, product)
    _form(app, product)


def _rows(app: Dash, product: Application) -> None:
    @app.callback(
        output={**_CHANGED, "outcomes": Output(data_id(PatternIds.SET_OUTCOME, ALL), "children")},
        inputs={
            "pressed": [
                Input(data_id(PatternIds.SET_RENAME, ALL), "n_clicks"),
                Input(data_id(PatternIds.SET_REMOVE, ALL), "n_clicks"),
            ],
            "names": State(data_id(PatternIds.SET_NAME, ALL), "value"),
            "ids": State(data_id(PatternIds.SET_NAME, ALL), "id"),
            "shown": State(Ids.DATA_CARDS, "children"),
            "slug": State(ShellIds.PROJECT, "data"),
        },
        prevent_initial_call=True,
    )
    def _change(*, names: list[str], ids: list[Any], slug: str, shown: Any, **_: Any) -> dict[str, Any]:
        require_press()
        chosen, removes = int(ctx.triggered_id["dataset"]), ctx.triggered_id["type"] == PatternIds.SET_REMOVE
        entered = {each["dataset"]: name for each, name in zip(ids, names, strict=True)}
        project, dataset_id = projects.get_project(product, slug), DatasetId(chosen)
        said = refused(
            (lambda: remove_dataset(product, project.id, dataset_id))
            if removes
            else (lambda: rename_dataset(product, project.id, dataset_id, entered[chosen] or ""))
        )
        if said:
            return {**_UNCHANGED, "outcomes": [said if each["dataset"] == chosen else "" for each in ids]}
        news = notification("Data set removed" if removes else "Data set renamed")
        return {**changed(product, slug, news, shown), "outcomes": [no_update for _ in ids]}


def _form(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.SET_FIELDS, "children"),
        Output(Ids.SET_SOURCE, "description"),
        Input(Ids.SET_SOURCE, "value"),
        prevent_initial_call=True,
    )
    def _choose(source: str) -> tuple[Any, str]:
        spec = workers.catalogue(product).data_source(source)
        return form(spec.parameters, PatternIds.SET_VALUE), spec.summary

    @app.callback(
        Output(Ids.SET_SOURCE, "data"),
        Output(Ids.SET_SOURCE, "value"),
        Input(Ids.SET_EVERY, "checked"),
        State(Ids.SET_SOURCE, "value"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _offer(every: bool, source: str | None, slug: str) -> tuple[Any, Any]:
        task = projects.get_project(product, slug).task
        return offered_data(workers.catalogue(product), task, source, every=every)

    @app.callback(
        output={
            **_CHANGED,
            "name": Output(Ids.SET_NAME, "error"),
            "source": Output(Ids.SET_SOURCE, "error"),
            "values": Output(_VALUES, "error"),
            "rest": Output(Ids.SET_OUTCOME, "children"),
        },
        inputs={
            "pressed": Input(Ids.SET_ADD, "n_clicks"),
            "name": State(Ids.SET_NAME, "value"),
            "source": State(Ids.SET_SOURCE, "value"),
            "values": State(_VALUES, "value"),
            "ids": State(_VALUES, "id"),
            "shown": State(Ids.DATA_CARDS, "children"),
            "slug": State(ShellIds.PROJECT, "data"),
        },
        running=[(Output(Ids.SET_ADD, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _add(*, pressed: Any, slug: str, **held: Any) -> dict[str, Any]:
        del pressed
        require_press()
        made, problems = added(product, projects.get_project(product, slug), held)
        at = placed(
            problems, Placed(("name", "source"), {"parameters": [one["name"] for one in held["ids"]]})
        )
        told = {**at.inputs, "values": at.forms["parameters"], "rest": at.rest}
        if made is None:
            return {**_UNCHANGED, **told}
        dataset = made.datasets[-1]
        checked = where_checked(product, dataset.source, dataset.parameters)
        news = notification(f"Added {dataset.name}", checked)
        return {**changed(product, slug, news, held["shown"]), **told}


def added(
    product: Application, project: Project, held: Mapping[str, Any]
) -> tuple[Project | None, list[Problem]]:
    """Add the data set that the inputs describe; return every problem if it cannot be."""
    source = held["source"] or ""
    known = workers.catalogue(product).data_source(source).parameters
    parameters, problems = read_values(known, values_of(held["ids"], held["values"]))
    wanted = DatasetRequest(held["name"] or "", source, parameters)
    try:
        return add_dataset(product, project.id, wanted, problems), []
    except InvalidInput as error:
        return None, list(error.problems)


def refused(change: Callable[[], Project]) -> str:
    """Make a change; return why it cannot be made, empty where it was."""
    try:
        change()
    except InvalidInput as error:
        return " ".join(f"{problem.message} {problem.hint}".strip() for problem in error.problems)
    except (Conflict, NotFound) as error:
        return f"{error.message} {error.hint}".strip()
    return ""


def changed(product: Application, slug: str, news: Notification, shown: Any) -> dict[str, Any]:
    """Return the cards as they are now, with the news; what was entered in other forms of them stays."""
    project = projects.get_project(product, slug)
    cards = data_cards(product, project, workers.catalogue(product))
    return {"cards": carried(cards, shown, _elsewhere), "news": [news], "acted": now(product)}


def _elsewhere(identity: Id) -> bool:
    """Return whether an input belongs to the form of a data set or of the protocol."""
    if isinstance(identity, str):
        return identity.startswith("models-protocol-")
    return identity.get("type") == PatternIds.DATA
