"""Short names by lineage: readable, unique, and cut where it does no harm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.comparison.naming.lineage_names import THEN, fitted, lineage_names
from core.domain.recipe import Step
from core.testing.laboratory import CATALOGUE
from core.testing.projects.forests import model

SPECS = {spec.name: spec for spec in CATALOGUE.techniques}
BASE = model(1, name="residual CNN")


def arrows(text):
    """Return the text with the sign between steps that the page has."""
    return text.replace(" > ", THEN)


def prune(number, parent, sparsity):
    return model(number, parent, Step("prune", {"sparsity": sparsity}))


HALF, MORE = prune(2, BASE, 0.5), prune(3, BASE, 0.7)
TUNED = model(4, MORE, Step("fine-tune", {"epochs": 2}))
SMALL = [model(number, TUNED, Step("quantize", {"bits": bits})) for number, bits in ((5, 3), (6, 8))]


def test_steps_are_named_by_what_they_differ_in_else_by_their_technique():
    names = lineage_names([BASE, HALF, MORE, TUNED, *SMALL], SPECS)
    assert names == {
        1: "residual CNN",
        2: "magnitude pruning 0.5",
        3: "magnitude pruning 0.7",
        4: arrows("0.7 > fine-tune"),
        5: arrows("0.7 > fine-tune > 3 bit"),
        6: arrows("0.7 > fine-tune > 8 bit"),
    }


def test_bare_numbers_of_two_techniques_have_their_technique():
    tuned = [
        model(number, HALF, Step("fine-tune", {"epochs": epochs})) for number, epochs in ((4, 1), (5, 2))
    ]
    names = lineage_names([BASE, HALF, MORE, *tuned], SPECS)
    assert names[5] == arrows("magnitude pruning 0.5 > fine-tune 2")


def test_what_steps_of_two_techniques_are_named_by_has_its_technique():
    palettes = [model(number, TUNED, Step("palettize", {"bits": bits})) for number, bits in ((7, 3), (8, 2))]
    specs = {**SPECS, "palettize": replace(SPECS["quantize"], name="palettize", label="Palettization")}
    names = lineage_names([BASE, HALF, MORE, TUNED, *SMALL, *palettes], specs)
    assert [names[number] for number in (5, 6, 7, 8)] == [
        arrows("0.7 > fine-tune > weight-only quantization 3 bit"),
        arrows("0.7 > fine-tune > 8 bit"),
        arrows("0.7 > fine-tune > palettization 3 bit"),
        arrows("0.7 > fine-tune > 2 bit"),
    ]


def test_several_bases_are_named():
    other = model(7, name="wide CNN")
    names = lineage_names([BASE, HALF, MORE, other, prune(8, other, 0.5)], SPECS)
    assert (names[2], names[8]) == (arrows("residual CNN > 0.5"), arrows("wide CNN > 0.5"))


def test_names_that_are_the_same_have_their_id():
    again = model(9, BASE, Step("prune", {"sparsity": 0.5}))
    names = lineage_names([BASE, HALF, MORE, again], SPECS)
    assert (names[2], names[9]) == ("magnitude pruning 0.5 (id 2)", "magnitude pruning 0.5 (id 9)")


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([arrows("0.7 > fine-tune > 3 bit")], [arrows("0.7 > fine-tune > 3 bit")]),
        (
            [arrows("0.7 > fine-tune > 3 bit"), arrows("0.7 > fine-tune > 8 bit")],
            [arrows("… > 3 bit"), arrows("… > 8 bit")],
        ),
        ([arrows("0.5 > tune"), arrows("0.7 > tune")], [arrows("0.5 > tune"), arrows("0.7 > tune")]),
        (["a" * 30, "b"], ["a" * 25 + "…", "b"]),
        (["a" * 30 + "1", "a" * 30 + "2"], ["a" * 30 + "1", "a" * 30 + "2"]),
    ],
    ids=["one", "shared beginning", "differ at first", "cut at the end", "never in what differs"],
)
def test_names_are_cut_once_and_never_where_they_differ(names, shown):
    assert fitted(names, 26) == shown


def test_in_a_drawing_a_single_step_is_as_short_as_in_a_longer_name():
    names = lineage_names([BASE, HALF, MORE, TUNED], SPECS, brief=True)
    assert (names[3], names[4]) == ("0.7", arrows("0.7 > fine-tune"))
