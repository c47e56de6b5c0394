"""What is said of changes of metrics: never a gain or a loss where it may be chance."""

from __future__ import annotations

import math

from core.comparison.metrics.bootstrap import Ratio
from core.comparison.metrics.cells import MetricCell, MetricRow, Verdict
from core.domain.metric import MetricDefinition, format_change, format_value
from core.presentation.counts import counted
from core.presentation.numbers import percent

VERDICTS = {
    Verdict.BETTER: "better",
    Verdict.WORSE: "worse",
    Verdict.UNSURE: "not significant",
    Verdict.CHANGED: "changed",
    Verdict.SAME: "the same",
    Verdict.NONE: "",
}


def finding(row: MetricRow) -> str:
    """Return what the models have in common as a title, e.g. `worse in 1 of 3 models`."""
    told = [cell for cell in row.cells if cell.verdict is not Verdict.NONE]
    if not told:
        return "nothing to compare yet" if len(row.cells) else "no model besides the baseline"
    counts = {verdict: sum(cell.verdict is verdict for cell in told) for verdict in Verdict}
    parts = [
        f"{VERDICTS[verdict]} in {counts[verdict]}"
        for verdict in (Verdict.WORSE, Verdict.BETTER, Verdict.CHANGED)
        if counts[verdict]
    ]
    if not parts:
        return "no significant change"
    return f"{' and '.join(parts)} of {counted(len(told), 'model')}"


def verdict(cell: MetricCell, metric: MetricDefinition) -> str:
    """Return what a change is, and why nothing can be said where that is so."""
    if cell.verdict is Verdict.UNSURE and not cell.tested:
        return "within the spread" if cell.interval else "not tested"
    if cell.verdict is Verdict.SAME and not cell.tested and metric.depends_on != ():
        return "the same"
    return VERDICTS[cell.verdict]


def change(cell: MetricCell, metric: MetricDefinition) -> str:
    """Return the change with its sign."""
    return format_change(metric, cell.change.value if cell.change else None)


def interval(cell: MetricCell, metric: MetricDefinition) -> str:
    """Return the interval of the change, e.g. `-0.4 to +0.2 pts`; empty where there is none."""
    if cell.change is None or math.isnan(cell.change.low):
        return ""
    low, high = (format_change(metric, end) for end in (cell.change.low, cell.change.high))
    return f"{low.removesuffix(' pts')} to {high}"


def recovery(ratio: Ratio | None) -> str:
    """Return the share of the baseline's value that is kept."""
    return "" if ratio is None else percent(ratio.value)


def about_recovery(ratio: Ratio | None) -> str:
    """Return the interval of the recovery, for a tooltip."""
    if ratio is None or math.isnan(ratio.low):
        return "Share of the baseline's value that is kept"
    low, high = map(percent, (ratio.low, ratio.high))
    return f"Share of the baseline's value kept, 95 % interval {low} to {high}"


def own_interval(cell: MetricCell, metric: MetricDefinition) -> str:
    """Return the value with its interval, for a tooltip."""
    value = format_value(metric, cell.value)
    if cell.interval is None:
        return value
    low, high = (format_value(metric, end) for end in cell.interval)
    sitting = " of this sitting" if cell.condition else ""
    return f"{value}, 95 % interval{sitting} {low} to {high}"


def tests(comparisons: int) -> str:
    """Return how changes were tested, and what the marks mean."""
    if not comparisons:
        return "No change could be tested: no two models have stored outcomes of the same instances."
    return (
        "Change against the baseline with its 95 % interval, from the same instances: McNemar's exact test "
        "and Newcombe's interval for shares of right answers, paired bootstrap (2,000 resamples) for others. "
        "Significant: false discovery rate 5 % (Benjamini-Hochberg) over "
        f"{counted(comparisons, 'comparison')}."
    )
