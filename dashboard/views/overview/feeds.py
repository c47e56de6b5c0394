"""The parts of the Overview that follow the project; `assets/overview/live.js` asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.comparison.filtering import passing, read_conditions
from core.comparison.put_away import kept_for_lineage
from core.domain.ids import ModelId
from core.domain.metric import Group, MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from dashboard import training_curves
from dashboard.figures.parallel import default_fields, draw_parallel
from dashboard.live.difference import Document
from dashboard.live.encoding import plain
from dashboard.live.feed import Asked, Drawing, Feed, Present, feeds
from dashboard.projects import snapshot
from dashboard.projects.snapshot import Snapshot
from dashboard.theme import theme_of
from dashboard.views.overview import drawing
from dashboard.views.overview.details.selection_details import details, mark_of
from dashboard.views.overview.emptiness import no_models, none_pass, nothing_to_plot, unmeasured
from dashboard.views.overview.filter.filter_callbacks import count_text, filter_label, left_text
from dashboard.views.overview.filter.filter_fields import offered
from dashboard.views.overview.filter.filter_pane import chips
from dashboard.views.overview.map.legend import legend
from dashboard.views.overview.plot.point_columns import by_point
from dashboard.views.overview.state import PLAIN
from dashboard.views.overview.table import table


def snapshot_of(present: Present, asked: Asked) -> Snapshot:
    """Return the project that a part is of, read at most about once a second."""
    slug = asked.text("project")
    return present.read(("project", slug), lambda _before: snapshot.read(present.product, slug))


@feeds.register("overview-map")
class MapFeed(Feed):
    """Nodes by id, columns, folds and legend."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the map with the colours, sizes and arrangement asked for."""
        every, everything = snapshot_of(present, asked), asked.flag("everything")
        now = every.shown(everything=everything)
        names = ("scheme", "colour", "size", "arrangement")
        scheme, colour, size, arrangement = (asked.text(name) for name in names)

        def draw() -> Document:
            full = now.with_variables
            encoding = drawing.encoding_of(full, theme_of(scheme), colour, size)
            scene = drawing.scene_of(full, encoding, arrangement)
            away = [] if everything else [str(model_id) for model_id in sorted(every.away)]
            told = legend(encoding, full.models, full.project)
            around = {"away": away, "legend": told, "empty": no_models(every)}
            return {**scene, "nodes": by_id(scene["nodes"]), **plain(around)}

        key = (now.project.id, scheme, colour, size, arrangement, everything)
        return Drawing(key, now.serial, draw)


@feeds.register("overview-scatter")
class ScatterFeed(Feed):
    """The scatterplot with its points by id, and the words around it."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the plot of the axes asked for; what does not pass the filter, or is archived, fades."""
        everything = asked.flag("everything")
        now = snapshot_of(present, asked).shown(everything=everything)
        names = ("scheme", "colour", "size", "x", "y", "filter")
        scheme, colour, size, x, y, text = (asked.text(name) for name in names)
        switches = asked.texts("switches")

        def draw() -> Document:
            full = now.with_variables
            encoding = drawing.encoding_of(full, theme_of(scheme), colour, size)
            axes = drawing.axes_of(full.project, x, y, list(switches))
            shown = passing(full.models, read_conditions(text))
            if not everything:
                shown -= kept_for_lineage(full.models, text)
            drawn = drawing.scatter_of(full, encoding, axes, shown)
            words = {"title": drawn.title, "front": drawn.has_front}
            note = plain(nothing_to_plot(full, axes, drawn))
            return {"figure": by_point(drawn.figure), "note": note, **words}

        key = (now.project.id, scheme, colour, size, x, y, text, switches, everything)
        return Drawing(key, now.figures_at, draw)


@feeds.register("overview-parallel")
class ParallelFeed(Feed):
    """The parallel coordinates with their lines by id, and the axes that can be chosen."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the plot over the fields asked for; without any, over the usual ones."""
        everything = asked.flag("everything")
        now = snapshot_of(present, asked).shown(everything=everything)
        scheme, colour, fields = asked.text("scheme"), asked.text("colour"), asked.texts("fields")

        def draw() -> Document:
            choices = [group for group in offered(now) if group["group"] != "Models"]
            known = {item["value"] for group in choices for item in group["items"]}
            chosen = [field for field in fields if field in known]
            chosen = chosen or list(default_fields(now.models, _usual(now.project)))
            full = now.with_variables
            encoding = drawing.encoding_of(full, theme_of(scheme), colour, PLAIN)
            metrics = {metric.name: metric for metric in now.project.metrics}
            scene = draw_parallel(full.models, chosen, metrics, specs=now.specs, encoding=encoding)
            return {**scene, "lines": by_id(scene["lines"]), "choices": choices}

        return Drawing((now.project.id, scheme, colour, fields, everything), now.figures_at, draw)


def _usual(project: Project) -> list[MetricDefinition]:
    """Return the metrics to choose axes from; values of other conditions are shown on request only."""
    return [metric for metric in project.leading_metrics if metric in project.told_metrics]


@feeds.register("overview-filter")
class FilterFeed(Feed):
    """Which models do not pass the filter, its chips, and how many models there are."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return what follows from the conditions asked for."""
        every, text, everything = snapshot_of(present, asked), asked.text("filter"), asked.flag("everything")
        now = every.shown(everything=everything)

        def draw() -> Document:
            conditions = read_conditions(text)
            shown = passing(now.models, conditions)
            count = count_text(now, shown)
            texts = {
                "chips": chips(now, conditions),
                "left": left_text(count, len(shown)),
                "notice": none_pass(every, shown, conditions) or unmeasured(now, _leading_quality(now)),
            }
            hidden = [int(model.id) for model in now.models if model.id not in shown]
            told = {"hidden": hidden, "count": count, "label": filter_label(conditions)}
            return {**told, "away": len(every.away), **plain(texts)}

        return Drawing((now.project.id, text, everything), now.figures_at, draw)


def _leading_quality(now: Snapshot) -> MetricDefinition | None:
    return next((metric for metric in now.primary if metric.group is Group.QUALITY), None)


@feeds.register("overview-table")
class TableFeed(Feed):
    """The rows of the table by id."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the rows that pass the conditions asked for."""
        text, everything = asked.text("filter"), asked.flag("everything")
        now = snapshot_of(present, asked).shown(everything=everything)

        def draw() -> Document:
            rows = table.table_rows(now, passing(now.models, read_conditions(text)))
            return {"rows": by_id(rows)}

        return Drawing((now.project.id, text, everything), now.serial, draw)


@feeds.register("overview-details")
class DetailsFeed(Feed):
    """The details of a selection. Those of models that did not change may be some seconds old."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the details of the models asked for."""
        now = snapshot_of(present, asked)
        scheme, selection = asked.text("scheme"), asked.numbers("selection")

        def draw() -> Document:
            shown = details(present.product, now, list(selection), theme_of(scheme))
            mark, state = mark_of(shown)
            training_curves.fill(present.product, shown.content, theme_of(scheme))
            told = {"content": plain(shown.content), "drawings": plain(shown.drawings)}
            return {**told, "mark": mark, "state": state}

        concerned = _concerned(now, selection)
        stamp = tuple(now.changed_at.get(model_id, 0) for model_id in concerned) if concerned else now.serial
        key = (now.project.slug, scheme, selection)
        return Drawing(key, (concerned, stamp), draw, loosely=now.serial)


def _concerned(now: Snapshot, selection: Sequence[int]) -> tuple[ModelId, ...]:
    """Return the selected models that there are, with the models that they were made from."""
    known: Mapping[ModelId, Model] = now.by_id
    found: dict[ModelId, None] = {}
    pending = [ModelId(one) for one in selection]
    while pending:
        model = known.get(pending.pop())
        if model is not None and model.id not in found:
            found[model.id] = None
            pending.extend(model.parent_ids)
    return tuple(found)


def by_id(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return entries under their id; the browser reads them in the order of the ids."""
    return {entry["id"]: entry for entry in entries}
