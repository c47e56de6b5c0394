"""What became of the modules of a baseline in a model of another shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from core.comparison.layers.tree import Numbers, Tree
from core.domain.measurement.evaluation import Arrays, Standing


class Counterpart(IntEnum):
    """How a module of a model relates to the baseline's of the same name."""

    SAME = 0
    REMOVED = 1  # the baseline alone has it
    ADDED = 2  # the model alone has it
    RESHAPED = 3  # the number of values differs
    REPLACED = 4  # other tensors stand in its place
    FACTORIZED = 5  # it is a factor, or is stored as factors
    MOVED = 6  # the baseline has it under another name, or the model has it under another name


def counterparts(tree: Tree, before: Numbers, now: Numbers) -> NDArray[np.uint8]:
    """Return the relation of every node; before, now: numbers of values per leaf, NaN where there is none."""
    there, here = ~np.isnan(before), ~np.isnan(now)
    changed = there & here & (before != now)
    counts = {
        name: tree.total(flags.astype(np.float64))
        for name, flags in (
            ("removed", there & ~here), ("added", here & ~there), ("both", there & here),
            ("changed", changed),
        )
    }  # fmt: skip
    found = np.full(len(tree.names), Counterpart.SAME, np.uint8)
    alone = counts["both"] == 0
    found[alone & (counts["removed"] > 0)] = Counterpart.REMOVED
    found[alone & (counts["added"] > 0)] = Counterpart.ADDED
    found[alone & (counts["added"] > 0) & (counts["removed"] > 0)] = Counterpart.REPLACED
    found[(counts["both"] > 0) & (counts["changed"] == counts["both"])] = Counterpart.RESHAPED
    return found


@dataclass(frozen=True)
class TensorOrigin:
    """What a tensor of the model stands for.

    old: the baseline's tensor, empty where it has none. shape, before: such as `64 x 3 x 7 x 7`.
    """

    standing: Standing
    old: str
    shape: str = ""
    before: str = ""


def tensor_origins(names: Sequence[str], arrays: Arrays) -> dict[str, TensorOrigin]:
    """Return what each tensor stands for, see `core.inspection.pairs`; empty where it was not noted."""
    if not {"standing", "stands_for"} <= arrays.keys():
        return {}
    nothing = np.full(len(names), "")
    columns = [arrays.get(key, nothing) for key in ("standing", "stands_for", "shape", "shape_before")]
    return {
        name: TensorOrigin(Standing(str(kind)), str(old), str(shape), str(before))
        for name, kind, old, shape, before in zip(names, *columns, strict=True)
    }


def by_lineage(
    tree: Tree, found: NDArray[np.uint8], known: Mapping[str, TensorOrigin]
) -> tuple[NDArray[np.uint8], dict[int, str]]:
    """Return the relations with those of tensors as their lineage has them, and a note on each that differs.

    found: relations by name alone, see `counterparts`. known: what the model's tensors stand for.
    """
    numbers = {name: node for node, name in enumerate(tree.names)}
    relation, notes = found.copy(), {}
    taken: dict[str, list[str]] = {}
    for name, stand in known.items():
        node = numbers[name]
        told = _told(name, stand)
        if told is not None:
            relation[node], notes[node] = told
        if stand.old and stand.old != name:
            taken.setdefault(stand.old, []).append(name)
    for old, names in taken.items():
        if old not in numbers or old in known:
            continue  # another tensor has its name now
        kind = Counterpart.FACTORIZED if len(names) > 1 else Counterpart.MOVED
        words = "stored as the factors" if len(names) > 1 else "now called"
        relation[numbers[old]] = kind
        notes[numbers[old]] = f"{words} {' and '.join(names)}"
    return relation, notes


def _told(name: str, stand: TensorOrigin) -> tuple[Counterpart, str] | None:
    other = f"{stand.old} " if stand.old != name else ""
    if stand.standing is Standing.FACTORIZED:
        return Counterpart.FACTORIZED, f"a factor, {stand.shape}, of {stand.old}, which was {stand.before}"
    if stand.standing is Standing.RESHAPED:
        return Counterpart.RESHAPED, f"{stand.shape}, {other}was {stand.before}"
    if stand.standing is Standing.ADDED:
        return Counterpart.ADDED, f"{stand.shape}, stands for nothing in the baseline"
    return (Counterpart.MOVED, f"{stand.old} in the baseline") if other else None


def references(known: Mapping[str, TensorOrigin], leaves: Mapping[str, int], before: Numbers) -> Numbers:
    """Return the baseline's sum of squares that each tensor is compared with.

    before: the baseline's by leaf. Factors of one tensor share it.
    """
    found = before.copy()
    uses: dict[str, int] = {}
    for stand in known.values():
        uses[stand.old] = uses.get(stand.old, 0) + 1
    for name, stand in known.items():
        if stand.old and stand.old in leaves:
            found[leaves[name]] = before[leaves[stand.old]] / uses[stand.old]
    return found


def counted(known: Mapping[str, TensorOrigin], before: Sequence[str]) -> str:
    """Return how many tensors have no equal counterpart, in words; empty if all have one.

    before: the baseline's tensors.
    """
    kinds = [stand.standing for stand in known.values()]
    old = {stand.old for stand in known.values()}
    factored = {stand.old for stand in known.values() if stand.standing is Standing.FACTORIZED}
    amounts = (
        (kinds.count(Standing.RESHAPED), "reshaped"),
        (len(factored), "stored as factors"),
        (kinds.count(Standing.ADDED), "added"),
        (sum(name not in old for name in before), "removed"),
        (sum(s.standing is Standing.SAME and s.old != n for n, s in known.items()), "under another name"),
    )
    told = [f"{count} {what}" for count, what in amounts if count]
    return f"tensors of another shape or place: {', '.join(told)}" if told else ""
