"""The inputs of a generated form, one per field; what they hold is read by `form_values`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dash_mantine_components as dmc
from dash.development.base_component import Component

from dashboard.components.form.form_fields import Field, FieldKind
from dashboard.components.form.form_values import Entered

ComponentId = Mapping[str, str | int]

_EXAMPLES = {
    FieldKind.INTEGER: "e.g. 4 or 2, 4, 8 or 2..8",
    FieldKind.NUMBER: "e.g. 0.5 or 0.3, 0.5 or 0.1..0.9 step 0.2",
    FieldKind.TEXT: "one or several, separated by commas",
    FieldKind.ITEMS: "e.g. [1, 2]; [3]",
}


def field_input(
    field: Field, entered: Entered, *, component_id: ComponentId, models: Sequence[Mapping[str, str]] = ()
) -> Component:
    """Return the input of a field holding `entered`; every input takes several values.

    models: what a field that names models offers besides the words that are its default or were entered.
    """
    described = {
        "id": dict(component_id),
        "label": label(field),
        "description": description(field),
        "withAsterisk": field.required,
        "inputWrapperOrder": ["label", "input", "error", "description"],
    }
    if field.choices:
        options = [{"value": choice.key, "label": choice.label} for choice in field.choices]
        picked = [entered] if isinstance(entered, str) and entered else list(entered or ())
        return dmc.MultiSelect(data=options, value=picked, **described)
    if field.names_model:
        return _model_input(field, entered, models, described)
    text = entered if isinstance(entered, str) else ", ".join(entered or ())
    return dmc.TextInput(value=text, placeholder=_EXAMPLES.get(field.kind, ""), **described)


def _model_input(
    field: Field, entered: Entered, models: Sequence[Mapping[str, str]], described: dict[str, object]
) -> Component:
    picked = entered.split(",") if isinstance(entered, str) else list(entered or ())
    picked = [word.strip() for word in picked if word.strip()]
    known = {option["value"] for option in models}
    words = dict.fromkeys((*field.words, *picked))
    options = [{"value": word, "label": word} for word in words if word not in known]
    return dmc.MultiSelect(data=[*options, *models], value=picked, searchable=True, limit=200, **described)


def label(field: Field) -> str:
    """Return the field's label with its unit, unless the label names the unit already ("Bits")."""
    said = field.unit.lower() in field.label.lower()
    return field.label if said else f"{field.label} ({field.unit})"


def description(field: Field) -> str:
    """Return what is said below the input: what the parameter means and which values it takes."""
    allowed = f"{field.bounds[:1].upper()}{field.bounds[1:]}." if field.bounds else ""
    none = 'Or "none".' if field.nullable and not field.choices else ""
    return " ".join(part for part in (field.help, allowed, none) if part)
