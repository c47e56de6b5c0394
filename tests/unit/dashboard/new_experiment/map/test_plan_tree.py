"""The small picture of an experiment's shape."""

from __future__ import annotations

import pytest

from core.domain.ids import ModelId
from core.domain.queue.experiment import Plan, PlannedModel
from core.domain.recipe import Step
from dashboard.figures.map.plan_tree import MOST_DRAWN, figure, shape
from dashboard.theme import DARK, LIGHT


def model(parent: int | None, base: int = 1, existing: int | None = None) -> PlannedModel:
    existing_id = None if existing is None else ModelId(existing)
    return PlannedModel(Step("prune"), "prune", "", 0, parent, ModelId(base), existing_id)


def test_children_stand_right_of_their_parents_and_parents_at_their_middle() -> None:
    drawn = shape(Plan((model(None), model(0), model(0), model(None)), runs=12))
    assert [dot.column for dot in drawn.dots] == [0, 1, 2, 2, 1]
    assert drawn.counts == (1, 2, 2)
    assert drawn.dots[1].height == (drawn.dots[2].height + drawn.dots[3].height) / 2
    assert [dot.height for dot in drawn.dots[2:]] == [0.0, 0.5, 1.0]


def test_every_base_has_a_dot_and_existing_models_are_marked() -> None:
    drawn = shape(Plan((model(None, base=1), model(None, base=2, existing=9)), runs=3))
    assert drawn.counts == (2, 2)
    assert [dot.reused for dot in drawn.dots] == [True, True, False, True]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("models", [0, 1, 30, MOST_DRAWN + 1])
def test_plans_of_any_size_are_drawn(models: int, theme: object) -> None:
    picture = figure(Plan(tuple(model(None) for _ in range(models)), runs=models), theme)  # type: ignore[arg-type]
    dots = picture.data[1]
    assert len(dots.x) == (models + 1 if 0 < models < MOST_DRAWN else min(models, 2))
