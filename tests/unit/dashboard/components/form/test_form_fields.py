"""Fields follow from the parameters that techniques and sources declare."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import pytest
from pydantic import Field as Parameter

from core.parameters import Declared, Parameters
from dashboard.components.form.form_fields import Field, FieldKind, fields


class Params(Parameters):
    sparsity: float = Parameter(0.5, title="Sparsity", ge=0, lt=1, description="Share of zeros.")
    bits: int = Parameter(title="Bits", ge=2, le=8, json_schema_extra=Declared(unit="bit"))
    scope: Literal["global", "layer"] = "global"
    symmetric: bool = True
    group_size: int | None = None
    layers: list[int] = Parameter([1, 2])
    label: str = ""


@pytest.fixture
def by_name() -> dict[str, Field]:
    return {field.name: field for field in fields(Params.specs())}


def test_fields_keep_the_order_of_the_parameters(by_name: dict[str, Field]) -> None:
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
    assert by_name["sparsity"].bounds == "from 0 to below 1"
    assert by_name["bits"].bounds == "from 2 to 8"
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


class Scope(StrEnum):
    """Values of a shared kind."""

    A = "a"
    B = "b"


class Shared(Parameters):
    """One parameter of a shared kind, and one of two kinds."""

    scope: Scope = Parameter(Scope.A, description="own")
    either: int | str = 3


def test_enumerations_are_choices_and_unions_are_texts() -> None:
    scope, either = fields(Shared.specs())
    assert (scope.kind, scope.help, scope.default) == (FieldKind.CHOICE, "own", "a")
    assert [choice.value for choice in scope.choices] == ["a", "b"]
    assert (either.kind, either.default) == (FieldKind.TEXT, 3)
