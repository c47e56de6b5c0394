"""Callbacks that save and delete groups of instances."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from core.domain.ids import InstanceGroupId
from core.errors import CompressCompareError
from core.services.application import Application
from core.services.behaviour.instance_groups import delete_group, save_group
from core.services.behaviour.instance_list import Wanted, list_instances
from dashboard import address as addresses
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.compare.compared import compared_at
from dashboard.views.compare.ids import Ids, delete_group_id


def register(app: Dash, product: Application) -> None:
    """Wire the form and the buttons of the groups."""

    @app.callback(
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Output(Ids.PICKED, "data"),
        Output(Ids.SAVED, "data"),
        Input(Ids.SAVE_GROUP, "n_clicks"),
        State(Ids.GROUP_NAME, "value"),
        State(Ids.PICKED, "data"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _save(
        clicks: int | None, name: str | None, picked: Any, search: str | None, pathname: str | None
    ) -> Any:
        if not clicks:
            return no_update, no_update, no_update
        return _saved(product, addresses.parse(pathname, search), name or "", _positions(picked))

    app.clientside_callback(
        ClientsideFunction("compare", "picked"),
        Output(Ids.PICKED, "modified_timestamp"),
        Input(Ids.PICKED, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Output(Ids.SAVED, "data", allow_duplicate=True),
        Input(delete_group_id(ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _delete(clicks: list[int | None]) -> Any:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            return no_update, no_update
        group = delete_group(product, InstanceGroupId(int(ctx.triggered_id["group"])))
        return [notification(f"Deleted the group {group.name}.")], -int(group.id)


def _saved(product: Application, address: addresses.Address, name: str, picked: list[int]) -> Any:
    """Save the picked instances, or all listed ones; return what to tell, what is picked, and the group."""
    state, found = compared_at(product, address)
    if found is None:
        return no_update, no_update, no_update
    chosen = [one for one in picked if one < found.comparison.instances]
    chosen = chosen or list_instances(product, found, Wanted(state.chips)).positions.tolist()
    try:
        group = save_group(product, found.evaluation, name, map(found.among_all, chosen))
    except CompressCompareError as error:
        return [notification(error.message, error.hint, failure=True)], no_update, no_update
    told = notification(
        f"Saved {group.name} with {len(group.positions):,} instances.", "Choose it above, under Groups."
    )
    return [told], [], int(group.id)


def _positions(picked: Any) -> list[int]:
    return [one for one in picked if isinstance(one, int)] if isinstance(picked, list) else []
