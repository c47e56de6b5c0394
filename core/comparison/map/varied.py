"""Which parameter values tell a project's steps apart, by the same notion of a value as what differs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from core.comparison.variables.values import Value, value_of
from core.domain.model import Model


def varied_parameters(models: Iterable[Model]) -> dict[str, tuple[str, ...]]:
    """Return, per technique, the names of the parameters that take more than one value, sorted.

    A parameter that some steps of the technique lack counts as varied.
    """
    values: dict[str, dict[str, set[Value]]] = defaultdict(lambda: defaultdict(set))
    uses: Counter[str] = Counter()
    given: Counter[tuple[str, str]] = Counter()
    for step in (model.step for model in models if model.step is not None):
        uses[step.technique] += 1
        for name, raw in step.parameters.items():
            values[step.technique][name].add(value_of(raw))
            given[step.technique, name] += 1
    return {
        technique: tuple(
            sorted(
                name
                for name, seen in by_name.items()
                if len(seen) > 1 or given[technique, name] < uses[technique]
            )
        )
        for technique, by_name in values.items()
    }


def value_order(parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], ...]:
    """Return a key that sorts steps by their parameters: numbers as numbers, all else as text."""
    return tuple((name, *value_of(parameters[name]).order) for name in sorted(parameters))
