"""Whether two models differ in one variable alone, found by comparing their recipes step by step."""

from __future__ import annotations

from core.domain.ids import ModelId
from core.testing.sentences.situation import Made, Situation


def differing(at: Situation, one: ModelId, other: ModelId) -> set[str]:
    """Return the keys of what differs between two models whose steps have the same techniques in order.

    Raises:
        AssertionError: their techniques differ.
    """
    first, second = at.recipe(one), at.recipe(other)
    assert [step.technique for step in first] == [step.technique for step in second], (one, other)
    keys = set() if at.line(one)[0].id == at.line(other)[0].id else {"base"}
    for left, right in zip(first, second, strict=True):
        for name in left.values.keys() | right.values.keys():
            if left.values.get(name) != right.values.get(name):
                kind = "parameter" if name else "rules"
                end = f":{name}" if name else ""
                keys.add(f"{kind}:{left.technique}:{left.number}{end}")
        if left.teacher != right.teacher:
            keys.add("teacher")
    return keys


def only_in(at: Situation, variable: str, one: ModelId, other: ModelId) -> bool:
    """Return whether two models of different recipes differ in the variable and in nothing else."""
    first, second = at.recipe(one), at.recipe(other)
    same_base = at.line(one)[0].id == at.line(other)[0].id
    if [step.technique for step in first] == [step.technique for step in second]:
        return differing(at, one, other) <= {variable}
    if variable.startswith("order:"):
        return same_base and sorted(step.key for step in first) == sorted(step.key for step in second)
    longer, shorter = (first, second) if len(first) > len(second) else (second, first)
    return same_base and any(
        _keys(longer[:place] + longer[place + 1 :]) == _keys(shorter) and _about(variable, step)
        for place, step in enumerate(longer)
    )


def _keys(steps: list[Made]) -> list[object]:
    return [step.key for step in steps]


def _about(variable: str, step: Made) -> bool:
    name = f"{step.technique}:{step.number}"
    return variable in (f"presence:{name}", f"rules:{name}") or variable.startswith(f"parameter:{name}:")


def level_of(at: Situation, variable: str, one: ModelId) -> str | None:
    """Return the model's value of a variable as JSON text; None where it lacks the step."""
    if variable == "base":
        return str(at.line(one)[0].id)
    if variable == "teacher":
        taught = [step for step in at.recipe(one) if step.teacher is not None]
        return str([(step.technique, step.number, step.teacher) for step in taught])
    for step in at.recipe(one):
        if _about(variable, step):
            if variable.startswith("parameter:"):
                return step.values.get(
                    variable.removeprefix(f"parameter:{step.technique}:{step.number}:"), "unset"
                )
            return step.values[""] if variable.startswith("rules:") else "with"
    if variable.startswith("order:"):
        return str([step.technique for step in at.recipe(one)])
    return None
