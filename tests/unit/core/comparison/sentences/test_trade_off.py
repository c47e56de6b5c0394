"""The sentence about a whole study names the model that a person would choose, and claims no more."""

from dataclasses import replace

import pytest

from core.comparison.sentences.statement import Criterion
from core.comparison.sentences.trade_off import Aims, best_trade_off, bounds, within
from core.comparison.sentences.words import written
from core.domain.metric import Direction, MetricDefinition
from core.domain.recipe import Step
from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import model

BASE = model(1, name="CNN", metrics={"top1": 0.950, "file_bytes": 300_000.0})
STEP = Step("prune", {"sparsity": 0.5})


def made(number, top1, size, **changes):
    metrics = {"top1": top1, "file_bytes": size}
    return model(number, BASE, STEP, name=f"model {number}", metrics=metrics, **changes)


def found(*models, budgets=None, loss=0.01):
    return best_trade_off([BASE, *models], Aims(ACCURACY, SIZE, budgets or {}, loss), lambda one: one.name)


def test_the_smallest_within_a_point_of_the_base_is_the_best():
    told = found(made(2, 0.948, 90_000.0), made(3, 0.942, 30_000.0), made(4, 0.30, 10_000.0))
    assert (told.model_id, told.base_id) == (3, 1)
    assert written(told) == (
        "Within 1 point of the base's top-1 accuracy, model 3 saves the most file size: against CNN, it "
        "saves 90 % of file size and keeps top-1 accuracy within 0.8 points."
    )


def test_of_two_equally_small_ones_the_better_is_named():
    assert found(made(2, 0.945, 30_000.0), made(3, 0.949, 30_000.0)).model_id == 3


def test_of_two_level_in_size_the_clearly_worse_is_not_named():
    told = found(made(2, 0.922, 30_000.0), made(3, 0.949, 30_300.0), loss=0.05)
    assert (told.model_id, told.level_with) == (3, (2,))
    assert written(told).startswith(
        "Within 5 points of the base's top-1 accuracy, model 3 saves the most file size, level with 1 other"
    )
    noise = found(made(2, 0.943, 30_000.0), made(3, 0.949, 30_300.0), loss=0.05)
    assert (noise.model_id, noise.level_with) == (2, (3,))  # 0.6 points are within the tolerance


def test_of_two_level_in_quality_the_clearly_larger_is_not_named():
    told = found(made(2, 0.80, 90_000.0), made(3, 0.795, 30_000.0), made(4, 0.30, 10_000.0))
    assert told.model_id == 3
    assert told.met == 0


def test_where_all_have_collapsed_that_is_said():
    told = found(made(2, 0.80, 90_000.0), made(3, 0.30, 10_000.0))
    assert told.model_id == 2
    assert written(told) == (
        "Nothing that saves file size stays within 1 point of the base's top-1 accuracy so far; the closest "
        "is model 2: against CNN, it costs 15 points of top-1 accuracy and saves 70 % of file size."
    )


def test_a_budget_says_what_is_acceptable():
    models = made(2, 0.93, 90_000.0), made(3, 0.91, 10_000.0)
    told = found(*models, budgets={"top1": 0.92})
    assert told.model_id == 2
    text = written(told)
    assert text.startswith("Within the budget top-1 accuracy \N{GREATER-THAN OR EQUAL TO} 92.0 %, model 2")
    assert found(*models, budgets={"top1": 0.90}).model_id == 3


def test_nothing_is_said_without_figures_of_both_sides():
    assert found() is None
    assert found(made(2, float("nan"), 10_000.0), made(3, 0.95, 400_000.0)) is None
    assert found(made(2, 0.95, 10_000.0, archived=True)) is None
    assert best_trade_off([made(2, 0.95, 10.0)], Aims(ACCURACY, SIZE, {}), lambda one: one.name) is None


def test_every_model_is_judged_by_the_base_it_comes_from():
    small = model(7, name="small CNN", metrics={"top1": 0.087, "file_bytes": 40_000.0})
    metrics = {"top1": 0.232, "file_bytes": 38_000.0}
    calibrated = model(8, small, STEP, name="calibrated", metrics=metrics)
    told = found(small, calibrated)
    assert (told.model_id, told.base_id) == (8, 7)
    assert written(told) == (
        "Within 1 point of the base's top-1 accuracy, calibrated saves the most file size: against small "
        "CNN, it saves 5 % of file size and gains 15 points of top-1 accuracy."
    )
    assert found(small, calibrated, made(2, 0.949, 30_000.0)).model_id == 2
    assert found(replace(small, metrics={}), calibrated) is None


def test_models_within_the_criterion_are_judged_by_their_own_bases():
    small = model(7, name="small CNN", metrics={"top1": 0.5, "file_bytes": 40_000.0})
    models = [
        BASE,
        made(2, 0.94, 1.0),
        made(3, 0.93, 1.0),
        small,
        model(8, small, STEP, metrics={"top1": 0.49}),
    ]
    assert within(Aims(ACCURACY, SIZE, {}).criterion, models) == {1, 2, 7, 8}


def test_what_is_acceptable_has_a_bound_per_base():
    small = model(7, name="small CNN", metrics={"top1": 0.5, "file_bytes": 40_000.0})
    models = [BASE, made(2, 0.94, 1.0), small, model(8, small, STEP, metrics={"top1": 0.49})]
    assert bounds(Criterion(ACCURACY, 0.01, budget=False), models) == pytest.approx(
        {"CNN": 0.94, "small CNN": 0.49}
    )
    loss = MetricDefinition("top1", "Loss", Direction.LOWER)  # not in points: 2 % of the base's value
    assert bounds(Criterion(loss, 0.02, budget=False), models[:2]) == pytest.approx({"CNN": 0.969})
