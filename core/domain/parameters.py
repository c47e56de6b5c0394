"""Check parameter values against their specs, fill in defaults, and say what is wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.domain.parameter.spec import Kind, ParameterSpec, Shape
from core.domain.recipe import Step, SweepStep
from core.domain.technique import LayerRules, TechniqueSpec
from core.domain.text import shown
from core.errors import Problem, UnknownName
from core.presentation.near_names import suggestion

_JSON_EXAMPLE = 'a JSON object, such as {"width": 8}'
_KINDS = {
    Kind.NUMBER: "a number",
    Kind.INTEGER: "a whole number",
    Kind.TEXT: "text",
    Kind.FLAG: "true or false",
    Kind.LIST: "a list",
    Kind.NAMED: "a set of named values",
    Kind.ANY: "any value",
}


def validated_parameters(
    parameters: Iterable[ParameterSpec], values: Mapping[str, Any], *, field: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values with defaults filled in, in the order of the parameters, and every problem found.

    Problems are at `<field>.<parameter>`; values that are wrong are returned as they came.
    """
    known = {about.name: about for about in parameters}
    problems = [_unknown(name, known, field) for name in values if name not in known]
    complete: dict[str, Any] = {}
    for name, about in known.items():
        if name in values:
            complete[name] = _plain(values[name], about)
            problems += value_problems(about, complete[name], field=f"{field}.{name}")
        elif about.required:
            problems.append(_missing(about, f"{field}.{name}"))
        else:
            complete[name] = about.default
    return complete, problems


def value_problems(about: ParameterSpec, value: Any, *, field: str) -> list[Problem]:
    """Return at most one problem: the value in one sentence with what it must be instead."""
    if not _storable(value):
        return [_unstorable(about.label, value, field)]
    if _accepts(about, value) and (not about.json_object or _is_json_object(value)):
        return _unlisted(about, value, field)
    return [Problem(field, f"{about.label} is {shown(value)}; it must be {expectation(about)}.")]


def expectation(shape: Shape) -> str:
    """Return what a parameter accepts, in words: `a number from 0 to below 1`, `one of tensor, channel`."""
    if shape.choices:
        words = "one of " + ", ".join(str(choice) for choice in shape.choices)
    elif isinstance(shape, ParameterSpec) and shape.json_object:
        words = _JSON_EXAMPLE
    else:
        words = _KINDS[shape.kind]
        words += f", each item {expectation(shape.items)}," if shape.items else ""
        limits = f"of {shape.bounds}" if shape.bounds.startswith("at ") else shape.bounds
        words = f"{words} {limits}" if limits else words.removesuffix(",")
    return f"{words} or nothing" if shape.nullable else words


def completed_step(step: SweepStep, spec: TechniqueSpec, *, field: str) -> tuple[SweepStep, list[Problem]]:
    """Return the sweep step with every parameter of the technique, and every problem found.

    Problems are at `<field>.parameters.<name>.<index of the value>`, `<field>.rules.include.<index>` ...
    """
    problems = []
    if spec.unavailable:
        problems.append(Problem(f"{field}.technique", f"{spec.label} cannot be used: {spec.unavailable}"))
    place = f"{field}.parameters"
    problems += [_unknown(name, spec.by_name, place) for name in step.values if name not in spec.by_name]
    complete: dict[str, tuple[Any, ...]] = {}
    for name, about in spec.by_name.items():
        if name in step.values:
            complete[name] = tuple(_plain(value, about) for value in step.values[name])
            problems += _sweep_problems(about, complete[name], f"{place}.{name}")
        elif about.required:
            problems.append(_missing(about, f"{place}.{name}"))
        else:
            complete[name] = (about.default,)
        if about.added_later and complete.get(name) == (about.default,):
            del complete[name]
    problems += _rule_problems(step.rules, spec.by_name, f"{field}.rules")
    return SweepStep(step.technique, complete, step.rules), problems


def without_later_defaults(step: Step, spec: TechniqueSpec) -> Step:
    """Return the step without parameters that were added later and have their default.

    `completed_step` leaves them out already where no other value is tried.
    """
    kept = {
        name: value
        for name, value in step.parameters.items()
        if (about := spec.by_name.get(name)) is None or not about.added_later or value != about.default
    }
    return Step(step.technique, kept, step.rules)


def _sweep_problems(about: ParameterSpec, values: tuple[Any, ...], field: str) -> list[Problem]:
    if not values:
        message = f"{about.label} has no value, so the sweep is empty."
        return [Problem(field, message, "Give at least one value.")]
    return [
        problem
        for index, value in enumerate(values)
        for problem in value_problems(about, value, field=f"{field}.{index}")
    ]


def _rule_problems(rules: LayerRules, known: Mapping[str, ParameterSpec], field: str) -> list[Problem]:
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
        problems += [_unknown(name, known, place) for name in values if name not in known]
        for name in (name for name in values if name in known):
            problems += value_problems(known[name], values[name], field=f"{place}.{name}")
    return problems


def _unlisted(about: ParameterSpec, value: Any, field: str) -> list[Problem]:
    """Return the problem of a name that is not among those known, which are too many to choose from."""
    if not about.known or value in about.known:
        return []
    error = UnknownName(about.running_label, str(value), about.known)
    return [Problem(field, error.message, error.hint)]


def _unknown(name: str, known: Iterable[str], field: str) -> Problem:
    message = f"There is no parameter named {name!r}."
    return Problem(f"{field}.{name}", message, suggestion(name, known))


def _missing(about: ParameterSpec, field: str) -> Problem:
    message = f"{about.label} is missing; it must be {expectation(about)}."
    return Problem(field, message, "Give it a value.")


def _plain(value: Any, shape: Shape) -> Any:
    """Return tuples as lists, whole floats as integers where those are wanted, ids as text: one form each."""
    about = shape if isinstance(shape, ParameterSpec) else None
    if isinstance(value, Mapping) and about is not None and about.json_object:
        return _written(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, shape.items or Shape()) for item in value]
    if shape.kind is Kind.INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    if about is not None and about.teacher and isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # an id, as people write it
    return value


def _written(value: Mapping[str, Any]) -> Any:
    """Return named values as the JSON text that a parameter holds; as they came where JSON has no such."""
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return value


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (TypeError, ValueError, RecursionError):
        return False


def _accepts(shape: Shape, value: Any) -> bool:
    if value is None:
        return shape.nullable or shape.kind is Kind.ANY
    if shape.choices:
        return any(value == one and isinstance(value, bool) is isinstance(one, bool) for one in shape.choices)
    match shape.kind:
        case Kind.INTEGER | Kind.NUMBER:
            return _is_number(value, whole=shape.kind is Kind.INTEGER) and _within(shape, value)
        case Kind.TEXT | Kind.LIST:
            return _is_sequence(shape, value)
        case Kind.FLAG | Kind.NAMED:
            return isinstance(value, bool if shape.kind is Kind.FLAG else Mapping)
    return not isinstance(value, float) or math.isfinite(value)


def _is_sequence(shape: Shape, value: Any) -> bool:
    if not isinstance(value, str if shape.kind is Kind.TEXT else list):
        return False
    least, most = shape.shortest or 0, math.inf if shape.longest is None else shape.longest
    if not least <= len(value) <= most:
        return False
    if isinstance(value, str):
        return re.search(shape.pattern, value) is not None
    return shape.items is None or all(_accepts(shape.items, item) for item in value)


def _is_number(value: Any, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return False
    return not whole or value == int(value)


def _within(shape: Shape, value: float) -> bool:
    return (
        (shape.minimum is None or value >= shape.minimum)
        and (shape.maximum is None or value <= shape.maximum)
        and (shape.above is None or value > shape.above)
        and (shape.below is None or value < shape.below)
        and (shape.multiple_of is None or _is_multiple(value, shape.multiple_of))
    )


def _is_multiple(value: float, step: float) -> bool:
    return math.isclose(value / step, round(value / step), abs_tol=1e-9)


def _storable(value: Any) -> bool:
    """Return whether texts are UTF-8: half of a surrogate pair could be written, but never read again."""
    if isinstance(value, list):
        return all(_storable(item) for item in value)
    return not isinstance(value, str) or not any("\ud800" <= sign <= "\udfff" for sign in value)


def _unstorable(title: str, value: Any, field: str) -> Problem:
    message = f"{title} is {shown(value)}; it contains an invalid Unicode character."
    return Problem(field, message, "Type it again without that character.")
