"""One metric of several models against a baseline: what is shown, and what may be said of the change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from core.comparison.behaviour.paired import Difference, corrected
from core.comparison.metrics.bootstrap import Ratio
from core.comparison.sentences.figures import difference
from core.comparison.sentences.statement import Figure
from core.domain.condition import ConditionField
from core.domain.ids import ModelId
from core.domain.measurement.intervals import Interval
from core.domain.metric import MetricDefinition
from core.domain.queue.run import RunKind


class Verdict(StrEnum):
    """What a change is, by the direction of its metric."""

    BETTER = "better"
    WORSE = "worse"
    UNSURE = "unsure"  # not significant, or within the spread of repetitions
    CHANGED = "changed"  # certain, but no direction of the metric is better
    SAME = "same"
    NONE = "none"  # no change is reported


@dataclass(frozen=True)
class Missing:
    """Why a value is missing. run: what would make it; None where no run can. coming: it is in the queue."""

    reason: str
    run: RunKind | None = None
    coming: bool = False


@dataclass(frozen=True)
class MetricCell:
    """One model and one metric.

    interval: of the value, see `Model.intervals`. condition: how it was measured, in words, where the
    metric depends on the device. change: None where it is not told; `apart` then says why.
    tested: whether the change has an interval and a p-value. recovery: share of the baseline's value kept.
    """

    model_id: ModelId
    value: float | None
    interval: Interval | None = None
    condition: str = ""
    caveats: tuple[str, ...] = ()
    change: Difference | None = None
    tested: bool = False
    verdict: Verdict = Verdict.NONE
    recovery: Ratio | None = None
    apart: str = ""
    missing: Missing | None = None


@dataclass(frozen=True)
class MetricRow:
    """One metric of the baseline and of the models, in their order."""

    metric: MetricDefinition
    baseline: MetricCell
    cells: tuple[MetricCell, ...]


def judged(rows: Sequence[MetricRow]) -> tuple[list[MetricRow], int]:
    """Return the rows with verdicts, corrected over all tested changes at once, and how many those are."""
    tested = [cell.change for row in rows for cell in row.cells if cell.tested and cell.change is not None]
    changes = iter(corrected(tested))
    found = [
        replace(row, cells=tuple(_judged(row, cell, changes) for cell in row.cells))  # in the same order
        for row in rows
    ]
    return found, sum(not math.isnan(one.p_value) for one in tested)


def _judged(row: MetricRow, cell: MetricCell, changes: Iterable[Difference]) -> MetricCell:
    if cell.change is None:
        return cell
    if not cell.tested:
        return replace(cell, verdict=_untested(row, cell, cell.change.value))
    change = next(iter(changes))
    apart = change.low > 0 if change.value > 0 else change.high < 0
    sure = change.significant and apart
    change = replace(change, significant=sure)
    verdict = _direction(row.metric, change.value) if sure else _no_change(change)
    return replace(cell, change=change, verdict=verdict)


def _no_change(change: Difference) -> Verdict:
    return Verdict.SAME if change.value == change.low == change.high == 0 else Verdict.UNSURE


def _untested(row: MetricRow, cell: MetricCell, change: float) -> Verdict:
    """Facts are exact; all else has changed where a sentence would say so and both intervals are known.

    Times differ from sitting to sitting by more than the interval of one, see `SITTINGS_SHARE`.
    """
    if change == 0 or math.isnan(change):
        return Verdict.SAME if change == 0 else Verdict.NONE
    if _exact(row.metric):
        return _direction(row.metric, change)
    before, after = _figure(row.baseline), _figure(cell)
    if before is None or after is None:
        return Verdict.UNSURE
    found = difference(row.metric, before, after)
    return _direction(row.metric, change) if found is not None and found.changed else Verdict.UNSURE


def _exact(metric: MetricDefinition) -> bool:
    """Return whether measuring again gives the same value: facts of the model, and counts for some data."""
    return metric.depends_on is not None and set(metric.depends_on) <= {ConditionField.DATA}


def _figure(cell: MetricCell) -> Figure | None:
    """Return a value with the wider side of its interval; None where either is not known."""
    if cell.value is None or cell.interval is None:
        return None
    margin = max(abs(end - cell.value) for end in cell.interval)
    return Figure((cell.model_id,), cell.value, margin, measured=True)


def _direction(metric: MetricDefinition, change: float) -> Verdict:
    better = metric.better(change, 0.0)
    if better is None:
        return Verdict.CHANGED
    return Verdict.BETTER if better else Verdict.WORSE
