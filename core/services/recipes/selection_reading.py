"""Read which combinations of a sweep a file asks for: a sample, a list or a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.search.selection import Sample, Search, Selection
from core.domain.text import shown
from core.errors import Problem
from core.presentation.near_names import suggestion
from core.services.projects.metric_checks import is_finite

_SAMPLE = ("count", "seed")
_NAMES = ("minimize", "maximize")
_LIMITS = ("at_least", "at_most")
_COUNTS = ("models", "at_once", "patience", "seed")
_SEARCH = (*_NAMES, *_LIMITS, *_COUNTS)


class SelectionReader:
    """Turns parsed YAML or JSON into a selection; what is wrong is added to `problems`."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def read(self, content: Mapping[str, Any]) -> Selection:
        """Return the selection as far as it can be read; everything where none is given."""
        return Selection(
            sample=self._sample(content.get("sample")),
            combinations=self._combinations(content.get("combinations")),
            search=self._search(content.get("search")),
        )

    def _sample(self, given: Any) -> Sample | None:
        if given is None:
            return None
        if not isinstance(given, Mapping):
            given = {"count": given}
        self._known("sample", given, _SAMPLE)
        if "count" not in given:
            self._wrong("sample.count", "How many combinations to draw is missing.", "Write count: 20.")
        return Sample(
            self._whole("sample.count", given.get("count", 1)),
            self._whole("sample.seed", given.get("seed", 0)),
        )

    def _combinations(self, given: Any) -> tuple[Mapping[str, Any], ...]:
        if given is None:
            return ()
        if not isinstance(given, list) or not given:
            hint = "Write a list of rows such as {sparsity: 0.5, bits: 8}."
            self._wrong("combinations", "There is no combination.", hint)
            return ()
        rows = []
        for index, row in enumerate(given):
            if isinstance(row, Mapping):
                rows.append({str(name): value for name, value in row.items()})
            else:
                self._wrong(f"combinations.{index}", f"{shown(row)} stands where named values belong.")
        return tuple(rows)

    def _search(self, given: Any) -> Search | None:
        if given is None:
            return None
        if not isinstance(given, Mapping):
            self._wrong("search", f"{shown(given)} stands where named values belong.")
            return None
        self._known("search", given, _SEARCH)
        found: dict[str, Any] = {}
        for name in _NAMES:
            if given.get(name) is not None:
                listed = given[name] if isinstance(given[name], list) else [given[name]]
                found[name] = tuple(str(one) for one in listed)
        for name in _LIMITS:
            if given.get(name) is not None:
                found[name] = self._limits(f"search.{name}", given[name])
        for name in _COUNTS:
            if given.get(name) is not None:
                found[name] = self._whole(f"search.{name}", given[name])
        return Search(**found)

    def _limits(self, field: str, given: Any) -> dict[str, float]:
        if not isinstance(given, Mapping):
            self._wrong(
                field, f"{shown(given)} stands where metrics with limits belong.", "Write {top1: 0.95}."
            )
            return {}
        for name, value in given.items():
            if not is_finite(value):
                self._wrong(f"{field}.{name}", f"{shown(value)} stands where a number belongs.")
        return {str(name): float(value) for name, value in given.items() if is_finite(value)}

    def _whole(self, field: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(field, f"{shown(value)} stands where a whole number belongs.")
            return 1
        return value

    def _known(self, field: str, given: Mapping[Any, Any], names: tuple[str, ...]) -> None:
        for name in given:
            if name not in names:
                self._wrong(
                    f"{field}.{name}", f"There is no field {shown(name)}.", suggestion(str(name), names)
                )

    def _wrong(self, field: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(field, message, hint))
