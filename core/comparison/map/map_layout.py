"""Places of models on the map: column by operation or step, row by lineage and parameter value.

A model's descendants have a band of rows to themselves and it stands in the middle of its children, so
lines that bend next to the parent never run through another model. The result depends on the models
alone, not on their order; adding a model moves others apart but never past each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.comparison.map.map_columns import Arrangement, ColumnKey, column_keys, column_order
from core.comparison.map.varied import value_order
from core.domain.ids import ModelId
from core.domain.model import Model


@dataclass(frozen=True)
class Column:
    """A column with its models from top to bottom."""

    key: ColumnKey
    model_ids: tuple[ModelId, ...]


@dataclass(frozen=True)
class MapPosition:
    """Where a model stands, in columns and rows from the top left; rows may be fractions."""

    column: int
    row: float


@dataclass(frozen=True)
class MapLayout:
    """The whole map; `rows` is its height in rows."""

    columns: tuple[Column, ...]
    places: Mapping[ModelId, MapPosition]
    rows: int


def lay_out(models: Iterable[Model], arrangement: Arrangement) -> MapLayout:
    """Return the places of all models. A model whose parent is not among them is placed as a base."""
    ordered = parents_first(models)
    keys = column_keys(ordered, arrangement)
    columns = column_order(ordered, keys)
    index = {key: place for place, key in enumerate(columns)}
    column_of = {model_id: index[key] for model_id, key in keys.items()}
    rows, height = _rows(ordered, column_of)
    places = {model.id: MapPosition(column_of[model.id], rows[model.id]) for model in ordered}
    members: dict[ColumnKey, list[ModelId]] = defaultdict(list)
    for model in sorted(ordered, key=lambda model: rows[model.id]):
        members[keys[model.id]].append(model.id)
    return MapLayout(tuple(Column(key, tuple(members[key])) for key in columns), places, height)


def parents_first(models: Iterable[Model]) -> list[Model]:
    """Return the models with every parent before its children, otherwise in order of id."""
    by_id = {model.id: model for model in sorted(models, key=lambda model: model.id)}
    ordered: dict[ModelId, Model] = {}
    for model in by_id.values():
        path = []
        ancestor: Model | None = model
        while ancestor is not None and ancestor.id not in ordered:
            path.append(ancestor)
            ancestor = by_id.get(ancestor.parent_id) if ancestor.parent_id is not None else None
        ordered.update((step.id, step) for step in reversed(path))
    return list(ordered.values())


def _rows(models: Sequence[Model], column_of: Mapping[ModelId, int]) -> tuple[dict[ModelId, float], int]:
    known = {model.id for model in models}
    children: dict[ModelId | None, list[Model]] = defaultdict(list)
    for model in models:
        children[model.parent_id if model.parent_id in known else None].append(model)
    for siblings in children.values():
        siblings.sort(key=lambda model: _sibling_order(model, column_of[model.id]))
    leaves = (model for model in _depth_first(children) if model.id not in children)
    rows: dict[ModelId, float] = {leaf.id: float(row) for row, leaf in enumerate(leaves)}
    height = len(rows)
    for model in reversed(models):
        if model.id in children:
            family = children[model.id]
            rows[model.id] = (rows[family[0].id] + rows[family[-1].id]) / 2
    return rows, height


def _depth_first(children: Mapping[ModelId | None, Sequence[Model]]) -> Iterable[Model]:
    pending = list(reversed(children.get(None, ())))
    while pending:
        model = pending.pop()
        yield model
        pending.extend(reversed(children.get(model.id, ())))


def _sibling_order(model: Model, column: int) -> tuple[Any, ...]:
    technique = model.step.technique if model.step else ""
    parameters = value_order(model.step.parameters) if model.step else ()
    return column, technique, parameters, model.id
