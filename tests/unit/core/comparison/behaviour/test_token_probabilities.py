"""Log-probabilities along the right answer, and its perplexity."""

import numpy as np
import pytest

from core.comparison.behaviour.predictions import Predictions
from core.comparison.behaviour.token_probabilities import token_lines


def model(*rows: list[float]) -> Predictions:
    texts = np.array(["x"] * len(rows), np.dtypes.StringDType())
    return Predictions(texts, np.ones(len(rows), bool), token_log_probabilities=np.array(rows))


def test_a_model_is_as_perplexed_as_the_tokens_it_could_choose_among():
    before = model([np.log(0.5), np.log(0.5), np.nan])
    after = model([np.log(0.5), np.log(1 / 8), np.nan])
    base, changed = token_lines([before, after], 0)
    assert base is not None
    assert changed is not None
    assert base.perplexity == pytest.approx(2)  # one of two equally likely tokens, twice
    assert base.change is None
    assert changed.perplexity == pytest.approx(4)  # the geometric mean of 2 and 8
    assert changed.change == pytest.approx(2)
    assert (len(changed.values), changed.lowest) == (2, 1)


def test_models_without_tokens_have_no_line():
    silent = Predictions(np.zeros(1), np.ones(1, bool))
    assert token_lines([silent, model([-1.0])], 0)[0] is None
    assert token_lines([model([np.nan])], 0) == [None]
