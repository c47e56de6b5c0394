"""What a search looks for, how far it is, and each model that it tried with the reason."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from core.domain.project import Project
from core.domain.queue.experiment_progress import ExperimentProgress, SearchProgress
from core.domain.search.trials import Trial, TrialState, meets
from core.domain.search.words import values_words
from dashboard.address import Address

_HEADS = ("Trial", "Model", "State", "Values", "Why it was tried")


def search_part(one: ExperimentProgress, project: Project) -> list[Component]:
    """Return the part of an experiment's bar that tells of its search; nothing for one that is none."""
    search = one.search
    if search is None:
        return []
    sentences = [f"Looks for the {search.sought}.", f"{search.in_words[:1].upper()}{search.in_words[1:]}."]
    sentences += [one.experiment.search_ended] if one.experiment.search_ended else []
    told = html.P(" ".join(sentences), className="search-told")
    if not search.trials:
        return [html.Div([told], className="search-part")]
    rows = [_row(trial, search, project) for trial in reversed(search.trials)]
    head = html.Thead(html.Tr([html.Th(text) for text in _HEADS]))
    table = html.Table([head, html.Tbody(rows)], className="trials")
    return [html.Div([told, html.Div(table, className="trials-list")], className="search-part")]


def _row(trial: Trial, search: SearchProgress, project: Project) -> Component:
    metrics = {metric.name: metric for metric in project.metrics}
    href = Address("overview", project.slug, {"selected": str(trial.model_id)}).href
    values = values_words(search.search, trial.values, metrics)
    best = trial in search.standing.best
    return html.Tr(
        [
            html.Td(str(trial.number)),
            html.Td(dcc.Link(str(trial.model_id), href=href)),
            html.Td(_state(trial, search, best=best)),
            html.Td(values, title=values),
            html.Td(
                trial.reason.removeprefix(f"Trial {trial.number}: "),
                title=f"{trial.reason} {trial.told}".strip(),
            ),
        ],
        className="best" if best else "",
    )


def _state(trial: Trial, search: SearchProgress, *, best: bool) -> str:
    if trial.state is TrialState.DONE:
        if best:
            return "best so far" if len(search.search.goals) == 1 else "no other beats it"
        return "meets the conditions" if meets(search.search, trial.values) else "misses a condition"
    words = {
        TrialState.OPEN: "in the queue",
        TrialState.PRUNED: "given up early",
        TrialState.FAILED: "no result",
    }
    return words[trial.state]
