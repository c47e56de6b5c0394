"""The table: a row per group of instances, a column per model, the baseline first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.groups import Cell, Row
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.comparison.behaviour.overall import Overall
from core.services.behaviour import Behaviour
from dashboard.views.compare import cells
from dashboard.views.compare.state import GROUP, SIZE, Mode, Names, State

MOST_ROWS = 40
"""Rows shown at first."""


def table(state: State, found: Behaviour, names: Names) -> Component:
    """Return the table with its figures over all instances on top."""
    column = state.by if state.by in found.comparison.tables else next(iter(found.comparison.tables), "")
    rows = ordered(found.comparison.tables.get(column, []), state, found)
    shown = rows if state.every else rows[:MOST_ROWS]
    longest = cells.longest_change(rows)
    body = [_group_row(state, row, column, longest) for row in shown]
    more = dcc.Link(f"Show all {len(rows):,} groups", href=replace(state, every=True).href)
    return html.Section(
        [
            html.Table(
                [html.Thead(_head(state, found, names, column)), html.Tbody([*_overall(found), *body])],
                className="compare-table",
            ),
            *([html.P(more)] if len(rows) > len(shown) else []),
            html.P(_caption(found, state.mode), className="compare-caption"),
        ],
        className="compare-card compare-groups",
    )


def ordered(rows: Sequence[Row], state: State, found: Behaviour) -> list[Row]:
    """Return the rows in the order that the state asks for; those without a value come last."""
    key, reverse = state.sort.removeprefix("-"), state.sort.startswith("-")
    positions = {str(model.id): position for position, model in enumerate(found.models)}
    value: Callable[[Row], float]
    if key == GROUP:
        return sorted(rows, key=lambda row: row.group, reverse=reverse)
    if key == SIZE:
        value = lambda row: -row.instances  # noqa: E731  one of two ways to read a row
    elif key in positions:
        value = lambda row: _harm(row.cells[positions[key]], state.mode)  # noqa: E731
    else:
        return list(rows)
    known = [row for row in rows if not math.isnan(value(row))]
    return [
        *sorted(known, key=value, reverse=reverse),
        *[row for row in rows if math.isnan(value(row))],
    ]


def _harm(cell: Cell, mode: Mode) -> float:
    """Return what is smallest where a group was hurt most."""
    return {Mode.CHANGE: cell.change.value, Mode.SHARE: cell.share, Mode.ERRORS: -cell.errors.value}[mode]


def _head(state: State, found: Behaviour, names: Names, column: str) -> Component:
    evaluation = found.evaluation
    first = [
        _sorting(state, GROUP, column or "instances"),
        html.Span(f"{found.comparison.instances:,} {evaluation.split} instances", className="compare-dim"),
    ]
    models = [
        html.Th(
            _sorting(state, str(model.id), names[model.id]),
            title=f"{names[model.id]} ({model.id})",
            scope="col",
        )
        for model in found.models
    ]
    role = "baseline" if found.trained else "baseline, never trained"
    baseline = [html.Div(names[found.baseline.id]), html.Span(role, className="compare-dim")]
    return html.Tr(
        [
            html.Th(first, scope="col"),
            html.Th(_sorting(state, SIZE, "n"), scope="col"),
            html.Th(baseline, scope="col"),
            *models,
        ]
    )


def _sorting(state: State, key: str, text: str) -> Component:
    sign = {
        key: " \N{BLACK DOWN-POINTING SMALL TRIANGLE}",
        f"-{key}": " \N{BLACK UP-POINTING SMALL TRIANGLE}",
    }
    return dcc.Link(
        f"{text}{sign.get(state.sort, '')}", href=state.sorted_by(key).href, className="compare-sort"
    )


def _overall(found: Behaviour) -> list[Component]:
    models, total = found.comparison.models, found.comparison.instances

    def line(label: str, baseline: str, read: Callable[[Overall], Component | str], help_: str) -> Component:
        named = html.Th(label, scope="row", title=help_)
        return html.Tr(
            [named, html.Td(""), html.Td(baseline), *[html.Td(read(one)) for one in models]],
            className="compare-overall",
        )

    first = html.Tr(
        [
            html.Th("All", scope="row"),
            html.Td(f"{total:,}", className="compare-n"),
            html.Td(cells.percent(found.comparison.baseline_share)),
            *[html.Td(cells.overall_change(one)) for one in models],
        ],
        className="compare-overall compare-all",
    )
    rows = [
        first,
        line(
            "Regressions · fixes", "", cells.flips, "Right before and wrong now; wrong before and right now"
        ),
        line("Same prediction", "", cells.agreement, "Share of instances with the baseline's prediction"),
    ]
    if any(one.divergence for one in models):
        about = "Kullback-Leibler divergence from the baseline in nats: mean, and 99 % quantile"
        rows.append(line("KL mean · 99 %", "", cells.divergence, about))
    return rows


def _group_row(state: State, row: Row, column: str, longest: float) -> Component:
    wanted = InstanceFilter(FilterKind.GROUP, (column, row.group))
    name = dcc.Link(row.group, href=state.filtered(wanted).href, className="compare-name compare-filtering")
    return html.Tr(
        [
            html.Th(name, scope="row", title=row.group),
            html.Td(f"{row.instances:,}", className="compare-n"),
            html.Td(cells.percent(row.baseline)),
            *[html.Td(cells.group_cell(cell, state.mode, longest)) for cell in row.cells],
        ]
    )


def _caption(found: Behaviour, mode: Mode) -> str:
    about = {
        Mode.CHANGE: "Change of the share of right answers against the baseline, in points.",
        Mode.SHARE: "Share of right answers.",
        Mode.ERRORS: "Relative change of the error rate against the baseline.",
    }[mode]
    compared = len(found.models) * max((len(rows) for rows in found.comparison.tables.values()), default=1)
    return (
        f"{about} Point at a cell for its 95 % interval. * significant: McNemar's exact test, false "
        f"discovery rate 5 % over {compared:,} comparisons. Regressions: right before and wrong now; fixes: "
        "wrong before and right now. KL: Kullback-Leibler divergence from the baseline in nats, mean and "
        "99 % quantile."
    )
