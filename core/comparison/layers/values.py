"""Figures of every node of the tree from what is stored of a model's tensors or calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.comparison.layers.figures import Mode
from core.comparison.layers.tree import Numbers, Tree, call_name
from core.domain.measurement.evaluation import Arrays
from core.domain.measurement.formulas import sqnr_db

Figures = dict[str, Numbers]
WHOLE = "(the whole model)"
"""Name of a module that is the model itself."""
LARGEST, SMALLEST = True, False
INTERVALS = ("change_low", "change_high", "loss_low", "loss_high")
_WORST = {
    "sqnr_db": SMALLEST,
    "sqnr_local_db": SMALLEST,
    "relative_l2": LARGEST,
    "cosine": SMALLEST,
    "cka": SMALLEST,
}


def leaf_names(mode: Mode, arrays: Arrays) -> list[str]:
    """Return what the stored rows are called: tensors, calls or modules."""
    if mode in {Mode.COST, Mode.SENSITIVITY}:
        return [str(name) or WHOLE for name in arrays["module"]]
    if mode is Mode.ACTIVATIONS:
        calls = arrays["call"].tolist() if "call" in arrays else [0] * len(arrays["module"])
        return [
            call_name(str(name) or WHOLE, call) for name, call in zip(arrays["module"], calls, strict=True)
        ]
    return [str(name) for name in arrays["parameter"]]


def aligned(arrays: Arrays, names: Sequence[str], leaves: Mapping[str, int]) -> Figures:
    """Return the stored numbers at the places of all leaves, NaN where the model has no such leaf."""
    places = np.array([leaves[name] for name in names], np.int64)
    found: Figures = {}
    for name, array in arrays.items():
        if array.ndim == 1 and len(array) == len(names) and array.dtype.kind in "iuf":
            found[name] = np.full(len(leaves), np.nan)
            found[name][places] = np.asarray(array, np.float64)
    return found


def squares(own: Figures) -> Numbers:
    """Return the sum of squares of each tensor, from its mean and standard deviation."""
    result: Numbers = (own["std"] ** 2 + own["mean"] ** 2) * (own["count"] - own["nans"])
    return result


def sparsity(tree: Tree, own: Figures) -> Figures:
    """Return shares of zeros; those against the baseline over the tensors that it has as well."""
    found = {"zeros": _ratio(tree.total(own["zeros"]), tree.total(own["count"]))}
    if "zeros_both" in own:
        known = own["zeros_both"] >= 0
        count = tree.total(np.where(known, own["count"], np.nan))
        for name in ("both", "gained", "lost"):
            found[name] = _ratio(tree.total(np.where(known, own[f"zeros_{name}"], np.nan)), count)
    return found


def weights(tree: Tree, own: Figures, reference: Numbers | None) -> Figures:
    """Return figures of weights; reference: the baseline's sums of squares, None to compare nothing.

    Factors are compared as the product that they stand for, so their own sizes mean nothing beside it.
    """
    numbers = own["count"] - own["nans"]
    found = {
        "mean_abs": _ratio(tree.total(own["mean_abs"] * numbers), tree.total(numbers)),
        "distinct": tree.extreme(own["distinct"], largest=True),
        "odd": tree.total(own["nans"] + own["infinities"]),
        **_stored(tree, own),
    }
    if reference is None or "relative_l2" not in own:
        return found
    change = changes(own, reference)
    known = np.where(np.isnan(change), np.nan, reference)
    relative = np.sqrt(_ratio(tree.total(change), tree.total(known), empty=0.0))
    mine = np.where(own["factor"] > 0, reference, squares(own)) if "factor" in own else squares(own)
    product = own["cosine"] * np.sqrt(reference * mine)
    own_squares = np.where(np.isnan(product), np.nan, mine)
    norms = tree.total(own_squares) * tree.total(np.where(np.isnan(product), np.nan, reference))
    found["relative_l2"] = _exact(tree, relative, own["relative_l2"])
    found["cosine"] = _exact(tree, _ratio(tree.total(product), np.sqrt(norms)), own["cosine"])
    found["sqnr_db"] = sqnr_db(found["relative_l2"])
    compared = np.where(np.isnan(own["mean_abs_change"]), np.nan, own["count"])
    sizes = tree.total(own["mean_abs_change"] * own["count"])
    found["mean_abs_change"] = _ratio(sizes, tree.total(compared))
    return found


def changes(own: Figures, reference: Numbers) -> Numbers:
    """Return the sum of squares of each tensor's change; 0 where nothing changed, NaN where not compared."""
    relative = own["relative_l2"]
    result: Numbers = np.where(relative == 0, 0.0, relative**2 * reference)
    return result


def activations(tree: Tree, own: Figures) -> Figures:
    """Return figures of outputs; a module with others inside shows the worst of them."""
    numbers = own["count"] - own["nans"] if {"count", "nans"} <= own.keys() else None
    found: Figures = {}
    if numbers is not None:
        found["zeros"] = _ratio(tree.total(own["zeros"]), tree.total(own["count"]))
        found["mean_abs"] = _ratio(tree.total(own["mean_abs"] * numbers), tree.total(numbers))
        found["odd"] = tree.total(own["nans"] + own["infinities"])
    for name, largest in _WORST.items():
        if name in own:
            found[name] = tree.extreme(own[name], largest=largest)
    return found


def cost(tree: Tree, own: Figures, stored_bits: Numbers | None) -> Figures:
    """Return sums of what modules cost; stored_bits: of the tensors of each module."""
    names = ("parameters", "flops", "time_ms", "time_share", "calls")
    found = {name: tree.total(own[name]) for name in names if name in own}
    if stored_bits is not None:
        found["bytes"] = tree.total(stored_bits) / 8
    return found


def sensitivity(tree: Tree, own: Figures, *, higher_is_better: bool) -> Figures:
    """Return what layers lose alone; a module with others inside shows the worst, without interval."""
    worst = {"change": not higher_is_better, "loss": LARGEST, "estimate": LARGEST, "sqnr_db": SMALLEST}
    found = {name: tree.extreme(own[name], largest=end) for name, end in worst.items() if name in own}
    found |= {name: tree.own(own[name]) for name in INTERVALS if name in own}
    return found | {name: tree.total(own[name]) for name in ("saved", "weights") if name in own}


def storage(tree: Tree, own: Figures) -> Figures:
    """Return how weights are stored; nothing where the model has no checkpoint."""
    if "stored_bits" not in own:
        return {}
    coded = np.where(own["code_bits"] > 0, own["code_bits"], np.nan)
    bits = np.where(np.isnan(coded), np.nan, own["stored_bits"])
    codes = np.minimum(coded * own["count"], bits)
    return {
        **_stored(tree, own),
        "code_bits": tree.extreme(coded, largest=True),
        "overhead": 1 - _ratio(tree.total(codes), tree.total(bits)),
        "scale_min": tree.extreme(own["scale_min"], largest=False),
        "scale_max": tree.extreme(own["scale_max"], largest=True),
    }


def forms(arrays: Arrays) -> list[str]:
    """Return how each tensor is stored in words, e.g. `int8, per channel`."""
    if "form" not in arrays:
        return []
    pairs = zip(arrays["form"], arrays["granularity"], strict=True)
    return [f"{form}, {granularity}" if granularity else str(form) for form, granularity in pairs]


def _stored(tree: Tree, own: Figures) -> Figures:
    if "stored_bits" not in own:
        return {}
    bits = tree.total(own["stored_bits"])
    return {"bits_per_weight": _ratio(bits, tree.total(own["count"])), "bytes": bits / 8}


def _exact(tree: Tree, values: Numbers, own: Numbers) -> Numbers:
    """Return the values with what is stored of leaves in place of what was computed."""
    found = values.copy()
    found[tree.leaves] = own
    return found


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64], empty: float = np.nan) -> Numbers:
    """Return the quotient; `empty` where both are 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Numbers = np.where((below == 0) & (above == 0), empty, above / below)
    return result
