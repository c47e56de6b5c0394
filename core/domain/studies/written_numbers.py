"""Numbers as tables write them: with a decimal point or comma, grouped thousands, and percent signs.

`700.000` is 700 in one country and 700 thousand in another. The other cells of the column decide, then those
of the whole table; where they do not, the separator is taken for a decimal one. The doubt is reported unless
the column itself decides, or the table separates its cells by commas and so has points for decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

NOT_KNOWN = frozenset({"na", "n/a", "#n/a", "<na>"})
"""What tables write where there is no value, besides nothing."""

_NUMBER = re.compile(r"[-+]?\d[\d.,'\s]*(?:[eE][-+]?\d+)?\s*%?|[-+]?[.,]\d+(?:[eE][-+]?\d+)?\s*%?")
_SEPARATORS = {".": "points", ",": "commas"}
_SPACES = re.compile(r"(?<=\d)['\s](?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Notation:
    """How the numbers of a column are written.

    decimal: the separator of decimals. thousands: whether the other one separates thousands.
    doubtful: an example that could also be read the other way; empty where there is none.
    """

    decimal: str = "."
    thousands: bool = False
    doubtful: str = ""

    def plain(self, text: str) -> str:
        """Return a number as Python writes it, percentages as fractions; other texts as they are."""
        stripped = text.strip()
        if not _NUMBER.fullmatch(stripped):
            return text
        number = _SPACES.sub("", stripped.removesuffix("%").strip())
        if self.thousands:
            number = number.replace(_other(self.decimal), "")
        number = number.replace(self.decimal, ".")
        try:
            value = float(number)
        except ValueError:
            return text
        return repr(value / 100) if stripped.endswith("%") else number


def notations(columns: Mapping[str, Sequence[str]], separator: str) -> dict[str, Notation]:
    """Return how each column of a table writes numbers. separator: of its cells."""
    numbers = {name: [one for cell in cells if (one := _bare(cell))] for name, cells in columns.items()}
    clear = {found for texts in numbers.values() for found in _decimals(texts)}
    common = clear.pop() if len(clear) == 1 else ""
    if separator == ",":
        common = common or "."
    usual = "." if separator == "," else ""
    return {name: _notation(texts, common, usual) for name, texts in numbers.items()}


def remarks(name: str, notation: Notation, cells: Iterable[str]) -> list[str]:
    """Return what people should check of how a column was read, as sentences without a full stop."""
    found = [cell.strip() for cell in cells if _NUMBER.fullmatch(cell.strip())]
    said = []
    if notation.doubtful:
        other, read = _SEPARATORS[notation.decimal], notation.plain(notation.doubtful)
        meant = notation.doubtful.replace(notation.decimal, "")
        said.append(
            f"Values of {name!r} such as {notation.doubtful} are read as {float(read):g}; if {other} "
            f"separate thousands there, write {meant}"
        )
    grouped = [cell for cell in found if notation.thousands and _other(notation.decimal) in cell]
    if grouped:
        said.append(f"Values of {name!r} such as {grouped[0]} are read as {notation.plain(grouped[0])}")
    percent = [cell for cell in found if cell.endswith("%")]
    if percent:
        said.append(
            f"Percentages of {name!r} are read as fractions, {percent[0]} as {notation.plain(percent[0])}"
        )
    return said


def _bare(cell: str) -> str:
    """Return the digits and separators of a number; empty for other texts."""
    stripped = cell.strip()
    if not _NUMBER.fullmatch(stripped):
        return ""
    mantissa = re.split("[eE]", stripped.removesuffix("%").strip())[0]
    return _SPACES.sub("", mantissa).lstrip("+-")


def _other(separator: str) -> str:
    return "," if separator == "." else "."


def _grouped(text: str, separator: str) -> bool:
    """Return whether a number can be one whose thousands are separated so."""
    whole = text.partition(_other(separator))[0]
    mark = re.escape(separator)
    return re.fullmatch(rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+", whole) is not None


def _decimals(texts: Iterable[str]) -> set[str]:
    """Return the separators that can only be decimal."""
    return {mark for text in texts for mark in _SEPARATORS if _is_decimal(text, mark)}


def _is_decimal(text: str, mark: str) -> bool:
    if text.count(mark) != 1:
        return False
    return _other(mark) in text[: text.index(mark)] or (_other(mark) not in text and not _grouped(text, mark))


def _notation(texts: Sequence[str], common: str, usual: str) -> Notation:
    """Return how a column writes numbers.

    common: the decimal separator of the other columns; usual: the one that is never in doubt.
    """
    doubtful = ""
    clear = _decimals(texts)
    several = {
        mark for text in texts for mark in _SEPARATORS if text.count(mark) > 1 and _grouped(text, mark)
    }
    if len(clear) == 1 and not clear & several:
        decimal = clear.pop()
    elif len(several) == 1:
        decimal = _other(several.pop())
    else:
        decimal = common
        if decimal != usual:
            doubtful = next((text for text in texts if decimal and _grouped(text, decimal)), "")
    if decimal:
        return Notation(
            decimal,
            thousands=all(_grouped(text, _other(decimal)) for text in texts if _other(decimal) in text),
            doubtful=doubtful,
        )
    for mark in _SEPARATORS:
        doubtful = next((text for text in texts if mark in text), "")
        if doubtful:
            return Notation(mark, doubtful=doubtful)
    return Notation()
