"""Where the change of a model concentrates: the fewest leaves that hold half of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.comparison.layers.figures import Mode
from core.comparison.layers.tree import Numbers
from core.comparison.layers.values import Figures, changes, squares
from core.presentation.numbers import decibels, percent

CONCENTRATED = 0.3
"""Share of all weights below which leaves that hold half of a change hold more than their size would."""
AMOUNTS: Mapping[Mode, tuple[str, str]] = {
    Mode.SPARSITY: ("the new zeros", "tensors"),
    Mode.WEIGHTS: ("the squared change of the weights", "tensors"),
    Mode.STORAGE: ("the saved bytes", "tensors"),
    Mode.COST: ("the saved operations", "modules"),
}


@dataclass(frozen=True)
class Concentration:
    """Half of an amount of one model.

    column: the model. leaves: those with most, largest first. share: of the amount that they hold. first:
    that of the first alone. weights: share of all weights in them. out_of: how many leaves are compared.
    """

    column: int
    leaves: tuple[int, ...]
    share: float
    first: float
    weights: float
    out_of: int


@dataclass(frozen=True)
class Loudest:
    """The call whose output is furthest from the baseline's, and the one that errs most by itself.

    own_leaf: None where every call that was given the baseline's input answers exactly as the baseline's
    does, or where none could be given it, because its input has another shape.
    """

    column: int
    leaf: int
    sqnr_db: float
    own_leaf: int | None = None
    own_sqnr_db: float = np.inf


def concentration(mode: Mode, columns: Sequence[Figures]) -> Concentration | None:
    """Return where the model that changed most changed; None where nothing changed or nothing is compared.

    columns: numbers by leaf as stored, the baseline's first.
    """
    best: tuple[float, Concentration] | None = None
    for place in range(1, len(columns)):
        amounts, whole = _amounts(mode, columns[0], columns[place])
        if amounts is None or not np.nansum(amounts) > 0 or not whole > 0:
            continue
        found = _half(place, amounts, columns[place])
        extent = float(np.nansum(amounts)) / whole
        if best is None or extent > best[0]:
            best = (extent, found)
    return best[1] if best else None


def loudest(columns: Sequence[Figures]) -> Loudest | None:
    """Return the worst output of the model whose outputs are worst; None where nothing is compared."""
    best: Loudest | None = None
    for place, own in enumerate(columns):
        values, local = own.get("sqnr_db"), own.get("sqnr_local_db")
        if place == 0 or values is None or local is None or not np.isfinite(values).any():
            continue
        leaf = int(np.nanargmin(values))
        found = Loudest(place, leaf, float(values[leaf]))
        if np.isfinite(local).any():
            own_leaf = int(np.nanargmin(local))
            found = replace(found, own_leaf=own_leaf, own_sqnr_db=float(local[own_leaf]))
        best = found if best is None or found.sqnr_db < best.sqnr_db else best
    return best


def worded(found: Concentration, mode: Mode, model: str, names: Sequence[str]) -> str:
    """Return the sentence; names: of the leaves."""
    what, unit = AMOUNTS[mode]
    few = f"{len(found.leaves)} of {found.out_of} {unit}"
    size = f"{percent(found.weights)} of the weights"
    first = names[found.leaves[0]]
    share = f"{percent(found.share)} of {what}"
    start = model if found.weights < CONCENTRATED else f"{model}: the change is spread out"
    if len(found.leaves) == 1:
        return f"{start}: {first}, {few}, holds {share} and {size}."
    return f"{start}: {share} lie in {few}, which hold {size}; {first} alone holds {percent(found.first)}."


def worded_output(found: Loudest, model: str, names: Sequence[str]) -> str:
    """Return the sentence on outputs."""
    own = ""
    if found.own_leaf is not None:
        error = decibels(found.own_sqnr_db)
        own = f"; given the baseline's input, {names[found.own_leaf]} errs most ({error})"
    return (
        f"{model}: the output that is furthest from the baseline's is that of {names[found.leaf]} "
        f"(SQNR {decibels(found.sqnr_db)}){own}."
    )


def _half(column: int, amounts: Numbers, own: Figures) -> Concentration:
    known = np.flatnonzero(~np.isnan(amounts))
    order = known[np.argsort(-amounts[known], kind="stable")]
    summed = np.cumsum(amounts[order])
    total = float(summed[-1])
    count = int(np.searchsorted(summed, total / 2) + 1)
    sizes = np.nan_to_num(own["count"] if "count" in own else own["parameters"])
    chosen = order[:count]
    return Concentration(
        column,
        tuple(chosen.tolist()),
        float(summed[count - 1]) / total,
        float(amounts[order[0]]) / total,
        float(sizes[chosen].sum() / sizes.sum()),
        len(known),
    )


def _amounts(mode: Mode, before: Figures, own: Figures) -> tuple[Numbers | None, float]:
    """Return what changed in each leaf, and the whole that it is seen against."""
    nothing = None, 0.0
    if mode is Mode.SPARSITY and "zeros_gained" in own:
        gained = np.where(own["zeros_gained"] >= 0, own["zeros_gained"], np.nan)
        return gained, float(np.nansum(own["count"]))
    if mode is Mode.WEIGHTS and "relative_l2" in own and "std" in before:
        reference = own.get("reference", squares(before))
        return changes(own, reference), float(np.nansum(reference))
    key = {Mode.STORAGE: "stored_bits", Mode.COST: "flops"}.get(mode)
    if key is None or key not in own or key not in before:
        return nothing
    saved = before[key] - own[key]
    return np.where(saved >= 0, saved, 0.0 * saved), float(np.nansum(before[key]))
