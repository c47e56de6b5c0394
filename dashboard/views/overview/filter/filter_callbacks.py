"""The filter's handlers: from the editors to one text, and from that to what fades."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate

from core.comparison.filtering import CHOICES, RANGES, Condition, read_conditions, write_conditions
from core.domain.ids import ModelId
from core.presentation.counts import counted
from core.services.application import Application
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.views.overview.filter.filter_fields import offered
from dashboard.views.overview.filter.filter_pane import editors, part_id
from dashboard.views.overview.ids import Ids

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
"""A number as `filter.js` writes it."""

_PROJECT = State(ShellIds.PROJECT, "data")


def register(app: Dash, product: Application) -> None:
    """Wire adding, removing and editing conditions, and what follows from them."""
    _edit(app, product)
    _collect(app)
    app.clientside_callback(ClientsideFunction("overview", "filter"), Input(Ids.HIDDEN, "data"))
    app.clientside_callback(
        ClientsideFunction("overview", "openFilter"),
        Output(Ids.TAB, "value"),
        Input(Ids.FILTER_OPEN, "n_clicks"),
        prevent_initial_call=True,
    )
    ends = [part_id("low", MATCH, MATCH), part_id("high", MATCH, MATCH)]
    brush = part_id("brush", MATCH, MATCH)
    app.clientside_callback(
        ClientsideFunction("overview", "brushMetric"),
        *(Output(end, "value") for end in ends),
        Output(brush, "value"),
        *(Output(end, "error") for end in ends),
        *(Input(end, "value") for end in ends),
        Input(brush, "value"),
        State(brush, "min"),
        State(brush, "max"),
        State(brush, "id"),
        prevent_initial_call=True,
    )


def _edit(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.FILTER_EDITORS, "children"),
        Output(Ids.FILTER_ADD, "data"),
        Input(Ids.FILTER_FIELDS, "data"),
        Input(Ids.TAB, "value"),
        State(Ids.FILTER, "data"),
        State(Ids.FILTER_ADD, "data"),
        _PROJECT,
    )
    def _draw(_fields: Any, tab: str, text: str, known: list[Any], slug: str) -> tuple[Any, Any]:
        if ctx.triggered_id == Ids.TAB and (tab != "filter" or known):
            raise PreventUpdate
        now = snapshot.read(product, slug)
        return editors(now, read_conditions(text)), offered(now)

    @app.callback(
        Output(Ids.FILTER_FIELDS, "data"),
        Output(Ids.FILTER, "data"),
        Output(Ids.FILTER_ADD, "value"),
        Input(Ids.FILTER_ADD, "value"),
        Input(part_id("remove", ALL, ALL), "n_clicks"),
        Input(part_id("chip", ALL, ALL), "n_clicks"),
        Input(Ids.FILTER_CLEAR, "n_clicks", allow_optional=True),
        State(Ids.FILTER, "data"),
        prevent_initial_call=True,
    )
    def _change(added: str | None, _removed: Any, _chips: Any, _clear: Any, text: str) -> tuple[Any, ...]:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        conditions = read_conditions(text)
        if ctx.triggered_id == Ids.FILTER_CLEAR:
            conditions = ()
        elif ctx.triggered_id == Ids.FILTER_ADD:
            fields = {condition.field for condition in conditions}
            conditions = (*conditions, Condition(str(added))) if added not in fields else conditions
        else:
            gone = ctx.triggered_id["field"]
            conditions = tuple(condition for condition in conditions if condition.field != gone)
        return [condition.field for condition in conditions], write_conditions(conditions), None


def _collect(app: Dash) -> None:
    @app.callback(
        Output(Ids.FILTER, "data", allow_duplicate=True),
        Input(part_id("values", ALL, ALL), "value"),
        Input(part_id("words", ALL, ALL), "value"),
        Input(part_id("low", ALL, ALL), "value"),
        Input(part_id("high", ALL, ALL), "value"),
        State(Ids.FILTER, "data"),
        prevent_initial_call=True,
    )
    def _gather(*given: Any) -> Any:
        text = given[-1]
        parts = [(entry["id"], entry.get("value")) for group in ctx.inputs_list for entry in group]
        written = write_conditions(edited(read_conditions(text), parts))
        return no_update if written == text else written


def edited(
    conditions: Iterable[Condition], parts: Sequence[tuple[dict[str, Any], Any]]
) -> tuple[Condition, ...]:
    """Return the conditions with what stands in the editors; those without an editor stay as they are."""
    values = {(part["part"].rpartition("-")[2], part["field"]): (part, value) for part, value in parts}
    changed = []
    for condition in conditions:
        field = condition.field
        if condition.kind in RANGES and ("low", field) in values:
            ends = [_end(*values[end, field], condition) for end in ("low", "high")]
            changed.append(Condition(field, low=ends[0], high=ends[1]))
        elif condition.kind in CHOICES and ("values", field) in values:
            changed.append(Condition(field, tuple(values["values", field][1] or ())))
        elif ("words", field) in values:
            words = str(values["words", field][1] or "").split()
            changed.append(Condition(field, tuple(words)))
        else:
            changed.append(condition)
    return tuple(changed)


def _end(part: dict[str, Any], value: Any, condition: Condition) -> float | str | None:
    if value in {None, ""}:
        return None
    if condition.kind == "date":
        return str(value)
    if not _NUMBER.fullmatch(str(value)):
        return None  # half a number is being typed, or the box says what is wrong
    number = float(value) / float(part["factor"])
    return float(f"{number:.9g}") if math.isfinite(number) else None


def filter_label(conditions: Sequence[Condition]) -> str:
    """Return what the filter's tab says, e.g. `Filter · 2`."""
    working = sum(not condition.idle for condition in conditions)
    return f"Filter \N{MIDDLE DOT} {working}" if working else "Filter"


def count_text(now: snapshot.Snapshot, shown: frozenset[ModelId]) -> str:
    """Return e.g. `37 of 41 models, 3 not made yet`."""
    total = counted(len(now.models), "model")
    text = total if len(shown) == len(now.models) else f"{len(shown):,} of {total}"
    pending = sum(not model.ready for model in now.models)
    return f"{text}, {pending} not made yet" if pending else text


def left_text(count: str, passing: int) -> Any:
    """Return what stands below the conditions: how many models pass, in bold if none does."""
    return count if passing else html.Strong("0 models pass. Widen or remove a condition.")
