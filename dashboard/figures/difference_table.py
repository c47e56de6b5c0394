"""The table of differences: a row per model, what varies and the leading metrics with bars in their cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.comparison.variables.variables import Differences, Varying
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from dashboard.figures.grouped import level_text

MOST_VARIABLES = 6


def difference_table(
    differences: Differences, by_id: Mapping[ModelId, Model], metrics: Sequence[MetricDefinition]
) -> dict[str, Any]:
    """Return `heads` (text, title, whether a figure) and `rows` (id and cells) for the browser to draw.

    A cell is a text, or for a figure `[text, share]`: the share 0..1 of the metric's largest value, None
    where there is no bar to draw.
    """
    columns = columns_of(differences)
    shares = [_shares(metric, differences, by_id) for metric in metrics]
    heads = [["Model", "", False]]
    shorts = [varying.short for varying in columns]
    heads += [
        [each.short if shorts.count(each.short) == 1 else each.label, each.label, False] for each in columns
    ]
    heads += [[metric.label, metric.description, True] for metric in metrics]
    rows = [
        {
            "id": str(model_id),
            "cells": [
                by_id[model_id].name,
                *(level_text(varying, varying.values[index]) for varying in columns),
                *(
                    [format_value(metric, by_id[model_id].metrics.get(metric.name)), share[index]]
                    for metric, share in zip(metrics, shares, strict=True)
                ),
            ],
        }
        for index, model_id in enumerate(differences.model_ids)
    ]
    return {"heads": heads, "rows": rows}


def columns_of(differences: Differences) -> list[Varying]:
    """Return the variables worth a column, those that tell the models apart first."""
    chosen = list(differences.chosen)
    return [*chosen, *(other for other in differences.varying if other not in chosen)][:MOST_VARIABLES]


def _shares(
    metric: MetricDefinition, differences: Differences, by_id: Mapping[ModelId, Model]
) -> list[float | None]:
    values = [by_id[model_id].metrics.get(metric.name, math.nan) for model_id in differences.model_ids]
    finite = [value for value in values if math.isfinite(value)]
    largest = max(finite, default=0.0)
    if largest <= 0 or min(finite) < 0:
        return [None] * len(values)
    return [value / largest if math.isfinite(value) else None for value in values]
