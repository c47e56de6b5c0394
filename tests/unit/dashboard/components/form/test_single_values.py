"""A form with one value per field."""

import pytest

from core.domain.parameter.spec import Kind
from core.testing.parameters import parameter
from dashboard.components.form.form_fields import fields
from dashboard.components.form.single_values import counting, read_field, read_values, single_input, written

PARAMETERS = (
    parameter("path", help="Where it is.", required=True),
    parameter("note", default=""),
    parameter("size", Kind.INTEGER, 224),
    parameter("share", Kind.NUMBER, 1.0),
    parameter("rare", Kind.LIST, [8, 9]),
    parameter("mode", default="a", choices=("a", "b")),
    parameter("limit", Kind.INTEGER, nullable=True),
)
FIELDS = {field.name: field for field in fields(PARAMETERS)}


def test_a_form_is_read():
    entered = {
        "path": " /data/a, b ",
        "size": "32",
        "share": "50 %",
        "rare": "1, 2",
        "mode": '"b"',
        "limit": "none",
    }
    values, problems = read_values(PARAMETERS, entered)
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
    values, problems = read_values(PARAMETERS, {"path": "x", "size": "", "rare": None})
    assert problems == []
    assert values == {"path": "x", "note": ""}


def test_every_problem_is_told_at_its_field():
    _, problems = read_values(PARAMETERS, {"path": "", "size": "1, 2", "share": "much", "rare": "[1"})
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
    values, problems = read_values(PARAMETERS, entered | {"path": "x"})
    assert problems == []
    assert values == {
        "path": "x", "note": "", "size": 224, "share": 1.0, "rare": [8, 9], "mode": "a", "limit": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("family", "read"),
    [('"vit"', {"family": '"vit"', "patch": "rubbish"}), ('"bert"', {"family": '"bert"', "words": "w.txt"})],
)
def test_fields_that_are_hidden_are_not_read(family, read):
    parameters = (
        parameter("family", choices=("vit", "bert")),
        parameter("patch", Kind.INTEGER, used_with={"family": ("vit",)}),
        parameter("words", used_with={"family": ("bert",)}),
    )
    assert counting(parameters, {"family": family, "patch": "rubbish", "words": "w.txt"}) == read


def test_a_list_nested_too_deeply_is_a_text():
    _, problems = read_field(FIELDS["rare"], "[" * 100_000)
    assert [problem.field for problem in problems] == ["rare"]
