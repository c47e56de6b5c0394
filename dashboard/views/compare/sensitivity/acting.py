"""Callbacks of the Sensitivity panel: it follows the address and the project, queues runs, opens recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from core.comparison.layers.figures import Mode
from core.domain.ids import ModelId
from core.domain.measurement.sensitivity import Approach, Grouping, Method
from core.errors import CompressCompareError, InvalidInput
from core.presentation.counts import counted
from core.services.application import Application
from core.services.measurements.measurements import Measurement
from core.services.measurements.mixed_precision import (
    Budget,
    Costs,
    Planned,
    choices,
    outcomes,
    planned,
    planned_frontier,
)
from core.services.measurements.part_times import part_times
from core.services.measurements.sensitivities import Asked, candidates, queue_candidates, sensitivity_table
from dashboard import address as addresses
from dashboard.components.empty_state import empty_state
from dashboard.ids import ShellIds
from dashboard.theme import theme_of
from dashboard.views.compare.opening import drawable, opened
from dashboard.views.compare.sensitivity.bars import bars, summary, verdicts
from dashboard.views.compare.sensitivity.form import form
from dashboard.views.compare.sensitivity.frontier import FACTORS, frontier
from dashboard.views.compare.sensitivity.ids import Choice, SensitivityIds

TAB = "layers"
_METHODS = {
    SensitivityIds.ESTIMATE: Method.ESTIMATE,
    SensitivityIds.MEASURE: Method.MEASURE,
    SensitivityIds.VERDICT: Method.VERDICT,
}


def place() -> Component:
    """Return the empty place of the panel, and where its points are kept for the drawer."""
    parts = [html.Div(id=SensitivityIds.FORM), html.Div(id=SensitivityIds.RESULT)]
    return html.Section([*parts, dcc.Store(id=SensitivityIds.POINTS)], id=SensitivityIds.FRAME)


def register(app: Dash, product: Application) -> None:
    """Wire the panel to the address, its buttons and the drawer."""
    _follow(app, product)
    _queue(app, product)
    _open(app)


def _follow(app: Dash, product: Application) -> None:
    @app.callback(
        Output(SensitivityIds.FORM, "children"),
        Output(SensitivityIds.FRAME, "className"),
        Output(SensitivityIds.FORM, "data-model"),
        Input(ShellIds.LOCATION, "search"),
        Input(ShellIds.REVISION, "data"),
        State(ShellIds.LOCATION, "pathname"),
        State(SensitivityIds.FORM, "data-model"),
    )
    def _show(search: str | None, revision: Any, pathname: str | None, shown: str | None) -> Any:
        address = addresses.parse(pathname, search)
        if not drawable(address, revision):
            return no_update, no_update, no_update
        here = opened(product, address)
        shown_here = here.state.tab.value == TAB and here.state.layers.mode is Mode.SENSITIVITY
        wanted = str(here.baseline.id) if here.baseline and shown_here else ""
        if wanted == (shown or ""):
            return no_update, no_update, no_update
        if not wanted or here.baseline is None:
            return [], "", ""
        name = here.names.get(here.baseline.id, here.baseline.name)
        return form(name, candidates(product)), "compare-card sensitivity", wanted

    @app.callback(
        Output(SensitivityIds.RESULT, "children"),
        Output(SensitivityIds.POINTS, "data"),
        Input({"type": SensitivityIds.CHOICE, "name": ALL}, "value"),
        Input(ShellIds.REVISION, "data"),
        Input(ShellIds.SCHEME, "data"),
        Input(SensitivityIds.FORM, "data-model"),
        State({"type": SensitivityIds.CHOICE, "name": ALL}, "id"),
    )
    def _draw(values: Sequence[Any], _revision: Any, scheme: Any, model: str | None, ids: Any) -> Any:
        held = {Choice(each["name"]): value for each, value in zip(ids, values, strict=True)}
        if not model or not held:
            return [], []
        limit = held[Choice.LIMIT]
        wanted = (
            Costs(held[Choice.COSTS]),
            Budget(held[Choice.BUDGET]),
            None if limit in (None, "") else float(limit),
        )
        return result(product, ModelId(int(model)), Grouping(held[Choice.GROUPING]), wanted, str(scheme))


def result(
    product: Application,
    model_id: ModelId,
    grouping: Grouping,
    wanted: tuple[Costs, Budget, float | None],
    scheme: str,
) -> tuple[list[Component], list[dict[str, Any]]]:
    """Return what is known of the model's sensitivity, and the points that the drawer can open."""
    table = sensitivity_table(product, model_id, grouping=grouping)
    if table is None:
        advice = "Choose candidates above; an estimate of all layers takes seconds."
        return [empty_state("No sensitivity of this kind is known yet", advice)], []
    parts: list[Component] = [html.P(summary(table), className="compare-insight", role="status")]
    parts += verdicts(table)
    if not table.parts:
        return parts, []
    if grouping is not Grouping.MODULE:  # single layers are in the tree above
        parts.append(bars(table))
    costs, budget, limit = wanted
    try:
        times = part_times(product, table) if budget is Budget.TIME else None
        problem = choices(table, budget, costs, times=times)
        points = planned_frontier(problem)
        if limit is not None:
            points = sorted([*points, planned(problem, limit / FACTORS[budget])], key=lambda each: each.size)
    except InvalidInput as error:
        return [*parts, html.P(str(error), className="compare-note")], []
    made = outcomes(product, problem, budget)
    label = table.metric.label
    drawn = frontier(points, made, budget, label=label, theme=theme_of(scheme))
    return [*parts, drawn], [_stored(model_id, point) for point in points]


def _stored(model_id: ModelId, point: Planned) -> dict[str, Any]:
    """Return a point as what opens the drawer."""
    recipe = [
        {
            "technique": step.technique,
            "parameters": {name: values[0] for name, values in step.values.items()},
            "include": list(step.rules.include),
        }
        for step in point.recipe
    ]
    return {"model_ids": [int(model_id)], "recipe": recipe}


def _queue(app: Dash, product: Application) -> None:
    @app.callback(
        Output(SensitivityIds.SAID, "children"),
        Input(SensitivityIds.ESTIMATE, "n_clicks"),
        Input(SensitivityIds.MEASURE, "n_clicks"),
        Input(SensitivityIds.VERDICT, "n_clicks"),
        State(SensitivityIds.FORM, "data-model"),
        State(SensitivityIds.CANDIDATES, "value"),
        State(Choice.GROUPING.identity, "value"),
        State(SensitivityIds.INSTANCES, "value"),
        prevent_initial_call=True,
    )
    def _ask(*given: Any) -> Any:
        *presses, model, labels, grouping, instances = given
        if not any(presses) or ctx.triggered_id not in _METHODS:
            return no_update
        method = _METHODS[SensitivityIds(ctx.triggered_id)]
        try:
            return ask(product, ModelId(int(model)), labels or [], (method, Grouping(grouping), instances))
        except CompressCompareError as error:
            return str(error)


def ask(
    product: Application,
    model_id: ModelId,
    labels: Sequence[str],
    wanted: tuple[Method, Grouping, Any],
) -> str:
    """Queue what is wanted and return what became of it."""
    method, grouping, instances = wanted
    chosen = [candidate.step for candidate in candidates(product) if candidate.label in labels]
    if method is Method.VERDICT:
        chosen = [step for step in chosen if step.technique in {"static-int8", "dynamic-int8"}]
        if not chosen:
            return "Choose a candidate that rounds activations, such as dynamic int8."
        grouping = Grouping.MODULE
    how = Measurement(instances=int(instances) if instances else None)
    return said(queue_candidates(product, model_id, chosen, how, approach=Approach(method, grouping)))


def said(asked: Asked) -> str:
    """Return what became of a request in a sentence."""
    runs = len(asked.runs)
    told = [f"Queued {counted(runs, 'run')}."] if runs else []
    told += [f"{asked.present} known already."] if asked.present else []
    told += [f"{asked.coming} on the way already."] if asked.coming else []
    return " ".join(told)


def _open(app: Dash) -> None:
    @app.callback(
        Output(ShellIds.QUEUE_FROM, "data", allow_duplicate=True),
        Input({"type": SensitivityIds.POINT, "place": ALL}, "n_clicks"),
        State(SensitivityIds.POINTS, "data"),
        prevent_initial_call=True,
    )
    def _open_listed(presses: Sequence[int | None], points: Any) -> Any:
        if not any(presses) or not ctx.triggered or not ctx.triggered[0]["value"]:
            return no_update
        return _wanted(points, int(ctx.triggered_id["place"]), presses)

    @app.callback(
        Output(ShellIds.QUEUE_FROM, "data", allow_duplicate=True),
        Input(SensitivityIds.GRAPH, "clickData"),
        State(SensitivityIds.POINTS, "data"),
        prevent_initial_call=True,
    )
    def _open_drawn(click: Mapping[str, Any] | None, points: Any) -> Any:
        if not click or click["points"][0]["curveNumber"] != 0:
            return no_update
        return _wanted(points, int(click["points"][0]["customdata"]), click)


def _wanted(points: Any, place: int, mark: Any) -> Any:
    if not points or place >= len(points):
        return no_update
    return {**points[place], "at": str(mark)}
