"""Ids of the part of the drawer that says which combinations are made."""

from __future__ import annotations

from enum import StrEnum

GOALS = 2
LIMITS = 3
"""How many goals and conditions the drawer offers; recipe files take more."""


class SearchIds(StrEnum):
    """Components that exist once; GOAL, LIMIT and LIMIT_VALUE are followed by a number from 0."""

    KIND = "new-experiment-selection"
    SAMPLE_PANEL = "new-experiment-sample"
    LIST_PANEL = "new-experiment-list"
    SEARCH_PANEL = "new-experiment-search"
    SAMPLE_COUNT = "new-experiment-sample-count"
    SAMPLE_SEED = "new-experiment-sample-seed"
    ROWS = "new-experiment-list-rows"
    GOAL = "new-experiment-search-goal"
    LIMIT = "new-experiment-search-limit"
    LIMIT_VALUE = "new-experiment-search-limit-value"
    MODELS = "new-experiment-search-models"
    AT_ONCE = "new-experiment-search-at-once"
    PATIENCE = "new-experiment-search-patience"
    SEED = "new-experiment-search-seed"


def goal(number: int) -> str:
    """Return the id of the choice of a goal."""
    return f"{SearchIds.GOAL}-{number}"


def limit(number: int) -> str:
    """Return the id of the choice of a condition's metric."""
    return f"{SearchIds.LIMIT}-{number}"


def limit_value(number: int) -> str:
    """Return the id of the input of a condition's limit."""
    return f"{SearchIds.LIMIT_VALUE}-{number}"
