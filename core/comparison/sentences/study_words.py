"""What is said about a whole study in words: its best trade-off, and how many models there are."""

from __future__ import annotations

from core.comparison.sentences.amounts import plain
from core.comparison.sentences.clauses import effect, metric_label
from core.comparison.sentences.figures import flat_share
from core.comparison.sentences.statement import Census, Criterion, TradeOff
from core.domain.metric import Direction, Group, MetricDefinition, format_value
from core.presentation.counts import counted
from core.presentation.lists import joined


def trade_off(found: TradeOff) -> str:
    """Return the criterion first, then the model, then its cost and quality against its base."""
    against = f"against {found.base_name}, it"
    if not found.met:
        done = joined([effect(found.quality), effect(found.cost)])
        return (
            f"nothing that {_improves(found.cost.metric)} stays {criterion(found.criterion)} so far; "
            f"the closest is {found.model_name}: {against} {done}"
        )
    done = joined([effect(found.cost), effect(found.quality)])
    others = len(found.level_with)
    close = plain(flat_share(found.cost.metric) * 100)
    level = f", level with {others} other{'s' * (others > 1)} (within {close} %)" if others else ""
    return (
        f"{criterion(found.criterion)}, {found.model_name} {_improves(found.cost.metric, most=True)}{level}: "
        f"{against} {done}"
    )


def criterion(asked: Criterion) -> str:
    """Return e.g. `within 1 point of the base's accuracy` or `within the budget accuracy ≥ 95 %`."""
    label = metric_label(asked.metric)
    if asked.budget:
        lower = asked.metric.direction is Direction.LOWER
        sign = "\N{LESS-THAN OR EQUAL TO}" if lower else "\N{GREATER-THAN OR EQUAL TO}"
        return f"within the budget {label} {sign} {format_value(asked.metric, asked.limit)}"
    if asked.limit == 0:
        return f"at no loss of the base's {label}"
    return f"within {allowance(asked)} of the base's {label}"


def allowance(asked: Criterion) -> str:
    """Return what may be lost, e.g. `1 point` or `2 %`."""
    amount = plain(asked.limit * 100)
    if asked.metric.points_per_unit is None:
        return f"{amount} %"
    return f"{amount} point{'s' * (amount != '1')}"


def census(found: Census) -> str:
    """Return e.g. `8 compressed models from residual CNN; 2 failed and 3 are not made yet`.

    Where nothing is compressed yet, the others are named alone: `2 models failed and 3 are not made yet`.
    """
    bases = found.base_name if found.bases == 1 else f"{found.bases:,} bases"
    origin = f" from {bases}" if found.bases else ""
    others = [
        (count, one if count == 1 else several)
        for count, one, several in (
            (found.failed, "failed", "failed"),
            (found.cancelled, "was cancelled", "were cancelled"),
            (found.skipped, "was skipped", "were skipped"),
            (found.pending, "is not made yet", "are not made yet"),
        )
        if count
    ]
    if not found.compressed and others:
        (count, became), *rest = others
        return joined(
            [f"{counted(count, 'model')} {became}", *(f"{number:,} {text}" for number, text in rest)]
        )
    text = f"{counted(found.compressed, 'compressed model')}{origin}"
    return f"{text}; {joined([f'{count:,} {became}' for count, became in others])}" if others else text


def _improves(metric: MetricDefinition, *, most: bool = False) -> str:
    label, adverb = metric_label(metric), "the most " if most else ""
    if metric.group is Group.EFFICIENCY and metric.direction is Direction.LOWER:
        return f"saves {adverb}{label}"
    return f"improves {label}{' most' if most else ''}"
