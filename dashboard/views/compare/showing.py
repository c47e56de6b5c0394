"""Callbacks: the page is a function of its address, and controls change the address, so that Back works."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component

from core.errors import CompressCompareError
from core.services.application import Application
from core.services.behaviour.agreements import model_agreement
from core.services.behaviour.behaviour import behaviour, group_table
from core.services.behaviour.divergences import with_kept_divergences
from core.services.comparison.metrics import compare_metrics
from dashboard import address as addresses
from dashboard.components.static_html import condensed
from dashboard.ids import ShellIds
from dashboard.views.compare import bar, emptiness
from dashboard.views.compare.behaviours.page import comparison
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.layers.page import layers
from dashboard.views.compare.layers.reading import open_layers
from dashboard.views.compare.metrics.page import metrics
from dashboard.views.compare.opening import asked_state, drawable, opened
from dashboard.views.compare.state import DRAWN_FOR, Tab


def register(app: Dash, product: Application) -> None:
    """Wire address, revision and controls."""

    @app.callback(
        Output(Ids.ROOT, "children"),
        Output(Ids.DRAWN, "data"),
        Output(Ids.ROOT, DRAWN_FOR),
        Input(ShellIds.LOCATION, "search"),
        Input(ShellIds.REVISION, "data"),
        State(ShellIds.LOCATION, "pathname"),
        State(Ids.DRAWN, "data"),
    )
    def _show(search: str | None, revision: Any, pathname: str | None, drawn: Any) -> Any:
        address = addresses.parse(pathname, search)
        if not drawable(address, revision):
            return no_update, no_update, no_update
        state = asked_state(product, address)
        wanted = [state.without_list.href, revision]
        if wanted == drawn:
            return no_update, no_update, no_update
        return condensed(content(product, address)), wanted, state.href

    @app.callback(
        Output(ShellIds.LOCATION, "search"),
        Input(Ids.BASELINE, "value"),
        Input(Ids.ADD, "value"),
        State(Ids.SHOWN, "data"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _choose(
        baseline: str | None, added: str | None, shown: str | None, search: str | None, pathname: str | None
    ) -> Any:
        state = asked_state(product, addresses.parse(pathname, search))
        if ctx.triggered_id == Ids.ADD and added:
            return _query(replace(state, selected=(*state.selected, int(added))).href)
        if ctx.triggered_id == Ids.BASELINE and baseline and baseline != shown:
            return _query(replace(state, baseline=int(baseline)).href)
        return no_update


def content(product: Application, address: addresses.Address) -> list[Component]:
    """Return the page of an address."""
    here = opened(product, address)
    state, names, baseline = here.state, here.names, here.baseline
    above = partial(bar.bar, state, here.models, names, baseline=baseline)
    notes = emptiness.absent(here.absent)
    if baseline is None:
        return [above(), *notes, emptiness.nothing_chosen(state.project)]
    try:
        if state.tab is Tab.METRICS:
            return [above(), *notes, *metrics(compare_metrics(product, state.columns, baseline.id), names)]
        if state.tab is Tab.LAYERS:
            shown = open_layers(product, state.project, state.columns, baseline.id, state.layers.mode)
            return [above(), *notes, *layers(state, shown, names)]
        found = with_kept_divergences(product, behaviour(product, state.columns, baseline.id))
    except CompressCompareError as error:
        return [above(), *notes, emptiness.problem(error)]
    groups = group_table(product, found, state.by, state.across)
    agreement = model_agreement(product, found, state.model_ids)
    return [above(found=found), *notes, *comparison(state, found, names, groups, agreement)]


def _query(href: str) -> str:
    return f"?{href.partition('?')[2]}"
