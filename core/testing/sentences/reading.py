"""Reads the claims of a sentence back and holds each against the models' figures, without its statement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.comparison.sentences.statement import (
    Contrast,
    Difference,
    Effects,
    Ranking,
    Spread,
    Statement,
    TradeOff,
    Trend,
)
from core.testing.sentences.situation import Situation, gap, improves, points

_NUMBER = r"(?P<number>\d[\d,.]*(?:e[+-]?\d+)?)"
_MARGIN = r"(?: ± (?P<margin>[\d,.]+(?:e[+-]?\d+)?))?"
_WITH_MARGIN = re.compile(r"([\d,]+(?:\.\d+)?(?:e[+-]?\d+)?) ± ([\d,]+(?:\.\d+)?(?:e[+-]?\d+)?)")
_FOR_THE_BETTER = ("gains", "saves", "brings back")
_FOR_THE_WORSE = ("costs", "adds")
_UP = ("raises", "rises")
_DOWN = ("lowers", "falls")
_VERBS = (*_FOR_THE_BETTER, *_FOR_THE_WORSE, *_UP, *_DOWN)
_CLAIM = re.compile(
    rf"\b(?P<verb>{'|'.join(_VERBS)})\b(?P<label>.*?)(?: by)? (?:more than )?{_NUMBER}{_MARGIN}"
    rf"(?: of [\d,.]+)? ?(?P<unit>points?|%)?"
)
_NEVER_SAID = ("together with", "at any ", "acceptable", "best trade-off", "nan", "None")


@dataclass(frozen=True)
class Claim:
    """A verb with its number, as written; `last_digit`: what its last digit counts."""

    verb: str
    number: Decimal
    unit: str
    last_digit: Decimal


def claims(text: str) -> list[Claim]:
    """Return what a sentence says to rise, fall, be saved, cost, gained or brought back."""
    return [_claim(found) for found in _CLAIM.finditer(text) if found["label"].count(" ") < 8]


def _claim(found: re.Match[str]) -> Claim:
    digit = _last_digit(found["number"], found["margin"] or "")
    return Claim(found["verb"], _number(found["number"]), (found["unit"] or "").rstrip("s"), digit)


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _last_digit(text: str, margin: str) -> Decimal:
    """Return what the last digit of a number counts, which the two digits of a large margin make tens."""
    digits, _, power = text.replace(",", "").partition("e")
    rounded = max(0, len(margin.replace(",", "")) - 2) if margin and "." not in margin else 0
    return Decimal(10) ** (int(power or 0) - len(digits.partition(".")[2]) + rounded)


def check_margins(text: str) -> None:
    """Hold numbers with an interval to the same last digit, and the interval to two digits at most."""
    for value, margin in _WITH_MARGIN.findall(text):
        if "e" not in value:
            assert len(value.partition(".")[2]) == len(margin.partition(".")[2]), f"{value} ± {margin}"
            assert len(margin.replace(".", "").replace(",", "").strip("0")) <= 2, f"{value} ± {margin}"


def check_words(at: Situation, statement: Statement, text: str) -> None:
    """Hold what a reader understands against the figures: direction, amount, and what must never be said."""
    assert text[:1].strip(), "no text"
    assert text.endswith(".")
    names = {model.name for model in at.models}
    plain = text
    for name in sorted(names, key=len, reverse=True):
        plain = plain.replace(name, "MODEL")
    for words in _NEVER_SAID:
        assert words not in plain.removeprefix("None of"), f"{words!r} is said: {text}"
    check_margins(plain)
    if isinstance(statement, Contrast):
        _check_company(at, statement, plain)
    differences = list(_differences(statement))
    told = [found for found in differences if found.changed]
    said = claims(plain.partition(", it ")[2] if isinstance(statement, TradeOff) else plain)
    for claim in said:
        assert any(_supports(at, found, claim) for found in told), f"{claim} has no figure behind it: {text}"
    if not told:
        assert not said
    assert ("brings back" in plain) == any(found.lost is not None for found in differences)
    assert ("measurably" in plain) <= any(found.margin is not None for found in differences)


def _check_company(at: Situation, told: Contrast, text: str) -> None:
    """No step is named that neither of the two models has; one that is added is a step of the second."""
    text = re.sub(r"\([^)]*\)", "", text)  # values of parameters
    text = text.replace(told.where.place, "") if told.where else text  # the place may be without a step
    sides = [{step.technique for step in at.recipe(side[0])} for side in (told.before, told.after)]
    for technique in {one.step.technique for one in at.models if one.step} - sides[0] - sides[1]:
        label = at.specs[technique].label if technique in at.specs else technique
        assert not re.search(rf"\b{re.escape(label)}\b", text, re.IGNORECASE), f"{label} is named: {text}"
    for label in told.new:
        of_after = [at.specs[one].running_label if one in at.specs else one for one in sides[1]]
        assert any(label.startswith(one) for one in of_after), f"{label} is no step of the second model"


def _differences(statement: Statement) -> Sequence[Difference]:
    if isinstance(statement, Contrast):
        return statement.differences
    if isinstance(statement, Effects):
        return [found for one in statement.contrasts for found in one.differences]
    if isinstance(statement, Trend):
        return [line.difference for line in statement.lines]
    if isinstance(statement, TradeOff):
        return [statement.cost, statement.quality]
    found = statement.difference if isinstance(statement, Ranking | Spread) else None
    return [found] if found else []


def _supports(at: Situation, found: Difference, claim: Claim) -> bool:
    """Return whether a difference, recomputed, has the direction of the verb and rounds to the number."""
    own = gap(at, found.metric, found.before.model_ids, found.after.model_ids)
    wanted = {
        **dict.fromkeys(_FOR_THE_BETTER, improves(found.metric, own)),
        **dict.fromkeys(_FOR_THE_WORSE, not improves(found.metric, own)),
        **dict.fromkeys(_UP, own.amount > 0),
        **dict.fromkeys(_DOWN, own.amount < 0),
    }
    scale = points(found.metric)
    if not own.told or not wanted[claim.verb] or bool(scale) != (claim.unit == "point"):
        return False
    amount = Decimal(abs(own.amount))
    if claim.unit == "point":
        return _rounds(amount * Decimal(scale), claim)
    if claim.unit:
        return _rounds(amount * 100 / Decimal(abs(own.before)), claim)
    return any(_rounds(amount / 10**power, claim) for power in (0, 3, 6, 9, 12))  # with any decimal prefix


def _rounds(value: Decimal, claim: Claim) -> bool:
    """Return whether a value is the number to its last digit."""
    return abs(value - claim.number) <= Decimal("0.501") * claim.last_digit
