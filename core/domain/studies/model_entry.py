"""One entry of the list of models: its id, parent, operation and metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.domain.recipe import Step
from core.domain.studies.import_warnings import ImportWarnings
from core.domain.studies.operations import Operations
from core.domain.studies.study import StudyModel
from core.domain.technique import LayerRules
from core.domain.text import LONGEST_NOTE, shown, text_problems
from core.errors import Problem

MOST_CHARACTERS = 500
"""Of ids, tags, and names of operations and metrics."""

_SEEDS = 1 << 63
"""Seeds below this one can be kept."""

_NOT_NUMBERS = {
    "nan": math.nan,
    "inf": math.inf,
    "infinity": math.inf,
    "-inf": -math.inf,
    "-infinity": -math.inf,
}


class ModelEntries:
    """Reads entries one after the other; collects what makes the file unusable in `problems`."""

    def __init__(self, operations: Operations, oddities: ImportWarnings) -> None:
        self.problems: list[Problem] = []
        self._operations = operations
        self._oddities = oddities

    def read(self, entry: Mapping[str, Any], field: str) -> StudyModel | None:
        """Return the model, None if it has no usable id (which is noted as a problem)."""
        model_id = _identifier(entry.get("id"))
        if model_id is None:
            message = f"A model has the id {entry.get('id')!r}; an id has to be a text that is not empty."
            self.problems.append(Problem(f"{field}.id", message, "Give every model an id of its own."))
            return None
        self.problems += _text_problems(entry, model_id, field)
        parent = self._parent(entry, model_id, field)
        return StudyModel(
            id=model_id,
            parent=parent,
            step=self._step(entry.get("operation"), model_id, parent, field),
            tags=self._tags(entry, model_id),
            teacher=_identifier(entry.get("teacher")),
            name=_text(entry.get("name")),
            note=_text(entry.get("note")),
            seed=_seed(entry.get("operation")),
            metrics=self._metrics(entry.get("metrics"), model_id, field),
        )

    def _parent(self, entry: Mapping[str, Any], model_id: str, field: str) -> str | None:
        base = entry.get("base")
        if base is None or base == "":
            return None
        parent = _identifier(base)
        if parent is None:
            message = (
                f"The model {model_id!r} has the base {base!r}; it has to be the id of a model, or null."
            )
            self.problems.append(Problem(f"{field}.base", message, "Name one parent."))
        return parent

    def _tags(self, entry: Mapping[str, Any], model_id: str) -> tuple[str, ...]:
        several = entry.get("tags")
        given = several if isinstance(several, list) else []
        tags = (self._tag(tag, model_id) for tag in (entry.get("tag"), *given))
        return tuple(dict.fromkeys(tag for tag in tags if tag))

    def _tag(self, tag: Any, model_id: str) -> str:
        if tag is None:
            return ""
        if not isinstance(tag, str):
            self._oddities.add("Tags that are no text are written as JSON", model_id)
            tag = json.dumps(tag)
        if len(tag) > MOST_CHARACTERS:
            self._oddities.add(f"Tags are cut after {MOST_CHARACTERS} characters", model_id)
        text: str = tag[:MOST_CHARACTERS]
        return text

    def _step(self, operation: Any, model_id: str, parent: str | None, field: str) -> Step | None:
        if operation is None:
            if parent is None:
                return None
            self._oddities.add("Models with a base but no operation", model_id)
            return Step("unnamed operation")
        if isinstance(operation, str):
            self._oddities.add("Operations given as a mere name", model_id)
            operation = {"name": operation}
        name = operation.get("name") if isinstance(operation, Mapping) else None
        if not isinstance(name, str) or not name.strip():
            message = f"The operation of the model {model_id!r} has no name."
            self.problems.append(
                Problem(f"{field}.operation", message, 'Write {"name": ..., "parameters": ...}.')
            )
            return None
        self._check_length(name, f"The operation of the model {model_id!r}", f"{field}.operation.name")
        parameters = self._parameters(operation.get("parameters"), name, model_id)
        if not _finite(parameters):
            message = f"The operation of the model {model_id!r} has a parameter that is not a finite number."
            self.problems.append(Problem(f"{field}.operation.parameters", message, "Correct or remove it."))
        self._operations.use(name, parameters, model_id)
        return Step(name, parameters, _rules(operation.get("rules")))

    def _parameters(self, given: Any, operation: str, model_id: str) -> dict[str, Any]:
        if given is None:
            return {}
        if isinstance(given, Mapping):
            return dict(given)
        values = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
        self._oddities.add(
            "Models whose parameters are a list; they are named in the declared order", model_id
        )
        names = self._operations.names_of(operation)
        return {
            names[position] if position < len(names) else f"parameter {position + 1}": value
            for position, value in enumerate(values)
        }

    def _metrics(self, given: Any, model_id: str, field: str) -> dict[str, float]:
        if given is None:
            self._oddities.add("Models without metrics", model_id)
            return {}
        if not isinstance(given, Mapping):
            message = f"The metrics of the model {model_id!r} are not an object of names and numbers."
            self.problems.append(Problem(f"{field}.metrics", message, 'Write {"name": number, ...}.'))
            return {}
        metrics = {}
        named = {name: value for name, value in given.items() if name.strip()}
        if len(named) < len(given):
            self._oddities.add("Values of metrics without a name are left out", model_id)
        for name, value in named.items():
            self._check_length(name, f"A metric of the model {model_id!r}", f"{field}.metrics")
            number = _number(value)
            if number is not None:
                metrics[name] = number
                if not math.isfinite(number):
                    self._oddities.add(f"Values of {name!r} that are not finite", model_id)
            elif value is None:
                self._oddities.add(f"Null values of {name!r} count as not measured", model_id)
            else:
                self._oddities.add(f"Values of {name!r} that are no numbers are left out", model_id)
        return metrics

    def _check_length(self, name: str, owner: str, field: str) -> None:
        if len(name) > MOST_CHARACTERS:
            message = f"{owner} has a name of {len(name):,} characters: {shown(name)}."
            self.problems.append(Problem(field, message, f"Use at most {MOST_CHARACTERS}."))


def _text_problems(entry: Mapping[str, Any], model_id: str, field: str) -> list[Problem]:
    """Return what is wrong with the texts of an entry; names that look the same have to be the same."""
    operation = entry.get("operation")
    called = operation if isinstance(operation, Mapping) else {"name": operation}
    several, parameters, metrics = entry.get("tags"), called.get("parameters"), entry.get("metrics")
    names = [
        *[("tags", tag) for tag in (entry.get("tag"), *(several if isinstance(several, list) else ()))],
        ("operation.name", called.get("name")),
        *[("operation.parameters", name) for name in (parameters if isinstance(parameters, Mapping) else ())],
        *[("metrics", name) for name in (metrics if isinstance(metrics, Mapping) else ())],
    ]
    limits: list[tuple[str, Any, int | None]] = [
        ("name", entry.get("name"), MOST_CHARACTERS),
        ("note", entry.get("note"), LONGEST_NOTE),
        *[(part, text, None) for part, text in [("id", model_id), *names]],
    ]
    return [
        replace(problem, message=f"Model {shown(model_id)}, {part}: {problem.message}")
        for part, text, most in limits
        if isinstance(text, str)
        for problem in text_problems(f"{field}.{part}", text, most=len(text) if most is None else most)
    ]


def _identifier(value: Any) -> str | None:
    if isinstance(value, str) and value.strip():
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    """Return a text without space around it; empty for anything else."""
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        return _NOT_NUMBERS.get(value.strip().lower())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(_finite(inner) for inner in value.values())
    return not isinstance(value, list) or all(_finite(inner) for inner in value)


def _rules(given: Any) -> LayerRules:
    """Return the layer rules of a step; whatever is none is left out."""
    told = given if isinstance(given, Mapping) else {}
    overrides = tuple(
        (pair[0], dict(pair[1]))
        for pair in _list(told.get("overrides"))
        if isinstance(pair, list)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], Mapping)
    )
    include, exclude = (
        tuple(one for one in _list(told.get(name)) if isinstance(one, str)) for name in ("include", "exclude")
    )
    return LayerRules(include, exclude, overrides)


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _seed(operation: Any) -> int:
    seed = operation.get("seed") if isinstance(operation, Mapping) else None
    usable = isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < _SEEDS
    return seed if usable and isinstance(seed, int) else 0
