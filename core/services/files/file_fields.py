"""Read the fields of a parsed YAML file by their type, collecting every problem at its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.text import shown
from core.errors import Problem, UnknownName
from core.services.projects.metric_checks import is_finite

Entry = Mapping[str, Any]


class FieldReader:
    """Reads entries of one file; what is wrong is added to `problems`, and a default takes its place."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def known(self, entry: Entry, names: tuple[str, ...], place: str = "") -> None:
        """Refuse fields that the file cannot have."""
        for name in entry:
            if name not in names:
                error = UnknownName("field", str(name), names)
                self._wrong(place, str(name), error.message, error.hint)

    def text(self, entry: Entry, name: str, place: str = "", *, default: str = "") -> str:
        """Return a text, also one that YAML takes for a number."""
        value = entry.get(name)
        if value is None:
            return default
        if isinstance(value, str) or is_finite(value):
            return str(value)
        self._wrong(place, name, f"{name} is {shown(value)}, not a text.", "Write one text, in quotes.")
        return default

    def whole(self, entry: Entry, name: str, place: str = "", *, default: int | None = 0) -> int | None:
        """Return a whole number."""
        value = entry.get(name, default)
        if value is None and default is None:
            return None
        if is_finite(value) and isinstance(value, int):
            return value
        self._wrong(place, name, f"{name} is {shown(value)}, not a whole number.", "Write a whole number.")
        return default

    def number(self, entry: Entry, name: str, place: str, *, default: float) -> float:
        """Return a finite number."""
        value = entry.get(name, default)
        if is_finite(value):
            return float(value)
        hint = "Write a number such as 0.001."
        self._wrong(place, name, f"{name} is {shown(value)}, not a finite number.", hint)
        return default

    def mapping(self, entry: Entry, name: str, place: str = "") -> dict[str, Any]:
        """Return named values; none where the field is absent or empty."""
        value = entry.get(name)
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return {str(key): each for key, each in value.items()}
        self._wrong(place, name, f"{name} has no named values.", f"Write {name}: {{a: 1}}.")
        return {}

    def entries(self, entry: Entry, name: str) -> list[tuple[str, Entry]]:
        """Return the mappings in a list, each with its field."""
        listed = entry.get(name)
        if listed is None:
            return []
        if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
            self._wrong("", name, f"{name} is not a list of entries.", "Begin each with - name: ...")
            return []
        return [(f"{name}.{place}", each) for place, each in enumerate(listed)]

    def _wrong(self, place: str, name: str, message: str, hint: str) -> None:
        self.problems.append(Problem(f"{place}.{name}".strip("."), message, hint))
