"""Ids of models, data sets and groups inside JSON columns, addresses and recipes, made those of here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

_DATA_IN_NAME = re.compile(r"(?<=[@,]data=)\d+")
_MOST_IDS = 100_000
_MODEL_ARRAYS = frozenset({"baseline"})
"""Arrays of layer statistics whose values are ids of models."""


@dataclass
class Identifiers:
    """New ids by table and old id, and new marks of saved groups by the old.

    model_parameters: by technique, the parameter that may name a model by its id.
    """

    ids: dict[str, dict[int, int]] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    model_parameters: Mapping[str, str] = field(default_factory=dict)

    def of(self, table: str, old: Any) -> int | None:
        """Return the new id, None for one that was not carried."""
        return self.ids.get(table, {}).get(old) if isinstance(old, int) else None

    def in_json(self, table: str, column: str, value: Any) -> Any:
        """Return the JSON of a column with new ids; other columns as they are."""
        rule = _RULES.get((table, column))
        return value if rule is None or value is None else rule(self, value)

    def models_array(self, name: str, values: list[int]) -> list[int] | None:
        """Return the new ids in an array of layer statistics; None where it holds no ids, 0 for no model."""
        return [self.of("models", one) or 0 for one in values] if name in _MODEL_ARRAYS else None

    def metric(self, name: str) -> str:
        """Return the name of a metric under a condition, which may name a data set or a group."""
        name = _DATA_IN_NAME.sub(lambda found: str(self.of("datasets", int(found[0])) or found[0]), name)
        for old, new in self.marks.items():
            name = name.replace(f"group={_quoted(old)}", f"group={_quoted(new)}")
        return name


_REFERENCES = (("dataset_id", "datasets"), ("baseline_id", "models"), ("group_id", "instance_groups"))


def _quoted(mark: str) -> str:
    return quote(mark, safe=" ()+")


def _protocol(known: Identifiers, value: dict[str, Any]) -> dict[str, Any]:
    return {kind: part and _condition(known, part) for kind, part in value.items()}


def _condition(known: Identifiers, value: dict[str, Any]) -> dict[str, Any]:
    """Return what was asked of a run, or noted of a measurement."""
    found = dict(value)
    for name, table in _REFERENCES:
        if found.get(name) is not None:
            found[name] = known.of(table, found[name]) or 0
    if isinstance(mark := found.get("group"), str):
        found["group"] = known.marks.get(mark, mark)
    if isinstance(step := found.get("step"), dict):
        found["step"] = _step(known, step)
    if isinstance(asked := found.get("asked"), dict):
        found["asked"] = _condition(known, asked)
    return found


def _variants(known: Identifiers, value: list[Any]) -> list[Any]:
    def parts(told: dict[str, str]) -> dict[str, str]:
        data, mark = told.get("data", ""), told.get("group", "")
        new = known.of("datasets", int(data)) if data.isdecimal() else None
        found = {**told, "group": known.marks.get(mark, mark)} if mark else told
        return {**found, "data": str(new)} if new is not None else found

    return [{**one, "parts": parts(one["parts"])} for one in value]


def _names(known: Identifiers, value: Any) -> Any:
    if isinstance(value, dict):
        return {known.metric(name): one for name, one in value.items()}
    return [known.metric(str(name)) for name in value]


def _base_ids(known: Identifiers, value: list[Any]) -> list[int]:
    return [new for old in value if (new := known.of("models", old)) is not None]


def _step(known: Identifiers, value: dict[str, Any]) -> dict[str, Any]:
    """Return a step, or a step of a sweep, whose `values` are lists."""
    about = known.model_parameters.get(str(value.get("technique")))
    kind = "values" if "values" in value else "parameters"
    given = value.get(kind)
    if about is None or not isinstance(given, dict) or about not in given:
        return value
    return {**value, kind: {**given, about: _named(known, given[about])}}


def _named(known: Identifiers, value: Any) -> Any:
    """Return what names models: ids as numbers or as texts, words such as `parent`, or a list of these."""
    if isinstance(value, list):
        return [_named(known, one) for one in value]
    if isinstance(value, str):
        new = known.of("models", int(value)) if value.isdecimal() and len(value) < 19 else None
        return value if new is None else str(new)
    return (known.of("models", value) or value) if not isinstance(value, bool) else value


def _recipes(known: Identifiers, value: list[Any]) -> list[Any]:
    return [[_step(known, step) for step in recipe] for recipe in value]


def _query(known: Identifiers, value: str) -> str:
    """Return the address of a page: ids of models in it, and metrics that name data."""
    found = {name: known.metric(said) for name, said in parse_qsl(value, keep_blank_values=True)}
    if "selected" in found:
        new_ids = (known.of("models", old) for old in _listed(found["selected"]))
        found["selected"] = ".".join(str(new) for new in new_ids if new is not None)
    for name in ("baseline", "shown", "sort"):
        number = found.get(name, "").removeprefix("-")
        if number.isdecimal() and len(number) < 19 and (new := known.of("models", int(number))):
            found[name] = found[name].replace(number, str(new))
    return urlencode(found)


def _listed(text: str) -> list[int]:
    """Return ids as addresses hold them, e.g. `1-40.55`."""
    found: list[int] = []
    for first, last in re.findall(r"(\d{1,18})(?:-(\d{1,18}))?", text):
        end = min(int(last or first), int(first) + _MOST_IDS - len(found) - 1)
        found += range(int(first), end + 1)
    return found


def _yaml(known: Identifiers, value: str) -> str:
    """Return recipes as they were written, but for models that they name by their ids."""
    parameters = "|".join(map(re.escape, sorted(set(known.model_parameters.values()))))
    if not parameters:
        return value

    def line(found: re.Match[str]) -> str:
        ids = re.sub(r"\b\d+\b", lambda one: str(known.of("models", int(one[0])) or one[0]), found[2])
        return found[1] + ids

    several = r"[ \d,\[\]'\"]*(?:\n *- *['\"]?\w+['\"]?)*"
    return re.sub(rf"^([ -]*(?:{parameters}):)({several})$", line, value, flags=re.MULTILINE)


_RULES: Mapping[tuple[str, str], Callable[[Identifiers, Any], Any]] = {
    ("projects", "protocol"): _protocol,
    ("projects", "variants"): _variants,
    ("projects", "primary_metrics"): _names,
    ("projects", "budgets"): _names,
    ("experiments", "base_ids"): _base_ids,
    ("experiments", "recipes"): _recipes,
    ("trials", "model_ids"): _base_ids,
    ("models", "step"): _step,
    ("runs", "payload"): _condition,
    ("evaluations", "environment"): _condition,
    ("profiles", "environment"): _condition,
    ("sensitivities", "environment"): _condition,
    ("sensitivities", "step"): _step,
    ("saved_views", "query"): _query,
    ("saved_recipes", "content"): _yaml,
}
