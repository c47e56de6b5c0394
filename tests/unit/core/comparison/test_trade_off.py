"""The sentence about a whole study names the model that a person would choose, and claims no more."""

from dataclasses import replace

from core.comparison.trade_off import Aims, best_trade_off
from core.domain.recipe import Step
from core.testing.forests import model
from core.testing.laboratory import ACCURACY, SIZE

BASE = model(1, name="CNN", metrics={"top1": 0.950, "file_bytes": 300_000.0})
STEP = Step("prune", {"sparsity": 0.5})


def made(number, top1, size, **changes):
    metrics = {"top1": top1, "file_bytes": size}
    return model(number, BASE, STEP, name=f"model {number}", metrics=metrics, **changes)


def found(*models, budgets=None):
    return best_trade_off([BASE, *models], Aims(ACCURACY, SIZE, budgets or {}), lambda one: one.name)


def test_the_smallest_within_a_point_of_the_base_is_the_best():
    told = found(made(2, 0.948, 90_000.0), made(3, 0.942, 30_000.0), made(4, 0.30, 10_000.0))
    assert (told.model_id, told.base_id) == (3, 1)
    assert told.text == (
        "The best trade-off so far is model 3: against CNN, it saves 90 % of file size and costs "
        "0.8 points of top-1 accuracy."
    )


def test_of_two_equally_small_ones_the_better_is_named():
    assert found(made(2, 0.945, 30_000.0), made(3, 0.949, 30_000.0)).model_id == 3


def test_where_all_have_collapsed_that_is_said():
    told = found(made(2, 0.80, 90_000.0), made(3, 0.30, 10_000.0))
    assert told.model_id == 2
    assert told.text.startswith("Nothing keeps top-1 accuracy acceptable so far; the closest is model 2")


def test_a_budget_says_what_is_acceptable():
    models = made(2, 0.93, 90_000.0), made(3, 0.91, 10_000.0)
    assert found(*models, budgets={"top1": 0.92}).model_id == 2
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
    assert told.text == (
        "The best trade-off so far is calibrated: against small CNN, it saves 5 % of file size and gains "
        "15 points of top-1 accuracy."
    )
    assert found(small, calibrated, made(2, 0.949, 30_000.0)).model_id == 2
    assert found(replace(small, metrics={}), calibrated) is None
