"""Metrics that are derived from others: values under another condition than the protocol's, and recovery."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from core.domain.condition import ConditionField
from core.domain.data.instance_group import group_words
from core.domain.metric import Authority, Direction, Format, Group, MetricDefinition

_RECOVERY = "@recovery"
_SHORT = {"bfloat16": "bf16", "float16": "fp16"}


@dataclass(frozen=True)
class Variant:
    """A metric under a condition that differs from the protocol in `parts`."""

    metric: str
    parts: Mapping[ConditionField, str]

    @property
    def name(self) -> str:
        """The key of its values, e.g. `top1@split=train,precision=bfloat16`."""
        written = (f"{part}={quote(text, safe=' ()+')}" for part, text in self.parts.items())
        return f"{self.metric}@{','.join(written)}"


def derived_metrics(
    metrics: Sequence[MetricDefinition],
    primary: Iterable[str],
    variants: Iterable[Variant],
    datasets: Mapping[str, str],
) -> tuple[MetricDefinition, ...]:
    """Return the recovery of each primary quality metric, then the variants; `datasets`: id to name."""
    by_name = {metric.name: metric for metric in metrics}
    leading = [by_name[name] for name in primary if name in by_name]
    made = [recovery_metric(metric) for metric in leading if recoverable(metric)]
    made += [
        _variant_metric(by_name[variant.metric], variant, datasets)
        for variant in variants
        if variant.metric in by_name
    ]
    return tuple({metric.name: metric for metric in made if metric.name not in by_name}.values())


def recoverable(metric: MetricDefinition) -> bool:
    """Return whether a value can be told as a share of the base's."""
    return metric.group is Group.QUALITY and metric.direction is not Direction.NEITHER


def recovery_metric(metric: MetricDefinition) -> MetricDefinition:
    """Return the metric that is the share of the base's value that a model keeps."""
    turned = metric.direction is Direction.LOWER
    ratio = "the base's value over the model's" if turned else "the model's value over the base's"
    return replace(
        metric,
        name=recovery_name(metric.name),
        label=f"{metric.label} \N{MIDDLE DOT} recovery",
        direction=Direction.HIGHER,
        format=Format.PERCENT,
        unit="",
        description=f"{metric.label} as a share of the base's: {ratio}; 100 % is as good as the base.",
        authority=Authority.DECLARED,
        variant_of=metric.name,
    )


def recovery_name(metric: str) -> str:
    """Return the key of a metric's recovery."""
    return metric + _RECOVERY


def recovery(metric: MetricDefinition, value: float | None, base: float | None) -> float | None:
    """Return the share of the base's value that is kept; None where there is no meaningful ratio.

    It is value / base where higher is better and base / value where lower is, so that 1 is always "as good
    as the base" and less is worse. None without either value, and for a denominator of zero or less.
    """
    if value is None or base is None or not (math.isfinite(value) and math.isfinite(base)):
        return None
    above, below = (base, value) if metric.direction is Direction.LOWER else (value, base)
    return above / below if below > 0 and above >= 0 else None


def of_new_models(metrics: Iterable[MetricDefinition]) -> list[MetricDefinition]:
    """Return the metrics that every new model gets: those under plain names, and recoveries."""
    return [
        metric
        for metric in metrics
        if metric.variant_of is None or metric.name == recovery_name(metric.variant_of)
    ]


def of_group(metric: MetricDefinition) -> bool:
    """Return whether values are of a saved group of instances."""
    condition = metric.name.removeprefix(metric.variant_of or metric.name)
    return any(part.startswith(f"{ConditionField.GROUP}=") for part in condition.removeprefix("@").split(","))


def _variant_metric(
    metric: MetricDefinition, variant: Variant, datasets: Mapping[str, str]
) -> MetricDefinition:
    words = [part_words(part, text, datasets) for part, text in variant.parts.items()]
    label = " \N{MIDDLE DOT} ".join([metric.label, *words])
    declared = Authority.DECLARED
    return replace(metric, name=variant.name, label=label, authority=declared, variant_of=metric.name)


def part_words(part: ConditionField, text: str, datasets: Mapping[str, str]) -> str:
    """Return a part of a condition for people, e.g. `bf16`, `500 instances`, `4 threads`."""
    match part:
        case ConditionField.DATA:
            return datasets.get(text, f"data set {text}")
        case ConditionField.INSTANCES:
            return "all instances" if text == "all" else f"{int(text):,} instances"
        case ConditionField.GROUP:
            return f"group {group_words(text)}" if text else "not only a group"
        case ConditionField.PRECISION:
            return _SHORT.get(text, text)
        case ConditionField.THREADS | ConditionField.BATCH:
            return (
                f"batch {text}"
                if part is ConditionField.BATCH
                else f"{text} thread{'' if text == '1' else 's'}"
            )
    return text
