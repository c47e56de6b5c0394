"""Counts with their nouns and verbs, e.g. `1 run is`, `1,000 runs are`."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: `1 model`, `1,000 models`, `2 classes`, `3 entries`."""
    return f"{count:,} {agreeing(count, noun, plural(noun))}"


def agreeing(count: int, one: str, several: str) -> str:
    """Return the form of a verb or noun that suits a count."""
    return one if count == 1 else several


def plural(noun: str) -> str:
    """Return the plural of a regular English noun or of a phrase that ends in one."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th ... 11th, 12th, 13th ... 21st ..."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
