"""The table of modules below layer rules: filled when it is unfolded, matched with every key stroke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId
from core.domain.recipe import Step
from core.domain.technique import LayerRules, TechniqueSpec
from core.errors import InvalidInput
from core.presentation.counts import counted
from core.presentation.lists import listed
from core.services.application import Application
from core.services.experiments.layer_reach import ChosenModels, Counted, chosen_models
from core.services.predictions.losses import layer_losses
from core.services.workers import workers
from dashboard.components.form import form_values
from dashboard.components.form.form_fields import fields
from dashboard.views.new_experiment.entries.draft import Draft, from_json
from dashboard.views.new_experiment.entries.request import lines, spec_of
from dashboard.views.new_experiment.ids import Ids, PatternIds

_NAMED = 3
"""Models whose counts are listed one by one."""


def _of_step(part: PatternIds) -> dict[str, Any]:
    return {"type": part, "uid": MATCH}


_RULES = {"type": PatternIds.RULE, "uid": MATCH, "name": ALL}
_VALUES = {"type": PatternIds.VALUE, "uid": MATCH, "name": ALL}


def register(app: Dash, product: Application) -> None:
    """Wire unfolding, the rules, the search and the two buttons of each step's table."""

    @app.callback(
        Output(_of_step(PatternIds.MODULES), "rowData"),
        Output(_of_step(PatternIds.MODULES_ABOUT), "children"),
        Input(_of_step(PatternIds.MODULES_SHOWN), "n_clicks"),
        Input(Ids.BASES, "value"),
        State(Ids.DRAFT, "data"),
        State(_of_step(PatternIds.MODULES_SHOWN), "id"),
    )
    def _list(unfolded: int, bases: Any, stored: Any, identity: Any) -> tuple[Any, str]:
        if not unfolded:
            raise PreventUpdate
        chosen = chosen_models(product, _ids(bases))
        earlier = _earlier(from_json(stored), int(identity["uid"]), workers.catalogue(product))
        return rows(chosen), about(chosen, earlier)

    @app.callback(
        output={
            "reach": Output(_of_step(PatternIds.MODULES_REACH), "data"),
            "said": Output(_of_step(PatternIds.MODULES_COUNT), "children"),
        },
        inputs={
            "texts": Input(_RULES, "value"),
            "listed": Input(_of_step(PatternIds.MODULES), "rowData"),
            "ids": State(_RULES, "id"),
            "bases": State(Ids.BASES, "value"),
            "stored": State(Ids.DRAFT, "data"),
            "values": Input(_VALUES, "value"),
            "value_ids": State(_VALUES, "id"),
            "said": State(_of_step(PatternIds.MODULES_COUNT), "children"),
        },
        prevent_initial_call=True,
    )
    def _match(*, listed: Any, ids: Sequence[Any], stored: Any, **states: Any) -> dict[str, Any]:
        spec = _spec(from_json(stored), int(ids[0]["uid"]), workers.catalogue(product))
        if listed is None or spec is None:
            raise PreventUpdate
        rules = _rules(ids, states["texts"])
        if not rules.well_formed:
            return {"reach": no_update, "said": kept(states["said"])}
        chosen = chosen_models(product, _ids(states["bases"]))
        everything = _everything(spec, states["value_ids"], states["values"])
        reach = [int(each) for each in chosen.reach(spec, rules, everything=everything)]
        step = _first_step(spec, states["value_ids"], states["values"])
        losses = [layer_losses(product, model.id, step) for model, _ in chosen.tables[:1]]
        known = losses[0] if losses else {}
        found = {"reach": reach, "loss": [known.get(each.name) for each in chosen.modules()]}
        return {"reach": found, "said": count_text(chosen.counted(spec, rules, everything=everything))}

    _register_browser(app)


def _register_browser(app: Dash) -> None:
    rules = [{"type": PatternIds.RULE, "uid": MATCH, "name": name} for name in ("include", "exclude")]
    app.clientside_callback(
        ClientsideFunction("layerRules", "toggle"),
        *(Output(rule, "value", allow_duplicate=True) for rule in rules),
        Input(_of_step(PatternIds.MODULES), "cellClicked"),
        State(_of_step(PatternIds.MODULES), "id"),
        *(State(rule, "value") for rule in rules),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerRules", "match"),
        Input(_of_step(PatternIds.MODULES_REACH), "data"),
        State(_of_step(PatternIds.MODULES), "id"),
    )
    app.clientside_callback(
        ClientsideFunction("layerRules", "search"),
        Input(_of_step(PatternIds.MODULES_SEARCH), "value"),
        State(_of_step(PatternIds.MODULES), "id"),
    )
    buttons = {
        "include": PatternIds.MODULES_ONLY,
        "exclude": PatternIds.MODULES_NEVER,
        "overrides": PatternIds.MODULES_DIFFERENT,
    }
    for rule, button in buttons.items():
        app.clientside_callback(
            ClientsideFunction("layerRules", "ticked"),
            Output(_of_step(button), "disabled"),
            Input(_of_step(PatternIds.MODULES), "selectedRows"),
        )
        app.clientside_callback(
            ClientsideFunction("layerRules", "differ" if rule == "overrides" else "write"),
            Output({"type": PatternIds.RULE, "uid": MATCH, "name": rule}, "value", allow_duplicate=True),
            Input(_of_step(button), "n_clicks"),
            State(_of_step(PatternIds.MODULES), "selectedRows"),
            State({"type": PatternIds.RULE, "uid": MATCH, "name": rule}, "value"),
            *([State(_VALUES, "value"), State(_VALUES, "id")] if rule == "overrides" else []),
            prevent_initial_call=True,
        )


def rows(chosen: ChosenModels) -> list[dict[str, Any]]:
    """Return the lines of the table; what a step does with them is added separately."""
    return [
        {"id": str(place), "name": each.name or "(the model itself)", "pattern": each.name, "kind": each.kind,
         "parameters": each.parameters, "share": each.share, "loss": None, "reach": 2}
        for place, each in enumerate(chosen.modules())
    ]  # fmt: skip


def about(chosen: ChosenModels, earlier: str) -> str:
    """Return what the table does not show: models that are not made yet, steps that replace modules."""
    told = []
    if not chosen.tables and not chosen.unmade:
        told.append("Choose what to start from to see its modules.")
    if chosen.unmade:
        told.append(f"Modules of {', '.join(chosen.unmade)} are listed once it has been made.")
    unsized = [model.name for model, table in chosen.tables if not table.parameters]
    if unsized:
        told.append(f"Parameters of {listed(unsized)} are counted by the next run that reads the weights.")
    if earlier and chosen.tables:
        told.append(f"{earlier} before this step replaces modules; the table shows those before it.")
    return " ".join(told)


def count_text(counts: Sequence[Counted]) -> str:
    """Return how many modules the rules leave to the step, for each model where there are several."""
    if not counts:
        return ""
    if len(counts) == 1:
        return f"Works on {_share(counts[0])}"
    told = "; ".join(f"{each.model}: {_share(each)}" for each in counts[:_NAMED])
    return f"{told}; and {len(counts) - _NAMED} more models" if len(counts) > _NAMED else told


def kept(said: Any) -> str:
    """Return the last count, marked as such, while a rule is no regular expression."""
    note = "Not a regular expression yet; last match: "
    text = said if isinstance(said, str) else ""
    return text if text.startswith(note) else f"{note}{text[:1].lower()}{text[1:]}"


def _share(count: Counted) -> str:
    modules = f"{count.worked_on:,} of {counted(count.reachable, 'module')}"
    if count.parameters is None or count.parameters_reachable is None:
        return modules
    return f"{modules}, {count.parameters:,} of {count.parameters_reachable:,} parameters"


def _ids(bases: Any) -> list[ModelId]:
    return [ModelId(int(value)) for value in bases or ()]


def _rules(ids: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> LayerRules:
    held = {each["name"]: lines(text or "") for each, text in zip(ids, texts, strict=True)}
    return LayerRules(include=held["include"], exclude=held["exclude"])  # other values reach the same layers


def _everything(spec: TechniqueSpec, ids: Sequence[Mapping[str, Any]], entered: Sequence[Any]) -> bool:
    """Return whether what is entered makes the step touch more than weight matrices."""
    return spec.takes_everything(_entered(spec, ids, entered), LayerRules())


def _first_step(spec: TechniqueSpec, ids: Sequence[Mapping[str, Any]], entered: Sequence[Any]) -> Step:
    """Return the step with the first of each parameter's values, by which sensitivities are looked up."""
    values = _entered(spec, ids, entered)
    return Step(spec.name, {name: held[0] for name, held in values.items() if held})


def _entered(
    spec: TechniqueSpec, ids: Sequence[Mapping[str, Any]], entered: Sequence[Any]
) -> dict[str, tuple[Any, ...]]:
    """Return the values that can be read, by parameter."""
    held = {str(each["name"]): value for each, value in zip(ids, entered, strict=True)}
    values: dict[str, tuple[Any, ...]] = {}
    for field in fields(spec.parameters):
        try:
            values[field.name] = form_values.parse(field, held.get(field.name))
        except InvalidInput:
            continue  # told beside the input
    return values


def _spec(draft: Draft, uid: int, catalogue: Catalogue) -> TechniqueSpec | None:
    step = next((step for step in draft.steps() if step.uid == uid), None)
    return spec_of(catalogue, step.technique) if step else None


def _earlier(draft: Draft, uid: int, catalogue: Catalogue) -> str:
    """Return the label of a step before this one after which modules have other names; empty if none."""
    recipe = next((each for each in draft.recipes if uid in {step.uid for step in each.steps}), None)
    for step in recipe.steps if recipe else ():
        if step.uid == uid:
            break
        spec = spec_of(catalogue, step.technique)
        if spec is not None and not spec.keeps_modules:
            return spec.label
    return ""
