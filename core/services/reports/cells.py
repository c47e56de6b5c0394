"""Cells and lists that HTML and Markdown share: texts without markup."""

from __future__ import annotations

import math
from collections.abc import Iterator

from core.comparison.behaviour.harm import points
from core.comparison.metrics.cells import MetricCell, MetricRow, Verdict
from core.domain.metric import MetricDefinition, format_change, format_value
from core.domain.model import Model
from core.presentation.numbers import percent
from core.services.reports.report import Harmed, StudyReport

VERDICTS = {
    Verdict.BETTER: "better",
    Verdict.WORSE: "worse",
    Verdict.UNSURE: "not significant",
    Verdict.CHANGED: "changed",
    Verdict.SAME: "the same",
    Verdict.NONE: "",
}
HEADS = ("Model", "Value", "Change", "95 % interval", "Verdict", "Recovery")


def named(model: Model) -> str:
    """Return the name of a model with its id."""
    return f"{model.name} ({model.id})"


def told(cell: MetricCell, metric: MetricDefinition) -> tuple[str, str, str, str, str]:
    """Return value, change, interval, verdict and recovery."""
    value = format_value(metric, cell.value)
    if cell.missing is not None:
        return "\N{EM DASH}", "", "", cell.missing.reason, ""
    if cell.apart or cell.change is None:
        return value, "", "", cell.apart, ""
    verdict = VERDICTS[cell.verdict]
    if cell.verdict is Verdict.UNSURE and not cell.tested:
        verdict = "within the spread" if cell.interval else "not tested"
    kept = "" if cell.recovery is None else percent(cell.recovery.value)
    return value, format_change(metric, cell.change.value), _interval(cell, metric), verdict, kept


def harm_words(one: Harmed) -> str:
    """Return what a model lost on a group, with interval and number of instances."""
    change = one.cell.change
    low, high = points(-change.high), points(-change.low)
    return (
        f"{named(one.model)} loses {points(-change.value)} points on {one.column} {one.row.group} "
        f"(n = {change.instances}, 95 % interval {low} to {high}): "
        f"{percent(one.row.baseline)} right before, {percent(one.cell.share)} now."
    )


def unmeasured(report: StudyReport) -> Iterator[str]:
    """Yield what is missing or could not be compared, and why."""
    models = {model.id: model for model in report.models}
    for row in report.metrics.rows:
        for cell in (row.baseline, *row.cells):
            reason = cell.missing.reason if cell.missing is not None else cell.apart
            if reason:
                yield f"{row.metric.label} of {named(models[cell.model_id])}: {reason}"
    if report.behaviour is None:
        yield f"Behaviours: {report.without_behaviour}"
        return
    if report.behaviour.common is not None:
        yield f"Behaviours: {report.behaviour.common.words}"
    for model, reason in report.behaviour.left_out:
        yield f"Behaviours of {named(model)}: {reason}."


def tested(report: StudyReport) -> str:
    """Return how changes were tested."""
    measured = f"Measured on: {report.conditions}. " if report.conditions else ""
    return (
        f"{measured}Changes against the baseline on the same instances. Shares of right answers: McNemar's "
        "exact test and Newcombe's interval; other metrics: paired bootstrap, 2,000 resamples. Significance: "
        f"false discovery rate 5 % (Benjamini-Hochberg) over {report.metrics.comparisons:,} comparisons."
    )


def circumstances(report: StudyReport) -> Iterator[tuple[str, str]]:
    """Yield model and the seed, device and versions under which it was made and evaluated."""
    for model in report.models:
        told = report.environments.get(model.id, {})
        versions = told.get("versions", {})
        parts = [*filter(None, [report.seeds[model.id]]), str(told.get("device", "device not noted"))]
        parts += [str(told["precision"])] if "precision" in told else []
        parts += [f"{name} {version}" for name, version in versions.items() if name in {"torch", "python"}]
        yield named(model), ", ".join(parts)


def row_cells(row: MetricRow) -> tuple[MetricCell, ...]:
    """Return the baseline's cell and those of the models."""
    return (row.baseline, *row.cells)


def _interval(cell: MetricCell, metric: MetricDefinition) -> str:
    if cell.change is None or math.isnan(cell.change.low):
        return ""
    low, high = (format_change(metric, end) for end in (cell.change.low, cell.change.high))
    return f"{low.removesuffix(' pts')} to {high}"
