"""The line at the bottom of every page: what goes on in the project that is shown, and for how long."""

from __future__ import annotations

from core.domain.queue.run import RunKind
from core.presentation.counts import counted
from core.services.queue.activity import Activity
from dashboard.views.queue.words import at_least, time_left

AT_REST = "Nothing is running."
ELSEWHERE = "Nothing is running in this project; the queue works on others."

_DOING = {
    RunKind.TRAIN: "training the base model",
    RunKind.IMPORT: "importing a base model",
    RunKind.COMPRESS: "compressing",
    RunKind.EVALUATE: "measuring",
    RunKind.PROFILE: "measuring",
    RunKind.LAYERS: "comparing layers",
    RunKind.LAYER_PAIR: "comparing layers",
    RunKind.DRIFT: "comparing layers",
    RunKind.SENSITIVITY: "measuring the sensitivity of layers",
    RunKind.INSTANCES: "keeping the instances",
}
"""What each kind of run does, in the order in which models go through them."""


def sentence(found: Activity | None, *, elsewhere: bool = False) -> str:
    """Return what goes on in a project, and about how long all of it takes.

    elsewhere: other projects have runs that have not ended.
    """
    if found is None:
        return ELSEWHERE if elsewhere else AT_REST
    if not found.workers:
        waiting = f"{counted(found.active, 'run')} {'waits' if found.active == 1 else 'wait'}"
        return f"No worker is connected, {waiting}. Start one with: compress-compare worker"
    to_go = f"{counted(found.models, 'model')} to go"
    if found.starting_s is not None:
        return f"The worker is starting: it has been loading PyTorch for {found.starting_s:.0f} s. {to_go}."
    doing = " and ".join(dict.fromkeys(text for kind, text in _DOING.items() if kind in found.kinds))
    what = f"{doing[0].upper()}{doing[1:]}: {to_go}" if doing else to_go
    return f"{what}, {_left(found)}."


def _left(found: Activity) -> str:
    """Return how long all runs take; a least time while nothing is known of some of them."""
    if found.left is None:
        return "time left not known yet"
    span = found.left.span
    known = at_least(span.low_s) if found.left.unknown else time_left(span)
    return f"{known} left" if known else "time left not known yet"
