"""Numbers as JSON knows them: those that are not finite are written as strings."""

from __future__ import annotations

from typing import Annotated

from pydantic import WithJsonSchema

Number = Annotated[
    float,
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}]}
    ),
]
"""A float; in JSON a number, or one of three strings."""
