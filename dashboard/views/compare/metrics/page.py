"""The Metrics tab."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.comparison.metrics.cells import MetricRow, Verdict
from core.domain.metric import Group
from core.services.comparison.metrics import MetricComparison
from dashboard.components.empty_state import empty_state
from dashboard.views.compare.metrics import words
from dashboard.views.compare.metrics.table import metric_card
from dashboard.views.compare.state import Names


def metrics(found: MetricComparison, names: Names) -> list[Component]:
    """Return a sentence, a card per metric, and how changes were tested."""
    if not found.rows:
        return [empty_state("No metric yet", "Evaluate the models; what they measure is compared here.")]
    return [
        html.P(summary(found, names), className="compare-insight", role="status"),
        html.Div([metric_card(row, names) for row in found.rows], className="compare-metrics"),
        html.P(words.tests(found.comparisons), className="compare-caption"),
    ]


def summary(found: MetricComparison, names: Names) -> str:
    """Return what happened to the leading quality metric, with the model that lost most."""
    row = next((row for row in found.rows if row.metric.group is Group.QUALITY), found.rows[0])
    label = row.metric.label
    worse = [cell for cell in row.cells if cell.verdict is Verdict.WORSE]
    if not worse:
        better = sum(cell.verdict is Verdict.BETTER for cell in row.cells)
        if better:
            return f"{label}: {words.finding(row)}, and no model is significantly worse."
        return f"{label}: {_no_difference(row)}."
    worst = max(worse, key=lambda cell: abs(cell.change.value) if cell.change else 0.0)
    spread = words.interval(worst, row.metric)
    told = f" (95 % interval {spread})" if spread else ""
    return (
        f"{label}: {words.finding(row)}. The largest loss is that of {names[worst.model_id]}: "
        f"{words.change(worst, row.metric)}{told}."
    )


def _no_difference(row: MetricRow) -> str:
    """Return that no model differs, or that it is not known: where nothing was tested, nothing was found."""
    told = [cell for cell in row.cells if cell.change is not None]
    if not told or any(cell.verdict is Verdict.CHANGED for cell in told):
        return words.finding(row)
    if all(cell.verdict is Verdict.UNSURE and not cell.tested for cell in told):
        return "no change could be tested, since no two models have stored outcomes of the same instances"
    return "no model differs significantly from the baseline"
