"""Check parameter values against a catalogue's JSON schema, fill in defaults, and say what is wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator

from core.domain.recipe import Step, SweepStep
from core.domain.technique import LATER, LayerRules, TechniqueSpec
from core.domain.text import shown
from core.errors import Problem, UnknownName
from core.presentation.labels import in_sentence
from core.presentation.near_names import suggestion

_KINDS = {
    "number": "a number",
    "integer": "a whole number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a set of named values",
    "null": "nothing",
}


def validated_parameters(
    schema: Mapping[str, Any], values: Mapping[str, Any], *, field: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values with defaults filled in, in the schema's order, and every problem found.

    Problems are at `<field>.<parameter>`; values that are wrong are returned as they came.
    """
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    problems = [_unknown(name, properties, field) for name in values if name not in properties]
    complete: dict[str, Any] = {}
    for name, definition in properties.items():
        if name in values:
            complete[name] = _plain(values[name], definition)
            problems += value_problems(name, definition, complete[name], field=f"{field}.{name}")
        elif "default" in definition:
            complete[name] = definition["default"]
        elif name in schema.get("required", ()):
            problems.append(_missing(name, definition, f"{field}.{name}"))
    return complete, problems


def value_problems(name: str, definition: Mapping[str, Any], value: Any, *, field: str) -> list[Problem]:
    """Return at most one problem: the value in one sentence with what it must be instead."""
    title = definition.get("title", name)
    if not _storable(value):
        return [_unstorable(title, value, field)]
    if _finite(value) and Draft202012Validator(definition).is_valid(value) and _holds(definition, value):
        return _unlisted(value, definition.get("x-known"), title, field)
    message = f"{title} is {shown(value)}; it must be {expectation(definition)}."
    return [Problem(field, message)]


def expectation(definition: Mapping[str, Any]) -> str:
    """Return what a property accepts, in words: `a number from 0 to below 1`, `one of tensor, channel`."""
    choices = definition.get("anyOf") or definition.get("oneOf")
    if choices:
        return " or ".join(expectation(choice) for choice in choices)
    if "enum" in definition:
        return "one of " + ", ".join(str(choice) for choice in definition["enum"])
    if "const" in definition:
        return str(definition["const"])
    if "contentMediaType" in definition:
        return 'a JSON object, such as {"width": 8}'
    kind = definition.get("type", "any value")
    words = _KINDS.get(kind, str(kind))
    if kind == "array" and "items" in definition:
        words = f"a list, each item {expectation(definition['items'])}"
    return " ".join([words, *_bounds(definition)])


def completed_step(step: SweepStep, spec: TechniqueSpec, *, field: str) -> tuple[SweepStep, list[Problem]]:
    """Return the sweep step with every parameter of the technique, and every problem found.

    Problems are at `<field>.parameters.<name>.<index of the value>`, `<field>.rules.include.<index>` ...
    """
    problems = []
    if spec.unavailable:
        problems.append(Problem(f"{field}.technique", f"{spec.label} cannot be used: {spec.unavailable}"))
    properties: Mapping[str, Mapping[str, Any]] = spec.schema.get("properties", {})
    place = f"{field}.parameters"
    problems += [_unknown(name, properties, place) for name in step.values if name not in properties]
    complete: dict[str, tuple[Any, ...]] = {}
    for name, definition in properties.items():
        if name in step.values:
            complete[name] = tuple(_plain(value, definition) for value in step.values[name])
            problems += _sweep_problems(name, definition, complete[name], f"{place}.{name}")
        elif "default" in definition:
            complete[name] = (definition["default"],)
        elif name in spec.schema.get("required", ()):
            problems.append(_missing(name, definition, f"{place}.{name}"))
        if definition.get(LATER) and complete.get(name) == (definition["default"],):
            del complete[name]
    problems += _rule_problems(step.rules, properties, f"{field}.rules")
    return SweepStep(step.technique, complete, step.rules), problems


def without_later_defaults(step: Step, spec: TechniqueSpec) -> Step:
    """Return the step without parameters that were added later and have their default, see `LATER`.

    `completed_step` leaves them out already where no other value is tried.
    """
    kept = {
        name: value
        for name, value in step.parameters.items()
        if not ((about := spec.properties.get(name, {})).get(LATER) and value == about["default"])
    }
    return Step(step.technique, kept, step.rules)


def _sweep_problems(
    name: str, definition: Mapping[str, Any], values: tuple[Any, ...], field: str
) -> list[Problem]:
    if not values:
        title = definition.get("title", name)
        return [Problem(field, f"{title} has no value, so the sweep is empty.", "Give at least one value.")]
    return [
        problem
        for index, value in enumerate(values)
        for problem in value_problems(name, definition, value, field=f"{field}.{index}")
    ]


def _rule_problems(
    rules: LayerRules, properties: Mapping[str, Mapping[str, Any]], field: str
) -> list[Problem]:
    patterns = {"include": rules.include, "exclude": rules.exclude}
    patterns["overrides"] = tuple(pattern for pattern, _ in rules.overrides)
    problems = []
    for kind, several in patterns.items():
        for index, pattern in enumerate(several):
            if not _storable(pattern):
                problems.append(_unstorable("This text", pattern, f"{field}.{kind}.{index}"))
                continue
            try:
                re.compile(pattern)
            except re.error as error:
                message = f"{pattern!r} is not a regular expression: {error}."
                hint = r"Write names of layers such as layer1\.0\.conv2, or parts of them."
                problems.append(Problem(f"{field}.{kind}.{index}", message, hint))
    for index, (_, values) in enumerate(rules.overrides):
        place = f"{field}.overrides.{index}"
        problems += [_unknown(name, properties, place) for name in values if name not in properties]
        for name in (name for name in values if name in properties):
            problems += value_problems(name, properties[name], values[name], field=f"{place}.{name}")
    return problems


def _unlisted(value: Any, known: Sequence[str] | None, title: str, field: str) -> list[Problem]:
    """Return the problem of a name that is not among `x-known`, which are too many to choose from."""
    if known is None or value in known:
        return []
    error = UnknownName(in_sentence(title), str(value), known)
    return [Problem(field, error.message, error.hint)]


def _unknown(name: str, properties: Mapping[str, Any], field: str) -> Problem:
    message = f"There is no parameter named {name!r}."
    return Problem(f"{field}.{name}", message, suggestion(name, properties))


def _missing(name: str, definition: Mapping[str, Any], field: str) -> Problem:
    title = definition.get("title", name)
    return Problem(field, f"{title} is missing; it must be {expectation(definition)}.", "Give it a value.")


def _plain(value: Any, definition: Mapping[str, Any]) -> Any:
    """Return tuples as lists, whole floats as integers where those are wanted, ids as text: one form each."""
    if isinstance(value, Mapping) and definition.get("contentMediaType") == "application/json":
        return _written(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, definition.get("items", {})) for item in value]
    if definition.get("type") == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if "x-model" in definition and isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # an id, as people write it
    return value


def _written(value: Mapping[str, Any]) -> Any:
    """Return named values as the JSON text that a parameter holds; as they came where JSON has no such."""
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return value


def _holds(definition: Mapping[str, Any], text: Any) -> bool:
    """Return whether a text is the JSON that the definition says it is, if it says so."""
    if definition.get("contentMediaType") != "application/json":
        return True
    try:
        content = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return False
    valid: bool = Draft202012Validator(definition.get("contentSchema", {})).is_valid(content)
    return valid


def _storable(value: Any) -> bool:
    """Return whether texts are UTF-8: half of a surrogate pair could be written, but never read again."""
    if isinstance(value, list):
        return all(_storable(item) for item in value)
    return not isinstance(value, str) or not any("\ud800" <= sign <= "\udfff" for sign in value)


def _unstorable(title: str, value: Any, field: str) -> Problem:
    message = f"{title} is {shown(value)}; it contains half a sign, which cannot be kept."
    return Problem(field, message, "Type it again without it.")


def _finite(value: Any) -> bool:
    if isinstance(value, list):
        return all(_finite(item) for item in value)
    return not isinstance(value, float) or math.isfinite(value)


def _bounds(definition: Mapping[str, Any]) -> list[str]:
    low, above = definition.get("minimum"), definition.get("exclusiveMinimum")
    high, below = definition.get("maximum"), definition.get("exclusiveMaximum")
    words = []
    if low is not None:
        words.append(f"from {low:,g}" if (high, below) != (None, None) else f"of at least {low:,g}")
    elif above is not None:
        words.append(f"above {above:,g}")
    if high is not None:
        words.append(f"to {high:,g}" if low is not None else f"of at most {high:,g}")
    elif below is not None:
        words.append(f"to below {below:,g}" if low is not None else f"below {below:,g}")
    for key, unit in (("Length", "characters"), ("Items", "items")):
        if f"min{key}" in definition:
            words.append(f"of at least {definition[f'min{key}']:,} {unit}")
        if f"max{key}" in definition:
            words.append(f"of at most {definition[f'max{key}']:,} {unit}")
    if "pattern" in definition:
        words.append(f"like {definition['pattern']}")
    if "multipleOf" in definition:
        words.append(f"in steps of {definition['multipleOf']:g}")
    return words
