"""The legend of the map: what colour and area mean, and which range they cover."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from core.domain.measurement.protocol_words import efficiency_words, quality_words
from core.domain.metric import Direction, MetricDefinition, format_value
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import RunStatus
from core.presentation.counts import counted
from dashboard.figures.encoding import Extent, VisualEncoding, extent
from dashboard.figures.extremes import value_between
from dashboard.figures.kinds import Kinds
from dashboard.figures.map.map_icons import unmeasured
from dashboard.theme import Theme
from dashboard.views.overview.measure_dialog import MISSING, measure_button

MOST_LISTED = 8
"""Values of outliers that a tooltip lists."""


def legend(
    encoding: VisualEncoding, models: Sequence[Model], project: Project | None = None
) -> list[Component]:
    """Return a row for the colour, one for the size and one for signs, each only if it tells models apart.

    With a project, the last row also says under which conditions its values are measured.
    """
    rows: list[Component] = []
    if encoding.colour and encoding.colours:
        rows += _row(encoding.colour, encoding.colours, _bar(encoding), _prefixes(encoding, models))
    if encoding.kinds and len(encoding.kinds.names) > 1:
        rows += _kinds(encoding.kinds, encoding.theme)
    if encoding.size and encoding.sizes:
        rows += _row(encoding.size, encoding.sizes, _dots(encoding, encoding.sizes))
    measured = bool(encoding.colours or encoding.sizes)
    signs = _signs(encoding, models)
    signs += [_protocol(project, models)] if project and measured else []
    return [*rows, html.Span(signs, className="ov-legend-signs")]


def _protocol(project: Project, models: Sequence[Model]) -> Component:
    """Return under which conditions the values are measured that have plain names, in a line."""
    quality, efficiency = quality_words(project, models), efficiency_words(project)
    title = (
        f"Quality: {quality}. {f'Times: {efficiency}. ' if efficiency else ''}"
        "What was measured otherwise has a name of its own. Models & data, tab Data, changes the protocol."
    )
    return html.Span(quality, className="ov-legend-protocol", title=title)


def _kinds(kinds: Kinds, theme: Theme) -> list[Component]:
    """Return a dot in its colour and the name of every kind."""
    dots = [
        html.Span([html.I(style={"background": colour}), name], className="ov-legend-kind", title=name)
        for name, colour in zip(kinds.names, theme.categories, strict=False)
    ]
    return [html.Span(kinds.label, className="ov-legend-name"), html.Span(dots, className="ov-legend-kinds")]


def _signs(encoding: VisualEncoding, models: Sequence[Model]) -> list[Component]:
    """Return what hatched models, dotted rims and dashed edges mean, where there are any."""
    made = [model for model in models if model.status is RunStatus.SUCCEEDED]
    hatched = [model for model in made if encoding.fill(model) is None]
    signs: list[Component] = []
    if hatched and encoding.colour:
        title = f"{counted(len(hatched), 'model')} made, but without a value of {encoding.colour.label}"
        picture = html.Img(src=unmeasured(encoding.theme), alt="hatched")
        possible = any(model.artifact is not None and not model.work for model in hatched)
        further = [measure_button("Measure them", MISSING)] if possible else []
        signs.append(html.Span([picture, f"no value: {len(hatched)}", *further], title=title))
    outside = [
        format_value(encoding.colour, one.metrics[encoding.colour.name])
        for one in made
        if encoding.colour and encoding.beyond(one)
    ]
    if outside:
        listed = ", ".join(outside[:MOST_LISTED]) + (" ..." if len(outside) > MOST_LISTED else "")
        title = f"Far from the others, and therefore outside the range of the colours: {listed}"
        signs.append(
            html.Span([html.I(className="ov-legend-beyond"), f"outlier: {len(outside)}"], title=title)
        )
    if {model.teacher_id for model in models} & {model.id for model in models}:
        title = "From the teacher to the student that was trained on its answers"
        signs.append(html.Span([html.I(className="ov-legend-dashes"), "teacher"], title=title))
    return signs


def _prefixes(encoding: VisualEncoding, models: Sequence[Model]) -> tuple[str, str]:
    """Return what stands before the ends of the colours: whether models lie beyond them."""
    known, whole = encoding.colours, extent(models, encoding.colour)
    if known is None or whole is None:
        return "", ""
    below, above = whole.low < known.low, whole.high > known.high
    return "\N{LESS-THAN OR EQUAL TO} " if below else "", "\N{GREATER-THAN OR EQUAL TO} " if above else ""


def _row(
    metric: MetricDefinition, known: Extent, picture: Component, prefixes: tuple[str, str] = ("", "")
) -> list[Component]:
    low, high = (
        prefix + format_value(metric, end)
        for prefix, end in zip(prefixes, (known.low, known.high), strict=True)
    )
    if low == high:
        return []
    return [
        html.Span(metric.label, className="ov-legend-name", title=metric.label),
        html.Span(low),
        picture,
        html.Span(high),
    ]


def _bar(encoding: VisualEncoding) -> Component:
    stops = encoding.theme.scale
    if encoding.colour and encoding.colour.direction is Direction.LOWER:
        stops = stops[::-1]
    gradient = f"linear-gradient(to right, {', '.join(stops)})"
    return html.Span(className="ov-legend-bar", style={"background": gradient})


def _dots(encoding: VisualEncoding, known: Extent) -> Component:
    """Return dots as large as the map's for the smallest value, the one in the middle, and the largest."""
    sizes = [encoding.diameter_of(value_between(share, known.low, known.high)) for share in (0.0, 0.5, 1.0)]
    dots = [html.I(style={"width": f"{size:g}px", "height": f"{size:g}px"}) for size in sizes]
    return html.Span(dots, className="ov-legend-dots")
