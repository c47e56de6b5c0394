"""What the drawer says about the experiment before it is queued: counts, shape, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.catalogue import Catalogue
from core.domain.ids import ProjectId
from core.domain.metric import MetricDefinition
from core.domain.queue.experiment import Plan
from core.errors import InvalidInput, Problem, UnknownName
from core.presentation.counts import counted
from core.services.application import Application
from core.services.experiments import experiments
from core.services.predictions import words
from core.services.predictions.predictions import Predictions, predict
from core.services.projects.projects import get_project
from dashboard.figures.map import plan_tree
from dashboard.theme import Theme
from dashboard.views.new_experiment.entries.draft import Draft
from dashboard.views.new_experiment.entries.request import Entries, read, sentence
from dashboard.views.new_experiment.search.words import chosen_words, search_words

MOST_LINES = 200
"""Models that are listed one by one."""


@dataclass(frozen=True)
class Preview:
    """The outcome of planning: a plan, or problems; neither while nothing has been chosen yet.

    predictions: what comes of a plan that makes models.
    """

    plan: Plan | None = None
    problems: tuple[Problem, ...] = ()
    predictions: Predictions | None = None


def planned(product: Application, entries: Entries, draft: Draft, catalogue: Catalogue) -> Preview:
    """Return what the entries would do, with every problem of entries and request together."""
    outcome = read(entries, draft, catalogue, metrics_of(product, entries.project_id))
    try:
        plan = experiments.plan(product, outcome.request)
    except InvalidInput as error:
        return Preview(None, _distinct([*outcome.problems, *error.problems]))
    if outcome.problems:
        return Preview(None, outcome.problems)
    predictions = predict(product, outcome.request, plan) if plan.new_models else None
    return Preview(plan, predictions=predictions)


def metrics_of(product: Application, project_id: ProjectId) -> Sequence[MetricDefinition]:
    """Return the metrics of a project; none where it is gone."""
    try:
        return get_project(product, int(project_id)).metrics
    except UnknownName:
        return ()


def untouched(draft: Draft) -> bool:
    """Return whether no technique has been chosen yet, so that missing choices are no mistakes."""
    return not any(step.technique for step in draft.steps())


def verdict(plan: Plan) -> str:
    """Return one sentence of what queueing would do."""
    if plan.selection.search is not None:
        return search_words(plan, plan.selection.search)
    if not plan.models:
        return "This experiment stands for no model. Add a step."
    if not plan.new_models:
        return f"{chosen_words(plan)}Nothing new: {_all(plan.reused_models)} there already."
    made = f"{chosen_words(plan)}Makes {counted(plan.new_models, 'new model')} in {counted(plan.runs, 'run')}"
    if plan.reused_models:
        verb = "is" if plan.reused_models == 1 else "are"
        return f"{made}; {plan.reused_models:,} {verb} there already and reused."
    return f"{made}."


def action(plan: Plan | None) -> str:
    """Return what the submit button says."""
    if plan is not None and plan.selection.search is not None:
        return "Start the search"
    if plan is None or not plan.new_models:
        return "Queue"
    return f"Queue {counted(plan.new_models, 'model')}"


def content(preview: Preview, theme: Theme, *, elsewhere: Sequence[Problem]) -> list[Component]:
    """Return the foot's sentence and picture; `elsewhere` are the problems that belong to no input."""
    if preview.plan is not None and preview.plan.selection.search is not None:
        return [html.P(verdict(preview.plan), className="plan-verdict")]
    if preview.plan is not None:
        picture = dcc.Graph(
            figure=plan_tree.figure(preview.plan, theme),
            config={"staticPlot": True, "displayModeBar": False},
            style={"height": plan_tree.HEIGHT_PX},
        )
        facts = [] if preview.predictions is None else [_facts(preview.predictions)]
        outlook = html.Div([*facts, picture], className="plan-outlook")
        return [_frame([html.P(verdict(preview.plan), className="plan-verdict"), outlook])]
    if not preview.problems:
        what_next = "Choose what to start from and a technique; what would be made is shown here."
        return [html.P(what_next, className="plan-hint")]
    marked = len(preview.problems) - len(elsewhere)
    told: list[Component] = [html.Div(sentence(problem)) for problem in elsewhere]
    if marked:
        text = f"{counted(marked, 'entry')} above cannot be used yet."
        told.append(html.Button(text, type="button", title="Show the first", className="plan-first-problem"))
    return [_frame([dmc.Alert(told, color="red", variant="light", className="plan-problems")])]


def _frame(children: list[Component]) -> Component:
    """Return what is known in a place of one height, so that nothing moves while somebody types."""
    return html.Div(children, className="plan-frame")


def each_model(preview: Preview) -> list[Component]:
    """Return a table of what is predicted of each model, and what the numbers rest on."""
    if preview.predictions is None:
        return []
    lines = words.one_by_one(preview.predictions)[:MOST_LINES]
    left_out = preview.plan.new_models - len(lines) if preview.plan else 0
    more = [html.P(f"and {counted(left_out, 'more model')}", className="plan-basis")] if left_out else []
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(name, scope="col") for name in words.COLUMNS])),
            html.Tbody([html.Tr([html.Td(cell, title=cell) for cell in line]) for line in lines]),
        ]
    )
    return [table, *more, html.P(words.HOW_SIZES, className="plan-basis")]


def _facts(found: Predictions) -> Component:
    rows: list[Component] = []
    for told in words.summary(found):
        basis = [html.Span(told.basis, className="plan-basis")] if told.basis else []
        unknown = "plan-unknown" if told.value == words.UNKNOWN else None
        rows += [html.Dt(told.name), html.Dd([html.Span(told.value, className=unknown), *basis])]
    return html.Dl(rows, className="plan-facts", tabIndex=0)


def _distinct(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Keep the first problem of each field: what could not be read was planned with its default."""
    return tuple({problem.field: problem for problem in reversed(problems)}.values())[::-1]


def _all(count: int) -> str:
    return "the one model is" if count == 1 else f"all {count:,} models are"
