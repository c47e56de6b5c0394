"""Fields are read from the JSON schemas that pydantic writes."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel
from pydantic import Field as Parameter

from dashboard.components.form.form_fields import Field, FieldKind, fields


class Params(BaseModel):
    sparsity: float = Parameter(0.5, title="Sparsity", ge=0, lt=1, description="Share of zeros.")
    bits: int = Parameter(title="Bits", ge=2, le=8, json_schema_extra={"x-unit": "bit"})
    scope: Literal["global", "layer"] = "global"
    symmetric: bool = True
    group_size: int | None = None
    layers: list[int] = [1, 2]
    label: str = ""


@pytest.fixture
def by_name() -> dict[str, Field]:
    return {field.name: field for field in fields(Params.model_json_schema())}


def test_fields_keep_the_order_of_the_schema(by_name: dict[str, Field]) -> None:
    assert list(by_name) == ["sparsity", "bits", "scope", "symmetric", "group_size", "layers", "label"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sparsity", FieldKind.NUMBER),
        ("bits", FieldKind.INTEGER),
        ("scope", FieldKind.CHOICE),
        ("symmetric", FieldKind.FLAG),
        ("group_size", FieldKind.INTEGER),
        ("layers", FieldKind.ITEMS),
        ("label", FieldKind.TEXT),
    ],
)
def test_kind_follows_the_type(by_name: dict[str, Field], name: str, kind: FieldKind) -> None:
    assert by_name[name].kind is kind


def test_bounds_are_in_words(by_name: dict[str, Field]) -> None:
    assert by_name["sparsity"].bounds == "at least 0, less than 1"
    assert by_name["bits"].bounds == "at least 2, at most 8"
    assert by_name["label"].bounds == ""


def test_title_help_unit_and_default_are_taken_over(by_name: dict[str, Field]) -> None:
    assert (by_name["sparsity"].label, by_name["sparsity"].help) == ("Sparsity", "Share of zeros.")
    assert by_name["sparsity"].default == 0.5
    assert by_name["bits"].unit == "bit"


def test_only_parameters_without_default_are_required(by_name: dict[str, Field]) -> None:
    assert [name for name, field in by_name.items() if field.required] == ["bits"]


def test_null_beside_a_type_makes_the_field_nullable(by_name: dict[str, Field]) -> None:
    assert by_name["group_size"].nullable
    assert not by_name["bits"].nullable


def test_choices_list_what_can_be_picked(by_name: dict[str, Field]) -> None:
    assert [choice.value for choice in by_name["scope"].choices] == ["global", "layer"]
    assert [choice.label for choice in by_name["symmetric"].choices] == ["yes", "no"]


def test_local_references_are_followed_and_overridden() -> None:
    schema = {
        "$defs": {"Scope": {"type": "string", "enum": ["a", "b"], "title": "Scope", "description": "shared"}},
        "properties": {"scope": {"$ref": "#/$defs/Scope", "description": "own", "default": "a"}},
    }
    (field,) = fields(schema)
    assert (field.kind, field.label, field.help) == (FieldKind.CHOICE, "Scope", "own")


def test_a_schema_without_properties_has_no_fields() -> None:
    assert fields({"type": "object"}) == ()
