"""Words for steps and their parameters, as labels, tooltips and tables use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.domain.data.uploads import names_upload, read_reference
from core.domain.model import Model
from core.domain.parameter.choices import choice_words
from core.domain.parameter.spec import ParameterSpec
from core.domain.recipe import Step, show_value, value_with_unit
from core.domain.technique import TechniqueSpec
from core.presentation.labels import from_name

Specs = Mapping[str, TechniqueSpec]


def technique_label(technique: str | None, specs: Specs) -> str:
    """Return what people call a technique; `base` for none."""
    if technique is None:
        return "base"
    return specs[technique].running_label if technique in specs else from_name(technique)


def parameter_label(technique: str, name: str, specs: Specs) -> str:
    """Return what people call a parameter."""
    about = parameter_spec(technique, name, specs)
    return about.running_label if about else from_name(name).lower()


def parameter_value(technique: str, name: str, value: Any, specs: Specs) -> str:
    """Return a parameter's value with its unit, e.g. `4 bit`."""
    about = parameter_spec(technique, name, specs)
    value = choice_words(value, about)
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')} {show_value(one)}" for key, one in value.items())
    return value_with_unit(value, about)


def alone(label: str, value: str) -> str:
    """Return a parameter's value as it is read without its label, e.g. `4 bit` or `no pattern`."""
    return f"no {label}" if value == "none" else value


def parameter_lines(model: Model, specs: Specs) -> list[tuple[str, str]]:
    """Return every parameter of the model's step, or of its source, as label and value.

    Of a source, 0, `no` and `{}` are left out: they stand for "as the files say", "no limit" and the like.
    """
    if model.step is None:
        given = model.source.parameters if model.source else {}
        told = {name: value for name, value in given.items() if not blank(value) and value not in (0, "{}")}
        return [(name.replace("_", " "), _told(value)) for name, value in told.items()]
    technique = model.step.technique
    return [
        (parameter_label(technique, name, specs), parameter_value(technique, name, value, specs))
        for name, value in model.step.parameters.items()
        if not blank(value)
    ]


def _told(value: Any) -> str:
    """Return a parameter of a source as people read it: of an upload its name, not the hash."""
    reference = read_reference(value) if names_upload(value) else None
    return f"{reference.name} (uploaded)" if reference else show_value(value)


def leading_lines(step: Step, specs: Specs, *, most: int = 2) -> list[tuple[str, str]]:
    """Return the first parameters that a technique leads with and that count here, as label and value."""
    spec = specs.get(step.technique)
    shown = [name for name in spec.headline if spec.uses(name, step.parameters)] if spec else []
    return [
        (parameter_label(step.technique, name, specs), parameter_value(step.technique, name, value, specs))
        for name in shown or step.parameters
        if name in step.parameters and not blank(value := step.parameters[name])
    ][:most]


def blank(value: Any) -> bool:
    """Return whether a parameter was left empty, so that there is nothing to say about it."""
    return value is None or (isinstance(value, str | Mapping | list | tuple) and len(value) == 0)


def headline(names: Sequence[str], technique: str, specs: Specs) -> tuple[str, ...]:
    """Return varied parameter names, those the technique leads with first."""
    leading = specs[technique].headline if technique in specs else ()
    return (*(name for name in leading if name in names), *(name for name in names if name not in leading))


def parameter_spec(technique: str, name: str, specs: Specs) -> ParameterSpec | None:
    """Return what is published of a parameter; None where it is not known."""
    spec = specs.get(technique)
    return spec.by_name.get(name) if spec else None
