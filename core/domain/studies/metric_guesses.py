"""What a metric probably is, told from its name and values, for files that do not say."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.domain.metric import Authority, Direction, Format, Group, MetricDefinition

# Words are looked at from the last, which in English names says what the thing is: "accuracy loss" is a loss.
_LOWER = frozenset(
    """loss error errors err size bytes kb mb gb kib mib latency time ms seconds duration memory ram vram
    params parameters weights flops macs gflops gmacs perplexity ppl mse rmse mae nll ece brier wer
    cer ter divergence kl churn drop degradation regression regressions regret cost energy power
    joules watts std stdev variance deviation bits distance nonzeros nonzero nnz fid
    misclassification storage footprint overhead delay gap
    """.split()  # noqa: SIM905
)
_HIGHER = frozenset(
    """accuracy acc f1 precision recall sensitivity specificity auc auroc auprc ap map iou miou dice bleu
    rouge meteor bertscore score throughput fps qps speedup speed reduction saving savings ratio
    compression sparsity match em agreement correlation pearson spearman kappa mcc r2 ndcg mrr hits
    psnr ssim snr sqnr cosine similarity gain improvement fixes success coverage exact top1 top5
    quality rougel rouge1 rouge2 correct
    """.split()  # noqa: SIM905
)
_EFFICIENCY = frozenset(
    """size bytes kb mb gb kib mib latency time ms seconds duration memory ram vram params parameters
    weights flops macs gflops gmacs throughput fps qps speedup speed sparsity energy power joules
    watts bits nonzeros nonzero nnz storage footprint overhead delay compression epochs cost
    """.split()  # noqa: SIM905
)
_UNITS = {unit.lower(): unit for unit in ("ms", "s", "kB", "MB", "GB", "KiB", "MiB", "GiB", "mJ", "J", "W")}
_SIZES = frozenset("size bytes storage footprint memory ram vram".split())  # noqa: SIM905


def words(name: str) -> list[str]:
    """Return the lower-case words of a name: `valAcc top-5` gives val, acc, valacc, top, 5."""
    found = []
    for token in re.findall(r"[A-Za-z0-9]+", name):
        parts = re.findall(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+", token)
        found += [*(part.lower() for part in parts), *([token.lower()] if len(parts) > 1 else [])]
    return found


def guessed_direction(name: str) -> Direction | None:
    """Return which end of a metric is better, None where the name does not tell."""
    for word in reversed(words(name)):
        if {word, word.rstrip("0123456789")} & _LOWER:
            return Direction.LOWER
        if {word, word.rstrip("0123456789")} & _HIGHER:
            return Direction.HIGHER
    return None


def definition_of(declared: Mapping[str, Any], values: Sequence[float]) -> tuple[MetricDefinition, list[str]]:
    """Return the metric's definition and what of it was guessed: `direction`, `format`.

    Args:
        declared: `name` and, if the file has them, `direction`, `format` (of d3), `unit`, `min`, `max`.
        values: all values in the file, NaN too.
    """
    name, unit = str(declared["name"]), str(declared.get("unit") or "")
    guesses = []
    direction = _declared_direction(declared)
    if direction is None:
        direction = guessed_direction(name)
        guesses.append("direction")
    written, certain = _format(declared, name, [value for value in values if math.isfinite(value)])
    if not certain:
        guesses.append("format")
    definition = MetricDefinition(
        name=name,
        label=name,
        direction=direction or Direction.NEITHER,
        format=written,
        unit="" if written in (Format.PERCENT, Format.BYTES) else unit,
        group=Group.EFFICIENCY if _EFFICIENCY & set(words(name)) else Group.QUALITY,
        authority=Authority.GUESSED if "direction" in guesses else Authority.DECLARED,
    )
    return definition, guesses


def readable(metric: MetricDefinition) -> MetricDefinition:
    """Return a metric named as in code with a label to read: `latency_ms` becomes Latency, in ms."""
    first, *rest = metric.name.split("_")
    unit = metric.unit
    if rest and (rest[-1] == "bytes" if metric.format is Format.BYTES else rest[-1] in _UNITS and not unit):
        unit = _UNITS.get(rest.pop(), "")
    label = " ".join([first[:1].upper() + first[1:], *rest])
    return replace(metric, label=label, unit=unit) if metric.name.islower() else metric


def _declared_direction(declared: Mapping[str, Any]) -> Direction | None:
    try:
        return Direction(str(declared.get("direction")))
    except ValueError:
        return None


def _format(declared: Mapping[str, Any], name: str, values: Sequence[float]) -> tuple[Format, bool]:
    """Return how values are written and whether the file says so."""
    unit, wanted = str(declared.get("unit") or ""), str(declared.get("format") or "")
    if wanted.endswith(("%", "p")):
        return Format.PERCENT, True
    if unit:
        return (Format.BYTES if unit.lower() in {"b", "byte", "bytes"} else Format.DECIMAL), True
    if _SIZES & set(words(name)) and all(value == int(value) for value in values):
        return Format.BYTES, False
    if wanted:
        return (Format.COUNT if wanted.endswith(("s", "d")) else Format.DECIMAL), True
    if declared.get("min") == 0 and declared.get("max") == 1 and all(0 <= value <= 1 for value in values):
        return Format.PERCENT, False
    whole = bool(values) and all(value == int(value) for value in values)
    return (Format.COUNT if whole else Format.DECIMAL), False
