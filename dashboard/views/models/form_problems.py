"""Problems of a form, each beside the input that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import Problem


@dataclass(frozen=True)
class Placed:
    """Where problems can be shown.

    inputs: fields with an input of their own. forms: the start of dotted fields, and the names below it in
    the order of their inputs.
    """

    inputs: Sequence[str]
    forms: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Texts:
    """What is said at each input, None where it is fine; `rest` is what belongs to none of them."""

    inputs: dict[str, str | None]
    forms: dict[str, list[str | None]]
    rest: str = field(default="")


def placed(problems: Sequence[Problem], where: Placed) -> Texts:
    """Sort problems by input; those of one input are joined."""
    texts: dict[str, str] = {}
    for problem in problems:
        said = f"{problem.message} {problem.hint}".strip()
        if said not in texts.get(problem.field, ""):
            texts[problem.field] = f"{texts.get(problem.field, '')} {said}".strip()
    inputs = {name: texts.pop(name, None) for name in where.inputs}
    forms = {
        start: [texts.pop(f"{start}.{name}", None) for name in names] for start, names in where.forms.items()
    }
    return Texts(inputs, forms, " ".join(texts.values()))


def values_of(ids: Sequence[Mapping[str, Any]], held: Sequence[Any]) -> dict[str, Any]:
    """Return what the inputs of a form hold, by the name in their ids."""
    return {str(each["name"]): value for each, value in zip(ids, held, strict=True)}
