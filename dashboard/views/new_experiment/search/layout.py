"""What the choice of combinations looks like before anything is entered."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.search.selection import MOST_AT_ONCE, MOST_SEARCHED, Search
from dashboard.views.new_experiment.search.entries import Kind
from dashboard.views.new_experiment.search.ids import GOALS, LIMITS, SearchIds, goal, limit, limit_value

_HIDDEN = {"display": "none"}
_KINDS = {
    Kind.ALL: "Try all",
    Kind.SAMPLE: "Random sample",
    Kind.LIST: "List",
    Kind.SEARCH: "Search",
}
_USUAL = Search()


def selection() -> Component:
    """Return the switch with the panels of which one is shown."""
    switch = dmc.SegmentedControl(
        id=SearchIds.KIND,
        data=[{"value": kind.value, "label": label} for kind, label in _KINDS.items()],
        value=Kind.ALL.value,
        size="xs",
    )
    return html.Div(
        [
            dmc.Group([dmc.Text("Combinations", fw=600), switch], justify="space-between"),
            html.Div(_sample(), id=SearchIds.SAMPLE_PANEL, style=_HIDDEN),
            html.Div(_rows(), id=SearchIds.LIST_PANEL, style=_HIDDEN),
            html.Div(_search(), id=SearchIds.SEARCH_PANEL, style=_HIDDEN),
        ],
        className="selection",
    )


def _sample() -> list[Component]:
    return [
        dmc.SimpleGrid(
            [
                _whole(SearchIds.SAMPLE_COUNT, "Combinations", 20, low=1, high=10_000),
                _whole(SearchIds.SAMPLE_SEED, "Seed of the draw", 0, low=0, high=2**32 - 1),
            ],
            cols=2,
        )
    ]


def _rows() -> list[Component]:
    told = (
        "One combination a line. Parameters with one value need not be named; 2.bits is the bits of step 2, "
        "and recipe=2 names the second recipe."
    )
    return [
        dmc.Textarea(
            id=SearchIds.ROWS,
            label="Combinations to make",
            placeholder="sparsity=0.5 bits=8\nsparsity=0.7 bits=4",
            description=told,
            inputWrapperOrder=["label", "input", "error", "description"],
            value="",
            autosize=True,
            minRows=3,
        )
    ]


def _search() -> list[Component]:
    labels = ["Look for the", "and the"]
    goals = [
        _choice(goal(number), labels[number], clearable=number > 0, placeholder="No second goal")
        for number in range(GOALS)
    ]
    limits = [part for number in range(LIMITS) for part in _limit(number)]
    numbers = [
        _whole(SearchIds.MODELS, "Models at most", _USUAL.models, low=1, high=MOST_SEARCHED),
        _whole(SearchIds.AT_ONCE, "At once", _USUAL.at_once, low=1, high=MOST_AT_ONCE),
        _whole(SearchIds.PATIENCE, "Stop unimproved after", _USUAL.patience, low=0, high=MOST_SEARCHED),
        _whole(SearchIds.SEED, "Seed", _USUAL.seed, low=0, high=2**32 - 1),
    ]
    return [
        dmc.SimpleGrid(goals, cols=2),
        dmc.SimpleGrid(limits, cols=2, spacing="sm", verticalSpacing=4),
        dmc.SimpleGrid(numbers, cols=4, spacing="sm"),
    ]


def _limit(number: int) -> list[Component]:
    head = {"label": "with"} if number == 0 else {}
    value_head = {"label": "Limit"} if number == 0 else {}
    named: dict[str, Any] = {"aria-label": f"Limit of condition {number + 1}", **value_head}
    return [
        _choice(limit(number), clearable=True, placeholder="No further condition", **head),
        dmc.TextInput(id=limit_value(number), value="", placeholder="99 %, 300 kB, 5 ms", **named),
    ]


def _choice(component_id: str, label: str = "", *, clearable: bool, placeholder: str) -> Component:
    return dmc.Select(
        id=component_id,
        label=label,
        data=[],
        value=None,
        clearable=clearable,
        allowDeselect=clearable,
        searchable=True,
        placeholder=placeholder,
    )


def _whole(component_id: str, label: str, value: int, *, low: int, high: int) -> Component:
    return dmc.NumberInput(
        id=component_id, label=label, value=value, min=low, max=high, allowDecimal=False, clampBehavior="none"
    )
