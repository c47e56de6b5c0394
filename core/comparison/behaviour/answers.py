"""Written answers: where two of them part, what changed word by word, and answers that broke down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

import numpy as np

from core.comparison.behaviour.predictions import Bools, Numbers

_TOKEN = re.compile(r"\w+|[^\w\s]")
REPEATS = 3
"""How often the same words in a row make an answer a repetition."""
_LONGEST_UNIT = 8


class Fault(StrEnum):
    """How an answer broke down."""

    EMPTY = "empty"  # nothing but space
    REPEATED = "repeated"  # the same words at least three times in a row
    CUT = "cut"  # the beginning of the right answer, and no more


class PieceKind(StrEnum):
    """What became of some words."""

    SAME = "same"
    ADDED = "added"
    MISSING = "missing"


@dataclass(frozen=True)
class Piece:
    """Words of an answer that share a fate."""

    change: PieceKind
    text: str


def tokens(text: str) -> list[str]:
    """Return words and single marks; space is not kept."""
    return _TOKEN.findall(text)


def first_divergence(before: str, after: str) -> int | None:
    """Return the position of the first word that differs, counted from 0; None for equal answers."""
    one, other = tokens(before), tokens(after)
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return None if len(one) == len(other) else min(len(one), len(other))


def difference(wanted: str, given: str) -> tuple[Piece, ...]:
    """Return the given answer with what it adds to the wanted one, and what it misses."""
    before, after = tokens(wanted), tokens(given)
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece(PieceKind.SAME, " ".join(after[c:d])))
            continue
        if b > a:
            pieces.append(Piece(PieceKind.MISSING, " ".join(before[a:b])))
        if d > c:
            pieces.append(Piece(PieceKind.ADDED, " ".join(after[c:d])))
    return tuple(pieces)


def faulty(fault: Fault, answers: Numbers, references: Numbers | None) -> Bools | None:
    """Return which answers broke down in a way, `(instances,)`; None where that cannot be known."""
    if fault is Fault.CUT:
        if references is None:
            return None
        pairs = zip(answers.tolist(), references.tolist(), strict=True)
        return _marked(is_cut(str(given), str(right)) for given, right in pairs)
    judge = is_repeated if fault is Fault.REPEATED else _is_empty
    return _marked(judge(str(one)) for one in answers.tolist())


def is_repeated(text: str) -> bool:
    """Return whether up to eight words stand at least three times in a row."""
    words = tokens(text)
    return any(
        _repeats(words, start, unit)
        for unit in range(1, _LONGEST_UNIT + 1)
        for start in range(len(words) - REPEATS * unit + 1)
    )


def is_cut(given: str, right: str) -> bool:
    """Return whether an answer is the beginning of the right one, and shorter."""
    one, other = tokens(given), tokens(right)
    return 0 < len(one) < len(other) and other[: len(one)] == one


def _repeats(words: Sequence[str], start: int, unit: int) -> bool:
    first = words[start : start + unit]
    return all(words[start + unit * turn : start + unit * (turn + 1)] == first for turn in range(1, REPEATS))


def _is_empty(text: str) -> bool:
    return not text.strip()


def _marked(values: Iterable[bool]) -> Bools:
    return np.fromiter(values, bool)
