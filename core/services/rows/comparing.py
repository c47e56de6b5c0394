"""Comparisons as rows of plain JSON: metrics against a baseline, groups of instances, and sentences."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from core.comparison.behaviour.groups import Cell, Row
from core.comparison.behaviour.overall import Overall
from core.comparison.behaviour.paired import Difference
from core.comparison.metrics.bootstrap import Ratio
from core.comparison.metrics.cells import MetricCell
from core.comparison.sentences.plain import as_plain
from core.domain.model import Model
from core.persistence.tables.columns import storable
from core.services.behaviour.behaviour import Behaviour
from core.services.behaviour.insight import insight, named_models
from core.services.comparison.metrics import MetricComparison
from core.services.comparison.summaries import Compared
from core.services.rows.numbers import Number
from core.services.rows.things import MetricRow, metric_row


class ChangeRow(TypedDict):
    """A value minus that of the baseline. low, high: 95 % interval. significant: after correction, at 5 %."""

    value: Number
    low: Number
    high: Number
    p_value: Number
    significant: bool


class RatioRow(TypedDict):
    """A share of the baseline's value, with its 95 % interval."""

    value: Number
    low: Number
    high: Number


class CellRow(TypedDict):
    """One metric of one model. verdict: better, worse, unsure, changed, same or none.

    missing: why there is no value.
    """

    model: int
    value: Number | None
    interval: list[Number] | None
    condition: str
    caveats: list[str]
    change: ChangeRow | None
    verdict: str
    recovery: RatioRow | None
    apart: str
    missing: str


class ComparedMetricRow(TypedDict):
    """One metric of the baseline and of the models."""

    metric: MetricRow
    baseline: CellRow
    models: list[CellRow]


class SentenceRow(TypedDict):
    """What models show: the sentence of the Overview, and the statement behind it."""

    project: str
    models: list[int]
    sentence: str
    statement: dict[str, Any] | None
    metrics: list[str]


class ComparisonRow(TypedDict):
    """Every metric of models against a baseline. comparisons: how many changes were tested together."""

    project: str
    baseline: int
    models: list[int]
    metrics: list[ComparedMetricRow]
    comparisons: int


class BehaviourRow(TypedDict):
    """Right answers of a model. right: their share. agreement: share of equal predictions."""

    model: int
    name: str
    right: Number
    change: ChangeRow
    regressions: int
    fixes: int
    agreement: Number


class GroupCellRow(TypedDict):
    """One model on one group. errors: its error rate over the baseline's."""

    model: int
    right: Number
    change: ChangeRow
    errors: Number


class GroupRow(TypedDict):
    """One group of instances; baseline: its share of right answers."""

    group: str
    instances: int
    baseline: Number
    models: list[GroupCellRow]


class LeftOutRow(TypedDict):
    """A model that could not be compared, and why."""

    model: int
    reason: str


class BehavioursRow(TypedDict):
    """What compression did to predictions. by: the columns that groups can be made of."""

    project_id: int
    baseline: int
    split: str
    instances: int
    right: Number
    sentence: str
    models: list[BehaviourRow]
    by: list[str]
    groups: list[GroupRow]
    note: str
    left_out: list[LeftOutRow]


def sentence_row(found: Compared) -> SentenceRow:
    """Return what models show."""
    statement = found.summary.statement
    return {
        "project": found.project.slug,
        "models": [int(model.id) for model in found.models],
        "sentence": found.summary.text,
        "statement": storable(as_plain(statement)) if statement is not None else None,
        "metrics": list(found.summary.metrics),
    }


def comparison_row(found: MetricComparison) -> ComparisonRow:
    """Return metrics against a baseline."""
    return {
        "project": found.project.slug,
        "baseline": int(found.baseline.id),
        "models": [int(model.id) for model in found.models],
        "metrics": [
            {
                "metric": metric_row(row.metric),
                "baseline": _cell(row.baseline),
                "models": [_cell(cell) for cell in row.cells],
            }
            for row in found.rows
        ],
        "comparisons": found.comparisons,
    }


def behaviours_row(found: Behaviour, by: str | None = None) -> BehavioursRow:
    """Return changes of predictions; with the groups of a column, which must be there."""
    compared = found.comparison
    return {
        "project_id": int(found.baseline.project_id),
        "baseline": int(found.baseline.id),
        "split": found.evaluation.split,
        "instances": compared.instances,
        "right": compared.baseline_share,
        "sentence": insight(found, named_models(found)),
        "models": [_overall(model, one) for model, one in zip(found.models, compared.models, strict=True)],
        "by": list(compared.tables),
        "groups": [_group(row, found.models) for row in compared.tables[by]] if by is not None else [],
        "note": "" if found.common is None else found.common.words,
        "left_out": [{"model": int(model.id), "reason": reason} for model, reason in found.left_out],
    }


def change_row(change: Difference) -> ChangeRow:
    """Return a difference with its interval."""
    return {
        "value": change.value,
        "low": change.low,
        "high": change.high,
        "p_value": change.p_value,
        "significant": change.significant,
    }


def _ratio(ratio: Ratio) -> RatioRow:
    return {"value": ratio.value, "low": ratio.low, "high": ratio.high}


def _cell(cell: MetricCell) -> CellRow:
    return {
        "model": int(cell.model_id),
        "value": cell.value,
        "interval": list(cell.interval) if cell.interval is not None else None,
        "condition": cell.condition,
        "caveats": list(cell.caveats),
        "change": change_row(cell.change) if cell.change is not None else None,
        "verdict": cell.verdict.value,
        "recovery": _ratio(cell.recovery) if cell.recovery is not None else None,
        "apart": cell.apart,
        "missing": cell.missing.reason if cell.missing is not None else "",
    }


def _overall(model: Model, one: Overall) -> BehaviourRow:
    return {
        "model": int(model.id),
        "name": model.name,
        "right": one.share,
        "change": change_row(one.change),
        "regressions": one.flips.regressions,
        "fixes": one.flips.fixes,
        "agreement": one.flips.agreement,
    }


def _group(row: Row, models: tuple[Model, ...]) -> GroupRow:
    return {
        "group": row.group,
        "instances": row.instances,
        "baseline": row.baseline,
        "models": [_group_cell(model, cell) for model, cell in zip(models, row.cells, strict=True)],
    }


def _group_cell(model: Model, cell: Cell) -> GroupCellRow:
    return {
        "model": int(model.id),
        "right": cell.share,
        "change": change_row(cell.change),
        "errors": cell.errors.value,
    }
