"""A small picture of what an experiment would make: base models left, a column per step to the right."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass

import plotly.graph_objects as go

from core.domain.queue.experiment import Plan
from dashboard.theme import FONT, SMALL_PX, Theme

HEIGHT_PX = 150
MOST_DRAWN = 400
"""Above this many models the picture shows one dot per column, named by its count."""
_CURVE = tuple((step / 10, (1 - math.cos(math.pi * step / 10)) / 2) for step in range(11))


@dataclass(frozen=True)
class Dot:
    """A model of the picture: its column, its height 0..1, and the index of the dot it hangs on."""

    column: int
    height: float
    parent: int | None
    reused: bool


@dataclass(frozen=True)
class Shape:
    """Every dot, parents before children, and the number of models per column (bases in column 0)."""

    dots: tuple[Dot, ...]
    counts: tuple[int, ...]


def shape(plan: Plan) -> Shape:
    """Return where each model of a plan is drawn; the last models of a branch spread evenly."""
    bases = list(dict.fromkeys(model.base_id for model in plan.models))
    parents: list[int | None] = [None] * len(bases)
    columns = [0] * len(bases)
    for model in plan.models:
        parent = bases.index(model.base_id) if model.parent is None else len(bases) + model.parent
        parents.append(parent)
        columns.append(columns[parent] + 1)
    counts = [columns.count(column) for column in range(max(columns, default=-1) + 1)]
    reused = [True] * len(bases) + [model.existing_id is not None for model in plan.models]
    heights = _heights(parents)
    dots = (Dot(*each) for each in zip(columns, heights, parents, reused, strict=True))
    return Shape(tuple(dots), tuple(counts))


def figure(plan: Plan, theme: Theme) -> go.Figure:
    """Draw the shape of a plan; filled dots are made, hollow ones are there already."""
    drawn = shape(plan)
    if len(drawn.dots) > MOST_DRAWN:
        drawn = _condensed(drawn)
    picture = go.Figure([_edges(drawn, theme), _dots(drawn, theme)])
    words = [f"step {column}" if column else "base" for column in range(len(drawn.counts))]
    labels = [f"{word}<br><b>{count:,}</b>" for word, count in zip(words, drawn.counts, strict=True)]
    picture.update_xaxes(
        tickvals=list(range(len(labels))), ticktext=labels, side="top", showgrid=False, zeroline=False,
        range=[-0.3, max(len(labels) - 0.7, 1)], fixedrange=True, color=theme.dimmed,
    )  # fmt: skip
    picture.update_yaxes(visible=False, range=[1.06, -0.06], fixedrange=True)
    picture.update_layout(
        showlegend=False, height=HEIGHT_PX, margin={"l": 0, "r": 0, "t": 34, "b": 4}, hovermode=False,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", font={"family": FONT, "size": SMALL_PX},
    )  # fmt: skip
    return picture


def _heights(parents: list[int | None]) -> list[float]:
    children: dict[int | None, list[int]] = defaultdict(list)
    for index, parent in enumerate(parents):
        children[parent].append(index)
    order: dict[Hashable, float] = {}
    stack = list(reversed(children[None]))
    while stack:  # leaves take the next free place from the top
        index = stack.pop()
        if not children[index]:
            order[index] = len(order)
        stack.extend(reversed(children[index]))
    heights = [0.0] * len(parents)
    for index in reversed(range(len(parents))):  # parents stand at the middle of their children
        below = [heights[child] for child in children[index]]
        heights[index] = order[index] if index in order else sum(below) / len(below)
    last = max(len(order) - 1, 1)
    return [height / last if len(order) > 1 else 0.5 for height in heights]


def _condensed(drawn: Shape) -> Shape:
    dots = tuple(
        Dot(column, 0.5, column - 1 if column else None, reused=column == 0)
        for column in range(len(drawn.counts))
    )
    return Shape(dots, drawn.counts)


def _edges(drawn: Shape, theme: Theme) -> go.Scatter:
    x: list[float | None] = []
    y: list[float | None] = []
    for dot in drawn.dots:
        if dot.parent is not None:
            parent = drawn.dots[dot.parent]
            x += [*(parent.column + share * (dot.column - parent.column) for share, _ in _CURVE), None]
            y += [*(parent.height + rise * (dot.height - parent.height) for _, rise in _CURVE), None]
    return go.Scatter(x=x, y=y, mode="lines", line={"color": theme.missing, "width": 1}, opacity=0.6)


def _dots(drawn: Shape, theme: Theme) -> go.Scatter:
    size = 9 if len(drawn.dots) <= 60 else 5
    return go.Scatter(
        x=[dot.column for dot in drawn.dots],
        y=[dot.height for dot in drawn.dots],
        mode="markers",
        marker={
            "size": size,
            "color": [theme.surface if dot.reused else theme.accent for dot in drawn.dots],
            "line": {
                "color": [theme.dimmed if dot.reused else theme.accent for dot in drawn.dots],
                "width": 1.5,
            },
        },
    )
