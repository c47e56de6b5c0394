"""Callbacks of the list of instances, which follows the address by itself: turning a page draws no groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from core.comparison.behaviour.answer_columns import MATCHES
from core.comparison.behaviour.distribution import distribution
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.services.application import Application
from core.services.behaviour.instance_groups import saved_groups
from core.services.behaviour.instance_list import Wanted, list_instances, shown_instances
from core.services.behaviour.instances import instances_of
from core.services.measurements.measurements import queue_instances
from dashboard import address as addresses
from dashboard.components.notification import notification
from dashboard.components.static_html import condensed
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.views.compare.compared import compared_at
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.instances import group_actions, panel
from dashboard.views.compare.instances.answer_columns import read_columns
from dashboard.views.compare.instances.enlarged import enlarged
from dashboard.views.compare.opening import asked_state, drawable
from dashboard.views.compare.state import DRAWN_FOR, read_state


def register(app: Dash, product: Application) -> None:
    """Wire the list to the address, and its controls to the address and the queue."""

    @app.callback(
        Output(Ids.INSTANCES, "children"),
        Output(Ids.INSTANCES, DRAWN_FOR),
        Output(Ids.LISTED, "data"),
        Input(ShellIds.LOCATION, "search"),
        Input(Ids.DRAWN, "data"),
        Input(Ids.SAVED, "data"),
        State(ShellIds.LOCATION, "pathname"),
        State(ShellIds.REVISION, "data"),
        State(Ids.LISTED, "data"),
    )
    def _list(
        search: str | None, _drawn: Any, saved: Any, pathname: str | None, revision: Any, listed: Any
    ) -> Any:  # after what stands above it, which people look at first
        address = addresses.parse(pathname, search)
        if not drawable(address, revision):
            return no_update, no_update, no_update
        state = asked_state(product, address)
        wanted = [state.of_list.href, revision, saved]
        if wanted == listed:
            return no_update, no_update, no_update
        return condensed(content(product, address)), state.href, wanted

    _entering(app)

    @app.callback(
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.KEEP, "n_clicks"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _keep(clicks: int | None, search: str | None, pathname: str | None) -> Any:
        if not clicks:
            return no_update
        _, found = compared_at(product, addresses.parse(pathname, search))
        if found is None:
            return no_update
        run = queue_instances(product, found.evaluation)
        return [notification(f"Run {run} is queued.", "The instances appear here when it has ended.")]

    group_actions.register(app, product)


def _entering(app: Dash) -> None:
    """Wire the fields above the list to the address."""

    @app.callback(
        Output(ShellIds.LOCATION, "search", allow_duplicate=True),
        Output(Ids.SEARCH, "value"),
        Input(Ids.SEARCH, "value"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _search(text: str | None, search: str | None, pathname: str | None) -> Any:
        if not text or not text.strip():
            return no_update, no_update
        state = read_state(addresses.parse(pathname, search))
        found = state.filtered(InstanceFilter(FilterKind.TEXT, (text.strip(),)))
        return f"?{found.href.partition('?')[2]}", ""

    @app.callback(
        Output(ShellIds.LOCATION, "search", allow_duplicate=True),
        Output(Ids.PATTERN, "value"),
        Input(Ids.PATTERN, "value"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _column(pattern: str | None, search: str | None, pathname: str | None) -> Any:
        if not pattern:
            return no_update, no_update
        state = read_state(addresses.parse(pathname, search))
        wanted = replace(state, answer_columns=(*state.answer_columns, f"{MATCHES}{pattern}"))
        return f"?{wanted.href.partition('?')[2]}", ""


def content(product: Application, address: addresses.Address) -> list[Component]:
    """Return the list of an address, and the instance that it enlarges."""
    state, found = compared_at(product, address)
    if found is None or not found.models:
        return []
    kept = instances_of(product, found.evaluation)
    size = panel.TEXTS if kept is not None and not kept.pictures else panel.PICTURES
    page = list_instances(product, found, Wanted(state.chips, state.order, state.page, size, state.quantity))
    names = snapshot.read(product, state.project).lineages
    groups = tuple(saved_groups(product, found.evaluation))
    shown = panel.Shown(state, found, names, page, groups, read_columns(product, state, found))
    place = state.instance
    if place is None or place >= found.comparison.instances:
        return [panel.panel(shown)]
    models = [found.predictions[one.id] for one in (found.baseline, *found.models)]
    (one,) = shown_instances(product, found, [place], page.kept)
    return [panel.panel(shown), enlarged(shown, one, distribution(found.split, models, place))]
