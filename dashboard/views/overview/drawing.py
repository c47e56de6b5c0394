"""From the state of the controls to the map and the scatterplot."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from core.comparison.map.map_columns import Arrangement
from core.comparison.sentences.statement import Criterion
from core.comparison.sentences.study_words import allowance
from core.comparison.sentences.trade_off import bounds, within
from core.domain.ids import ModelId
from core.domain.metric import Direction, Group, MetricDefinition
from core.domain.project import Project
from core.errors import InvalidInput
from dashboard.figures.encoding import VisualEncoding
from dashboard.figures.kinds import Kinds
from dashboard.figures.map.model_map import MapContent, Scene, draw_map
from dashboard.figures.scatter.scatter import (
    Figure,
    Limit,
    ScatterAxes,
    budget_limits,
    draw_scatter,
    scatter_points,
)
from dashboard.figures.scatter.scatter_words import Acceptable, has_front, scatter_note, scatter_title
from dashboard.figures.wording import technique_label
from dashboard.projects.snapshot import Snapshot
from dashboard.theme import Theme
from dashboard.views.overview.state import BY_EXPERIMENT, KINDS, PLAIN

MOST_LINES = 3
"""Lines of acceptable quality, one per base, that a plot shows at most."""

_BLANK = {
    "xaxis": {"visible": False},
    "yaxis": {"visible": False},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "meta": {"front": []},
}


@dataclass(frozen=True)
class DrawnScatter:
    """The scatterplot with the texts around it; `empty`: no model can be shown in it."""

    figure: Figure
    title: str
    note: str
    has_front: bool = False
    empty: bool = False


def encoding_of(snapshot: Snapshot, theme: Theme, colour: str, size: str) -> VisualEncoding:
    """Return the encoding that two names of metrics ask for, or one of `KINDS` as colour; `PLAIN` is none."""
    project = snapshot.project
    metric = None if colour in KINDS else _optional(project, colour)
    encoding = VisualEncoding.of(snapshot.models, theme=theme, colour=metric, size=_optional(project, size))
    return replace(encoding, kinds=_kinds(snapshot, colour, theme)) if colour in KINDS else encoding


def _kinds(snapshot: Snapshot, colour: str, theme: Theme) -> Kinds:
    if colour == BY_EXPERIMENT:
        known = {
            model.id: title
            for model in snapshot.models
            if model.experiment_id and (title := snapshot.experiments.get(model.experiment_id))
        }
    else:
        known = {
            model.id: technique_label(model.step.technique if model.step else None, snapshot.specs)
            for model in snapshot.models
        }
    return Kinds.over(snapshot.models, KINDS[colour], known, theme)


def scene_of(snapshot: Snapshot, encoding: VisualEncoding, arrangement: str) -> Scene:
    """Return what the map draws."""
    content = MapContent(snapshot.models, Arrangement(arrangement), snapshot.primary, snapshot.specs)
    return draw_map(content, encoding)


def axes_of(project: Project, x: str, y: str, switches: list[str]) -> ScatterAxes | None:
    """Return the axes that the controls ask for; None while the project has no metrics to choose from."""
    if PLAIN in (x, y):
        return None
    return ScatterAxes(
        required(project, x),
        required(project, y),
        log_x="x" in switches,
        log_y="y" in switches,
        show_front="front" in switches,
        show_names="names" in switches,
        dim_dominated="dim" in switches,
        show_repeats="seeds" in switches,
    )


def scatter_of(
    snapshot: Snapshot, encoding: VisualEncoding, axes: ScatterAxes | None, shown: Set[ModelId]
) -> DrawnScatter:
    """Return the scatterplot; models that are not `shown` fade and take no part in the front."""
    if axes is None:
        hint = "Metrics appear with the first evaluation; a study brings its own in its file."
        return DrawnScatter(
            {"data": [], "layout": _BLANK}, "This project has no metrics yet", hint, empty=True
        )
    points = scatter_points(snapshot.models, axes, shown)
    budgets = snapshot.project.budgets
    acceptable = _acceptable(snapshot, axes)
    limits = [*budget_limits(axes, budgets), *(acceptable.limits if acceptable else ())]
    figure = draw_scatter(points, axes, encoding, limits, lineages=snapshot.brief_lineages)
    figure["layout"]["uirevision"] += f" {snapshot.project.slug}"  # zoom does not go along to another project
    if snapshot.models and not shown:
        return DrawnScatter(figure, "No model passes the filter", "")
    title = scatter_title(points, axes, budgets, acceptable)
    note = scatter_note(points, axes)
    return DrawnScatter(figure, title, note, has_front(points, axes), len(points.models) == 0)


def _acceptable(snapshot: Snapshot, axes: ScatterAxes) -> Acceptable | None:
    """Return which models keep the quality that one axis shows; None without such an axis or a base."""
    qualities = [metric for metric in (axes.x, axes.y) if metric.group is Group.QUALITY]
    if len(qualities) != 1 or qualities[0].direction is Direction.NEITHER:
        return None
    asked = Criterion(qualities[0], snapshot.project.acceptable_loss, budget=False)
    kept = within(asked, snapshot.models)
    words = f"within {allowance(asked)} of the base" if asked.limit else "at no loss against the base"
    limits = () if qualities[0].name in snapshot.project.budgets else _limits(asked, snapshot)
    return Acceptable(kept, words, limits) if kept else None


def _limits(asked: Criterion, snapshot: Snapshot) -> tuple[Limit, ...]:
    """Return the worst acceptable quality of each base; none where lines for all would hide the points."""
    found = bounds(asked, snapshot.models)
    if len(found) > MOST_LINES:
        return ()
    side = "above" if asked.metric.direction is Direction.LOWER else "below"
    away = f"{allowance(asked)} {side} " if asked.limit else ""
    return tuple(
        Limit(asked.metric.name, value, away + ("the base" if len(found) == 1 else name))
        for name, value in found.items()
    )


def required(project: Project, name: str) -> MetricDefinition:
    """Return a metric of the project, or say which there are."""
    metric = project.metric(name)
    if metric is None:
        known = ", ".join(metric.label for metric in project.metrics) or "none yet"
        message = f"The project {project.name} has no metric {name!r}."
        raise InvalidInput.of("metric", message, f"Its metrics are: {known}.")
    return metric


def _optional(project: Project, name: str | None) -> MetricDefinition | None:
    return None if name in {None, PLAIN} else required(project, str(name))
