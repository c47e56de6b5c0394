"""The sentence of the largest hidden harm, recomputed from labels and predictions alone."""

import numpy as np
import pytest

from core.comparison.behaviour.harm import worded
from core.comparison.behaviour.overall import compare
from core.comparison.behaviour.predictions import Grouping, Predictions, Split
from core.testing.checkers.harm_checker import Study, faults

CLASSES = tuple(f"digit {each}" for each in range(10))


def study(seed: int) -> Study:
    """Return a long tail of classes and three models, each of which loses most on one class."""
    draw = np.random.default_rng(seed)
    labels = draw.choice(10, 800, p=np.array([12] * 8 + [2, 2]) / 100)
    before = np.where(draw.random(800) < 0.95, labels, (labels + 1) % 10)
    models = {}
    for place in range(3):
        hurt = (labels == draw.integers(0, 10)) & (draw.random(800) < 0.2 * place)
        models[f"model {place}"] = np.where(
            hurt | (draw.random(800) < 0.02), (labels + 3) % 10, before
        ).tolist()
    return Study(labels.tolist(), CLASSES, before.tolist(), models)


def sentence(one: Study) -> str | None:
    labels = np.array(one.labels)
    split = Split(labels, CLASSES, {"class": Grouping("class", CLASSES, labels)})
    baseline, *models = (
        Predictions(np.array(each), np.array(each) == labels) for each in (one.baseline, *one.models.values())
    )
    harm = compare(split, baseline, models).harm
    return None if harm is None else worded(harm, list(one.models)[harm.model])


@pytest.mark.parametrize("seed", range(40))
def test_sentences_hold(seed):
    one = study(seed)
    told = sentence(one)
    assert told is None or faults(told, one) == []


def test_most_studies_have_a_sentence():
    assert sum(sentence(study(seed)) is not None for seed in range(40)) >= 20


@pytest.mark.parametrize("part", ["loses ", "n = "])
def test_the_checker_notices_a_changed_number(part):
    told, one = next((told, one) for one in map(study, range(40)) if (told := sentence(one)))
    assert faults(told.replace(part, f"{part}1", 1), one)


def test_the_checker_refuses_what_is_not_significant():
    one = Study([0] * 20, CLASSES, [0] * 20, {"m": [0] * 18 + [1] * 2})
    told = "m loses 10 points on class digit 0 (n = 20, 95 % interval 1 to 30), while nothing."
    assert faults(told, one) == ["the change is not significant"]
