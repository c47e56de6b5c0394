"""Labels of the model map: what tells a step from others of its technique, and a model from its siblings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from core.comparison.map.varied import varied_parameters
from core.comparison.naming.step_words import Specs, alone, blank, headline, parameter_label, parameter_value
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import Step, rules_in_words


def node_labels(models: Sequence[Model], specs: Specs) -> dict[ModelId, str]:
    """Return every model's label: a root's name, or the values its technique is varied in.

    Layer rules stand behind the values where steps of the technique differ in them. Siblings that would
    read the same after that are distinguished by teacher and seed.
    """
    varied = {
        technique: headline(names, technique, specs) for technique, names in varied_parameters(models).items()
    }
    ruled = _varied_rules(models)
    names = {model.id: model.name for model in models}
    labels = {
        model.id: _label(
            model.step, varied.get(model.step.technique, ()), model.step.technique in ruled, specs
        )
        if model.step and model.parent_id in names
        else model.name
        for model in models
    }
    for addition in (lambda model: _teacher(model, names), lambda model: f"seed {model.seed}"):
        _tell_apart(models, labels, addition)
    return {model_id: " ".join(label.split()) for model_id, label in labels.items()}  # on one line


def _label(step: Step, varied: Iterable[str], ruled: bool, specs: Specs) -> str:
    given = [_value(step, name, specs) for name in varied if not blank(step.parameters.get(name))]
    rules = " ".join(rules_in_words(step.rules)) if ruled else ""
    return " ".join(part for part in (", ".join(given), rules) if part)


def _value(step: Step, name: str, specs: Specs) -> str:
    """Return a value as it is read without its parameter's name; only switches need that."""
    value: Any = step.parameters[name]
    label = parameter_label(step.technique, name, specs)
    if isinstance(value, bool):
        return label if value else f"not {label}"
    return alone(label, parameter_value(step.technique, name, value, specs))


def _varied_rules(models: Iterable[Model]) -> set[str]:
    """Return the techniques whose steps do not all touch the same layers."""
    seen: dict[str, set[str]] = {}
    for model in models:
        if model.step is not None:
            words = " ".join(rules_in_words(model.step.rules))
            seen.setdefault(model.step.technique, set()).add(words)
    return {technique for technique, rules in seen.items() if len(rules) > 1}


def _teacher(model: Model, names: Mapping[ModelId, str]) -> str:
    teacher = model.teacher_id
    return f"taught by {names[teacher]}" if teacher is not None and teacher in names else ""


def _tell_apart(
    models: Iterable[Model], labels: dict[ModelId, str], addition: Callable[[Model], str]
) -> None:
    """Add to the labels of siblings of one technique that read the same, if what is added differs."""
    alike: dict[tuple[ModelId | None, str, str], list[Model]] = {}
    for model in models:
        if model.step is not None and model.parent_id is not None:
            alike.setdefault((model.parent_id, model.step.technique, labels[model.id]), []).append(model)
    for siblings in alike.values():
        additions = [addition(model) for model in siblings] if len(siblings) > 1 else []
        if len(set(additions)) < 2:
            continue
        for model, text in zip(siblings, additions, strict=True):
            labels[model.id] = ", ".join(part for part in (labels[model.id], text) if part)
