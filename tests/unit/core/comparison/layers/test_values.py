"""Figures of modules against plain NumPy over the weights themselves."""

from __future__ import annotations

import numpy as np
import pytest

from core.comparison.layers.histograms import heights, rebinned
from core.comparison.layers.tree import tree_of
from core.comparison.layers.values import aligned, sparsity, squares, storage, weights
from core.testing.projects.planted_layers import pruned, random_tensors, rounded, weight_arrays

NAMES = ["stem.weight", "body.0.weight", "body.0.bias", "body.1.weight"]
TREE = tree_of(NAMES)
PLACES = {name: place for place, name in enumerate(NAMES)}
BEFORE = random_tensors(NAMES)
PARTS = [("body", NAMES[1:]), ("body.0", NAMES[1:3]), ("stem", NAMES[:1]), ("body.0.bias", NAMES[2:3])]


def read(now, bits=32):
    return aligned(weight_arrays(now, BEFORE, 1, bits), NAMES, PLACES)


@pytest.mark.parametrize(("module", "inside"), PARTS)
@pytest.mark.parametrize("change", [pruned(0.6), rounded(7)], ids=["pruned", "rounded"])
def test_weights_of_a_module_are_those_of_all_tensors_inside(module, inside, change):
    now = {name: change(name, values) for name, values in BEFORE.items()}
    found = weights(TREE, read(now), squares(aligned(weight_arrays(BEFORE, None, None), NAMES, PLACES)))
    node = TREE.names.index(module)
    before = np.concatenate([BEFORE[name] for name in inside])
    after = np.concatenate([now[name] for name in inside])
    relative = np.linalg.norm(after - before) / np.linalg.norm(before)
    expected = {
        "relative_l2": relative,
        "sqnr_db": -20 * np.log10(relative),
        "cosine": after @ before / (np.linalg.norm(after) * np.linalg.norm(before)),
        "mean_abs": np.abs(after).mean(),
        "mean_abs_change": np.abs(after - before).mean(),
        "distinct": max(len(np.unique(now[name])) for name in inside),
        "bits_per_weight": 32,
        "bytes": 4 * after.size,
    }
    for key, value in expected.items():
        np.testing.assert_allclose(found[key][node], value, rtol=1e-9, err_msg=key)


def test_shares_of_zeros_add_up():
    now = {name: pruned(0.5)(name, values) for name, values in BEFORE.items()}
    found = sparsity(TREE, read(now))
    for module, inside in PARTS:
        after = np.concatenate([now[name] for name in inside])
        node = TREE.names.index(module)
        assert found["zeros"][node] == np.mean(after == 0)
        assert found["gained"][node] == np.mean(after == 0)
        assert found["both"][node] == found["lost"][node] == 0


def test_scales_count_as_overhead():
    now = {name: rounded(7)(name, values) for name, values in BEFORE.items()}
    found = storage(TREE, read(now, bits=4))
    node = TREE.names.index("body")
    assert found["bits_per_weight"][node] == pytest.approx((4 * 768 + 3 * 32) / 768)
    assert found["overhead"][node] == pytest.approx(96 / (4 * 768 + 96))
    assert found["code_bits"][node] == 4


def test_a_tensor_that_is_not_compared_leaves_the_others_comparable():
    now = dict(BEFORE, **{"body.1.weight": np.ones(10)})
    found = weights(TREE, read(now), squares(aligned(weight_arrays(BEFORE, None, None), NAMES, PLACES)))
    assert found["relative_l2"][TREE.names.index("body")] == 0
    assert np.isnan(found["relative_l2"][TREE.names.index("body.1.weight")])


def test_histograms_over_another_range_lose_no_value():
    draw = np.random.default_rng(1)
    tensors = [draw.normal(0, 1, 5000), draw.normal(0.5, 2, 7000)]
    arrays = weight_arrays({"a.w": tensors[0], "b.w": tensors[1]}, None, None)
    ranges = np.stack([arrays["range_low"], arrays["range_high"]], axis=1)
    found = rebinned(arrays["histogram"], ranges, -1.0, 1.5, 10)
    plain = sum(np.histogram(values, 10, (-1.0, 1.5))[0] for values in tensors)
    assert found.sum() == pytest.approx(12000)
    np.testing.assert_allclose(found[1:-1], plain, atol=80)
    assert found[0] == pytest.approx(sum((values < -1).sum() for values in tensors), abs=80)


def test_heights_show_every_bin_that_is_not_empty():
    found = heights(np.array([[0.0, 1.0, 1e9], [4e8, 0.0, 0.0]]))
    assert found.tolist() == [[0, 1, 255], [round(255 * 0.4**0.5), 0, 0]]
