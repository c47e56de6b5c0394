"""Saved groups below the list of instances: save what is listed or ticked, filter by a group, delete one."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.domain.data.instance_group import InstanceGroup
from core.services.behaviour.instance_groups import SAVED
from dashboard.components.markup import attributed, decoration, labelled
from dashboard.views.compare.ids import Ids, delete_group_id, queue_group_id
from dashboard.views.compare.state import State


def saving(total: int) -> Component:
    """Return the form that saves the listed instances, or those that are ticked."""
    name = dmc.TextInput(
        id=Ids.GROUP_NAME,
        value="",
        placeholder="Name of the group",
        w=190,
        size="xs",
        **{"aria-label": "Name of the group"},
    )
    text = f"Save all {total:,} as a group" if total != 1 else "Save it as a group"
    button = html.Button(
        text,
        id=Ids.SAVE_GROUP,
        type="button",
        className="compare-button compare-save",
        disabled=not total,
    )
    return html.Div([name, attributed(button, {"data-all": text})], className="compare-choice")


def saved(state: State, groups: Sequence[InstanceGroup]) -> list[Component]:
    """Return the saved groups; nothing without any."""
    if not groups:
        return []
    items = [html.Li(_group(state, group)) for group in groups]
    label = html.Span("Saved groups", className="compare-label")
    return [html.Div([label, html.Ul(items, className="saved-groups")])]


def _group(state: State, group: InstanceGroup) -> list[Component]:
    wanted = InstanceFilter(FilterKind.GROUP, (SAVED, group.name))
    link = dcc.Link(
        [html.Span(group.name, className="compare-name"), html.Span(f" {len(group.positions):,}")],
        href=state.filtered(wanted).href,
        title=f"Show the {len(group.positions):,} instances of {group.name}",
    )
    runs = html.Button(
        "Queue", id=queue_group_id(int(group.id)), type="button", className="saved-group-queue"
    )
    delete = html.Button(
        decoration("\N{MULTIPLICATION SIGN}"), id=delete_group_id(int(group.id)), type="button"
    )
    return [
        link,
        labelled(runs, f"Queue runs on the group {group.name}"),
        labelled(delete, f"Delete the group {group.name}"),
    ]
