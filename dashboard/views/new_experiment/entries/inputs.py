"""Reading the inputs of the drawer inside a callback: which states to ask for, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, State

from core.domain.ids import ModelId, ProjectId
from dashboard.views.new_experiment.entries import draft as drafts
from dashboard.views.new_experiment.entries.draft import Draft
from dashboard.views.new_experiment.entries.request import Entries
from dashboard.views.new_experiment.ids import Ids, PatternIds
from dashboard.views.new_experiment.search.entries import PROPERTIES, SelectionEntries

ANY_VALUE = {"type": PatternIds.VALUE, "uid": ALL, "name": ALL}
ANY_RULE = {"type": PatternIds.RULE, "uid": ALL, "name": ALL}
ANY_UNFOLDING = {"type": PatternIds.MODULES_SHOWN, "uid": ALL}
ANY_TECHNIQUE = {"type": PatternIds.TECHNIQUE, "uid": ALL}

RECIPE_STATES = {
    "stored": State(Ids.DRAFT, "data"),
    "values": State(ANY_VALUE, "value"),
    "value_ids": State(ANY_VALUE, "id"),
    "rules": State(ANY_RULE, "value"),
    "rule_ids": State(ANY_RULE, "id"),
    "unfoldings": State(ANY_UNFOLDING, "n_clicks"),
    "unfolding_ids": State(ANY_UNFOLDING, "id"),
}
ENTRY_STATES = {
    "project": State(Ids.PROJECT, "value"),
    "bases": State(Ids.BASES, "value"),
    "name": State(Ids.NAME, "value"),
    "note": State(Ids.NOTE, "value"),
    "seeds": State(Ids.SEEDS, "value"),
    "queue": State(Ids.QUEUE, "value"),
    "priority": State(Ids.PRIORITY, "value"),
    "give_up": State(Ids.GIVE_UP, "value"),
    "confirmed": State(Ids.CONFIRMED, "checked"),
    **{component_id: State(component_id, held) for component_id, held in PROPERTIES.items()},
}
States = Mapping[str, Any]


def draft_of(states: States) -> Draft:
    """Return the recipes with what their inputs hold at this moment."""
    return drafts.with_entries(
        drafts.from_json(states["stored"]),
        _keyed(states["value_ids"], states["values"], empty=[]),
        _keyed(states["rule_ids"], states["rules"], empty=""),
        _unfolded(states["unfolding_ids"], states["unfoldings"]),
    )


def entries_of(states: States) -> Entries:
    """Return everything else that was entered; without a project its id is 0."""
    return Entries(
        project_id=ProjectId(int(states["project"] or 0)),
        base_ids=tuple(ModelId(int(value)) for value in states["bases"] or ()),
        name=states["name"] or "",
        note=states["note"] or "",
        seeds=states["seeds"] or "",
        queue=states["queue"] or "cpu",
        priority=int(states["priority"] or 0),
        give_up=states["give_up"] or "",
        confirmed=bool(states["confirmed"]),
        selection=SelectionEntries({component_id: states.get(component_id) for component_id in PROPERTIES}),
    )


def _unfolded(ids: Sequence[Mapping[str, Any]], presses: Sequence[int | None]) -> set[int]:
    """Return the steps whose rules are open: each press folds or unfolds them."""
    return {int(each["uid"]) for each, count in zip(ids, presses, strict=True) if (count or 0) % 2}


def _keyed(
    ids: Sequence[Mapping[str, Any]], held: Sequence[Any], *, empty: Any
) -> dict[tuple[int, str], Any]:
    return {
        (int(component["uid"]), str(component["name"])): empty if value is None else value
        for component, value in zip(ids, held, strict=True)
    }
