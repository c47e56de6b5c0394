"""What every worker of this version can do, known also where none has connected yet."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from core.domain.catalogue import Catalogue

FILE = Path(__file__).with_suffix(".json")
"""Written by `python -m core.execution.built_in`, since only the heavy half can find it out."""

_ADAPTER = TypeAdapter(Catalogue)


@cache
def built_in() -> Catalogue:
    """Return the techniques, sources and tasks that are part of the product; plug-ins are not."""
    return _ADAPTER.validate_json(FILE.read_bytes())


def as_json(catalogue: Catalogue) -> str:
    """Return the content of the file for a catalogue."""
    return _ADAPTER.dump_json(catalogue, indent=1).decode() + "\n"
