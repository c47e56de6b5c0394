"""Changes of metrics from the stored outcomes of two evaluations of the same instances."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.comparison.behaviour.paired import Difference, Pairs, share_difference
from core.comparison.metrics.bootstrap import Ratio, Resampled, paired_bootstrap
from core.comparison.metrics.cells import MetricCell
from core.comparison.metrics.formulas import Formula, Outcomes, formula
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Evaluation
from core.domain.measurement.variants import recoverable, recovery
from core.domain.metric import Group, MetricDefinition
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.comparison.compared_models import Chosen, mismatch
from core.services.comparison.outcome_cache import kept_outcomes

CLOSE = 0.02
"""By how much a value from stored outcomes, kept in half precision, may differ from the reported one."""


@dataclass(frozen=True)
class PairedChanges:
    """Changes by metric and model; `reasons` is why a model has none, empty if it has."""

    found: Mapping[tuple[str, ModelId], Resampled] = field(default_factory=dict)
    reasons: Mapping[ModelId, str] = field(default_factory=dict)

    def applied(self, metric: MetricDefinition, before: float | None, cell: MetricCell) -> MetricCell:
        """Return the cell with its change from the baseline's value, tested where the outcomes allow it."""
        if cell.value is None or before is None or cell.apart:
            return cell
        if metric.group is Group.QUALITY and (reason := self.reasons.get(cell.model_id)):
            return replace(cell, apart=f"Not subtracted: {reason}.")
        value = cell.value - before
        kept = recovery(metric, cell.value, before) if recoverable(metric) else None
        share = None if kept is None else Ratio(kept, math.nan, math.nan)
        found = self.found.get((metric.name, cell.model_id))
        if found is None:
            change = Difference(value, math.nan, math.nan, math.nan, 0)
            return replace(cell, change=change, recovery=share)
        shift = value - found.change.value  # half precision of what is stored
        change = replace(
            found.change, value=value, low=found.change.low + shift, high=found.change.high + shift
        )
        return replace(cell, change=change, tested=True, recovery=_recovery(metric, share, found.ratio))


def paired_changes(app: Application, uow: UnitOfWork, chosen: Chosen) -> PairedChanges:
    """Return the changes of every quality metric that the outcomes determine."""
    baseline = chosen.baseline
    reference = chosen.evaluations.get(baseline.id)
    if reference is None:
        return PairedChanges()
    reasons = {model.id: mismatch(reference, chosen.evaluations.get(model.id)) for model in chosen.models}
    compared = [model.id for model in chosen.models if not reasons[model.id]]
    outcomes = {
        model_id: kept_outcomes(app, uow, chosen.evaluations[model_id])
        for model_id in (baseline.id, *compared)
    }
    classes = len(reference.details.get("class_names", ()))
    found: dict[tuple[str, ModelId], Resampled] = {}
    for name in reference.metrics:
        before = _formula(name, outcomes[baseline.id], classes, reference)
        after = {one: _formula(name, outcomes[one], classes, chosen.evaluations[one]) for one in compared}
        known = {model_id: each for model_id, each in after.items() if each is not None}
        if before is not None and known:
            resampled = paired_bootstrap(before.measure, [each.measure for each in known.values()])
            for (model_id, each), one in zip(known.items(), resampled, strict=True):
                found[name, model_id] = _with_mcnemar(before, each, one)
    return PairedChanges(found, reasons)


def _formula(name: str, outcomes: Outcomes, classes: int, evaluation: Evaluation) -> Formula | None:
    """Return the metric over the instances; None unless it gives the value that was reported."""
    found = formula(name, outcomes, classes)
    reported = evaluation.metrics.get(name)
    if found is None or reported is None:
        return None
    value = found.measure.total()
    return found if math.isclose(value, reported, rel_tol=CLOSE, abs_tol=CLOSE / 10) else None


def _with_mcnemar(before: Formula, after: Formula, resampled: Resampled) -> Resampled:
    if before.right is None or after.right is None:
        return resampled
    return replace(resampled, change=share_difference(Pairs.of(before.right, after.right)))


def _recovery(metric: MetricDefinition, share: Ratio | None, ratio: Ratio) -> Ratio | None:
    """Return the recovery with its interval: of a metric whose low values are good, the ratio turned over."""
    if share is None:
        return None
    if metric.better(0.0, 1.0):
        low, high = (1 / end if end > 0 else math.nan for end in (ratio.high, ratio.low))
        return Ratio(share.value, low, high)
    return Ratio(share.value, ratio.low, ratio.high)
