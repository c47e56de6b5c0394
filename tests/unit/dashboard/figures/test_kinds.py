"""Colours for kinds: the same kind has the same colour, and there are never more kinds than colours."""

from __future__ import annotations

from core.testing.projects.forests import model
from dashboard.figures.kinds import Kinds
from dashboard.theme import LIGHT

MODELS = [model(number) for number in range(1, 31)]


def test_models_of_a_kind_share_a_colour_and_others_have_another() -> None:
    known = {1: "a", 2: "b", 3: "a"}
    kinds = Kinds.over(MODELS[:4], "Experiment", known, LIGHT)
    first, second, third, none = (kinds.colour(one, LIGHT) for one in MODELS[:4])
    assert first == third != second
    assert none is None
    assert kinds.names == ("a", "b")


def test_the_rarest_of_many_kinds_are_one() -> None:
    known = {one.id: f"kind {min(one.id // 4, 7)}" for one in MODELS}
    kinds = Kinds.over(MODELS, "Experiment", known, LIGHT)
    assert len(kinds.names) == len(LIGHT.categories)
    assert kinds.names[-1] == "others"
    assert {kinds.colour(one, LIGHT) for one in MODELS} == set(LIGHT.categories)
