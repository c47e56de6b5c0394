"""Parameters that name folders and files with models, so that forms can look for them at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from core.domain.data.preprocessing import PROCESSOR_FILE
from core.domain.data.uploads import UploadReference, names_upload, read_reference
from core.domain.parameter.spec import ParameterSpec
from core.domain.parameter.traits import PathKind, PathTrait
from core.errors import UnusableInput
from core.parameters import Declared, P

_FOLDER_OR_NAME = PathTrait(PathKind.FOLDER, optional=True, or_name=True)
Fetch = Callable[[UploadReference], Path]
"""Gives a local path of an uploaded file, which has the file's own name."""


def weights_field(about: str) -> Any:
    """Return the field of a file with weights, which may be empty, a path on the worker, or an upload."""
    file = PathTrait(PathKind.FILE, optional=True, uploads=(".safetensors",))
    declared = Declared(place=file, weights=True)
    return Field("", title="Weights file", description=about, json_schema_extra=declared)


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
    declared = Declared(place=_FOLDER_OR_NAME, weights=True, preprocessing_file=PROCESSOR_FILE)
    return Field("", title="Model", max_length=1000, description=about, json_schema_extra=declared)


def tokenizer_field(about: str, *, completed: Callable[[ParameterSpec], ParameterSpec] | None = None) -> Any:
    """Return the field of a folder with a tokenizer, or of its name elsewhere; it may be empty."""
    declared = Declared(place=_FOLDER_OR_NAME, completed=completed)
    return Field("", title="Tokenizer", max_length=1000, description=about, json_schema_extra=declared)


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
    declared = about.json_schema_extra
    return isinstance(declared, Declared) and declared.place is not None and bool(declared.place.uploads)


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
