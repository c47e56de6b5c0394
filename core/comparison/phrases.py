"""How sentences speak of the value of a variable: at sparsity 0.9, on resnet20, without fine-tune."""

from __future__ import annotations

from core.comparison.values import Value
from core.comparison.variables import Kind, Varying


def at(axis: Varying, level: Value, *, again: bool = False) -> str:
    """Return the place, led by a space: ` at sparsity 0.9`; ` at 0.9` where it was named before."""
    if axis.variable.kind is Kind.BASE:
        return f" on {level.text}"
    if not level.present or level.text == "without":
        return f" without {step_of(axis)}"
    if axis.variable.kind is Kind.PRESENCE:
        return f" with {step_of(axis)}"
    return f" at {level.text}" if again else f" at {axis.short} {level.text}"


def between(axis: Varying, start: Value, end: Value) -> str:
    """Return the stretch of a numeric variable: `from sparsity 0.3 to 0.9`."""
    if start.present:
        return f"from {axis.short} {start.text} to {end.text}"
    return f"from no {step_of(axis)} to {axis.short} {end.text}"


def named(axis: Varying, level: Value, *, again: bool = False) -> str:
    """Return the value as a thing: `method random`, `resnet20`, `no prune`; again: `random`."""
    if axis.variable.kind in (Kind.BASE, Kind.TEACHER, Kind.ORDER):
        return level.text
    if not level.present:
        return f"no {step_of(axis)}"
    return level.text if again else f"{axis.short} {level.text}"


def step_of(axis: Varying) -> str:
    """Return the name of the step that the variable belongs to."""
    return axis.label.partition("(")[2].rstrip(")") or axis.label


def together(subject: str, company: str) -> str:
    """Return the subject with what changes along with it: `prune, together with calibrate,`."""
    return f"{subject}, together with {company}," if company else subject


def too(company: str) -> str:
    """Return the addition that something else is not the same either, or nothing."""
    return f"; they also differ in {company}" if company else ""


def sentence(text: str) -> str:
    """Return the text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."
