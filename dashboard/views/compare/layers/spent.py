"""Why each model is not smaller or faster than the baseline: read when a folded section is first opened."""

from __future__ import annotations

from typing import Any

from dash import MATCH, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from core.comparison.layers.figures import Mode
from core.domain.ids import ModelId
from core.errors import CompressCompareError
from core.services.application import Application
from core.services.layers.layer_comparison import LayerComparison
from core.services.layers.savings import savings
from dashboard.components.savings_panel import QUESTION, savings_content
from dashboard.views.compare.ids import PatternIds
from dashboard.views.compare.state import Names

MODES = frozenset({Mode.COST, Mode.STORAGE})
"""Modes below which bytes and time are shown."""


def spent(found: LayerComparison, names: Names) -> list[Component]:
    """Return a folded section per model; what is in it is asked for when it is opened."""
    if found.mode not in MODES or len(found.columns) < 2:
        return []
    baseline, *others = (column.model for column in found.columns)
    parts = [
        html.Div([html.H3(names.get(model.id, model.name)), _folded(int(model.id), int(baseline.id))])
        for model in others
    ]
    return [html.Section(parts, className="compare-card layers-spent")]


def register(app: Dash, product: Application) -> None:
    """Fill a section when it is opened."""

    @app.callback(
        Output({"type": PatternIds.SPENT, "model": MATCH, "baseline": MATCH}, "children"),
        Input({"type": PatternIds.SPENT_FOLD, "model": MATCH, "baseline": MATCH}, "n_clicks"),
        State({"type": PatternIds.SPENT, "model": MATCH, "baseline": MATCH}, "id"),
        State({"type": PatternIds.SPENT, "model": MATCH, "baseline": MATCH}, "children"),
        prevent_initial_call=True,
    )
    def _fill(clicks: int | None, identity: dict[str, Any], shown: Any) -> Any:
        if not clicks or shown:
            return no_update
        model_id, baseline_id = ModelId(identity["model"]), ModelId(identity["baseline"])
        try:
            return savings_content(savings(product, model_id, baseline_id))
        except CompressCompareError as error:
            return [html.P(str(error), className="savings-missing")]


def _folded(model: int, baseline: int) -> Component:
    identity = {"model": model, "baseline": baseline}
    return html.Details(
        [html.Summary(QUESTION), html.Div(id={"type": PatternIds.SPENT, **identity})],
        id={"type": PatternIds.SPENT_FOLD, **identity},
        className="savings",
    )
