"""Parameters that name folders, files and columns, marked so that forms can look for them at once.

What the marks mean is told in `core.services.data_setup.file_checks`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import Field


def folder_field(about: str, *, made_by: str = "") -> Any:
    """Return the field of the folder with the data; it may be missing where the flag `made_by` is set."""
    marks: dict[str, Any] = {"x-place": "folder"} | ({"x-made-by": made_by} if made_by else {})
    return Field(title="Path", description=about, json_schema_extra=marks)


def folder_or_id_field(about: str) -> Any:
    """Return the field of a folder with a data set, or of its id elsewhere, which no form can look for."""
    marks: dict[str, Any] = {"x-place": "folder", "x-may-be-name": True}
    return Field(title="Data set", min_length=1, max_length=1000, description=about, json_schema_extra=marks)


def split_field(default: str, *, title: str, about: str) -> Any:
    """Return the field of a folder in `path`."""
    marks: dict[str, Any] = {"x-place": "folder", "x-within": "path"}
    return Field(default, title=title, description=about, json_schema_extra=marks)


def file_field(default: str, *, title: str, about: str) -> Any:
    """Return the field of a file in `path`; a parameter `header`, if there is one, is its switch."""
    marks: dict[str, Any] = {"x-place": "file", "x-within": "path", "x-header": "header"}
    return Field(default, title=title, description=about, json_schema_extra=marks)


def column_field(default: str | list[str], *, title: str, about: str, instead_of: str = "") -> Any:
    """Return the field of a column, or of several; `columns_in` says where forms can look for them."""
    marks: dict[str, Any] = {"x-columns-of": []} | ({"x-instead-of": instead_of} if instead_of else {})
    return Field(default, title=title, description=about, json_schema_extra=marks)


def columns_in(*files: str) -> Callable[[dict[str, Any]], None]:
    """Return what makes all columns of a schema columns of these file fields."""

    def mark(schema: dict[str, Any]) -> None:
        for about in schema["properties"].values():
            if "x-columns-of" in about:
                about["x-columns-of"] = list(files)

    return mark
