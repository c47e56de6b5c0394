"""What migration 0008 knows of figures as they were merged before: names of metrics, and stored outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from typing import Any, cast

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from core.domain.measurement.intervals import Interval, mean_interval, proportion_interval
from core.errors import CorruptArtifact
from core.persistence.arrays import unpacked
from core.persistence.tables.tables import OutcomeArrayRow, StoredArray

_MADE_WITH_MODEL = frozenset({"file_bytes", "theoretical_bytes", "bits_per_weight"})
_OF_MODEL = _MADE_WITH_MODEL | {"parameters", "nonzeros", "sparsity"}
_OF_FIXED_BATCH = ["device", "threads", "data", "runtime", "precision"]
_DEPENDS_ON = {
    **{name: [] for name in _OF_MODEL},
    "flops": ["data"],
    **dict.fromkeys(
        ("latency_ms_b1", "latency_iqr_ms_b1", "latency_ms_b64", "latency_iqr_ms_b64", "peak_memory_bytes"),
        _OF_FIXED_BATCH,
    ),
}
_PROPORTIONS = ("top1", "top5", "accuracy", "exact_match")
_MEANS = ("token_f1", "rouge_l")


def definition_with_parts(metric: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored definition with the parts of a condition that its values depend on."""
    return {**metric, "depends_on": _DEPENDS_ON.get(metric["name"])}


def own_metrics(merged: Mapping[str, Any], measured: Set[str]) -> dict[str, Any]:
    """Return the facts of the model itself: what nothing measured, and what came with its making."""
    return {name: value for name, value in merged.items() if name not in measured or name in _MADE_WITH_MODEL}


def efficiency_protocol(device: str, environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition of a profile."""
    return {
        "device": device,
        "threads": int(environment.get("threads", 0)),
        "dataset_id": environment.get("dataset_id"),
        "batch": int(environment.get("large_batch", 64)),
    }


def profile_intervals(metrics: Mapping[str, Any]) -> dict[str, Interval]:
    """Return the spread of the repeated timings, of which the interquartile range was kept."""
    found: dict[str, Interval] = {}
    for batch in ("b1", "b64"):
        name, spread_name = f"latency_ms_{batch}", f"latency_iqr_ms_{batch}"
        if _number(metrics.get(name)) and _number(metrics.get(spread_name)):
            median, spread = float(metrics[name]), float(metrics[spread_name])
            found[name] = (median - spread / 2, median + spread / 2)
    return found


def evaluation_intervals(
    connection: sa.Connection, evaluation_id: int, metrics: Mapping[str, Any], instances: int
) -> dict[str, Interval]:
    """Return the 95 % intervals that values and stored outcomes of an evaluation yield."""
    found = {
        name: proportion_interval(metrics[name], instances)
        for name in _PROPORTIONS
        if _number(metrics.get(name))
    }
    for name, values in _instance_scores(connection, evaluation_id, set(metrics)).items():
        found[name] = mean_interval(values)
    return {name: interval for name, interval in found.items() if interval is not None}


def _instance_scores(
    connection: sa.Connection, evaluation_id: int, metrics: Set[str]
) -> dict[str, NDArray[Any]]:
    """Return the value of each instance of metrics that are means over instances; none of damaged arrays."""
    table = OutcomeArrayRow.__table__
    wanted = (*_MEANS, "label", "log_probabilities")
    query = sa.select(table).where(table.c.evaluation_id == evaluation_id, table.c.name.in_(wanted))
    try:
        arrays = {row.name: unpacked(cast("StoredArray", row)) for row in connection.execute(query)}
    except CorruptArtifact:
        return {}
    scores = {name: arrays[name] for name in _MEANS if name in arrays and name in metrics}
    if {"label", "log_probabilities"} <= arrays.keys() and "loss" in metrics:
        labels = arrays["label"].astype(np.int64)
        scores["loss"] = -arrays["log_probabilities"].astype(np.float64)[np.arange(len(labels)), labels]
    return scores


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
