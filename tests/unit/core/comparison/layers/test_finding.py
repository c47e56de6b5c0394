"""The sentence on where a change concentrates holds for any weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.comparison.layers.figures import Mode
from core.comparison.layers.finding import concentration, loudest, worded, worded_output
from core.comparison.layers.values import aligned
from core.testing.checkers.layer_sentences import faults
from core.testing.projects.planted_layers import random_tensors, weight_arrays

NAMES = ["stem.weight", "body.0.weight", "body.1.weight", "head.weight"]
PLACES = {name: place for place, name in enumerate(NAMES)}


def changed(before, shares):
    """Return tensors of which the smallest weights, a share of each tensor, are zero."""
    return {
        name: np.where(np.abs(values) < np.quantile(np.abs(values), share), 0.0, values)
        for (name, values), share in zip(before.items(), shares, strict=True)
    }


@pytest.mark.parametrize("mode", [Mode.WEIGHTS, Mode.SPARSITY])
@given(
    st.lists(st.lists(st.floats(0.05, 0.95), min_size=4, max_size=4), min_size=1, max_size=3),
    st.integers(0, 99),
)
@settings(max_examples=30, deadline=None)
def test_what_is_said_holds(mode, shares, seed):
    before = random_tensors(NAMES, seed=seed)
    models = {f"model {place}": changed(before, each) for place, each in enumerate(shares)}
    columns = [aligned(weight_arrays(before, None, None), NAMES, PLACES)]
    columns += [aligned(weight_arrays(now, before, 1), NAMES, PLACES) for now in models.values()]
    found = concentration(mode, columns)
    assert found is not None
    sentence = worded(found, mode, list(models)[found.column - 1], NAMES)
    assert faults(sentence, before, models) == []


def test_a_false_sentence_is_found_out():
    before = random_tensors(NAMES)
    models = {"model": changed(before, [0.5, 0.5, 0.9, 0.5])}
    columns = [aligned(weight_arrays(now, before, 1), NAMES, PLACES) for now in (before, models["model"])]
    found = concentration(Mode.WEIGHTS, columns)
    assert found is not None
    sentence = worded(found, Mode.WEIGHTS, "model", NAMES)
    assert faults(sentence, before, models) == []
    assert faults(sentence.replace(NAMES[found.leaves[0]], NAMES[0]), before, models)
    assert faults(sentence.replace(" of 4", "0 of 4"), before, models)


def test_nothing_is_said_where_nothing_changed():
    before = random_tensors(NAMES)
    columns = [aligned(weight_arrays(before, before, 1), NAMES, PLACES)] * 2
    assert concentration(Mode.WEIGHTS, columns) is None
    assert concentration(Mode.WEIGHTS, columns[:1]) is None
    assert concentration(Mode.COST, columns) is None


def test_the_worst_output_and_the_largest_own_error_are_named():
    columns = [
        {},
        {"sqnr_db": np.array([30.0, np.nan, 4.0]), "sqnr_local_db": np.array([np.inf, 12.0, 25.0])},
    ]
    found = loudest(columns)
    assert found is not None
    assert worded_output(found, "int4", ["stem", "body", "head"]) == (
        "int4: the output that is furthest from the baseline's is that of head (SQNR 4.0 dB); given the "
        "baseline's input, body errs most (12.0 dB)."
    )


def test_no_error_of_its_own_is_told_where_none_is_known():
    columns = [{}, {"sqnr_db": np.array([-1.94, 3.0]), "sqnr_local_db": np.array([np.inf, np.nan])}]
    found = loudest(columns)
    assert found is not None
    assert worded_output(found, "low rank", ["body", "head"]) == (
        "low rank: the output that is furthest from the baseline's is that of body "
        "(SQNR \N{MINUS SIGN}1.9 dB)."
    )
