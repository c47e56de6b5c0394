"""Bars of what each candidate does to each part: measured with its interval, and the estimate beside it."""

from __future__ import annotations

import math

import numpy as np
from dash import html
from dash.development.base_component import Component

from core.domain.metric import Direction
from core.presentation.counts import counted
from core.presentation.labels import in_sentence
from core.presentation.numbers import percent
from core.services.measurements.sensitivities import Column, SensitivityTable, Verdict
from dashboard.components.markup import labelled
from dashboard.views.compare.amounts import MINUS, NONE


def summary(table: SensitivityTable) -> str:
    """Return what stands out: how many changes are beyond chance, and the worst of them."""
    unit = in_sentence(table.metric.label)
    sign = -1.0 if table.metric.direction is Direction.HIGHER else 1.0
    worst: tuple[float, str] | None = None
    beyond = tested = 0
    for column in table.columns:
        for place, part in enumerate(table.parts):
            change, low, high = column.change[place], column.low[place], column.high[place]
            if not math.isfinite(low):
                continue
            tested += 1
            if low > 0 or high < 0:
                beyond += 1
                if worst is None or sign * change > worst[0]:
                    told = f"{column.label} in {part}: {signed(change)} ({signed(low)} to {signed(high)})"
                    worst = (sign * change, told)
    sample = f"{counted(table.instances, 'instance')} of the {table.split} split"
    if not tested:
        return f"Estimated only, on {sample}. Measure to see what holds."
    if worst is None:
        return f"None of {tested} changes of the {unit} is beyond chance, on {sample}."
    harm = "worst" if worst[0] > 0 else "largest"
    return (
        f"{beyond} of {tested} changes of the {unit} are beyond chance, on {sample}. The {harm}: {worst[1]}."
    )


def verdicts(table: SensitivityTable) -> list[Component]:
    """Return a sentence for each candidate that rounds activations: whose damage it is."""
    return [
        html.P(verdict_text(each, table.metric.label), className="compare-note sensitivity-verdict")
        for each in table.verdicts
    ]


def verdict_text(verdict: Verdict, label: str) -> str:
    """Return what weights alone, activations alone and both change, and which of them matter."""
    told = "; ".join(
        f"{what} alone {signed(change)} ({signed(low)} to {signed(high)})"
        if what != "weights and activations"
        else f"both {signed(change)} ({signed(low)} to {signed(high)})"
        for what, (change, low, high) in verdict.changes.items()
    )
    return f"{verdict.label}, change of {in_sentence(label)}: {told}. {_conclusion(verdict)}"


def _conclusion(verdict: Verdict) -> str:
    beyond = {
        what: not (low <= 0 <= high) and math.isfinite(low)
        for what, (_, low, high) in verdict.changes.items()
    }
    if not beyond.get("weights and activations"):
        return "Together they are not beyond chance."
    weights, activations = beyond.get("weights"), beyond.get("activations")
    if weights and activations:
        return "Both matter."
    if activations:
        return "It is the activations."
    return "It is the weights." if weights else "Neither alone is beyond chance."


def bars(table: SensitivityTable) -> Component:
    """Return the table: a row per part, a column per candidate."""
    extent = _extent(table)
    head = html.Tr(
        [html.Th("Part", scope="col"), *[html.Th(column.label, scope="col") for column in table.columns]]
    )
    rows = [
        html.Tr(
            [
                html.Th([html.Span(part or "(whole model)"), html.Small(table.kinds[place])], scope="row"),
                *[_cell(column, place, part, extent) for column in table.columns],
            ]
        )
        for place, part in enumerate(table.parts)
    ]
    about = (
        f"Change of the {in_sentence(table.metric.label)} if only this part is compressed, and what storing "
        "the part takes then. Bar and line: measured, with its 95 % interval; ring: estimated from "
        "gradients, in nats of the loss. All bars share one scale."
    )
    return html.Div(
        [
            html.Div(html.Table([html.Thead(head), html.Tbody(rows)]), className="sensitivity-table"),
            html.P(about, className="compare-caption"),
        ]
    )


def _extent(table: SensitivityTable) -> tuple[float, float]:
    """Return the least and the largest value of all bars, zero included."""
    every = [
        values
        for column in table.columns
        for values in (column.change, column.low, column.high, column.estimate)
    ]
    numbers = np.concatenate(every) if every else np.zeros(1)
    finite = numbers[np.isfinite(numbers)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    low, high = min(0.0, low), max(0.0, high)
    return (low, high) if high > low else (0.0, 1.0)


def _cell(column: Column, place: int, part: str, extent: tuple[float, float]) -> Component:
    if problem := column.problems.get(place):
        return html.Td("refused", title=problem, className="sensitivity-refused")
    change, estimate = float(column.change[place]), float(column.estimate[place])
    low, high, bits = float(column.low[place]), float(column.high[place]), float(column.bits[place])
    marks: list[Component] = [html.Span(className="sensitivity-zero", style={"left": _at(0.0, extent)})]
    if math.isfinite(change):
        marks.append(html.Span(className="sensitivity-bar", style=_between(0.0, change, extent)))
    if math.isfinite(low):
        marks.append(html.Span(className="sensitivity-interval", style=_between(low, high, extent)))
    if math.isfinite(estimate):
        marks.append(html.Span(className="sensitivity-ring", style={"left": _at(estimate, extent)}))
    told = [f"{part}, {column.label}"]
    told += [f"measured {signed(change)} ({signed(low)} to {signed(high)})"] if math.isfinite(change) else []
    told += [f"estimated {signed(estimate)}"] if math.isfinite(estimate) else []
    told += [f"{bits / 8:,.0f} bytes"] if math.isfinite(bits) else []
    text = signed(change) if math.isfinite(change) else f"\N{ALMOST EQUAL TO}{signed(estimate)}"
    inside = [
        labelled(html.Div(marks, className="sensitivity-track", role="img"), "; ".join(told)),
        html.Span(text, className="sensitivity-number"),
        html.Span(size(bits / 8), className="sensitivity-size"),
    ]
    return html.Td(inside, title="; ".join(told))


def _at(value: float, extent: tuple[float, float]) -> str:
    low, high = extent
    return f"{(value - low) / (high - low) * 100:.2f}%"


def _between(one: float, other: float, extent: tuple[float, float]) -> dict[str, str]:
    low, high = extent
    left, right = min(one, other), max(one, other)
    return {"left": _at(left, extent), "width": f"{(right - left) / (high - low) * 100:.2f}%"}


def signed(value: float) -> str:
    """Return a change with three significant digits and a sign; a dash where it is not known."""
    if not math.isfinite(value):
        return NONE
    text = f"{abs(value):.3g}" if abs(value) >= 1e-4 or value == 0 else "0.0000"
    return text if float(text) == 0 else f"{MINUS if value < 0 else '+'}{text}"


def size(count: float) -> str:
    """Return bytes in words, e.g. `41.5 kB`."""
    if not math.isfinite(count):
        return NONE
    for unit, power in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= power:
            return f"{count / power:.3g} {unit}"
    return f"{count:.0f} B"


def share(part: float, whole: float) -> str:
    """Return a share in percent; a dash without a whole."""
    return percent(part / whole, 0) if whole else NONE
