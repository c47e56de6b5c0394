"""The buttons and technique selects of the recipe editor, which change its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from core.domain.catalogue import Catalogue
from core.services.application import Application
from core.services.workers import workers
from dashboard.views.new_experiment.editor import editor, initial_values
from dashboard.views.new_experiment.entries import draft as drafts
from dashboard.views.new_experiment.entries.draft import Draft, after_clicks, fresh, read_clicks
from dashboard.views.new_experiment.entries.inputs import ANY_TECHNIQUE, RECIPE_STATES, draft_of
from dashboard.views.new_experiment.entries.request import spec_of
from dashboard.views.new_experiment.ids import Ids
from dashboard.views.new_experiment.opening_callbacks import models_of
from dashboard.views.new_experiment.search.entries import Kind
from dashboard.views.new_experiment.search.ids import SearchIds


def register(app: Dash, product: Application) -> None:
    """Wire every change of shape: the editor is drawn anew from the draft, with what was entered."""

    @app.callback(
        Output(Ids.EDITOR, "children", allow_duplicate=True),
        Output(Ids.DRAFT, "data", allow_duplicate=True),
        inputs={
            "presses": Input(Ids.PRESSES, "data"),
            "techniques": Input(ANY_TECHNIQUE, "value"),
            "technique_ids": State(ANY_TECHNIQUE, "id"),
            "project": State(Ids.PROJECT, "value"),
            "recipe": RECIPE_STATES,
        },
        prevent_initial_call=True,
    )
    def _edit(*, recipe: dict[str, Any], presses: Any, project: str | None, **states: Any) -> tuple[Any, Any]:
        catalogue = workers.catalogue(product)
        pairs = zip(states["technique_ids"], states["techniques"], strict=True)
        chosen = {int(each["uid"]): str(technique) for each, technique in pairs if technique}
        draft = draft_of(recipe)
        changed = after_clicks(with_chosen(draft, chosen, catalogue), read_clicks(presses))
        if changed == draft:  # components that were just drawn report their first value
            raise PreventUpdate
        return editor(changed, catalogue, models_of(product, project)), changed.to_json()

    @app.callback(
        Output(Ids.EDITOR, "children", allow_duplicate=True),
        Output(Ids.DRAFT, "data", allow_duplicate=True),
        Output(Ids.BASES, "value", allow_duplicate=True),
        Output(Ids.NAME, "value"),
        Output(Ids.NOTE, "value"),
        Output(Ids.SEEDS, "value"),
        Output(Ids.GIVE_UP, "value"),
        Output(Ids.PRIORITY, "value"),
        Output(SearchIds.KIND, "value"),
        Input(Ids.CLEAR, "n_clicks"),
        State(Ids.PRESSES, "data"),
        prevent_initial_call=True,
    )
    def _clear(clicks: int | None, presses: Any) -> tuple[Any, ...]:
        if not clicks:
            raise PreventUpdate
        draft = replace(fresh(), pressed=max((press.number for press in read_clicks(presses)), default=0))
        return editor(draft, workers.catalogue(product)), draft.to_json(), [], "", "", "0", "", "0", Kind.ALL


def with_chosen(draft: Draft, chosen: Mapping[int, str], catalogue: Catalogue) -> Draft:
    """Return the draft with the techniques that the selects show, by uid of the step.

    The draft in the browser lags behind them: a button may be pressed before the answer to a choice is there.
    """
    for step in draft.steps():
        technique = chosen.get(step.uid, step.technique)
        if technique != step.technique:
            values = initial_values(spec_of(catalogue, technique))
            draft = drafts.with_technique(draft, step.uid, technique, values)
    return draft
