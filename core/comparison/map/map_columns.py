"""Columns of the model map: one per operation in recipe order, or one per depth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.domain.ids import ModelId
from core.domain.model import Model


class Arrangement(StrEnum):
    """What a column of the map stands for."""

    BY_OPERATION = "operation"
    BY_STEP = "step"


@dataclass(frozen=True, order=True)
class ColumnKey:
    """What the models of a column have in common.

    technique: None for base models, and for every column of the arrangement by step.
    occurrence: how often the technique was used on the way here, this one included; by step: the depth.
    lap: 0 unless recipes contradict each other's order; then the later ones go round again.
    """

    lap: int
    technique: str | None
    occurrence: int


BASE = ColumnKey(0, None, 0)


def column_keys(models: Sequence[Model], arrangement: Arrangement) -> dict[ModelId, ColumnKey]:
    """Return each model's column. `models` has parents before their children."""
    if arrangement is Arrangement.BY_STEP:
        return _by_depth(models)
    occurrences = _occurrences(models)
    order = {key: place for place, key in enumerate(_recipe_order(models, occurrences))}
    keys: dict[ModelId, ColumnKey] = {}
    for model in models:
        key, parent = occurrences[model.id], _parent_in(model, keys)
        lap = 0
        if parent is not None:
            before = keys[parent]
            lap = before.lap + (order[key] <= order[(before.technique, before.occurrence)])
        keys[model.id] = ColumnKey(lap, *key)
    return keys


def column_order(models: Sequence[Model], keys: Mapping[ModelId, ColumnKey]) -> list[ColumnKey]:
    """Return the columns from left to right; every model is right of its parent."""
    if all(key.technique is None for key in keys.values()):
        return sorted(set(keys.values()), key=lambda key: key.occurrence)
    occurrences = {model.id: (keys[model.id].technique, keys[model.id].occurrence) for model in models}
    order = {key: place for place, key in enumerate(_recipe_order(models, occurrences))}
    return sorted(set(keys.values()), key=lambda key: (key.lap, order[(key.technique, key.occurrence)]))


_Use = tuple[str | None, int]


def _by_depth(models: Iterable[Model]) -> dict[ModelId, ColumnKey]:
    depths: dict[ModelId, int] = {}
    for model in models:
        parent = _parent_in(model, depths)
        depths[model.id] = 0 if parent is None else depths[parent] + 1
    return {model_id: ColumnKey(0, None, depth) for model_id, depth in depths.items()}


def _occurrences(models: Iterable[Model]) -> dict[ModelId, _Use]:
    counts: dict[ModelId, Counter[str]] = {}
    found: dict[ModelId, _Use] = {}
    for model in models:
        parent = _parent_in(model, counts)
        used = Counter(counts[parent]) if parent is not None else Counter()
        if model.step is None:
            found[model.id] = (None, 0)
        else:
            used[model.step.technique] += 1
            found[model.id] = (model.step.technique, used[model.step.technique])
        counts[model.id] = used
    return found


def _recipe_order(models: Sequence[Model], uses: Mapping[ModelId, _Use]) -> list[_Use]:
    """Return all uses so that most recipes run from left to right.

    Pairs that follow each other are taken in, the most frequent first, unless they contradict those taken
    before. What is then still free is ordered by the depth of its oldest model, then by age: columns do not
    change places while models arrive.
    """
    depths = {model_id: key.occurrence for model_id, key in _by_depth(models).items()}
    per_use: dict[_Use, list[int]] = defaultdict(list)
    pairs: Counter[tuple[_Use, _Use]] = Counter()
    for model in models:
        per_use[uses[model.id]].append(depths[model.id])
        parent = _parent_in(model, uses)
        if parent is not None and uses[parent] != uses[model.id]:
            pairs[uses[parent], uses[model.id]] += 1
    seen = {use: place for place, use in enumerate(per_use)}
    rank = {use: (found[0], seen[use]) for use, found in per_use.items()}
    return _sorted_by(rank, _consistent(pairs))


def _consistent(pairs: Mapping[tuple[_Use, _Use], int]) -> dict[_Use, set[_Use]]:
    """Return for each use those that must be left of it, without contradictions."""
    before: dict[_Use, set[_Use]] = defaultdict(set)
    for (left, right), _ in sorted(pairs.items(), key=lambda pair: -pair[1]):
        if not _reaches(before, left, right):
            before[right].add(left)
    return before


def _reaches(before: Mapping[_Use, set[_Use]], start: _Use, goal: _Use) -> bool:
    pending, visited = [start], set()
    while pending:
        use = pending.pop()
        if use == goal:
            return True
        if use not in visited:
            visited.add(use)
            pending.extend(before.get(use, ()))
    return False


def _sorted_by(rank: Mapping[_Use, tuple[int, int]], before: Mapping[_Use, set[_Use]]) -> list[_Use]:
    placed: list[_Use] = []
    left = set(rank)
    while left:
        free = [use for use in left if not (before.get(use, set()) & left)]
        chosen = min(free, key=lambda use: rank[use])
        placed.append(chosen)
        left.remove(chosen)
    return placed


def _parent_in(model: Model, known: Mapping[ModelId, object]) -> ModelId | None:
    return model.parent_id if model.parent_id in known else None
