"""Holds a sentence against the models it speaks of: its statement recomputed, its words read back."""

from __future__ import annotations

from core.comparison.sentences.statement import (
    BestOf,
    Census,
    Contrast,
    Effects,
    Nothing,
    Ranking,
    Repeats,
    Single,
    Spread,
    Statement,
    TradeOff,
    Trend,
)
from core.comparison.sentences.summary import Summary
from core.testing.sentences.axes import check_ranking, check_spread, check_trend
from core.testing.sentences.contrasts import check_contrast, check_effects, check_repeats
from core.testing.sentences.reading import check_words
from core.testing.sentences.situation import Situation
from core.testing.sentences.studies import check_best_of, check_nothing, check_single

_CHECKS = {
    BestOf: check_best_of,
    Contrast: check_contrast,
    Effects: check_effects,
    Nothing: check_nothing,
    Ranking: check_ranking,
    Repeats: check_repeats,
    Single: check_single,
    Spread: check_spread,
    Trend: check_trend,
}


def check_summary(at: Situation, found: Summary) -> None:
    """Raise `AssertionError` where a sentence claims what the figures and recipes do not show."""
    if found.statement is None:
        assert found.text == ""
        return
    check_statement(at, found.statement)
    check_words(at, found.statement, found.text)


def check_statement(at: Situation, statement: Statement) -> None:
    """Recompute a statement about a selection."""
    assert not isinstance(statement, TradeOff | Census), "a statement about a study"
    check = _CHECKS[type(statement)]
    check(at, statement)  # type: ignore[operator]
