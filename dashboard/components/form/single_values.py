"""Forms in which every field takes exactly one value: data sources, model sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import dash_mantine_components as dmc
from dash.development.base_component import Component

from core.domain.parameter.spec import ParameterSpec
from core.errors import InvalidInput, Problem
from dashboard.components.form import form_values
from dashboard.components.form.form_fields import Field, FieldKind, fields
from dashboard.components.form.form_inputs import ComponentId, description, label


def single_input(field: Field, *, component_id: ComponentId) -> Component:
    """Return the input of a field, holding its default."""
    described = {
        "id": dict(component_id),
        "label": label(field) if field.unit else field.label,
        "description": description(field),
        "withAsterisk": field.required,
        "inputWrapperOrder": ["label", "input", "error", "description"],
        "size": "xs",
    }
    if field.choices:
        options = [{"value": choice.key, "label": choice.label} for choice in field.choices]
        start = form_values.initial(field)
        return dmc.Select(data=options, value=start[0] if start else None, **described)
    if field.kind is FieldKind.ITEMS:
        described["placeholder"] = "separated by commas"
    return dmc.TextInput(value=written(field), **described)


def written(field: Field) -> str:
    """Return what a fresh text input of a field holds."""
    if field.kind is FieldKind.ITEMS and isinstance(field.default, list):
        return ", ".join(item if isinstance(item, str) else json.dumps(item) for item in field.default)
    start = form_values.initial(field)
    return start if isinstance(start, str) else ""


def read_values(
    parameters: Iterable[ParameterSpec], entered: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values of a form by field, and what is wrong at `parameters.<field>`.

    Fields that are left empty are absent: their defaults are taken.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in fields(parameters):
        try:
            found = _value(field, entered.get(field.name))
        except InvalidInput as error:
            problems += [replace(problem, field=f"parameters.{field.name}") for problem in error.problems]
            continue
        if found:
            values[field.name] = found[0]
    return values, problems


def counting(parameters: Iterable[ParameterSpec], entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields hold that have a meaning beside the others: the rest is hidden, and not read."""
    used_with = {about.name: about.used_with for about in parameters}
    held = {name: _plain(value) for name, value in entered.items()}
    found = {}
    for name, value in entered.items():
        wanted = used_with.get(name, {})
        if all(other not in held or held[other] in values for other, values in wanted.items()):
            found[name] = value
    return found


def read_field(field: Field, entered: str | None) -> tuple[Any, list[Problem]]:
    """Return the value of one field, None where it is left empty, and what is wrong, at the field's name."""
    try:
        found = _value(field, entered)
    except InvalidInput as error:
        return None, list(error.problems)
    return (found[0] if found else None), []


def _value(field: Field, entered: str | None) -> tuple[Any, ...]:
    """Return one value, or nothing where the field is empty and need not be filled."""
    text = (entered or "").strip()
    if not text and field.required:
        hint = "Choose one of the list." if field.choices else "Enter one."
        raise InvalidInput.of(field.name, f"{field.label} needs a value.", hint)
    if not text and not field.choices:
        return ("",) if field.kind is FieldKind.TEXT and field.default == "" else ()
    if field.kind is FieldKind.TEXT and not field.choices:
        return (None,) if field.nullable and text.lower() in {"none", "null"} else (text,)
    if field.kind is FieldKind.ITEMS:
        return (_items(field, text),)
    found = form_values.parse(field, entered)
    if len(found) > 1:
        raise InvalidInput.of(field.name, f"{field.label} takes one value, not {len(found)}.", field.help)
    return found


def _plain(entered: Any) -> Any:
    """Return the value that an input stands for: choices hold JSON, what is typed is plain text."""
    try:
        return json.loads(entered)
    except (TypeError, ValueError, RecursionError):
        return entered


def _items(field: Field, text: str) -> Any:
    """Return a list: JSON, or its items separated by commas."""
    if text.startswith(("[", "{")):
        return form_values.parse(field, text)[0]
    return [_item(part.strip()) for part in text.split(",") if part.strip()]


def _item(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
