"""Which parameter values tell a project's steps apart: the labels of the model map."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from core.domain.model import Model


def varied_parameters(models: Iterable[Model]) -> dict[str, tuple[str, ...]]:
    """Return, per technique, the names of the parameters that take more than one value, sorted.

    A parameter that some steps of the technique lack counts as varied.
    """
    values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    uses: dict[str, int] = defaultdict(int)
    given: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for model in models:
        if model.step is None:
            continue
        uses[model.step.technique] += 1
        for name, value in model.step.parameters.items():
            values[model.step.technique][name].add(json.dumps(value, sort_keys=True, default=str))
            given[model.step.technique][name] += 1
    return {
        technique: tuple(
            sorted(
                name
                for name, seen in by_name.items()
                if len(seen) > 1 or given[technique][name] < uses[technique]
            )
        )
        for technique, by_name in values.items()
    }


def value_order(parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], ...]:
    """Return a key that sorts steps by their parameters: numbers as numbers, all else as text."""
    return tuple((name, *_value_key(parameters[name])) for name in sorted(parameters))


def _value_key(value: Any) -> tuple[int, float, str]:
    if isinstance(value, (bool, int, float)):
        return 0, float(value), ""
    return 1, 0.0, json.dumps(value, sort_keys=True, default=str)
