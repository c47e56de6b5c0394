"""From the content of a `models.json` to a study: take what is there, refuse contradictions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.domain.metric import Direction, MetricDefinition
from core.domain.studies.ancestry import parents_first
from core.domain.studies.import_warnings import ImportWarnings
from core.domain.studies.metric_guesses import definition_of
from core.domain.studies.model_entry import MOST_CHARACTERS, ModelEntries
from core.domain.studies.operations import Operations
from core.domain.studies.study import Study, StudyModel
from core.errors import InvalidInput, Problem

LEADING = 4
"""How many metrics lead where the file names none."""

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def study_of(document: Any, noted: Iterable[str] = ()) -> Study:
    """Return the study that a parsed file describes. noted: oddities that reading the file has found.

    Raises:
        InvalidInput: all that makes the file unusable: no models, entries that are no models, ids that
            repeat, unknown parents, circles of parents, parameters that are not finite.
    """
    if not isinstance(document, Mapping):
        raise InvalidInput.of("", f"The file holds {_kind(document)}, not an object with models.", _HINT)
    entries = document.get("models")
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        raise InvalidInput.of("models", "The file has no list of models, or an empty one.", _HINT)
    oddities = ImportWarnings()
    for sentence in noted:
        oddities.add(sentence)
    operations = Operations.declared(document.get("operations"), oddities)
    models, problems = _models(entries, operations, oddities)
    if problems:
        raise InvalidInput(problems)
    ordered = parents_first(models)
    operations.note_differences()
    metrics, primary = _metrics(document.get("metrics"), ordered, oddities)
    return Study(ordered, metrics, primary, oddities.sentences())


_HINT = 'It should look like {"operations": [...], "metrics": [...], "models": [{"id": ..., "base": ...}]}.'


_DIRECTIONS = {
    Direction.HIGHER: "Metrics without a direction, taken by their names to be better when higher",
    Direction.LOWER: "Metrics without a direction, taken by their names to be better when lower",
    Direction.NEITHER: "Metrics without a direction, whose names do not tell it",
}


def _models(
    entries: Sequence[Any], operations: Operations, oddities: ImportWarnings
) -> tuple[list[StudyModel], list[Problem]]:
    reader = ModelEntries(operations, oddities)
    models = []
    for index, entry in enumerate(entries):
        field = f"models.{index}"
        if not isinstance(entry, Mapping):
            message = f"Model number {index + 1} is {_kind(entry)}, not an object."
            reader.problems.append(Problem(field, message, _HINT))
        elif _unstorable(entry):
            message = f"Model number {index + 1} ({entry.get('id')!r}) contains control characters."
            reader.problems.append(Problem(field, message, "Remove them from the file."))
        elif (model := reader.read(entry, field)) is not None:
            models.append(model)
    return models, reader.problems


def _metrics(
    declared: Any, models: Sequence[StudyModel], oddities: ImportWarnings
) -> tuple[tuple[MetricDefinition, ...], tuple[str, ...]]:
    """Return definitions of all declared and used metrics, and the names of the leading ones."""
    by_name = _declarations(declared, oddities)
    values: dict[str, list[float]] = {name: [] for name in by_name}
    for model in models:
        for name, value in model.metrics.items():
            if name not in by_name:
                oddities.add(f"The metric {name!r} is not declared but models have it", model.id)
            values.setdefault(name, []).append(value)
    definitions = []
    for name, found in values.items():
        definition, guesses = definition_of(by_name.get(name, {"name": name}), found)
        definitions.append(definition)
        if "direction" in guesses:
            oddities.add(_DIRECTIONS[definition.direction], name)
        if "format" in guesses:
            oddities.add(f"Metrics without a format, shown as {definition.format}", name)
        if not found:
            oddities.add("Declared metrics that no model has", name)
    leading = tuple(name for name, entry in by_name.items() if entry.get("primary") is True)
    if not leading:
        oddities.add(f"No metric is marked as primary; the first {LEADING} lead")
        leading = tuple(values)[:LEADING]
    return tuple(definitions), leading


def _declarations(declared: Any, oddities: ImportWarnings) -> dict[str, Mapping[str, Any]]:
    if not isinstance(declared, Sequence) or isinstance(declared, str):
        oddities.add("The file declares no metrics; they are taken from the models")
        return {}
    by_name: dict[str, Mapping[str, Any]] = {}
    for position, entry in enumerate(declared):
        named = {"name": entry} if isinstance(entry, str) else entry
        if (
            not isinstance(named, Mapping)
            or not isinstance(named.get("name"), str)
            or not named["name"].strip()
        ):
            oddities.add("Declarations of metrics without a name are left out", f"number {position + 1}")
        elif _unstorable(named):
            oddities.add(
                "Declarations of metrics with control characters are left out", f"number {position + 1}"
            )
        elif len(named["name"]) > MOST_CHARACTERS:
            oddities.add(
                f"Declarations of metrics with names of more than {MOST_CHARACTERS} characters are left out",
                f"number {position + 1}",
            )
        elif named["name"] in by_name:
            oddities.add(
                "Metrics that are declared more than once; the first declaration counts", named["name"]
            )
        else:
            by_name[named["name"]] = named
    return by_name


def _unstorable(value: Any) -> bool:
    """Return whether any text inside has control characters or half characters, which no database keeps."""
    if isinstance(value, str):
        return _UNSTORABLE.search(value) is not None
    if isinstance(value, Mapping):
        return any(_unstorable(name) or _unstorable(inner) for name, inner in value.items())
    return isinstance(value, list) and any(_unstorable(inner) for inner in value)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
