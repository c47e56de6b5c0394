"""How sentences speak of the value of a variable: at sparsity 0.9, on resnet20, without fine-tune."""

from __future__ import annotations

from core.comparison.sentences.statement import Setting
from core.comparison.variables.values import Value
from core.comparison.variables.variables import Kind, Varying
from core.comparison.variables.wording import bracketed, counts, parameter_value
from core.presentation.lists import joined


def setting(axis: Varying, level: Value, *, full: bool = False) -> Setting:
    """Return a value of a variable with the phrases for it; `full`: they name its step as well."""
    step = axis.step if full else ""
    place, name = _place(axis, level, step), _name(axis, level, step)
    plain = _plain(axis, level)
    return Setting(
        axis.variable.key,
        place=place,
        again=f"{_preposition(axis, level)} {level.text}" if plain else place,
        name=name,
        short=level.text if plain else name,
    )


def shortened(parts: list[str], most: int) -> str:
    """Return a list in words that ends in a count where it is long: `a, b and 3 more`."""
    more = len(parts) - most
    return joined([*parts[:most], f"{more} more"]) if more > 1 else joined(parts)


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
    said = joined(values) + (f" {noun}" if noun else "")
    return f"{absent} and {said}" if absent else said


def _plain(axis: Varying, level: Value) -> bool:
    return level.present and axis.variable.kind in (Kind.PARAMETER, Kind.RULES, Kind.SEED)


def _place(axis: Varying, level: Value, step: str) -> str:
    kind = axis.variable.kind
    if kind is Kind.BASE:
        return f"on {level.text}"
    if kind is Kind.PRESENCE:
        return f"{level.text} {axis.step}"
    if not level.present and kind is not Kind.TEACHER:
        return f"without {axis.step}"
    return f"{_preposition(axis, level)} {_name(axis, level, step)}"


def _preposition(axis: Varying, level: Value) -> str:
    """Return `at` for values on a scale, e.g. sparsity or bits, and `with` for choices and counts."""
    if axis.variable.kind is not Kind.PARAMETER or level.number is None:
        return "with"
    return "with" if counts(axis.short) and not axis.unit and axis.short != "bits" else "at"


def _name(axis: Varying, level: Value, step: str) -> str:
    kind = axis.variable.kind
    if kind is Kind.TEACHER:
        return f"teacher {level.text}" if level.present else "no teacher"
    if kind in (Kind.BASE, Kind.ORDER) and level.present:
        return level.text
    if kind is Kind.PRESENCE:
        return axis.step if level.key is True else f"no {axis.step}"
    if not level.present:
        return f"no {axis.step}"
    if kind is Kind.PARAMETER:
        number = level.number is not None
        return parameter_value(axis.short, level.text, axis.unit, number=number, step=step)
    return f"{axis.short}{bracketed(step)} {level.text}"
