"""The card of one model: where it comes from, what was done to it, what it measures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.changes import MetricChange, changes
from core.comparison.references import reference_of, untrained
from core.comparison.variables.seeds import draws
from core.domain.measurement.protocol_words import efficiency_words, quality_words
from core.domain.metric import MetricDefinition, format_change, format_value
from core.domain.model import Model
from core.domain.queue.run import MAKING, UNSUCCESSFUL, Run, RunStatus
from core.domain.recipe import rules_in_words
from core.services.layers.savings import Savings
from core.services.models.models import ModelDetails
from dashboard.address import Address
from dashboard.components.facts import facts
from dashboard.components.savings_panel import savings_panel
from dashboard.figures.tips import tone
from dashboard.figures.wording import Specs, alone, leading_lines, state_text, technique_label
from dashboard.projects.snapshot import Snapshot
from dashboard.training_curves import Of, place
from dashboard.views.overview.actions import compare_links, queue_from
from dashboard.views.overview.details.annotations import (
    archive_button,
    made_elsewhere,
    star,
    why_no_runs,
    written,
)
from dashboard.views.overview.details.card_measurements import measurements
from dashboard.views.overview.details.export_menu import export_menu
from dashboard.views.overview.details.provenance import origin
from dashboard.views.overview.details.seed_spread import seed_spread
from dashboard.views.overview.details.small_selection import suggestions
from dashboard.views.overview.details.storage_and_speed import honesty
from dashboard.views.overview.details.trial_reasons import trial_reasons
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.measure_dialog import measure_button

_UNTRAINED = "No model of this branch was ever trained, so there is no base to compare its quality with."

_STATUS_COLOURS = {RunStatus.SUCCEEDED: "indigo", RunStatus.FAILED: "red", RunStatus.LOST: "red"}


def model_card(
    details: ModelDetails,
    metrics: Sequence[MetricDefinition],
    snapshot: Snapshot,
    *,
    slug: str,
    spent: Savings | None = None,
) -> list[Component]:
    """Return the card of a model; `metrics` in the order of the list, `spent`: where bytes and time go."""
    model, specs = details.model, snapshot.specs
    return [
        _head(model),
        _lineage(details, specs),
        *_failure(details.runs),
        *[html.P(note, className="ov-insight", role="note") for note in details.remarks],
        *([why_no_runs()] if made_elsewhere(model) else []),
        html.Div(_actions(model, slug), className="ov-actions"),
        written(model, snapshot),
        *_metrics(details, metrics),
        *_measured_on(details, snapshot),
        *seed_spread(model, snapshot.models, metrics),
        *trial_reasons(details.trials, snapshot.experiments, slug),
        *([place(Of.MODEL, model.id)] if model.making_run_id is not None else []),
        *suggestions(snapshot, [model.id]),
        *honesty(details),
        *([savings_panel(spent)] if spent is not None and spent.kinds else []),
        html.Div(
            [html.H3("Made by", className="ov-heading"), *export_menu(model, specs)], className="ov-row"
        ),
        facts([*_experiment(model, snapshot, slug), *origin(details, specs)]),
        *measurements(details, snapshot.project),
        html.H3("Runs", className="ov-heading"),
        _runs(details.runs, slug),
    ]


def _head(model: Model) -> Component:
    text = "archived" if model.archived else state_text(model) or "made"
    colour = _STATUS_COLOURS.get(model.status, "gray")
    badge = dmc.Badge(text, id=Ids.STATE, color=colour, variant="light", tt="none", size="md")
    number = html.Span(f"id {model.id}", className="ov-dim", title="Names the model in commands and recipes")
    name = html.Div([star(model), html.H2(model.name, className="ov-name"), number], className="ov-named")
    return html.Div([name, badge], className="ov-row")


def _actions(model: Model, slug: str) -> list[Component]:
    further = [] if made_elsewhere(model) else [queue_from([model.id]), measure_button()]
    return [*compare_links(slug, [model.id]), *further, archive_button([model])]


def _lineage(details: ModelDetails, specs: Specs) -> Component:
    """Return the way from the base, and the teacher if there is one; all of them can be selected."""
    parts: list[Component] = []
    for model in details.lineage:
        if parts:
            parts.append(html.Span("\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", className="ov-dim"))
        parts.append(_crumb(model, specs, current=model is details.model))
    if details.teacher is not None:
        parts.append(html.Span("taught by", className="ov-dim"))
        parts.append(_crumb(details.teacher, specs, current=False))
    return html.Nav(parts, className="ov-lineage")


def _crumb(model: Model, specs: Specs, *, current: bool) -> Component:
    values = ", ".join(alone(*line) for line in leading_lines(model.step, specs)) if model.step else ""
    operation = technique_label(model.step.technique, specs) if model.step else model.name
    rules = " ".join(rules_in_words(model.step.rules)) if model.step else ""
    seed = f"seed {model.seed}" if model.seed and draws(model, specs) else ""
    text = " ".join(part for part in (operation, values, rules, seed) if part)
    if current:
        return html.Span(text, className="ov-crumb current", title=model.name)
    button = html.Button(text, type="button", className="ov-crumb", title=f"Select {model.name}")
    setattr(button, "data-select", str(model.id))
    return button


def _failure(runs: Iterable[Run]) -> list[Component]:
    """Return why the model's last unsuccessful run ended: message, hint, folded traceback."""
    failed = [run for run in runs if run.status in UNSUCCESSFUL and run.error is not None]
    if not failed or (error := failed[-1].error) is None:
        return []
    parts: list[Component] = [html.Strong(error.message), html.Div(error.hint)]
    if error.traceback:
        parts.append(html.Details([html.Summary("Traceback"), html.Pre(error.traceback)]))
    return [html.Div(parts, className="ov-failure", role="alert")]


def _metrics(details: ModelDetails, metrics: Sequence[MetricDefinition]) -> list[Component]:
    """Return the figures against the parent and against the trained base of the branch."""
    model, ancestors = details.model, details.lineage[:-1]
    measured = [metric for metric in metrics if metric.name in model.metrics]
    if not measured:
        return [html.P(_why_unmeasured(model), className="ov-dim")]
    parent = ancestors[-1] if ancestors else None
    trained = reference_of(details.lineage)
    base = trained if trained not in (None, parent, model) else None
    against = [reference for reference in (parent, base) if reference is not None]
    heads = [html.Th("Metric"), html.Th("Value"), *(_versus(one, parent, trained) for one in against)]
    compared = [changes(model, reference, measured) for reference in against]
    rows = [
        html.Tr(
            [
                html.Td(metric.label, title=metric.description),
                html.Td(format_value(metric, model.metrics[metric.name]), title=_interval(metric, model)),
                *(_change_cell(column[index]) for column in compared),
            ]
        )
        for index, metric in enumerate(measured)
    ]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="ov-metrics")
    lost = bool(ancestors) and untrained(details.lineage)
    return [table, *([html.P(_UNTRAINED, className="ov-dim")] if lost else [])]


def _interval(metric: MetricDefinition, model: Model) -> str:
    """Return the interval of a value, for a tooltip; empty where it is not known."""
    if (known := model.intervals.get(metric.name)) is None:
        return ""
    low, high = (format_value(metric, end) for end in known)
    return f"95 % interval{' of this sitting' if metric.timed else ''} {low} to {high}"


def _versus(one: Model, parent: Model | None, trained: Model | None) -> Component:
    """Return the head of a column of changes, with the model that is meant."""
    if one is not parent:
        return html.Th("vs base", title=f"Against {one.name}, the first trained model of this branch")
    never = "" if trained is not None else ", which was never trained"
    return html.Th("vs parent", title=f"Against {one.name}{never}")


def _measured_on(details: ModelDetails, snapshot: Snapshot) -> list[Component]:
    """Return under which conditions the values with plain names were measured, where there are any."""
    words = [quality_words(snapshot.project, [details.model]), efficiency_words(snapshot.project)]
    said = "; ".join(dict.fromkeys(filter(None, words)))
    return [html.P(f"Measured on: {said}.", className="ov-dim")] if details.model.metrics and said else []


def _why_unmeasured(model: Model) -> str:
    if model.status in UNSUCCESSFUL:
        return "It could not be made, so it has no figures."
    to_come = model.work or not model.ready
    return "Not measured yet. Its figures appear here by themselves." if to_come else "It has no figures."


def _change_cell(change: MetricChange) -> Component:
    return html.Td(format_change(change.metric, change.change), className=f"ov-change {tone(change)}")


def _experiment(model: Model, snapshot: Snapshot, slug: str) -> list[tuple[str, Component]]:
    title = snapshot.experiments.get(model.experiment_id) if model.experiment_id else None
    if title is None:
        return []
    href = Address("queue", slug, {"experiment": str(model.experiment_id)}).href
    return [("experiment", dcc.Link(title, href=href))]


def _runs(runs: Sequence[Run], slug: str) -> Component:
    rows = []
    for run in runs:
        elapsed = run.elapsed_s(run.finished_at) if run.finished_at else None
        href = Address("queue", slug, {"run": str(run.id)}).href
        kind = "make" if run.kind in MAKING else run.kind.value
        rows.append(
            html.Tr(
                [
                    html.Td(kind),
                    html.Td(run.status.value),
                    html.Td("" if elapsed is None else f"{elapsed:.1f} s"),
                    html.Td(dcc.Link("log", href=href)),
                ]
            )
        )
    return html.Table(html.Tbody(rows), className="ov-runs")
