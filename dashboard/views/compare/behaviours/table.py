"""The table: a row per group of instances, a column per model, the baseline first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, reduce

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.groups import Cell, Row
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.comparison.behaviour.overall import Overall
from core.comparison.behaviour.tables import GroupTable
from core.services.behaviour.behaviour import Behaviour
from dashboard.views.compare.amounts import percent
from dashboard.views.compare.behaviours import cells
from dashboard.views.compare.behaviours.class_names import correcting
from dashboard.views.compare.downloads.pictures import pictures
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.state import GROUP, SIZE, Mode, Names, State

_NOTHING_FOUND = "On no group did the loss of a model grow significantly more than on all other instances."
_KL = "KL: Kullback-Leibler divergence from the baseline in nats."
_NOISE = (
    "Squared difference: of the log-probabilities of all classes, each at least -30. SNR, PSNR: mean square, "
    "and squared range, of the baseline's outputs over the mean squared difference; equal outputs have none."
)
_UNLABELLED_TEXTS = "Same prediction: share of texts with the baseline's answer, letter for letter."
_UNLABELLED = f"Same prediction: share of instances with the baseline's prediction. {_KL} {_NOISE}"
_HOW_FOUND = (
    "Nobody chose these groups: a search over all values of the columns and of the predicted class, and over "
    "intersections of two, found where the loss of a model grew most beyond its growth on all other "
    "instances (Welch's test, false discovery rate 5 %). Groups of less than 20 instances are left out."
)
PROGRESS_EVERY_MS = 700
MOST_ROWS = 40
"""Rows shown at first."""
MOST_WIDE = 3
"""Models up to which the columns have room for long bars."""


def table(state: State, found: Behaviour, names: Names, groups: GroupTable) -> Component:
    """Return the table with its figures over all instances on top."""
    rows = ordered(groups.rows, state, found)
    shown = rows if state.every else rows[:MOST_ROWS]
    longest = cells.longest_change(rows)
    body = [_group_row(state, row, _growth(groups, row, found, names), groups, longest) for row in shown]
    more = dcc.Link(f"Show all {len(rows):,} groups", href=replace(state, every=True).href)
    return html.Section(
        [
            pictures("groups"),
            html.Table(
                [
                    html.Thead(_head(state, found, names, groups.column)),
                    html.Tbody([*_overall(found), *body]),
                ],
                className="compare-table many" if len(found.models) > MOST_WIDE else "compare-table",
            ),
            *([html.P(more)] if len(rows) > len(shown) else []),
            *([html.P(_NOTHING_FOUND)] if groups.column == "found groups" and not rows else []),
            *([html.P(_HOW_FOUND, className="compare-note")] if groups.column == "found groups" else []),
            *correcting(found, groups.column),
            html.P(
                _caption(groups, state.mode) if found.split.labelled else _unlabelled(found),
                className="compare-caption",
            ),
        ],
        className="compare-card compare-groups",
    )


def _unlabelled(found: Behaviour) -> str:
    return _UNLABELLED if found.split.class_names else _UNLABELLED_TEXTS


def ordered(rows: Sequence[Row], state: State, found: Behaviour) -> list[Row]:
    """Return the rows in the order that the state asks for; those without a value come last.

    Of more groups than are shown at first, those that any model hurt most come first.
    """
    key, reverse = state.sort.removeprefix("-"), state.sort.startswith("-")
    positions = {str(model.id): position for position, model in enumerate(found.models)}
    value: Callable[[Row], float]
    if key == GROUP:
        return sorted(rows, key=lambda row: row.group, reverse=reverse)
    if key == SIZE:
        value = lambda row: -row.instances  # noqa: E731  one of two ways to read a row
    elif key in positions:
        value = lambda row: _harm(row.cells[positions[key]], state.mode)  # noqa: E731
    elif len(rows) > MOST_ROWS:
        value = lambda row: min((_harm(cell, state.mode) for cell in row.cells), default=math.nan)  # noqa: E731
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
            className="compare-model",
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
            html.Th(["All", html.Span("change, 95 % interval", className="compare-dim")], scope="row"),
            html.Td(f"{total:,}", className="compare-n"),
            html.Td(percent(found.comparison.baseline_share)),
            *[html.Td(cells.overall_change(one)) for one in models],
        ],
        className="compare-overall compare-all",
    )
    same = line("Same prediction", "", cells.agreement, "Share of instances with the baseline's prediction")
    about = "Right before and wrong now; wrong before and right now"
    wrong = percent(1 - found.comparison.baseline_share)
    rows = [same]
    if found.split.labelled:
        flips = line("Regressions · fixes", "", cells.flips, about)
        rows = [first, flips, same, line("Error rate", wrong, cells.error_rate, "Share of wrong answers")]
    if (known := found.comparison.baseline_calibration) is not None:
        about = "Mean gap between confidence and share of right answers over 15 bins of confidence"
        rows.append(line("Calibration error", percent(known.error), cells.calibration, about))
    if (before := found.comparison.baseline_perplexity) is not None:
        about = "Of the right answers, over their tokens, and how many times the baseline's it is"
        read = partial(cells.perplexity, baseline=before)
        rows.append(line("Perplexity", f"{before:,.4g}", read, about))
    if found.pending is not None:
        rows.append(_pending(*found.pending, width=len(models)))
    if any(one.divergence for one in models):
        about = (
            "Kullback-Leibler divergence from the baseline in nats; instances without an answer are left out"
        )
        rows.append(line("KL mean · median", "", cells.divergence, about))
        rows.append(line("KL 99 % · 99.9 %", "", cells.divergence_tail, f"{about}: quantiles over instances"))
        about = "Mean squared difference of the log-probabilities of all classes"
        rows.append(line("Squared difference", "", cells.squared, about))
        about = (
            "Signal-to-noise ratio of the outputs, and that of their range, with the baseline as the signal"
        )
        rows.append(line("SNR · PSNR", "", cells.noise, about))
    return rows


def _pending(done: int, total: int, *, width: int) -> Component:
    """Return the row in place of the divergences that are still computed."""
    parts = [
        html.Span(told(done, total), id=Ids.COSTLY_TOLD, role="status", className="compare-dim"),
        dcc.Store(id=Ids.COSTLY, data=True),
        dcc.Interval(id=Ids.COSTLY_CLOCK, interval=PROGRESS_EVERY_MS),
    ]
    about = "Kullback-Leibler divergence from the baseline, and signal-to-noise ratio of the outputs"
    named = html.Th("KL, SNR", scope="row", title=about)
    return html.Tr(
        [named, html.Td(""), html.Td(""), html.Td(parts, colSpan=width)], className="compare-overall"
    )


def told(done: int, total: int) -> str:
    """Return how far the divergences are."""
    return f"Comparing probabilities: {done} of {total} models"


def _growth(groups: GroupTable, row: Row, found: Behaviour, names: Names) -> str:
    """Return how much more the loss grew in a found group than elsewhere; empty for other groups."""
    if row.group not in groups.found:
        return ""
    position, group = groups.found[row.group]
    return (
        f"loss grew by {group.effect:.2g} more than elsewhere ({group.low:.2g} to {group.high:.2g}) in "
        f"{names[found.models[position].id]}"
    )


def _group_row(state: State, row: Row, note: str, groups: GroupTable, longest: float) -> Component:
    wanted = [InstanceFilter(FilterKind.GROUP, each) for each in groups.conditions.get(row.group, ())]
    chosen = reduce(State.filtered, wanted, state)
    name: Component = html.Span(row.group, className="compare-name")
    if wanted:
        name = dcc.Link(row.group, href=chosen.href, className="compare-name compare-filtering")
    told = [html.Span(note, className="compare-dim compare-growth")] if note else []
    return html.Tr(
        [
            html.Th([name, *told], scope="row", title=row.group),
            html.Td(f"{row.instances:,}", className="compare-n"),
            html.Td(percent(row.baseline)),
            *[html.Td(cells.group_cell(cell, state.mode, longest)) for cell in row.cells],
        ]
    )


def _caption(groups: GroupTable, mode: Mode) -> str:
    about = {
        Mode.CHANGE: "Change of the share of right answers against the baseline, in points.",
        Mode.SHARE: "Share of right answers.",
        Mode.ERRORS: "Relative change of the error rate against the baseline.",
    }[mode]
    how = (
        f"Bonferroni over {groups.comparisons:,} candidates, since groups were chosen by their losses"
        if groups.overlapping
        else f"false discovery rate 5 % (Benjamini-Hochberg) over {groups.comparisons:,} comparisons"
    )
    overlap = " An instance may lie in several groups: rows do not add up." if groups.overlapping else ""
    return (
        f"{about} Point at a cell for its 95 % interval. * significant: McNemar's exact test, {how}.{overlap}"
        " Regressions: right before and wrong now; fixes: wrong before and right now. "
        f"{_KL} {_NOISE}"
    )
