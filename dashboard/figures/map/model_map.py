"""The scene of the model map: plain values that `assets/overview/map/map.js` draws."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.comparison.map.map_columns import Arrangement, ColumnKey
from core.comparison.map.map_folds import first_folds
from core.comparison.map.map_layout import MapLayout, lay_out
from core.comparison.naming.lineage_names import lineage_names
from core.comparison.naming.node_labels import node_labels
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from core.domain.queue.run import RunStatus
from dashboard.figures.encoding import PLAIN_PX, VisualEncoding
from dashboard.figures.map.map_icons import icon
from dashboard.figures.tips import tip
from dashboard.figures.wording import Specs, state_text, technique_label
from dashboard.theme import rim

Scene = dict[str, Any]

_SHORT = {
    RunStatus.WAITING: "",
    RunStatus.QUEUED: "",
    RunStatus.SUCCEEDED: "",
    RunStatus.SKIPPED: "skipped",
    RunStatus.LOST: "lost",
}
"""States that the label leaves to the picture and the tooltip, or says in one word."""

_ENDINGS = {2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}


@dataclass(frozen=True)
class MapContent:
    """What the map shows. `primary` are the metrics of tooltips; `specs` gives techniques their words."""

    models: Sequence[Model]
    arrangement: Arrangement
    primary: Sequence[MetricDefinition]
    specs: Specs


def draw_map(content: MapContent, encoding: VisualEncoding) -> Scene:
    """Return nodes with place, look and tooltip, columns with headings, and what is folded at first.

    Edges follow from `parent` and `teacher`. Rows are those of the map with nothing folded.
    """
    layout = lay_out(content.models, content.arrangement)
    by_id = {model.id: model for model in content.models}
    labels = _labels(layout, content)
    lineages = lineage_names(content.models, content.specs)
    nodes = []
    for model in content.models:
        place = layout.places[model.id]
        parent = by_id.get(model.parent_id) if model.parent_id is not None else None
        nodes.append(
            {
                "id": str(model.id),
                "parent": str(parent.id) if parent else None,
                **_optional(model, by_id, encoding),
                "column": place.column,
                "row": place.row,
                "tip": tip(model, parent, content.primary, content.specs, lineages[model.id]),
                **_appearance(model, labels[model.id], encoding),
            }
        )
    return {
        "nodes": nodes,
        "columns": _columns(layout, content),
        "folds": [[str(model_id) for model_id in fold] for fold in first_folds(content.models, layout)],
        "metric": encoding.colour.label if encoding.colour else "",
        "arrangement": content.arrangement.value,
        "missing": encoding.theme.missing,
    }


def _labels(layout: MapLayout, content: MapContent) -> Mapping[ModelId, str]:
    """Return the label of each model; where a column holds several operations it begins with one."""
    labels = node_labels(content.models, content.specs)
    techniques = _techniques(content.models)
    for column in layout.columns:
        if len({techniques[model_id] for model_id in column.model_ids}) > 1:
            for model_id in column.model_ids:
                if techniques[model_id] is not None:
                    named = technique_label(techniques[model_id], content.specs)
                    labels[model_id] = f"{named} {labels[model_id]}".strip()
    return labels


def _optional(model: Model, known: Container[ModelId], encoding: VisualEncoding) -> dict[str, Any]:
    """Return what only some models have: a teacher, tags, a value of the colour metric and its share."""
    found: dict[str, Any] = {}
    if model.teacher_id in known:
        found["teacher"] = str(model.teacher_id)
    if model.tags:
        found["tags"] = list(model.tags)
    share = encoding.share(model)
    if share is not None and encoding.colour:
        value = format_value(encoding.colour, model.metrics[encoding.colour.name])
        found |= {"share": round(share, 3), "value": value}
    return found


def _appearance(model: Model, label: str, encoding: VisualEncoding) -> dict[str, Any]:
    fill = encoding.fill(model) if model.status is RunStatus.SUCCEEDED else None
    if fill is not None:
        size, beyond = encoding.diameter_px(model), encoding.beyond(model)
        faint = rim(encoding.theme, fill) is not None
        look = {"look": "made", "label": label, "fill": fill, "size": size}
        return look | {"beyond": beyond, "faint": faint}
    state = _SHORT.get(model.status, state_text(model))
    return {
        "look": "pictured",
        "label": " · ".join(part for part in (label, state) if part),
        "icon": icon(model, encoding.theme),
        "size": PLAIN_PX,
        "failed": model.status in {RunStatus.FAILED, RunStatus.LOST},
    }


def _columns(layout: MapLayout, content: MapContent) -> list[dict[str, Any]]:
    techniques = _techniques(content.models)
    return [
        {
            "label": _heading(column.key, _detail(column.model_ids, techniques, content), content),
            "detail": _detail(column.model_ids, techniques, content),
            "ids": [str(model_id) for model_id in column.model_ids],
        }
        for column in layout.columns
    ]


def _heading(key: ColumnKey, operations: str, content: MapContent) -> str:
    """Return a column's heading; a column by step that holds one operation names it."""
    label = column_label(key, content.specs, content.arrangement)
    alone = content.arrangement is Arrangement.BY_STEP and key.occurrence > 0 and ", " not in operations
    return f"{label}: {operations}" if alone else label


def column_label(key: ColumnKey, specs: Specs, arrangement: Arrangement) -> str:
    """Return a column's heading, e.g. `fine-tune` or, where it is repeated, `fine-tune, 2nd`."""
    if arrangement is Arrangement.BY_STEP:
        return "base" if key.occurrence == 0 else f"step {key.occurrence}"
    repeated = f"{key.occurrence}{_ENDINGS.get(key.occurrence, 'th')}" if key.occurrence > 1 else ""
    again = f"later {key.lap}" if key.lap > 1 else "later" if key.lap else ""
    return ", ".join(part for part in (technique_label(key.technique, specs), repeated, again) if part)


def _techniques(models: Sequence[Model]) -> Mapping[ModelId, str | None]:
    return {model.id: model.step.technique if model.step else None for model in models}


def _detail(ids: Sequence[ModelId], techniques: Mapping[ModelId, str | None], content: MapContent) -> str:
    """Return what a column by step holds: its operations; nothing where the heading says it."""
    if content.arrangement is Arrangement.BY_OPERATION:
        return ""
    names = dict.fromkeys(technique_label(techniques[model_id], content.specs) for model_id in ids)
    return ", ".join(names)
