"""Cancelling and retrying: what is asked before several runs are changed, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.domain.queue.run import ACTIVE, RunStatus
from core.presentation.counts import agreeing, counted
from core.services.queue.forecast import Forecast


class Bulk(StrEnum):
    """What can be done to several runs at once."""

    CANCEL = "cancel"
    RETRY = "retry"


@dataclass(frozen=True)
class Question:
    """The dialog before it is done."""

    title: str
    text: str
    yes: str
    possible: bool


_VERBS: Mapping[Bulk, str] = {Bulk.CANCEL: "cancelled", Bulk.RETRY: "retried"}


def question(what: Bulk, forecast: Forecast) -> Question:
    """Return what to ask, e.g. `14 of 20 runs can be retried; 6 cannot: 4 have succeeded ...`."""
    possible, chosen, verb = len(forecast.possible), forecast.chosen, _VERBS[what]
    parts = [_can(possible, chosen, verb) + _why_not(forecast)]
    if forecast.following:
        more = counted(forecast.following, "other run")
        follows = {
            Bulk.CANCEL: f"{more} that {agreeing(forecast.following, 'needs', 'need')} them will be skipped.",
            Bulk.RETRY: f"{more} that they need or that "
            f"{agreeing(forecast.following, 'was', 'were')} skipped because of them will come back.",
        }
        parts.append(follows[what])
    if what is Bulk.CANCEL and possible:
        parts.append("They can be retried.")
    title, yes = (
        ("Cancel these runs?", "Cancel the runs")
        if what is Bulk.CANCEL
        else ("Retry these runs?", "Retry the runs")
    )
    return Question(title, " ".join(parts), yes, possible > 0)


def _can(possible: int, chosen: int, verb: str) -> str:
    if possible == chosen:
        return f"{counted(chosen, 'run')} will be {verb}"
    return f"{possible:,} of {counted(chosen, 'run')} can be {verb}"


def _why_not(forecast: Forecast) -> str:
    if not forecast.refused:
        return "."
    groups = {
        "succeeded": forecast.refused.get(RunStatus.SUCCEEDED, 0),
        "not ended": sum(forecast.refused.get(status, 0) for status in ACTIVE),
    }
    groups["ended without success"] = sum(forecast.refused.values()) - sum(groups.values())
    told = ", ".join(
        f"{count:,} {agreeing(count, 'has', 'have')} {why}" for why, count in groups.items() if count
    )
    return f"; {sum(forecast.refused.values()):,} cannot: {told}."
