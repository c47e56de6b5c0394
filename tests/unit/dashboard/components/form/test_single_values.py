"""A form with one value per field."""

import pytest

from dashboard.components.form.form_fields import fields
from dashboard.components.form.single_values import counting, read_field, read_values, single_input, written

SCHEMA = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "title": "Path", "description": "Where it is."},
        "note": {"type": "string", "title": "Note", "default": ""},
        "size": {"type": "integer", "title": "Size", "default": 224},
        "share": {"type": "number", "title": "Share", "default": 1.0},
        "rare": {"type": "array", "title": "Rare", "items": {"type": "integer"}, "default": [8, 9]},
        "mode": {"enum": ["a", "b"], "title": "Mode", "default": "a"},
        "limit": {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "Limit", "default": None},
    },
    "required": ["path"],
}
FIELDS = {field.name: field for field in fields(SCHEMA)}


def test_a_form_is_read():
    entered = {
        "path": " /data/a, b ",
        "size": "32",
        "share": "50 %",
        "rare": "1, 2",
        "mode": '"b"',
        "limit": "none",
    }
    values, problems = read_values(SCHEMA, entered)
    assert problems == []
    assert values == {
        "path": "/data/a, b",
        "note": "",
        "size": 32,
        "share": 0.5,
        "rare": [1, 2],
        "mode": "b",
        "limit": None,
    }


def test_what_is_left_empty_takes_its_default():
    values, problems = read_values(SCHEMA, {"path": "x", "size": "", "rare": None})
    assert problems == []
    assert values == {"path": "x", "note": ""}


def test_every_problem_is_told_at_its_field():
    _, problems = read_values(SCHEMA, {"path": "", "size": "1, 2", "share": "much", "rare": "[1"})
    assert [problem.field for problem in problems] == [
        *("parameters.path", "parameters.size", "parameters.share", "parameters.rare")
    ]
    assert [problem.message for problem in problems][:2] == [
        "Path needs a value.",
        "Size takes one value, not 2.",
    ]


@pytest.mark.parametrize(
    ("text", "items"), [("8", [8]), ("8, nine", [8, "nine"]), ("[8, 9]", [8, 9]), ("[]", [])]
)
def test_lists_are_read_with_and_without_brackets(text, items):
    assert read_field(FIELDS["rare"], text) == (items, [])


def test_inputs_open_with_the_default():
    opened = {name: single_input(field, component_id={"name": name}) for name, field in FIELDS.items()}
    assert opened["mode"].value == '"a"'
    assert (opened["size"].value, opened["rare"].value, opened["path"].value) == ("224", "8, 9", "")
    assert opened["path"].withAsterisk is True
    assert written(FIELDS["limit"]) == "none"


def test_a_fresh_form_reads_back_as_the_defaults():
    entered = {name: single_input(field, component_id={}).value for name, field in FIELDS.items()}
    values, problems = read_values(SCHEMA, entered | {"path": "x"})
    assert problems == []
    assert values == {
        "path": "x", "note": "", "size": 224, "share": 1.0, "rare": [8, 9], "mode": "a", "limit": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("family", "read"),
    [('"vit"', {"family": '"vit"', "patch": "rubbish"}), ('"bert"', {"family": '"bert"', "words": "w.txt"})],
)
def test_fields_that_are_hidden_are_not_read(family, read):
    schema = {
        "properties": {
            "family": {"enum": ["vit", "bert"], "title": "Family"},
            "patch": {"type": "integer", "title": "Patch", "x-used-with": {"family": ["vit"]}},
            "words": {"type": "string", "title": "Words", "x-used-with": {"family": ["bert"]}},
        }
    }
    assert counting(schema, {"family": family, "patch": "rubbish", "words": "w.txt"}) == read


def test_a_list_nested_too_deeply_is_a_text():
    _, problems = read_field(FIELDS["rare"], "[" * 100_000)
    assert [problem.field for problem in problems] == ["rare"]
