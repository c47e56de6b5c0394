"""Offer the metrics of the project that is chosen, and show the panel of the choice."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from core.domain.measurement.variants import of_new_models
from core.services.application import Application
from core.services.projects.projects import get_project
from dashboard.views.new_experiment.ids import Ids
from dashboard.views.new_experiment.search.entries import goal_options, limit_options, usual
from dashboard.views.new_experiment.search.ids import GOALS, LIMITS, SearchIds, goal, limit, limit_value


def register(app: Dash, product: Application) -> None:
    """Wire the switch and the choice of metrics."""
    panels = (SearchIds.SAMPLE_PANEL, SearchIds.LIST_PANEL, SearchIds.SEARCH_PANEL)
    app.clientside_callback(
        ClientsideFunction("newExperiment", "selectionShown"),
        [Output(panel, "style") for panel in panels],
        Input(SearchIds.KIND, "value"),
    )

    @app.callback(
        output={
            "goals": [Output(goal(number), "data") for number in range(GOALS)],
            "limits": [Output(limit(number), "data") for number in range(LIMITS)],
            "goal": Output(goal(0), "value"),
            "limit": Output(limit(0), "value"),
            "value": Output(limit_value(0), "value"),
        },
        inputs={
            "project": Input(Ids.PROJECT, "value"),
            "opened": Input(Ids.DRAWER, "opened"),
            "goal": State(goal(0), "value"),
            "limit": State(limit(0), "value"),
            "value": State(limit_value(0), "value"),
        },
        prevent_initial_call=True,
    )
    def _offer(*, project: str | None, opened: bool, **held: Any) -> dict[str, Any]:
        if not opened or not project:
            raise PreventUpdate
        found = get_project(product, int(project))
        metrics = of_new_models(found.leading_metrics)
        goals, limits = goal_options(metrics), limit_options(metrics)
        offered = {option["value"] for option in (*goals, *limits)}
        first, kept = usual(found, metrics)
        fresh = held["goal"] not in offered
        return {
            "goals": [goals] * GOALS,
            "limits": [limits] * LIMITS,
            "goal": first if fresh else held["goal"],
            "limit": kept if fresh else held["limit"],
            "value": ("99 %" if kept else "") if fresh else held["value"],
        }
