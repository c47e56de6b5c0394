"""Steps, recipes and sweeps, and how a sweep unfolds into a tree of steps with shared prefixes."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.domain.parameter.choices import words_alone
from core.domain.parameter.spec import ParameterSpec
from core.domain.technique import LayerRules, TechniqueSpec

Value = bool | int | float | str | None


@dataclass(frozen=True)
class Step:
    """One technique with one value per parameter: an edge of the provenance graph."""

    technique: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    rules: LayerRules = field(default_factory=LayerRules)

    def canonical(self) -> str:
        """Return the step as JSON with sorted keys, equal for equal steps (0.5 and 0.50, 3 and 3.0)."""
        return json.dumps(
            {
                "technique": self.technique,
                "parameters": {name: _canonical(value) for name, value in self.parameters.items()},
                "rules": [self.rules.include, self.rules.exclude, self.rules.overrides],
            },
            sort_keys=True,
            separators=(",", ":"),
            default=dict,
        )


@dataclass(frozen=True)
class SweepStep:
    """One technique with a list of values per parameter; parameters left out take their defaults."""

    technique: str
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    rules: LayerRules = field(default_factory=LayerRules)

    def count(self) -> int:
        """Return how many steps this stands for."""
        product = 1
        for values in self.values.values():
            product *= len(values)
        return product

    def steps(self) -> Iterator[Step]:
        """Yield each combination of values, in the order of the lists."""
        names = list(self.values)
        for combination in itertools.product(*(self.values[name] for name in names)):
            yield Step(self.technique, dict(zip(names, combination, strict=True)), self.rules)


Recipe = tuple[SweepStep, ...]


@dataclass(frozen=True)
class PlannedStep:
    """A step of an unfolded sweep; `parent` indexes the planned step it follows, None for the base."""

    step: Step
    parent: int | None


def count_models(recipes: Sequence[Recipe]) -> int:
    """Return the number of models of a sweep before shared prefixes are merged, without unfolding it."""
    total = 0
    for recipe in recipes:
        width = 1
        for sweep_step in recipe:
            width *= sweep_step.count()
            total += width
    return total


def unfold(recipes: Sequence[Recipe]) -> list[PlannedStep]:
    """Unfold recipes into a tree; parents come before children and equal prefixes appear once."""
    planned: list[PlannedStep] = []
    seen: dict[tuple[int | None, str], int] = {}
    for recipe in recipes:
        ends: list[int | None] = [None]
        for sweep_step in recipe:
            ends = [_place(planned, seen, step, parent) for parent in ends for step in sweep_step.steps()]
    return planned


def _place(
    planned: list[PlannedStep], seen: dict[tuple[int | None, str], int], step: Step, parent: int | None
) -> int:
    key = (parent, step.canonical())
    if key not in seen:
        seen[key] = len(planned)
        planned.append(PlannedStep(step, parent))
    return seen[key]


def model_identity(parent_identities: Sequence[str], step: Step, seed: int, version: str) -> str:
    """Return the hash that makes a derived model the same model: parents, step, seed, technique version."""
    return _digest([list(parent_identities), step.canonical(), seed, version])


def base_identity(project_id: int, source: str, parameters: Mapping[str, Any], seed: int) -> str:
    """Return the hash that makes a base model the same model within its project."""
    canonical = {name: _canonical(value) for name, value in parameters.items()}
    return _digest([project_id, source, canonical, seed])


def step_label(step: Step, spec: TechniqueSpec | None) -> str:
    """Return a short name of a step, e.g. `magnitude pruning 0.5 without attn` or `palettization 4 bit`.

    Raw names stand where no spec is known.
    """
    label = spec.running_label if spec else step.technique
    return " ".join([label, *_headline(step, spec), *rules_in_words(step.rules)])


def rules_in_words(rules: LayerRules) -> list[str]:
    """Return which layers a step touches, e.g. `["without attn"]`; nothing for all of them."""
    words = [f"only {_listed(rules.include)}"] if rules.include else []
    words += [f"without {_listed(rules.exclude)}"] if rules.exclude else []
    return words + (["with exceptions"] if rules.overrides else [])


def _listed(patterns: Sequence[str], *, most: int = 3) -> str:
    further = [f"{len(patterns) - most} more"] if len(patterns) > most else []
    return ", ".join([*patterns[:most], *further])


def _headline(step: Step, spec: TechniqueSpec | None) -> list[str]:
    """Return the values of the parameters worth showing: of the spec's headline those in use, else all."""
    if spec is None or not spec.headline:
        return [show_value(value) for value in step.parameters.values()]
    return [
        f"from {step.parameters[name]}"
        if name == spec.teacher
        else _without_name(step.parameters[name], spec.by_name.get(name))
        for name in spec.headline
        if name in step.parameters and spec.uses(name, step.parameters)
    ]


def _without_name(value: Value, about: ParameterSpec | None) -> str:
    return value_with_unit(words_alone(value, about), about)


def value_with_unit(value: Value | Sequence[Value], about: ParameterSpec | None) -> str:
    """Write a parameter's value with its unit, e.g. `4 bit`; fractions have none."""
    unit = about.unit if about is not None else ""
    return show_value(value) if unit in {"", "fraction"} else f"{show_value(value)} {unit}"


def show_value(value: Value | Sequence[Value]) -> str:
    """Write a parameter value for people: no trailing zeros, lists joined, `yes` and `no`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(show_value(item) for item in value)
    return str(value)


def _canonical(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    return value


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
