"""The recipe editor: a card per recipe, in it a block per step with a form made from the catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.catalogue import Catalogue
from core.domain.model import Model
from core.domain.technique import Family, Storage, TechniqueSpec
from dashboard.components.form import form_values
from dashboard.components.form.form_fields import Field, fields
from dashboard.components.form.form_inputs import field_input
from dashboard.components.markup import decoration, labelled
from dashboard.views.new_experiment.choices import named_models
from dashboard.views.new_experiment.entries.draft import Draft, Edit, Entered, RecipeDraft, StepDraft
from dashboard.views.new_experiment.entries.request import spec_of
from dashboard.views.new_experiment.ids import PatternIds
from dashboard.views.new_experiment.layer_rules import layer_rules

SEVERAL = "Each field takes one value, several (0.5, 0.7) or a range (0.1..0.9 step 0.2)."
_LONGEST_NAME = 40
_COPY = ""  # drawn by the style sheet, since few fonts have a sign for it
_SWITCH = ""  # likewise


@dataclass(frozen=True)
class Offered:
    """What the inputs offer: the catalogue, and the models that a parameter can name."""

    catalogue: Catalogue
    models: Sequence[Mapping[str, str]]


def editor(draft: Draft, catalogue: Catalogue, models: Sequence[Model] = ()) -> list[Component]:
    """Return the cards of all recipes and the button that adds one; steps can name any of the `models`."""
    offered = Offered(catalogue, named_models(models))
    cards = [_recipe(recipe, number, offered) for number, recipe in enumerate(draft.recipes, start=1)]
    add = dmc.Button("+ Add a recipe", id=_edit_id(Edit.ADD_RECIPE, 0), variant="default")
    return [*cards, dmc.Group([add, _text("Recipes that start alike share their first models.")], gap="sm")]


def initial_values(spec: TechniqueSpec | None) -> dict[str, Entered]:
    """Return what the inputs of a technique hold before anything is entered."""
    return {field.name: form_values.initial(field) for field in fields(spec.parameters)} if spec else {}


def technique_options(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the techniques grouped by family; unavailable ones say why and cannot be chosen.

    `about` is the line below the label; `named` and `words` are what is searched, names before the rest.
    """
    groups: dict[Family, list[dict[str, Any]]] = defaultdict(list)
    for spec in catalogue.techniques:
        option = {"value": spec.name, "label": spec.label, "disabled": bool(spec.unavailable)}
        option["about"] = spec.unavailable or what_it_does(spec)
        option["named"] = f"{spec.label} {spec.name}"
        option["words"] = f"{spec.summary} {spec.family}"
        groups[spec.family].append(option)
    return [{"group": each.capitalize(), "items": groups[each]} for each in Family if each in groups]


def what_it_does(spec: TechniqueSpec) -> str:
    """Return the summary without the name that it usually begins with, marked where nothing is saved."""
    name, colon, rest = spec.summary.partition(": ")
    text = rest if colon and len(name) <= _LONGEST_NAME else spec.summary
    simulated = " Simulated: the file stays as large." if spec.storage is Storage.SIMULATED else ""
    return f"{text[:1].upper()}{text[1:]}{simulated}"


def _recipe(recipe: RecipeDraft, number: int, offered: Offered) -> Component:
    head = dmc.Group(
        [
            dmc.Text(f"Recipe {number}", fw=600),
            dmc.Group(
                [
                    _action(_COPY, "Duplicate this recipe", Edit.COPY_RECIPE, recipe.uid),
                    _action("\N{MULTIPLICATION SIGN}", "Remove this recipe", Edit.REMOVE_RECIPE, recipe.uid),
                ],
                gap=4,
            ),
        ],
        justify="space-between",
    )
    steps = [_step(step, place, recipe, offered) for place, step in enumerate(recipe.steps)]
    add = dmc.Button(
        "+ Add a step", id=_edit_id(Edit.ADD_STEP, recipe.uid), variant="subtle", className="recipe-add-step"
    )
    card = html.Section([head, *steps, add], className="recipe", key=str(recipe.uid))
    return labelled(card, f"Recipe {number}")


def _step(step: StepDraft, place: int, recipe: RecipeDraft, offered: Offered) -> Component:
    spec = spec_of(offered.catalogue, step.technique)
    head = html.Div(
        [
            html.Span(str(place + 1), className="step-number"),
            dmc.Select(
                id={"type": PatternIds.TECHNIQUE, "uid": step.uid},
                data=technique_options(offered.catalogue),
                value=step.technique or None,
                placeholder="Choose a technique",
                searchable=True,
                filter={"function": "techniquesFound"},
                renderOption={"function": "techniqueOption"},
                maxDropdownHeight=320,
                allowDeselect=False,
                nothingFoundMessage="No technique of such a name or purpose",
                **{"aria-label": f"Technique of step {place + 1}"},
            ),
            _action("\N{UPWARDS ARROW}", "Move up", Edit.EARLIER, step.uid, off=place == 0),
            _action(
                "\N{DOWNWARDS ARROW}", "Move down", Edit.LATER, step.uid, off=place == len(recipe.steps) - 1
            ),
            _action(
                _SWITCH, "Switch this step on" if step.off else "Switch this step off", Edit.SWITCH, step.uid
            ),
            _action(_COPY, "Duplicate this step", Edit.COPY_STEP, step.uid),
            _action("\N{MULTIPLICATION SIGN}", "Remove this step", Edit.REMOVE_STEP, step.uid),
        ],
        className="step-head",
    )
    body = [_text(_about(step, spec)), *_inputs(step, spec, offered.models)] if step.technique else []
    if step.off:
        body = [
            _text("Switched off: it is neither planned nor queued."),
            html.Div(body, className="step-body"),
        ]
    return html.Div([head, *body], className="step step-off" if step.off else "step", key=str(step.uid))


def _about(step: StepDraft, spec: TechniqueSpec | None) -> str:
    if spec is None:
        return f"No worker offers {step.technique!r} at present. Start one that does, or choose another."
    return spec.unavailable or what_it_does(spec)


def _inputs(
    step: StepDraft, spec: TechniqueSpec | None, models: Sequence[Mapping[str, str]]
) -> list[Component]:
    if spec is None:
        return []
    inputs = [_row(field, step, models) for field in fields(spec.parameters)]
    used_with = {about.name: about.used_with for about in spec.parameters}
    marks = dcc.Store(id={"type": PatternIds.USED_WITH, "uid": step.uid}, data=used_with)
    grid = [marks, dmc.SimpleGrid(inputs, cols=2, spacing="sm", verticalSpacing="xs")] if inputs else []
    told = [_text(SEVERAL)] if any(not field.choices for field in fields(spec.parameters)) else []
    return [*told, *grid, layer_rules(step)]


def _row(field: Field, step: StepDraft, models: Sequence[Mapping[str, str]]) -> Component:
    part: dict[str, str | int] = {"uid": step.uid, "name": field.name}
    entry = field_input(
        field, step.values.get(field.name), component_id={"type": PatternIds.VALUE, **part}, models=models
    )
    return html.Div(entry, id={"type": PatternIds.VALUE_ROW, **part})


def _action(sign: str, label: str, edit: Edit, uid: int, *, off: bool = False) -> Component:
    return dmc.ActionIcon(
        decoration(sign),
        id=_edit_id(edit, uid),
        variant="subtle",
        color="gray",
        disabled=off,
        className=f"edit-{edit}",
        **{"aria-label": label},
    )


def _edit_id(edit: Edit, uid: int) -> dict[str, str | int]:
    return {"type": PatternIds.EDIT, "edit": edit, "uid": uid}


def _text(text: str) -> Component:
    return dmc.Text(text, size="xs", c="dimmed")
