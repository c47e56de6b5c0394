"""Parameters that name folders and files with models, marked so that forms can look for them at once.

What the marks mean is told in `core.services.data_places`.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field


def weights_field(about: str) -> Any:
    """Return the field of a file with weights, which may be empty."""
    marks: dict[str, Any] = {"x-place": "file", "x-may-be-empty": True}
    return Field("", title="Weights file", description=about, json_schema_extra=marks)


def folder_or_name_field(about: str) -> Any:
    """Return the field of a folder with a model, or of its name elsewhere; it may be empty."""
    marks: dict[str, Any] = {"x-place": "folder", "x-may-be-empty": True, "x-may-be-name": True}
    return Field("", title="Model", max_length=1000, description=about, json_schema_extra=marks)
