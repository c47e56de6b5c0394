"""What every worker of this version can do, known also where none has connected yet."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from core.domain.catalogue import Catalogue
from core.domain.catalogue_json import catalogue_from_json, catalogue_to_json

FILE = Path(__file__).with_suffix(".json")
"""Written by `python -m core.execution.built_in`, since only the heavy half can find it out."""


@cache
def built_in() -> Catalogue:
    """Return the techniques, sources and tasks that are part of the product; plug-ins are not."""
    return catalogue_from_json(json.loads(FILE.read_bytes()))


def as_json(catalogue: Catalogue) -> str:
    """Return the content of the file for a catalogue."""
    return json.dumps(catalogue_to_json(catalogue), indent=1, ensure_ascii=False) + "\n"
