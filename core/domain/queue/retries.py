"""Which state a run goes to when its worker or its process is gone, and what people are told of it."""

from __future__ import annotations

from dataclasses import replace

from core.domain.queue.run import Run, RunError, RunStatus
from core.presentation.numbers import whole_percent

_TRIES_TOLD = 5
"""How many tries before the last are told with a run that failed."""


def after_loss(run: Run, loss: RunError) -> tuple[RunStatus, RunError]:
    """Return what becomes of a running run whose worker lost it: queued again, LOST after the last try."""
    status = RunStatus.QUEUED if run.attempt < run.max_attempts else RunStatus.LOST
    if run.cancel_requested_at is not None:
        status = RunStatus.CANCELLED
    return status, _told(run, loss, status)


def after_death(run: Run, death: RunError, *, lasted_s: float | None) -> tuple[RunStatus, RunError]:
    """Return what becomes of a running run whose process died: queued again, FAILED after the last try.

    A second death at the same step is no accident, so it ends the run at once.
    """
    here = replace(death, progress=run.progress, stage=run.progress_message, lasted_s=lasted_s)
    again = here.same_place(run.error)
    status = RunStatus.FAILED if again or run.attempt >= run.max_attempts else RunStatus.QUEUED
    if run.cancel_requested_at is not None:
        status = RunStatus.CANCELLED
    return status, _told(run, here, status, again=again)


def _told(run: Run, death: RunError, status: RunStatus, *, again: bool = False) -> RunError:
    """Return the error with where the run was, what happens next, and, at the end, the tries before."""
    where = f'"{run.progress_message}"' if run.progress_message else "its first step"
    account = f"{death.message} It was at {where}, {whole_percent(run.progress)} done."
    before = run.error.tries if run.error else ()
    sentences = [account]
    if again:
        sentences.append("The try before died at the same step.")
    elif status is RunStatus.QUEUED:
        sentences.append(f"Try {run.attempt + 1} of {run.max_attempts} follows.")
    elif status is not RunStatus.CANCELLED and run.attempt > 1:
        sentences += [f"It was try {run.attempt} of {run.max_attempts}.", *before]
    tries = (*before, f"Try {run.attempt}: {account}")[-_TRIES_TOLD:]
    return replace(death, message=" ".join(sentences), tries=tries)
