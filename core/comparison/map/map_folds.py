"""Which branches of the model map are folded at first, so that its first view can be read.

A fold shows siblings as one: neither they nor their descendants have places of their own. Branches are
opened breadth first, the cheapest first, while the rows last. Many siblings are cut into a few folds of
consecutive parameter values instead of all being shown or all being hidden. Within a fold every branch is
folded too, so that opening one shows a readable number of rows again. O(n log n) for n models.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.comparison.map.map_layout import MapLayout
from core.domain.ids import ModelId
from core.domain.model import Model

READABLE_ROWS = 60
"""As many rows as can be told apart on a screen of 900 pixels."""

FEW = 16
"""Up to this many siblings are shown one by one."""

Fold = tuple[ModelId, ...]
"""Siblings from top to bottom that are shown as one."""

_Children = Mapping[ModelId | None, Sequence[Model]]


def first_folds(models: Iterable[Model], layout: MapLayout, rows: int = READABLE_ROWS) -> tuple[Fold, ...]:
    """Return the folds of the first view; none if the map has no more than `rows` rows anyway.

    No model is in two folds. Bases are always shown, if need be in folds of their own.
    """
    if layout.rows <= rows:
        return ()
    children = _children(models, layout)
    opened = dict(_opened(children, rows))
    folds = [part for parts in opened.values() for part in parts if len(part) > 1]
    closed = (family for parent, family in children.items() if parent not in opened and len(family) > 1)
    folds.extend(tuple(model.id for model in family) for family in closed)
    return tuple(folds)


def _children(models: Iterable[Model], layout: MapLayout) -> _Children:
    """Return the models by parent, from top to bottom; bases and orphans are None's."""
    found: dict[ModelId | None, list[Model]] = defaultdict(list)
    for model in sorted(models, key=lambda model: (layout.places[model.id].row, model.id)):
        found[model.parent_id if model.parent_id in layout.places else None].append(model)
    return found


def _opened(children: _Children, rows: int) -> Iterator[tuple[ModelId | None, list[Fold]]]:
    """Yield the parents that are opened with what is shown of their children: a model, or a fold."""
    used = 1
    level: list[tuple[ModelId | None, list[Fold]]] = [(None, _parts(children[None]))]
    while level:
        below: list[tuple[ModelId | None, list[Fold]]] = []
        for parent, parts in sorted(level, key=lambda entry: len(entry[1])):
            if parent is not None and used + len(parts) - 1 > rows:
                continue
            used += len(parts) - 1
            yield parent, parts
            shown = (part[0] for part in parts if len(part) == 1)
            below.extend((model_id, _parts(children[model_id])) for model_id in shown if model_id in children)
        level = below


def _parts(siblings: Sequence[Model]) -> list[Fold]:
    """Return siblings one by one, or cut into about `FEW` folds of one technique and similar size."""
    if len(siblings) <= FEW:
        return [(model.id,) for model in siblings]
    most = math.ceil(len(siblings) / FEW)
    parts: list[Fold] = []
    for _, group in itertools.groupby(siblings, key=lambda model: model.step and model.step.technique):
        run = [model.id for model in group]
        count = math.ceil(len(run) / most)
        edges = [round(len(run) * edge / count) for edge in range(count + 1)]
        parts.extend(tuple(run[start:end]) for start, end in itertools.pairwise(edges))
    return parts
