"""Cells of the table: figures with bars, and what they mean as a tooltip."""

from __future__ import annotations

import math
from collections.abc import Iterable

from dash import html
from dash.development.base_component import Component

from core.comparison.behaviour.groups import Cell, Row
from core.comparison.behaviour.overall import Overall
from core.comparison.behaviour.paired import Difference
from core.presentation.numbers import decibels
from dashboard.views.compare.amounts import MINUS, NONE, percent, signed
from dashboard.views.compare.state import Mode


def longest_change(rows: Iterable[Row]) -> float:
    """Return the largest change of any cell, which fills half a bar; never 0."""
    values = [
        abs(cell.change.value) for row in rows for cell in row.cells if not math.isnan(cell.change.value)
    ]
    return max([*values, 0.01])


def overall_change(one: Overall) -> Component:
    """Return share and change over all instances, with the interval written out."""
    change = one.change
    return html.Div(
        [
            html.Strong(f"{signed(change.value)}{_star(change)}", className=_tone(change)),
            html.Span(
                f"{signed(change.low)} \N{HORIZONTAL ELLIPSIS} {signed(change.high)}",
                className="compare-dim",
            ),
        ],
        className="compare-figure",
        title=f"{percent(one.share)} right; p = {change.p_value:.2g}",
    )


def flips(one: Overall) -> str:
    """Return how many predictions became wrong, and right."""
    return f"{one.flips.regressions:,} \N{MIDDLE DOT} {one.flips.fixes:,}"


def agreement(one: Overall) -> str:
    """Return the share of unchanged predictions."""
    return percent(one.flips.agreement)


def divergence(one: Overall) -> str:
    """Return mean and median of the divergence."""
    found = one.divergence
    if found is None or math.isnan(found.mean):
        return NONE
    left = f", {found.unknown:,} left out" if found.unknown else ""
    return f"{found.mean:.3g} \N{MIDDLE DOT} {found.median:.3g}{left}"


def divergence_tail(one: Overall) -> str:
    """Return the 99 % and 99.9 % quantiles of the divergence."""
    found = one.divergence
    known = found is not None and not math.isnan(found.q99)
    return f"{found.q99:.3g} \N{MIDDLE DOT} {found.q999:.3g}" if known and found is not None else NONE


def squared(one: Overall) -> str:
    """Return the mean squared difference of log-probabilities."""
    found = one.divergence
    return NONE if found is None or math.isnan(found.squared) else f"{found.squared:.3g}"


def perplexity(one: Overall, baseline: float | None) -> str:
    """Return the perplexity of the right answers, and how many times the baseline's it is."""
    if one.perplexity is None:
        return NONE
    times = f" \N{MIDDLE DOT} {one.perplexity / baseline:,.3g} times" if baseline else ""
    return f"{one.perplexity:,.4g}{times}"


def noise(one: Overall) -> str:
    """Return signal-to-noise and peak signal-to-noise ratio of the outputs in dB."""
    found = one.divergence
    return NONE if found is None else f"{_decibels(found.snr_db)} \N{MIDDLE DOT} {_decibels(found.psnr_db)}"


def _decibels(value: float) -> str:
    if math.isinf(value) and value > 0:
        return "equal"
    return NONE if not math.isfinite(value) else decibels(value)


def error_rate(one: Overall) -> str:
    """Return the share of wrong answers."""
    return percent(1 - one.share)


def calibration(one: Overall) -> str:
    """Return the expected calibration error."""
    return NONE if one.calibration is None else percent(one.calibration.error)


def group_cell(cell: Cell, mode: Mode, longest: float) -> Component:
    """Return the figure that the mode asks for, with its bar."""
    if math.isnan(cell.share):
        return html.Span(NONE, title="No instance of this group")
    change = cell.change
    if mode is Mode.SHARE:
        figure, bar = percent(cell.share), _bar(0.0, cell.share, "")
    elif mode is Mode.ERRORS:
        figure, bar = _errors(cell), None
    else:
        half = change.value / longest / 2
        figure, bar = signed(change.value), _bar(min(0.5, 0.5 + half), abs(half), _tone(change))
    return html.Div(
        [*([bar] if bar else []), html.Span(f"{figure}{_star(change)}", className=_tone(change))],
        className="compare-figure",
        title=_about(cell, mode),
    )


def _errors(cell: Cell) -> str:
    """Return how much more often a model errs; both rates where the baseline never errs."""
    never = math.isclose(cell.share - cell.change.value, 1)
    if never and cell.share < 1:
        return f"0 \N{RIGHTWARDS ARROW} {percent(1 - cell.share)}"
    return _ratio(cell.errors.value)


def _bar(start: float, width: float, tone: str) -> Component:
    style = {"left": f"{start * 100:.2f}%", "width": f"{width * 100:.2f}%"}
    return html.Span(html.Span(style=style, className=tone), className="compare-bar-of")


def _about(cell: Cell, mode: Mode) -> str:
    change, errors = cell.change, cell.errors
    if mode is Mode.ERRORS and not math.isnan(errors.low):
        interval = f"95 % interval {_ratio(errors.low)} to {_ratio(errors.high)}"
        return f"Error rate {_ratio(errors.value)}, {interval}, n = {change.instances:,}"
    interval = f"95 % interval {signed(change.low)} to {signed(change.high)} points"
    return f"{percent(cell.share)} right, {interval}, p = {change.p_value:.2g}, n = {change.instances:,}"


def _ratio(value: float) -> str:
    if math.isnan(value):
        return NONE
    sign = MINUS if value < 0 else "+"
    return f"{sign}{abs(value) * 100:,.0f} %"


def _star(change: Difference) -> str:
    return " *" if change.significant else ""


def _tone(change: Difference) -> str:
    if not change.significant:
        return "unsure"
    return "worse" if change.value < 0 else "better"
