"""The live preview: a moment after the last entry, what would be made, and errors beside their inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.services.application import Application
from core.services.experiments import experiments
from core.services.workers import workers
from dashboard.ids import ShellIds
from dashboard.theme import theme_of
from dashboard.views.new_experiment.entries.draft import in_use
from dashboard.views.new_experiment.entries.inputs import (
    ANY_RULE,
    ANY_TECHNIQUE,
    ANY_VALUE,
    ENTRY_STATES,
    RECIPE_STATES,
    draft_of,
    entries_of,
)
from dashboard.views.new_experiment.entries.request import Placed, place
from dashboard.views.new_experiment.ids import Ids, PatternIds
from dashboard.views.new_experiment.preview import Preview, action, content, each_model, planned, untouched
from dashboard.views.new_experiment.search.entries import AT

_HIDDEN = {"display": "none"}
_DISABLED = {"visibility": "hidden"}
"""Keeps its place while an entry cannot be used."""
_TOP_LEVEL = {
    "base_ids": Ids.BASES,
    "seeds": Ids.SEEDS,
    "name": Ids.NAME,
    "note": Ids.NOTE,
    "queue": Ids.QUEUE,
    "give_up_margin": Ids.GIVE_UP,
    **{component_id: component_id for component_id in dict.fromkeys(AT.values())},
}


def register(app: Dash, product: Application) -> None:
    """Wire entries to the preview; waiting for a pause in typing happens in the browser."""
    _register_browser(app)

    @app.callback(
        output={
            "content": Output(Ids.PREVIEW, "children"),
            "each": Output(Ids.EACH_MODEL, "children"),
            "each_shown": Output(Ids.EACH, "style"),
            "action": Output(Ids.SUBMIT, "children"),
            "disabled": Output(Ids.SUBMIT, "disabled"),
            "confirm": Output(Ids.CONFIRMED, "style"),
            "confirm_label": Output(Ids.CONFIRMED, "label"),
            "inputs": {name: Output(component, "error") for name, component in _TOP_LEVEL.items()},
            "values": Output(ANY_VALUE, "error"),
            "rules": Output(ANY_RULE, "error"),
            "techniques": Output(ANY_TECHNIQUE, "error"),
        },
        inputs={
            "touched": Input(Ids.TOUCHED, "data"),
            "scheme": Input(ShellIds.SCHEME, "data"),
            "opened": Input(Ids.DRAWER, "opened"),
            "technique_ids": State(ANY_TECHNIQUE, "id"),
            "entered": ENTRY_STATES,
            "recipe": RECIPE_STATES,
        },
        prevent_initial_call=True,
    )
    def _preview(
        *, opened: bool, entered: dict[str, Any], recipe: dict[str, Any], **states: Any
    ) -> dict[str, Any]:
        if not opened or recipe["stored"] is None:
            raise PreventUpdate
        draft, entries = in_use(draft_of(recipe)), entries_of(entered)
        fresh = untouched(draft)
        preview = Preview() if fresh else planned(product, entries, draft, workers.catalogue(product))
        placed = place(preview.problems, draft)
        asks = preview.plan is not None and experiments.needs_confirmation(product, preview.plan)
        new = preview.plan.most_models if preview.plan else 0
        return {
            "content": content(preview, theme_of(states["scheme"]), elsewhere=placed.rest),
            "each": no_update if preview.problems else each_model(preview),
            "each_shown": _DISABLED if preview.problems else {} if preview.predictions else _HIDDEN,
            "action": action(preview.plan),
            "disabled": new == 0 or (asks and not entries.confirmed),
            "confirm": {} if asks else _HIDDEN,
            "confirm_label": f"Yes, make {new:,} models",
            "inputs": {name: placed.inputs.get(name) for name in _TOP_LEVEL},
            **_errors(placed, recipe, states["technique_ids"]),
        }


def _register_browser(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("newExperiment", "touched"),
        Input(ANY_VALUE, "value"),
        Input(ANY_RULE, "value"),
        Input(Ids.DRAFT, "data"),
        *(Input(state.component_id, state.component_property) for state in ENTRY_STATES.values()),
    )

    step = {"type": PatternIds.VALUE, "uid": MATCH, "name": ALL}
    app.clientside_callback(
        ClientsideFunction("newExperiment", "follow"),
        Output({**step, "type": PatternIds.VALUE_ROW}, "style"),
        Input(step, "value"),
        Input({"type": PatternIds.USED_WITH, "uid": MATCH}, "data"),
        State(step, "id"),
    )
    app.clientside_callback(ClientsideFunction("newExperiment", "chosen"), Input(Ids.BASES, "value"))


def _errors(
    placed: Placed, recipe: Mapping[str, Any], technique_ids: Sequence[Mapping[str, Any]]
) -> dict[str, list[str | None]]:
    """Return the error of each input that is drawn, None where it is fine."""
    return {
        "values": [placed.values.get((each["uid"], each["name"])) for each in recipe["value_ids"]],
        "rules": [placed.rules.get((each["uid"], each["name"])) for each in recipe["rule_ids"]],
        "techniques": [placed.techniques.get(each["uid"]) for each in technique_ids],
    }
