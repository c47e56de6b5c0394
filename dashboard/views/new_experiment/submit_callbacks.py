"""Queueing the experiment, and telling where to watch it."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc
from dash.exceptions import PreventUpdate

from core.errors import InvalidInput
from core.services.application import Application
from core.services.experiments import experiments
from core.services.experiments.experiments import Submitted
from core.services.projects import projects
from core.services.workers import workers
from dashboard.address import Address, write_ids
from dashboard.components.notification import Notification, notification
from dashboard.ids import ShellIds
from dashboard.views.new_experiment.entries.draft import in_use
from dashboard.views.new_experiment.entries.inputs import ENTRY_STATES, RECIPE_STATES, draft_of, entries_of
from dashboard.views.new_experiment.entries.request import read
from dashboard.views.new_experiment.ids import Ids
from dashboard.views.new_experiment.preview import metrics_of


def register(app: Dash, product: Application) -> None:
    """Wire the submit button; a second press while the first is under way does nothing."""

    @app.callback(
        Output(Ids.DRAWER, "opened", allow_duplicate=True),
        Output(Ids.CONFIRMED, "checked"),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        inputs={"clicks": Input(Ids.SUBMIT, "n_clicks"), "entered": ENTRY_STATES, "recipe": RECIPE_STATES},
        running=[(Output(Ids.SUBMIT, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _submit(*, clicks: int | None, entered: dict[str, Any], recipe: dict[str, Any]) -> tuple[Any, ...]:
        if not clicks:
            raise PreventUpdate
        entries = entries_of(entered)
        metrics = metrics_of(product, entries.project_id)
        outcome = read(entries, in_use(draft_of(recipe)), workers.catalogue(product), metrics)
        if outcome.problems:
            raise InvalidInput(outcome.problems)
        submitted = experiments.submit(product, outcome.request)
        slug = projects.get_project(product, outcome.request.project_id).slug
        return False, False, [told(submitted, slug)]


def told(submitted: Submitted, slug: str) -> Notification:
    """Return the notification of a submission, with links to the experiment and to its models."""
    news = notification(submitted.in_words())
    waiting = (
        ""
        if submitted.announced
        else "The broker is unreachable; the runs are announced to workers once it is back. "
    )
    news["message"] = dmc.Group(
        [
            *([dmc.Text(waiting, size="sm")] if waiting else []),
            dcc.Link("Open experiment", href=queue_of(submitted, slug).href),
            dcc.Link("Show its models in the overview", href=overview_of(submitted, slug).href),
        ],
        gap="md",
    )
    news["autoClose"] = 12_000
    return news


def queue_of(submitted: Submitted, slug: str) -> Address:
    """Return the address of the queue with the experiment's runs; all runs where it has none of its own."""
    own = submitted.plan.most_models > 0
    return Address("queue", slug, {"experiment": str(submitted.experiment.id)} if own else {})


def overview_of(submitted: Submitted, slug: str) -> Address:
    """Return the address of the overview with the experiment's models selected, or of a search filtered."""
    if submitted.plan.selection.search is not None:
        return Address("overview", slug, {"filter": f"experiment={submitted.experiment.id}"})
    return Address("overview", slug, {"selected": write_ids(submitted.model_ids)})
