"""Callbacks: the page is a function of its address, and controls change the address, so that Back works."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component

from core.domain.ids import ModelId
from core.errors import CompressCompareError
from core.services.application import Application
from core.services.behaviour import behaviour
from dashboard import address as addresses
from dashboard.ids import ShellIds
from dashboard.views.compare import bar, page
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.state import VIEW, read_state
from dashboard.views.overview import snapshot


def register(app: Dash, product: Application) -> None:
    """Wire address, revision and controls."""

    @app.callback(
        Output(Ids.ROOT, "children"),
        Output(Ids.DRAWN, "data"),
        Input(ShellIds.LOCATION, "search"),
        Input(ShellIds.REVISION, "data"),
        State(ShellIds.LOCATION, "pathname"),
        State(Ids.DRAWN, "data"),
    )
    def _show(search: str | None, revision: Any, pathname: str | None, drawn: Any) -> Any:
        address = addresses.parse(pathname, search)
        wanted = [read_state(address).without_list.href, revision]
        if address.view != VIEW or not address.project or wanted == drawn:
            return no_update, no_update
        return content(product, address), wanted

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
        state = read_state(addresses.parse(pathname, search))
        if ctx.triggered_id == Ids.ADD and added:
            return _query(replace(state, selected=(*state.selected, int(added))).href)
        if ctx.triggered_id == Ids.BASELINE and baseline and baseline != shown:
            return _query(replace(state, baseline=int(baseline)).href)
        return no_update


def content(product: Application, address: addresses.Address) -> list[Component]:
    """Return the page of an address."""
    asked = read_state(address)
    now = snapshot.read(product, asked.project)
    models = [model for model in now.models if model.ready and model.artifact is not None]
    state = asked.among({model.id for model in now.models})
    known = state.model_ids
    notes = page.absent([model_id for model_id in asked.model_ids if model_id not in known])
    if not known:
        return [bar.bar(state, models, now.lineages), *notes, page.nothing_chosen(state.project)]
    try:
        baseline = ModelId(state.baseline) if state.baseline is not None else None
        found = behaviour(product, known, baseline)
    except CompressCompareError as error:
        return [bar.bar(state, models, now.lineages), *notes, page.problem(error)]
    return [bar.bar(state, models, now.lineages, found), *notes, *page.comparison(state, found, now.lineages)]


def _query(href: str) -> str:
    return f"?{href.partition('?')[2]}"
