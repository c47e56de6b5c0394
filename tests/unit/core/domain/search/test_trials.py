"""Spaces number their combinations; searches know what is best, what improved, and when to end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.ids import ExperimentId, ModelId
from core.domain.recipe import SweepStep
from core.domain.search.selection import Sample, Search
from core.domain.search.space import Space, count_combinations, drawn
from core.domain.search.trials import Next, Trial, TrialState, meets, next_move, standing

NOW = datetime(2026, 1, 1, tzinfo=UTC)
values = st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True).map(tuple)
steps = st.builds(SweepStep, st.just("prune"), st.dictionaries(st.sampled_from("xy"), values))
recipes = st.lists(st.lists(steps, min_size=1, max_size=2).map(tuple), min_size=1, max_size=2).map(tuple)


@given(recipes, st.integers(1, 2))
def test_every_number_is_another_combination(recipes: tuple[tuple[SweepStep, ...], ...], bases: int) -> None:
    space = Space(tuple(ModelId(one) for one in range(bases)), recipes)
    picks = [tuple(sorted(space.at(number).items())) for number in range(space.count)]
    assert len(set(picks)) == space.count == bases * count_combinations(recipes)


def test_a_sample_has_distinct_combinations_in_the_order_of_the_sweep() -> None:
    recipe = (SweepStep("prune", {"x": (1, 2, 3), "y": (1, 2)}),)
    sample = drawn((recipe,), Sample(4, seed=2))
    assert len(sample) == len(set(map(repr, sample))) == 4
    assert len(drawn((recipe,), Sample(99))) == 6


def trial(number: int, state: TrialState = TrialState.DONE, **found: float) -> Trial:
    ended = None if state is TrialState.OPEN else NOW + timedelta(minutes=number)
    model = (ModelId(number),)
    return Trial(ExperimentId(1), number, {}, model, "", NOW, state, found, ended_at=ended)


SEARCH = Search(minimize=("size",), at_least={"top1": 0.9}, models=6, at_once=2, patience=2)


def test_the_best_meets_the_conditions() -> None:
    trials = [trial(1, size=1, top1=0.5), trial(2, size=9, top1=0.95), trial(3, size=5, top1=0.9)]
    now = standing(SEARCH, trials)
    assert [one.number for one in now.best] == [3]
    assert now.unimproved == 0
    assert standing(SEARCH, [*trials, trial(4, size=6, top1=1.0)]).unimproved == 1
    assert not meets(SEARCH, {"size": 1.0}), "a condition without a value is not met"


def test_coming_nearer_to_the_conditions_is_an_improvement() -> None:
    trials = [trial(1, size=1, top1=0.5), trial(2, size=1, top1=0.7), trial(3, size=1, top1=0.6)]
    assert standing(SEARCH, trials).unimproved == 1
    assert standing(SEARCH, trials).best == ()


def test_of_two_goals_all_are_best_that_no_other_beats() -> None:
    both = Search(minimize=("size",), maximize=("top1",))
    trials = [trial(1, size=5, top1=0.8), trial(2, size=9, top1=0.9), trial(3, size=6, top1=0.7)]
    assert [one.number for one in standing(both, trials).best] == [1, 2]
    better = standing(both, [*trials, trial(4, size=5, top1=0.95)])
    assert [one.number for one in better.best] == [4]


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ([], Next.PROPOSE),
        ([trial(1, TrialState.OPEN)], Next.PROPOSE),
        ([trial(1, TrialState.OPEN), trial(2, TrialState.OPEN)], Next.WAIT),
        ([trial(number, size=number, top1=1) for number in (1, 2, 3)], Next.STOP_PATIENCE),
        (
            [*(trial(number, size=number, top1=1) for number in (1, 2, 3)), trial(4, TrialState.OPEN)],
            Next.WAIT,
        ),
        ([trial(number, size=9 - number, top1=1) for number in range(1, 7)], Next.STOP_MODELS),
        ([trial(number, TrialState.FAILED) for number in range(1, 6)], Next.STOP_FAILURES),
    ],
)
def test_what_comes_next(trials: list[Trial], expected: Next) -> None:
    assert next_move(SEARCH, trials) is expected


def test_without_patience_only_the_number_of_models_ends_it() -> None:
    trials = [trial(number, size=number, top1=1) for number in range(1, 6)]
    assert next_move(replace(SEARCH, patience=0), trials) is Next.PROPOSE
