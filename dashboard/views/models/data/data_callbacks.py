"""Putting right where a project's data are and what their columns are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from core.domain.ids import DatasetId
from core.domain.project import Project
from core.errors import Conflict, InvalidInput, Problem
from core.services.application import Application
from core.services.data_setup.datasets import change_dataset, where_checked
from core.services.projects import projects
from core.services.workers import workers
from dashboard.components.form.single_values import read_values
from dashboard.components.notification import Notification, notification
from dashboard.ids import ShellIds
from dashboard.views.models.data.data_card import data_id
from dashboard.views.models.form_problems import Placed, placed
from dashboard.views.models.grid.row_callbacks import now, require_press
from dashboard.views.models.ids import Ids, PatternIds

_VALUES = data_id(PatternIds.DATA, ALL, name=ALL)
_OUTCOMES = data_id(PatternIds.DATA_OUTCOME, ALL)
_SAVES = data_id(PatternIds.DATA_SAVE, ALL)


def register(app: Dash, product: Application) -> None:
    """Wire the buttons; the form of the data set whose button was pressed is read."""

    @app.callback(
        output={
            "errors": Output(_VALUES, "error"),
            "outcomes": Output(_OUTCOMES, "children"),
            "news": Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            "acted": Output(Ids.ACTED, "data", allow_duplicate=True),
        },
        inputs={
            "pressed": Input(_SAVES, "n_clicks"),
            "values": State(_VALUES, "value"),
            "ids": State(_VALUES, "id"),
            "outcomes": State(_OUTCOMES, "id"),
            "slug": State(ShellIds.PROJECT, "data"),
        },
        prevent_initial_call=True,
    )
    def _save(*, pressed: Any, slug: str, **held: Any) -> dict[str, Any]:
        del pressed
        require_press()
        chosen = int(ctx.triggered_id["dataset"])
        pairs = zip(held["ids"], held["values"], strict=True)
        entered = {one["name"]: value for one, value in pairs if one["dataset"] == chosen}
        project = projects.get_project(product, slug)
        problems = corrected(product, project, DatasetId(chosen), entered)
        at = placed(problems, Placed((), {"parameters": list(entered)}))
        errors = dict(zip(entered, at.forms["parameters"], strict=True))
        return {
            "errors": [errors[one["name"]] if one["dataset"] == chosen else None for one in held["ids"]],
            "outcomes": [at.rest if one["dataset"] == chosen else "" for one in held["outcomes"]],
            "news": no_update if problems else [_told(product, slug, DatasetId(chosen))],
            "acted": no_update if problems else now(product),
        }


def corrected(
    product: Application, project: Project, dataset_id: DatasetId, entered: Mapping[str, Any]
) -> list[Problem]:
    """Change the parameters to what the inputs hold; return every problem if they cannot be changed."""
    dataset = next((each for each in project.datasets if each.id == dataset_id), None)
    if dataset is None:
        return [Problem("", "Somebody else has removed this data set.", "Reload the page.")]
    known = workers.catalogue(product).data_source(dataset.source).parameters
    values, problems = read_values(known, entered)
    try:
        change_dataset(product, project.id, dataset_id, values, problems)
    except InvalidInput as error:
        return list(error.problems)
    except Conflict as error:
        return [Problem("", error.message, error.hint)]
    return []


def _told(product: Application, slug: str, dataset_id: DatasetId) -> Notification:
    changed = projects.get_project(product, slug)
    dataset = next(dataset for dataset in changed.datasets if dataset.id == dataset_id)
    checked = where_checked(product, dataset.source, dataset.parameters)
    return notification(f"Data of {dataset.name} saved", checked)
