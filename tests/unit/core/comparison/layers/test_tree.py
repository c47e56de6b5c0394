"""The tree of modules: order, sums and extremes against plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.layers.counterparts import (
    Counterpart,
    TensorOrigin,
    by_lineage,
    counted,
    counterparts,
    references,
)
from core.comparison.layers.tree import call_name, merged, tree_of
from core.domain.measurement.evaluation import Standing

LEAVES = ["stem.weight", "blocks.0.conv.weight", "blocks.0.conv.bias", "blocks.1.conv.weight", "head.weight"]


def test_nodes_come_in_the_order_of_the_model_with_modules_before_what_is_inside():
    tree = tree_of(LEAVES)
    assert tree.names == (
        "stem", "stem.weight", "blocks", "blocks.0", "blocks.0.conv", "blocks.0.conv.weight",
        "blocks.0.conv.bias", "blocks.1", "blocks.1.conv", "blocks.1.conv.weight", "head", "head.weight",
    )  # fmt: skip
    assert [tree.names[node] for node in tree.leaves] == LEAVES
    assert "".join(tree.labels[node] for node in (2, 3, 4, 6)) == "blocks.0.conv.bias"


@given(st.lists(st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6)), min_size=5, max_size=5))
def test_sums_and_extremes_are_those_of_the_leaves_below(numbers: list[float]):
    tree, values = tree_of(LEAVES), np.array(numbers)
    for node, name in enumerate(tree.names):
        inside = [
            each for leaf, each in zip(LEAVES, numbers, strict=True) if f"{leaf}.".startswith(f"{name}.")
        ]
        known = [each for each in inside if not np.isnan(each)]
        if not known:
            assert np.isnan(tree.total(values)[node])
            assert np.isnan(tree.extreme(values, largest=True)[node])
            continue
        np.testing.assert_allclose(tree.total(values)[node], sum(known), atol=1e-6)
        assert tree.extreme(values, largest=True)[node] == max(known)
        assert tree.extreme(values, largest=False)[node] == min(known)


def test_names_that_only_a_later_model_has_come_behind_what_precedes_them_there():
    assert merged([["a", "c"], ["a", "b", "c", "d"], ["z", "c"]]) == ["z", "a", "b", "c", "d"]
    assert merged([]) == []


def test_each_call_of_a_shared_module_has_a_row_of_its_own():
    names = [call_name("block.relu", call) for call in range(3)]
    tree = tree_of([*names, "relu"])
    assert tree.names == ("block", "block.relu", "block.relu (call 2)", "block.relu (call 3)", "relu")


def test_what_has_no_counterpart_is_told():
    tree = tree_of(["a.weight", "b.weight", "c.first.weight", "c.second.weight", "c.weight", "d.weight"])
    nothing = np.nan
    before = np.array([4.0, 4.0, nothing, nothing, 9.0, nothing])
    now = np.array([4.0, 2.0, 3.0, 3.0, nothing, 5.0])
    found = dict(zip(tree.names, map(Counterpart, counterparts(tree, before, now).tolist()), strict=True))
    assert found["a"] is Counterpart.SAME
    assert found["b"] is Counterpart.RESHAPED
    assert found["c"] is Counterpart.REPLACED
    assert found["c.weight"] is Counterpart.REMOVED
    assert found["c.first"] is Counterpart.ADDED
    assert found["d"] is Counterpart.ADDED


def test_tensors_are_related_as_their_lineage_has_them() -> None:
    tree = tree_of(["a.weight", "b.weight", "b.first.weight", "b.second.weight", "c.weight", "d.weight"])
    here = {name: place for place, name in enumerate(tree.names)}
    known = {
        "a.weight": TensorOrigin(Standing.RESHAPED, "a.weight", "6 x 3", "8 x 3"),
        "b.first.weight": TensorOrigin(Standing.FACTORIZED, "b.weight", "2 x 8", "8 x 8"),
        "b.second.weight": TensorOrigin(Standing.FACTORIZED, "b.weight", "8 x 2", "8 x 8"),
        "c.weight": TensorOrigin(Standing.SAME, "d.weight"),
    }
    relation, notes = by_lineage(tree, np.zeros(len(tree.names), np.uint8), known)
    told = {name: (Counterpart(relation[node]), notes.get(node, "")) for name, node in here.items()}
    assert told["a.weight"] == (Counterpart.RESHAPED, "6 x 3, was 8 x 3")
    assert told["b.first.weight"][1] == "a factor, 2 x 8, of b.weight, which was 8 x 8"
    assert told["b.weight"] == (
        Counterpart.FACTORIZED,
        "stored as the factors b.first.weight and b.second.weight",
    )
    assert told["c.weight"] == (Counterpart.MOVED, "d.weight in the baseline")
    assert told["d.weight"] == (Counterpart.MOVED, "now called c.weight")
    leaves = {tree.names[node]: leaf for leaf, node in enumerate(tree.leaves.tolist())}
    before = np.array([4.0, 10.0, np.nan, np.nan, 7.0, 3.0])
    shared = references(known, leaves, before)
    assert [shared[leaves[name]] for name in ("b.first.weight", "b.second.weight", "c.weight")] == [5, 5, 3]
    assert counted(known, ["a.weight", "b.weight", "d.weight", "e.weight"]) == (
        "tensors of another shape or place: 1 reshaped, 1 stored as factors, 1 removed, 1 under another name"
    )
