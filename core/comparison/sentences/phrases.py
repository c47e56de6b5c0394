"""How sentences speak of the value of a variable: at sparsity 0.9, on resnet20, without fine-tune."""

from __future__ import annotations

from dataclasses import replace

from core.comparison.sentences.statement import Setting
from core.comparison.variables.values import Value
from core.comparison.variables.variables import Kind, Varying
from core.comparison.variables.wording import counts, parameter_value


def setting(axis: Varying, level: Value, *, full: bool = False) -> Setting:
    """Return a value of a variable with the phrases for it; `full`: they name its step as well."""
    axis = replace(axis, short=axis.label) if full else axis
    return Setting(
        axis.variable.key,
        place=_place(axis, level),
        again=f"{_preposition(axis, level)} {level.text}" if _plain(axis, level) else _place(axis, level),
        name=_name(axis, level),
        short=level.text if _plain(axis, level) else _name(axis, level),
    )


def step_of(axis: Varying) -> str:
    """Return the name of the step that the variable belongs to."""
    return axis.label.partition("(")[2].rstrip(")") or axis.label


def listed(parts: list[str]) -> str:
    """Return e.g. `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def shortened(parts: list[str], most: int) -> str:
    """Return a list in words that ends in a count where it is long: `a, b and 3 more`."""
    more = len(parts) - most
    return listed([*parts[:most], f"{more} more"]) if more > 1 else listed(parts)


def places(found: tuple[Setting, ...]) -> str:
    """Return e.g. `at sparsity 0.3, 0.5 and 0.9`; many values are counted."""
    if len(found) > 4:
        return f"{found[0].place}, {found[-1].again} and {len(found) - 2} values between"
    absent = found[0].place if found[0].place == found[0].again else ""
    rest = list(found[1:] if absent else found)
    if not rest:
        return absent
    noun = rest[0].noun
    values = [rest[0].again if noun else rest[0].place, *(one.short for one in rest[1:])]
    said = listed(values) + (f" {noun}" if noun else "")
    return f"{absent} and {said}" if absent else said


def _plain(axis: Varying, level: Value) -> bool:
    return level.present and axis.variable.kind in (Kind.PARAMETER, Kind.RULES, Kind.SEED)


def _place(axis: Varying, level: Value) -> str:
    kind = axis.variable.kind
    if kind is Kind.BASE:
        return f"on {level.text}"
    if kind is Kind.PRESENCE:
        return f"{level.text} {step_of(axis)}"
    if not level.present and kind is not Kind.TEACHER:
        return f"without {step_of(axis)}"
    return f"{_preposition(axis, level)} {_name(axis, level)}"


def _preposition(axis: Varying, level: Value) -> str:
    """Return `at` for values on a scale, e.g. sparsity or bits, and `with` for choices and counts."""
    if axis.variable.kind is not Kind.PARAMETER or level.number is None:
        return "with"
    noun = axis.short.partition(" (")[0]
    return "with" if counts(noun) and not axis.unit and noun != "bits" else "at"


def _name(axis: Varying, level: Value) -> str:
    kind = axis.variable.kind
    if kind is Kind.TEACHER:
        return f"teacher {level.text}" if level.present else "no teacher"
    if kind in (Kind.BASE, Kind.ORDER) and level.present:
        return level.text
    if kind is Kind.PRESENCE:
        return step_of(axis) if level.key is True else f"no {step_of(axis)}"
    if not level.present:
        return f"no {step_of(axis)}"
    if kind is Kind.PARAMETER:
        return parameter_value(axis.short, level.text, axis.unit, number=level.number is not None)
    return f"{axis.short} {level.text}"
