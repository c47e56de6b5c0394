"""Which combinations an experiment makes, in words for the drawer's preview."""

from __future__ import annotations

from core.domain.queue.experiment import Plan
from core.domain.search.selection import Search
from core.presentation.counts import counted


def search_words(plan: Plan, search: Search) -> str:
    """Return what a search would do."""
    most, every = min(search.models, plan.combinations), counted(plan.combinations, "combination")
    patience = f", until {search.patience} in a row improve nothing" if search.patience else ""
    return f"Tries at most {most:,} of {every}, {search.at_once} at once{patience}."


def chosen_words(plan: Plan) -> str:
    """Return which of the combinations are made, before what that makes; empty where all are."""
    every = f"{counted(plan.combinations, 'combination')}"
    if plan.selection.sample is not None:
        sample = plan.selection.sample
        return f"{min(sample.count, plan.combinations):,} of {every} at random (seed {sample.seed}). "
    if plan.selection.combinations:
        return f"{counted(len(plan.selection.combinations), 'listed combination')}. "
    return ""
