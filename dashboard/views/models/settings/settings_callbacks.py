"""Saving the settings of a project: what is wrong is said beside its input, and then nothing is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from core.domain.metric import Authority, Direction, Format, MetricDefinition
from core.domain.project import Project
from core.errors import InvalidInput, Problem
from core.services.application import Application
from core.services.projects import projects
from core.services.projects.projects import MetricCorrection, SettingsChange, change_settings
from dashboard.components.form.budgets import read_budget
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.models.grid.row_callbacks import now, require_press
from dashboard.views.models.ids import Ids
from dashboard.views.models.settings.metric_table import metric_id, settings
from dashboard.views.models.settings.settings_mark import Mark, conflicts

_PARTS = ("label", "direction", "format", "unit", "budget")
_ERRORS = ("label", "direction", "unit", "budget")


@dataclass(frozen=True)
class Entered:
    """What the form holds: `metrics` maps metric names to their parts, all as text but `primary`.

    acceptable_loss: in points; empty: as it is. most_running: runs at once; empty: any number.
    confirming: whether a person says that everything guessed is right, or has been put right.
    """

    name: str
    description: str
    metrics: Mapping[str, Mapping[str, Any]]
    confirming: bool = False
    acceptable_loss: str = ""
    most_running: str = ""


def register(app: Dash, product: Application) -> None:
    """Wire the two buttons."""

    @app.callback(
        output={
            "settings": Output(Ids.SETTINGS, "children"),
            "news": Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            "name": Output(Ids.PROJECT_NAME, "error"),
            "description": Output(Ids.DESCRIPTION, "error"),
            "acceptable_loss": Output(Ids.ACCEPTABLE_LOSS, "error"),
            "most_running": Output(Ids.MOST_RUNNING, "error"),
            "rest": Output(Ids.SAVED, "children"),
            "acted": Output(Ids.ACTED, "data", allow_duplicate=True),
            "errors": {part: Output(metric_id(ALL, part), "error") for part in _ERRORS},
        },
        inputs={
            "pressed": [Input(Ids.SAVE, "n_clicks"), Input(Ids.CONFIRM, "n_clicks")],
            "name": State(Ids.PROJECT_NAME, "value"),
            "description": State(Ids.DESCRIPTION, "value"),
            "acceptable_loss": State(Ids.ACCEPTABLE_LOSS, "value"),
            "most_running": State(Ids.MOST_RUNNING, "value"),
            "primary": State(metric_id(ALL, "primary"), "checked"),
            "parts": {part: State(metric_id(ALL, part), "value") for part in _PARTS},
            "ids": State(metric_id(ALL, "label"), "id"),
            "filled": State(Ids.FILLED, "data"),
            "slug": State(ShellIds.PROJECT, "data"),
        },
        prevent_initial_call=True,
    )
    def _save(*, pressed: Any, slug: str, filled: Mark, **held: Any) -> dict[str, Any]:
        del pressed
        require_press()
        names = [each["name"] for each in held["ids"]]
        project = projects.get_project(product, slug)
        entered = replace(entered_of(names, held), confirming=ctx.triggered_id == Ids.CONFIRM)
        problems = saved(product, project, entered, since=filled)
        if problems:
            return _told(problems, names)
        fresh = settings(projects.get_project(product, slug))
        nothing = {part: [no_update] * len(names) for part in _ERRORS}
        unchanged = dict.fromkeys(
            ("name", "description", "acceptable_loss", "most_running", "rest"), no_update
        )
        news = [notification("Settings saved")]
        return {"settings": fresh, "news": news, "acted": now(product), "errors": nothing, **unchanged}


def entered_of(names: Sequence[str], held: Mapping[str, Any]) -> Entered:
    """Return what the inputs hold, by metric."""
    metrics = {
        name: {
            "primary": bool(held["primary"][index]),
            **{part: held["parts"][part][index] or "" for part in _PARTS},
        }
        for index, name in enumerate(names)
    }
    loss = str(held.get("acceptable_loss") or "")
    most = str(held.get("most_running") or "")
    return Entered(
        held["name"] or "", held["description"] or "", metrics, acceptable_loss=loss, most_running=most
    )


def saved(
    product: Application, project: Project, entered: Entered, *, since: Mark | None = None
) -> list[Problem]:
    """Save the settings if all of them are fine; return every problem otherwise.

    since: the settings that the form was filled with; what others have changed since then is a problem.
    """
    corrections, budgets, problems = _read(project, entered)
    loss, wrong = _loss(entered.acceptable_loss)
    leading = [name for name, parts in entered.metrics.items() if parts["primary"]]
    most, unread = _limit(entered.most_running)
    change = SettingsChange(corrections, leading, budgets, loss, most, entered.name, entered.description)
    try:
        compared = partial(conflicts, since) if since else None
        change_settings(product, project.id, change, [*problems, *wrong, *unread], conflicts=compared)
    except InvalidInput as error:
        return list(error.problems)
    return []


def _read(
    project: Project, entered: Entered
) -> tuple[list[MetricCorrection], dict[str, float], list[Problem]]:
    corrections: list[MetricCorrection] = []
    problems: list[Problem] = []
    budgets = dict(project.budgets)
    for name, parts in entered.metrics.items():
        metric = project.metric(name)
        if metric is None:
            continue
        correction = _correction(metric, parts, confirming=entered.confirming)
        if correction is not None:
            corrections.append(correction)
        budgets.pop(name, None)
        try:
            budget = read_budget(_as_entered(metric, parts), parts["budget"])
        except InvalidInput as error:
            problems.extend(error.problems)
            continue
        if budget is not None:
            budgets[name] = budget
    return corrections, budgets, problems


def _loss(text: str) -> tuple[float | None, list[Problem]]:
    """Return the acceptable loss as a fraction, None where nothing was entered."""
    written = text.strip().removesuffix("points").removesuffix("%").strip()
    if not written:
        return None, []
    try:
        return float(written) / 100, []
    except ValueError:
        hint = "Give points from 0 to 100, for example 1."
        return None, [Problem("acceptable_loss", f"{text!r} is not a number.", hint)]


def _limit(text: str) -> tuple[int | None, list[Problem]]:
    """Return how many runs may be carried out at once; 0 where nothing was entered: any number."""
    written = text.strip()
    if written and not re.fullmatch("[0-9]{1,9}", written):
        hint = "Give a whole number, or nothing for any."
        return None, [Problem("most_running", f"{text!r} is not a number of runs.", hint)]
    return int(written or 0), []


def _correction(
    metric: MetricDefinition, parts: Mapping[str, Any], *, confirming: bool
) -> MetricCorrection | None:
    """Return what was changed or, being guessed, is confirmed now; None where there is nothing to keep."""
    wanted = _as_entered(metric, parts)
    if wanted == metric and not (confirming and metric.authority is Authority.GUESSED):
        return None
    return MetricCorrection(metric.name, wanted.label, wanted.direction, wanted.format, wanted.unit)


def _as_entered(metric: MetricDefinition, parts: Mapping[str, Any]) -> MetricDefinition:
    return replace(
        metric,
        label=str(parts["label"]).strip(),
        direction=Direction(parts["direction"]),
        format=Format(parts["format"]),
        unit=str(parts["unit"]).strip(),
    )


def _told(problems: Sequence[Problem], names: Sequence[str]) -> dict[str, Any]:
    """Return the outputs that say each problem beside its input, and the rest beside the button."""
    texts = {problem.field: f"{problem.message} {problem.hint}".strip() for problem in reversed(problems)}
    errors: dict[str, list[str | None]] = {
        part: [texts.pop(f"metrics.{name}.{part}", None) for name in names] for part in _ERRORS
    }
    errors["budget"] = [texts.pop(f"budgets.{name}", None) for name in names]
    return {
        "settings": no_update,
        "news": no_update,
        "acted": no_update,
        "name": texts.pop("name", None),
        "description": texts.pop("description", None),
        "acceptable_loss": texts.pop("acceptable_loss", None),
        "most_running": texts.pop("most_running", None),
        "rest": " ".join(texts.values()),
        "errors": errors,
    }
