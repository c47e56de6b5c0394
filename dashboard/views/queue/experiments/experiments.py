"""Experiments on the Queue page: the list of them, and the bar of the one whose runs are shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.ids import ProjectId
from core.domain.project import Project
from core.domain.queue.durations import Remaining
from core.domain.queue.experiment import Experiment
from core.domain.queue.experiment_progress import ExperimentProgress, ExperimentState
from core.domain.queue.run import UNSUCCESSFUL, RunStatus
from core.presentation.counts import counted
from dashboard.address import Address
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import labelled
from dashboard.views.queue.experiments.trials import search_part
from dashboard.views.queue.ids import PatternIds
from dashboard.views.queue.words import ago, time_left

LABELS: Mapping[ExperimentState, tuple[str, str]] = {
    ExperimentState.RUNNING: ("Running", "running"),
    ExperimentState.QUEUED: ("Queued", "queued"),
    ExperimentState.PAUSED: ("Paused", "waiting"),
    ExperimentState.DONE: ("Done", "succeeded"),
    ExperimentState.FAILED: ("Failed", "failed"),
    ExperimentState.CANCELLED: ("Cancelled", "cancelled"),
    ExperimentState.REUSED: ("Nothing new", "skipped"),
}
"""The word for each state, and the kind of run whose colours it has."""
_ACTIVE = {ExperimentState.RUNNING, ExperimentState.QUEUED, ExperimentState.PAUSED}
_HEADS = ("Experiment", "State", "Progress", "By", "Submitted", "Note", "")


class Act(StrEnum):
    """What the buttons of an experiment do."""

    OPEN = "open"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"
    EDIT = "edit"
    DELETE = "delete"
    DELETE_HERE = "delete-here"  # in the list
    CLOSE = "close"


def experiment_list(
    found: Sequence[ExperimentProgress], projects: Mapping[ProjectId, Project], now: datetime
) -> Component:
    """Return the table of experiments, the newest first."""
    if not found:
        hint = "Choose base models and a recipe with + New experiment; what it makes is followed here."
        return empty_state("No experiment yet", hint)
    rows = [_row(one, projects[one.experiment.project_id], now) for one in found]
    head = html.Thead(html.Tr([html.Th(text) for text in _HEADS]))
    return html.Table([head, html.Tbody(rows)], className="experiments")


def experiment_bar(
    one: ExperimentProgress, project: Project, left: Remaining | None = None
) -> list[Component]:
    """Return what stands above the runs of one experiment. left: how long its rest takes."""
    identity = one.experiment.id
    buttons = [
        *([_pause(one)] if one.state in _ACTIVE else []),
        *([_button(Act.CANCEL, identity, "Cancel")] if one.state in _ACTIVE else []),
        *([_button(Act.RETRY, identity, "Retry")] if _may_retry(one) else []),
        _button(Act.EDIT, identity, "Rename"),
        *([_button(Act.DELETE, identity, "Delete")] if one.state not in _ACTIVE else []),
    ]
    title = html.Div(
        [
            html.Strong(one.title, className="experiment-title", title=one.title),
            html.Span(f"id {identity}", className="run-note"),
            _badge(one.state),
            *([] if one.search else [html.Span(_progress_text(one), className="run-note")]),
            *_left(one, left),
            *_giving_up(one.experiment),
            html.Span(one.experiment.note, className="run-note experiment-note", title=one.experiment.note),
        ],
        className="experiment-facts",
    )
    show = [dcc.Link("Show in the overview", href=overview_of(one, project).href), *_compare(one, project)]
    close = labelled(
        _button(Act.CLOSE, identity, "\N{MULTIPLICATION SIGN}"), "Show the runs of all experiments"
    )
    shown = html.Div([*show, *buttons, close], className="experiment-buttons")
    return [title, shown, *search_part(one, project)]


def _may_retry(one: ExperimentProgress) -> bool:
    """Return whether runs can be tried again, or a search that was cancelled can go on."""
    stopped = one.search is not None and one.state in {ExperimentState.CANCELLED, ExperimentState.FAILED}
    return stopped or one.tally.count(UNSUCCESSFUL) > 0


def overview_of(one: ExperimentProgress, project: Project) -> Address:
    """Return the address of the Overview with only the experiment's models in full colour."""
    return Address("overview", project.slug, {"filter": f"experiment={one.experiment.id}"})


def _compare(one: ExperimentProgress, project: Project) -> list[Component]:
    """Return the link that compares the models of an experiment that is done, if it made any."""
    if one.state in _ACTIVE or not one.tally.made:
        return []
    return [
        dcc.Link(
            "Compare", href=Address("compare", project.slug, {"experiment": str(one.experiment.id)}).href
        )
    ]


def experiments_mark(found: Sequence[ExperimentProgress]) -> str:
    """Return a text that changes when the list has to be drawn anew."""
    told = [(*_told_of(one.experiment), sorted(one.tally.runs.items()), one.search) for one in found]
    return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _told_of(experiment: Experiment) -> tuple[object, ...]:
    return experiment.id, experiment.name, experiment.note, experiment.paused_at, experiment.search_ended


def _row(one: ExperimentProgress, project: Project, now: datetime) -> Component:
    experiment = one.experiment
    name = [
        html.Button(
            one.title,
            id=_id(Act.OPEN, experiment.id),
            type="button",
            className="experiment-open",
            title=f"Show the runs of {one.title}",
        ),
        html.Span(f"id {experiment.id}", className="run-note"),
    ]
    bar = html.Div(html.Div(style={"width": f"{one.progress:.0%}"}), className="run-bar")
    progress = [bar, html.Span(_progress_text(one), className="run-note")]
    submitted = f"{experiment.created_at:%Y-%m-%d %H:%M} UTC"
    cells = [
        html.Td(name),
        html.Td(_badge(one.state)),
        html.Td(html.Div(progress, className="run-progress")),
        html.Td(experiment.author),
        html.Td(ago(experiment.created_at, now), title=submitted),
        html.Td(experiment.note, className="experiment-note", title=experiment.note),
        html.Td(
            html.Div(
                [
                    dcc.Link("Overview", href=overview_of(one, project).href),
                    *_compare(one, project),
                    *_delete(one),
                ],
                className="experiment-links",
            )
        ),
    ]
    return html.Tr(cells)


def _delete(one: ExperimentProgress) -> list[Component]:
    """Return the button that deletes a cancelled experiment at once; the notification takes it back."""
    if one.state is not ExperimentState.CANCELLED:
        return []
    return [labelled(_button(Act.DELETE_HERE, one.experiment.id, "Delete"), f"Delete {one.title}")]


def _left(one: ExperimentProgress, left: Remaining | None) -> list[Component]:
    if left is None or one.state not in _ACTIVE or one.state is ExperimentState.PAUSED:
        return []
    told = f"{time_left(left.span)} left"
    if left.unknown:
        told = f"{told} at least" if left.span.high_s else ""
        told = f"{told}; {left.unknown:,} unlike any that ended".removeprefix("; ")
    return [html.Span(told, className="run-note", title="If all slots work on it, judged by runs like these")]


def _giving_up(experiment: Experiment) -> list[Component]:
    margin = experiment.give_up_margin
    if margin is None:
        return []
    told = f"gives up below the budget by {margin * 100:g} points"
    why = "What follows a model that misses a budget on quality by more is skipped"
    return [html.Span(told, className="run-note", title=why)]


def _pause(one: ExperimentProgress) -> Component:
    if one.experiment.paused_at is not None:
        return _button(Act.RESUME, one.experiment.id, "Resume")
    return _button(Act.PAUSE, one.experiment.id, "Pause")


def _badge(state: ExperimentState) -> Component:
    label, kind = LABELS[state]
    return html.Span(label, className=f"run-status {kind}")


def _progress_text(one: ExperimentProgress) -> str:
    tally = one.tally
    if one.search is not None:
        return one.search.in_words
    if one.state is ExperimentState.REUSED:
        return "every model existed already"
    parts = [f"{tally.made:,} of {counted(tally.models, 'model')} made"]
    failed = tally.runs.get(RunStatus.FAILED, 0) + tally.runs.get(RunStatus.LOST, 0)
    parts += [f"{counted(failed, 'run')} failed"] if failed else []
    skipped = tally.runs.get(RunStatus.SKIPPED, 0)
    if skipped and one.experiment.give_up_margin is not None:
        parts.append(f"{counted(skipped, 'run')} skipped")
    running = tally.runs.get(RunStatus.RUNNING, 0)
    if one.state is ExperimentState.PAUSED and running:
        parts.append(f"{counted(running, 'run')} still carried out")
    return ", ".join(parts)


def _button(act: Act, number: int, text: str) -> Component:
    return dmc.Button(text, id=_id(act, number), variant="default", size="compact-sm")


def _id(act: Act, number: int) -> dict[str, Any]:
    return {"type": PatternIds.EXPERIMENT, "act": act.value, "number": int(number)}
