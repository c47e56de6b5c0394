"""Other values for some layers, as they are typed: `^layer1: bits=4, scheme=symmetric`, a pattern a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import Problem

Overrides = tuple[tuple[str, Mapping[str, Any]], ...]

EXAMPLE = r"^layer1: bits=4"
_LINE = re.compile(r"(?P<pattern>.+?)\s*:\s+(?P<values>\w+\s*=.*)")
_NEXT = re.compile(r",\s*(?=\w+\s*=)")


def read(text: str, field: str, problems: list[Problem]) -> Overrides:
    """Return the values by pattern; lines that cannot be read become problems at `<field>.<line>`."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for place, line in enumerate(line.strip() for line in text.splitlines() if line.strip()):
        matched = _LINE.fullmatch(line)
        if matched is None:
            message = f"{line!r} is not a pattern with values."
            problems.append(Problem(f"{field}.{place}", message, f"Write for example {EXAMPLE}"))
            continue
        pairs = (pair.partition("=") for pair in _NEXT.split(matched["values"]))
        values = {name.strip(): _value(written.strip()) for name, _, written in pairs}
        found.append((matched["pattern"], values))
    return tuple(found)


def write(overrides: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Return lines that `read` reads back as the same."""
    return "\n".join(
        f"{pattern}: {', '.join(f'{name}={_written(value)}' for name, value in values.items())}"
        for pattern, values in overrides
    )


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _written(value: Any) -> str:
    if isinstance(value, str) and _value(value) == value:
        return value
    return json.dumps(value)
