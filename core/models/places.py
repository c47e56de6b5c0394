"""Parameters that name folders and files with models, marked so that forms can look for them at once.

What the marks mean: `core.services.data_setup.file_checks`; `x-upload` lists the endings of files that may
be uploaded instead, which parameters then name as `core.domain.data.uploads` says.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from core.domain.catalogue import BRINGS_WEIGHTS
from core.domain.data.preprocessing import FILE, PROCESSOR_FILE
from core.domain.data.uploads import UploadReference, names_upload, read_reference
from core.errors import UnusableInput
from core.parameters import P

Fetch = Callable[[UploadReference], Path]
"""Gives a local path of an uploaded file, which has the file's own name."""


def weights_field(about: str) -> Any:
    """Return the field of a file with weights, which may be empty, a path on the worker, or an upload."""
    marks: dict[str, Any] = {"x-place": "file", "x-may-be-empty": True, "x-upload": [".safetensors"]}
    marks[BRINGS_WEIGHTS] = True
    return Field("", title="Weights file", description=about, json_schema_extra=marks)


def averaged_field() -> Any:
    """Return the switch that takes averaged weights from a file that has others as well."""
    return Field(
        False,
        title="Averaged weights",
        description="Whether to take the averaged weights (EMA) of a file that also has those at the end of "
        "training.",
    )


def folder_or_name_field(about: str) -> Any:
    """Return the field of a folder with a model, or of its name elsewhere; it may be empty."""
    marks: dict[str, Any] = {"x-place": "folder", "x-may-be-empty": True, "x-may-be-name": True}
    marks |= {BRINGS_WEIGHTS: True, FILE: PROCESSOR_FILE}
    return Field("", title="Model", max_length=1000, description=about, json_schema_extra=marks)


def tokenizer_field(about: str, *, extra: Callable[[dict[str, Any]], None]) -> Any:
    """Return the field of a folder with a tokenizer, or of its name elsewhere; it may be empty."""

    def marked(schema: dict[str, Any]) -> None:
        schema.update({"x-place": "folder", "x-may-be-empty": True, "x-may-be-name": True})
        extra(schema)

    return Field("", title="Tokenizer", max_length=1000, description=about, json_schema_extra=marked)


def with_local_files(params: P, fetch: Fetch | None) -> P:
    """Return parameters with a local path wherever a field that takes uploads names one.

    Raises:
        UnusableInput: a reference is not one, or there is nothing to fetch it with.
    """
    takes = {name for name, about in type(params).model_fields.items() if _takes_uploads(about)}
    uploaded = {name: value for name, value in params if name in takes and names_upload(value)}
    local = {name: str(_local(value, fetch)) for name, value in uploaded.items()}
    return params.model_copy(update=local) if local else params


def _takes_uploads(about: Any) -> bool:
    marks = about.json_schema_extra
    return isinstance(marks, dict) and "x-upload" in marks


def _local(text: str, fetch: Fetch | None) -> Path:
    reference = read_reference(text)
    if reference is None:
        raise UnusableInput(
            f"{text!r} does not name an uploaded file.", "Upload the file again, or give its path."
        )
    if fetch is None:
        raise UnusableInput(
            f"{reference.name} was uploaded, and uploads cannot be read here.", "Give a path."
        )
    return fetch(reference)
