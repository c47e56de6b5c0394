"""Check a model against conditions, as a build does before it ships one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.comparison.behaviour.groups import Row
from core.comparison.gate import Checked, Limit, check
from core.comparison.metrics.cells import MetricCell, MetricRow
from core.domain.ids import ModelId
from core.domain.measurement.intervals import proportion_interval
from core.domain.measurement.variants import recovery_name
from core.domain.metric import Format, Group, MetricDefinition
from core.errors import InvalidInput, UnknownName
from core.presentation.counts import counted
from core.services.application import Application
from core.services.behaviour.behaviour import Behaviour, behaviour
from core.services.comparison.metrics import MetricComparison, compare_metrics


@dataclass(frozen=True)
class GroupCondition:
    """The least share of right answers in a group of instances: those whose `column` has this value."""

    column: str
    value: str
    least: float


@dataclass(frozen=True)
class MetricCondition:
    """A limit of a metric by name; with `recovery`, of the share that is left of the baseline's value.

    metric: empty for the first quality metric that leads, or, with `most_bytes`, for the size of the file.
    """

    limit: Limit
    metric: str = ""
    recovery: bool = False
    most_bytes: bool = False


Condition = GroupCondition | MetricCondition


def check_model(
    app: Application, model_id: ModelId, baseline_id: ModelId, conditions: Sequence[Condition]
) -> list[Checked]:
    """Judge every condition, in order.

    Raises:
        InvalidInput: no condition; or the models are of several projects, or the same.
        UnknownName: there is no such metric, column or group.
        NotFound: there is no such model.
    """
    if not conditions:
        raise InvalidInput.of("conditions", "Nothing is to be checked.", "Give at least one condition.")
    if model_id == baseline_id:
        raise InvalidInput.of("against", "A model cannot be checked against itself.", "Name another model.")
    metrics = compare_metrics(app, [model_id], baseline_id)
    grouped = any(isinstance(one, GroupCondition) for one in conditions)
    found = behaviour(app, [model_id], baseline_id) if grouped else None
    return [
        _group(found, one) if isinstance(one, GroupCondition) else _metric(metrics, one) for one in conditions
    ]


def _metric(found: MetricComparison, condition: MetricCondition) -> Checked:
    rows = {row.metric.name: row for row in found.rows}
    row = rows[condition.metric] if condition.metric in rows else _chosen(found, condition)
    cell, name = row.cells[0], row.metric.label
    if condition.recovery:
        return _recovery(found, row, cell, condition.limit)
    note = "; ".join([*cell.caveats, *([cell.missing.reason] if cell.missing is not None else [])])
    exact = row.metric.depends_on == ()
    unknown = cell.value is not None and cell.interval is None and not exact
    told = "; ".join(filter(None, [note, "no interval is known" if unknown else ""]))
    return check(name, condition.limit, cell.value, cell.interval, told)


def _chosen(found: MetricComparison, condition: MetricCondition) -> MetricRow:
    """Return the row of a condition that names no metric; `UnknownName` for one that names another."""
    metrics = [row.metric for row in found.rows]
    if not condition.metric:
        suits = _is_size if condition.most_bytes else _is_quality
        fitting = [row for row in found.rows if suits(row.metric)]
        if fitting:
            return fitting[0]
    wanted = condition.metric or ("file size" if condition.most_bytes else "quality metric")
    raise UnknownName("metric", wanted, [metric.name for metric in metrics])


def _is_size(metric: MetricDefinition) -> bool:
    return metric.format is Format.BYTES and metric.group is Group.EFFICIENCY


def _is_quality(metric: MetricDefinition) -> bool:
    return metric.group is Group.QUALITY


def _recovery(found: MetricComparison, row: MetricRow, cell: MetricCell, limit: Limit) -> Checked:
    name = f"{row.metric.label}, recovery"
    if cell.recovery is not None:
        ratio = cell.recovery
        return check(name, limit, ratio.value, (ratio.low, ratio.high), "; ".join(cell.caveats))
    value = found.models[0].metrics.get(recovery_name(row.metric.name)) if found.models else None
    note = cell.apart or (cell.missing.reason if cell.missing is not None else "no interval is known")
    return check(name, limit, value, None, note)


def _group(found: Behaviour | None, condition: GroupCondition) -> Checked:
    name, limit = f"{condition.column}={condition.value}", Limit(condition.least, least=True)
    if found is None or not found.models:
        left = found.left_out[0][1] if found is not None and found.left_out else "nothing was evaluated"
        return check(name, limit, None, None, left)
    tables = found.comparison.tables
    column = condition.column if condition.column in tables else _labels(found, condition.column)
    rows: dict[str, Row] = {row.group: row for row in tables[column]}
    if condition.value not in rows:
        raise UnknownName(f"group of {column}", condition.value, rows)
    row = rows[condition.value]
    share = row.cells[0].share
    interval = proportion_interval(share, row.instances)
    return check(name, limit, share, interval, counted(row.instances, "instance"))


def _labels(found: Behaviour, column: str) -> str:
    """Return the column of classes where somebody calls them by another name than any column has."""
    tables = found.comparison.tables
    if "class" in tables and len(tables) == 1:
        return "class"
    raise UnknownName("column", column, tables)
