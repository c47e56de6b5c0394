"""The figures behind a sentence: means of a metric per value of a variable, and what else differs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.comparison.means import mean
from core.comparison.values import Value
from core.comparison.variables import Differences, Kind, Varying
from core.domain.ids import ModelId
from core.domain.metric import Direction, MetricDefinition
from core.domain.model import Model


@dataclass(frozen=True)
class Evidence:
    """A selection with its figures; `selected` is in the order of the values of each variable."""

    differences: Differences
    selected: tuple[Model, ...]
    models: Mapping[ModelId, Model]

    def mean(self, metric: MetricDefinition, positions: Iterable[int]) -> float | None:
        """Return the mean over the selected models at these positions; None if none has a finite value."""
        values = [self.selected[position].metrics.get(metric.name) for position in positions]
        finite = [value for value in values if value is not None and math.isfinite(value)]
        return mean(finite) if finite else None

    def per_level(self, metric: MetricDefinition, varying: Varying) -> list[tuple[Value, float]]:
        """Return the mean of the metric for each value of the variable that has any, in their order."""
        means = []
        for level in varying.levels():
            mean = self.mean(metric, [p for p, value in enumerate(varying.values) if value == level])
            if mean is not None:
                means.append((level, mean))
        return means

    def origin(self, metric: MetricDefinition, positions: Iterable[int]) -> float | None:
        """Return the best value of the metric among the ancestors shared by the models at these positions."""
        lines = [self._ancestors(self.selected[position]) for position in positions]
        shared = set.intersection(*map(set, lines)) if lines else set()
        values = [self.models[ancestor].metrics.get(metric.name, math.nan) for ancestor in shared]
        finite = [value for value in values if math.isfinite(value)]
        if not finite:
            return None
        return min(finite) if metric.direction is Direction.LOWER else max(finite)

    def company(self, axes: Sequence[Varying], groups: tuple[Sequence[int], Sequence[int]]) -> str:
        """Return the names of what else differs between two groups of models; empty if nothing does.

        The axes themselves, seeds, and parameters of a step that some models lack altogether do not count;
        a teacher is a parameter of such a step where some models have none.
        """
        known = {varying.variable for varying in axes}
        absent = {varying.variable.step for varying in axes if varying.variable.kind is Kind.PRESENCE}
        absent |= {varying.variable.step for varying in axes if not all(v.present for v in varying.values)}
        others = [
            varying.label
            for varying in self.differences.varying
            if varying.variable not in known
            and varying.variable.kind is not Kind.SEED
            and (varying.variable.kind is not Kind.TEACHER or all(value.present for value in varying.values))
            and (varying.variable.step is None or varying.variable.step not in absent)
            and {varying.values[position] for position in groups[0]}
            != {varying.values[position] for position in groups[1]}
        ]
        if len(others) > 2:
            return f"{', '.join(others[:2])} and {len(others) - 2} more"
        return " and ".join(others)

    def _ancestors(self, model: Model) -> list[ModelId]:
        above = []
        while model.parent_id is not None and model.parent_id in self.models:
            model = self.models[model.parent_id]
            above.append(model.id)
        return above
