"""Columns of written answers: patterns, lengths and perplexities against counting by hand."""

import math
import re

import numpy as np
import pytest

from core.comparison.behaviour.answer_columns import (
    EXACT,
    LENGTH,
    PERPLEXITY,
    column_values,
    matches,
    mean_of,
    offered,
)
from core.comparison.behaviour.predictions import Predictions
from core.comparison.behaviour.token_probabilities import perplexity
from core.errors import InvalidInput

ANSWERS = np.array(["to oslo", "", "by train , twice", "42"], np.dtypes.StringDType())


def written(**further) -> Predictions:
    return Predictions(ANSWERS, np.array([True, False, False, True]), **further)


@pytest.mark.parametrize("pattern", ["^to", r"\d+", "(?i)TRAIN", "^$"])
def test_patterns_find_what_pythons_do(pattern):
    expected = [float(re.search(pattern, one) is not None) for one in ANSWERS.tolist()]
    assert matches(pattern, ANSWERS.tolist()).tolist() == expected
    assert column_values(f"matches:{pattern}", written()).tolist() == expected


@pytest.mark.parametrize(
    ("pattern", "problem"), [("(", "is no regular expression"), ("x" * 201, "has 201 characters")]
)
def test_what_is_no_pattern_is_said(pattern, problem):
    with pytest.raises(InvalidInput, match=problem):
        matches(pattern, ["x"])


def test_a_pattern_cannot_keep_the_server_busy():
    with pytest.raises(InvalidInput, match="takes too long"):
        matches(r"(a|aa|a?)+$", ["a" * 60 + "b"] * 200)


def test_lengths_and_exact_matches_are_counted():
    assert column_values(LENGTH, written()).tolist() == [2, 0, 4, 1]
    assert mean_of(EXACT, column_values(EXACT, written())) == 0.5


def test_the_perplexity_is_that_of_the_loss_and_its_mean_geometric():
    losses = np.array([0.0, math.log(4), math.log(16), np.nan])
    values = column_values(PERPLEXITY, written(loss=losses))
    assert values[:3] == pytest.approx([1, 4, 16])
    assert mean_of(PERPLEXITY, values) == pytest.approx(4)


def test_the_perplexity_of_a_model_is_over_tokens():
    tokens = np.log([[0.5, 0.25], [0.5, 1.0]])
    tokens[1, 1] = np.nan
    assert perplexity(written(token_log_probabilities=tokens)) == pytest.approx(
        (0.5 * 0.25 * 0.5) ** (-1 / 3)
    )


def test_what_is_not_kept_is_not_offered():
    assert offered([written()]) == [LENGTH, EXACT]
    assert column_values("token_f1", written()) is None
    assert offered([written(loss=np.zeros(4), columns={"polite": np.zeros(4)})]) == [
        LENGTH,
        PERPLEXITY,
        EXACT,
        "polite",
    ]
