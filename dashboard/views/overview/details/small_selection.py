"""Several selected models: what they show, what differs, how to go on. Always an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.comparison.grouping import Chip, Grouping, grouped
from core.comparison.pairing import UNPAIRED, Pairing
from core.comparison.sentences.evidence import Evidence
from core.comparison.sentences.summary import summary_of
from core.comparison.suggestions.suggestions import Suggestion, suggested
from core.comparison.variables.variables import Differences, Kind, what_differs
from core.domain.ids import ModelId
from core.domain.model import Model
from dashboard.components.markup import labelled
from dashboard.figures.difference_table import difference_table
from dashboard.figures.grouped import draw_grouped, level_text
from dashboard.projects.snapshot import Snapshot
from dashboard.theme import Theme
from dashboard.views.overview.actions import compare_links, queue_from, selecting
from dashboard.views.overview.details.annotations import archive_button, made_elsewhere, why_no_runs
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.measure_dialog import measure_button

MOST_LEVELS = 12
"""Values of a variable that get a chip each."""


MOST_ALSO = 3
"""Further variables that are named, of those that are not needed to tell the models apart."""


@dataclass(frozen=True)
class Details:
    """What the details show: components, and the drawings that the browser puts into `Ids.CHARTS`."""

    content: Any
    drawings: dict[str, Any] | None = None


def several_models(
    snapshot: Snapshot, chosen: Sequence[Model], theme: Theme, pairing: Pairing = UNPAIRED
) -> Details:
    """Return the details of 2 to `many.MOST` models."""
    ids = [model.id for model in chosen]
    differences = what_differs(snapshot.models, ids, snapshot.specs)
    leading = snapshot.primary or snapshot.project.leading_metrics[:2]
    grouping = grouped(differences, snapshot.models, leading)
    evidence = Evidence.of(differences, snapshot.models, snapshot.specs, pairing, names=snapshot.lineages)
    summary = summary_of(snapshot.project, evidence)
    by_id = {model.id: model for model in chosen}
    drawings = {
        "charts": draw_grouped(grouping, theme),
        "table": difference_table(differences, by_id, leading),
    }
    content = [
        *([html.P(summary.text, className="ov-insight")] if summary.text else []),
        _differing(differences),
        *_refining(grouping, len(ids)),
        html.Div(id=Ids.CHARTS, className="ov-charts"),
        *suggestions(snapshot, ids),
        *_acting(snapshot, chosen),
        html.Details(
            [html.Summary("Table of differences"), html.Div(id=Ids.DIFFERENCES, className="ov-scroll")],
            open=grouping.by_model or not drawings["charts"],
            className="ov-fold",
        ),
    ]
    return Details(content, drawings)


def _acting(snapshot: Snapshot, chosen: Sequence[Model]) -> list[Component]:
    """Return the buttons; runs cannot start from models without checkpoints."""
    links = compare_links(snapshot.project.slug, [model.id for model in chosen])
    ids = [model.id for model in chosen if not made_elsewhere(model)]
    further = [queue_from(ids), measure_button()] if ids else []
    row = html.Div([*links, *further, archive_button(chosen)], className="ov-actions")
    return [row] if ids else [why_no_runs(), row]


def _differing(differences: Differences) -> Component:
    count = len(differences.model_ids)
    if not differences.chosen:
        return html.P(f"These {count} models differ in no parameter, step or base.", className="ov-dim")
    named: list[Component] = [
        html.Span(varying.label, className="ov-variable") for varying in differences.chosen
    ]
    others = _others(differences)
    told = "These models can be told apart by " if others else "These models differ in "
    parts: list[Any] = [html.Span(told, className="ov-dim"), *_joined(named)]
    if others:
        parts.append(html.Span(f"; {_also(others)}", className="ov-dim", title=", ".join(others)))
    if differences.alike:
        parts.append(html.Span(f" \N{MIDDLE DOT} {_alike_text(differences)}", className="ov-dim"))
    return html.Div(parts, className="ov-differing")


def _others(differences: Differences) -> list[str]:
    """Return the labels of what differs besides; values of a step that some lack go without saying."""
    chosen = differences.chosen
    lacking = {one.variable.step for one in chosen if one.variable.kind is Kind.PRESENCE}
    others = [one for one in differences.varying if one not in chosen and one.variable.step not in lacking]
    return list(dict.fromkeys(one.label for one in others))


def _also(others: Sequence[str]) -> str:
    shown = list(others[:MOST_ALSO])
    if more := len(others) - len(shown):
        shown.append(f"{more} more")
    verb = "differs" if len(others) == 1 else "differ"
    return (
        f"{', '.join(shown[:-1])} and {shown[-1]} {verb} as well"
        if len(shown) > 1
        else f"{shown[0]} {verb} as well"
    )


def _joined(named: list[Component]) -> list[Component | str]:
    parts: list[Component | str] = []
    for index, component in enumerate(named):
        if index:
            parts.append(" and " if index == len(named) - 1 else ", ")
        parts.append(component)
    return parts


def _alike_text(differences: Differences) -> str:
    alike = sum(len(group) for group in differences.alike)
    return f"{alike} of them have the same recipe"


def _refining(grouping: Grouping, count: int) -> list[Component]:
    """Return a line of values per variable; a click keeps only the models that have it."""
    by_variable: dict[str, list[Chip]] = {}
    for chip in grouping.chips:
        by_variable.setdefault(chip.variable.variable.key, []).append(chip)
    lines = [
        html.Div(
            [html.Span(f"only {chips[0].variable.short}", className="ov-dim"), *map(_level, chips)],
            className="ov-chiprow",
        )
        for chips in by_variable.values()
        if 1 < len(chips) <= MOST_LEVELS and count > 2
    ]
    return [html.Details([html.Summary("Narrow down"), *lines], className="ov-fold")] if lines else []


def _level(chip: Chip) -> Component:
    text = level_text(chip.variable, chip.value)
    title = f"Keep the {len(chip.model_ids)} models with {chip.variable.label} {text}"
    return selecting(text, chip.model_ids, title=title)


def suggestions(snapshot: Snapshot, ids: Sequence[ModelId]) -> list[Component]:
    """Return sets of models that are one change away; a click selects them together with the present ones."""
    found = suggested(snapshot.recipes, ids, snapshot.specs)
    if not found:
        return []
    slug = snapshot.project.slug
    lines = labelled(html.Div([_suggestion(one, ids, slug) for one in found]), "Suggested comparisons")
    return [html.H3("Suggested comparisons", className="ov-heading"), lines]


def _suggestion(one: Suggestion, ids: Sequence[ModelId], slug: str) -> Component:
    title = f"Select {len(one.model_ids)} more: {one.label}, for {one.covered} of the {len(ids)} selected"
    together = [*ids, *one.model_ids]
    compare = html.Span(compare_links(slug, together), className="ov-suggested")
    parts = [selecting(f"+ {one.label}", together, title=title), compare]
    return html.Div(parts, className="ov-suggestion")
