"""Parameters that name folders, files and columns, so that forms can look for them at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import Field

from core.domain.parameter.spec import ParameterSpec
from core.domain.parameter.traits import PathKind, PathTrait
from core.parameters import Declared


def folder_field(about: str, *, made_by: str = "") -> Any:
    """Return the field of the folder with the data; it may be missing where the flag `made_by` is set."""
    folder = PathTrait(PathKind.FOLDER, made_by=made_by)
    return Field(title="Path", description=about, json_schema_extra=Declared(place=folder))


def folder_or_id_field(about: str) -> Any:
    """Return the field of a folder with a data set, or of its id elsewhere, which no form can look for."""
    declared = Declared(place=PathTrait(PathKind.FOLDER, or_name=True))
    return Field(
        title="Data set", min_length=1, max_length=1000, description=about, json_schema_extra=declared
    )


def split_field(default: str, *, title: str, about: str) -> Any:
    """Return the field of a folder in `path`."""
    folder = PathTrait(PathKind.FOLDER, within="path")
    return Field(default, title=title, description=about, json_schema_extra=Declared(place=folder))


def file_field(default: str, *, title: str, about: str) -> Any:
    """Return the field of a file in `path`; a parameter `header`, if there is one, is its switch."""
    file = PathTrait(PathKind.FILE, within="path", header="header")
    return Field(default, title=title, description=about, json_schema_extra=Declared(place=file))


def column_field(default: str | list[str], *, title: str, about: str, instead_of: str = "") -> Any:
    """Return the field of a column, or of several; `columns_in` says where forms can look for them."""
    declared = Declared(column=True, instead_of=instead_of)
    return Field(default, title=title, description=about, json_schema_extra=declared)


def columns_in(specs: tuple[ParameterSpec, ...], *files: str) -> tuple[ParameterSpec, ...]:
    """Return the parameters with their columns as columns of the files that these parameters name."""
    return tuple(replace(one, columns_of=files) if one.column else one for one in specs)
