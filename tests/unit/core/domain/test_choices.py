"""One of a few values is shown in words; free text and numbers are shown as they are."""

import re
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

import pytest

import core.compression.techniques
from core.comparison.variables.values import value_of
from core.compression.base import techniques
from core.domain.parameter.choices import choice_words, zero_words
from core.domain.parameter.spec import Kind
from core.domain.recipe import Step, show_value, step_label
from core.domain.technique import Storage, TechniqueSpec
from core.testing.parameters import parameter

STUDENT = parameter("student", choices=("fewer-layers", "itself", "per_pair", "channel"))


@pytest.mark.parametrize(
    ("value", "about", "words"),
    [
        ("fewer-layers", STUDENT, "fewer layers"),
        ("per_pair", STUDENT, "per pair"),
        ("channel", STUDENT, "per channel"),
        ("channel", parameter("per", nullable=True, choices=("channel",)), "per channel"),
        ("fewer-layers", replace(STUDENT, as_written=True), "fewer-layers"),
        ("my-file_1", parameter("file"), "my-file_1"),
        ("channel", None, "channel"),
        ("else-where", STUDENT, "else-where"),
        (4, parameter("bits", Kind.INTEGER, choices=(2, 4)), 4),
        (None, STUDENT, None),
    ],
)
def test_words(value, about, words):
    assert choice_words(value, about) == words


def test_names_of_models_and_differences_use_them_but_values_stay_the_same():
    spec = TechniqueSpec(
        name="distillation",
        label="Distillation",
        summary="",
        documentation="",
        version="1",
        parameters=(STUDENT,),
        storage=Storage.STORED,
        headline=("student",),
    )
    step = Step("distillation", {"student": "fewer-layers"})
    assert step_label(step, spec) == "distillation fewer layers"
    value = value_of("fewer-layers", STUDENT)
    assert value.text == "fewer layers"
    assert value == value_of("fewer-layers")


def test_switches_and_zeros_are_words():
    assert [show_value(True), show_value(False), show_value([1, True])] == ["yes", "no", "1, yes"]
    assert zero_words(parameter("side", help="Side in pixels; 0: no cut, all have one size.")) == (
        "no cut, all have one size"
    )
    assert zero_words(parameter("side", help="From 10: much. 100: more.")) == ""


def test_a_name_says_what_there_is_none_of():
    import_module("core.compression.techniques.wanda_pruning")
    pruning = techniques.get("wanda-pruning").spec()
    step = Step("wanda-pruning", {"sparsity": 0.5, "pattern": "none", "scope": "channel"})
    assert step_label(step, pruning) == "wanda pruning 0.5 no pattern per channel"


def test_no_technique_offers_a_value_that_would_be_shown_raw():
    for module in iter_modules(core.compression.techniques.__path__):
        import_module(f"{core.compression.techniques.__name__}.{module.name}")
    for name in techniques.names():
        for about in techniques.get(name).Params.specs():
            shown = [choice_words(value, about) for value in about.choices]
            raw = [text for text in shown if isinstance(text, str) and re.search(r"_|[a-z]-[a-z]", text)]
            assert set(raw) <= {"min-max"}, name
