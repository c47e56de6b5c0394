"""The line under the header while a project has work to do and nothing to compare yet."""

from __future__ import annotations

from core.domain.run import RunKind
from core.services.beginning import Beginning
from dashboard.figures.wording import counted
from dashboard.views.queue.words import time_left

_DOING = {
    RunKind.TRAIN: "Training",
    RunKind.IMPORT: "Importing",
    RunKind.COMPRESS: "Compressing: making",
    RunKind.EVALUATE: "Evaluating",
    RunKind.PROFILE: "Profiling",
    RunKind.LAYERS: "Comparing activations of",
    RunKind.SENSITIVITY: "Measuring the sensitivity of",
    RunKind.INSTANCES: "Keeping the instances for",
}


def sentence(found: Beginning | None) -> str:
    """Return what goes on, empty if that needs no saying."""
    if found is None:
        return ""
    if not found.workers:
        waiting = f"{counted(found.active, 'run')} {'waits' if found.active == 1 else 'wait'}"
        return f"No worker is connected, {waiting}. Start one with: compress-compare worker"
    if found.starting_s is not None:
        waiting = f"{counted(found.active, 'run')} to do"
        return f"The worker is starting: it has been loading PyTorch for {found.starting_s:.0f} s. {waiting}."
    if found.running is None:
        return f"The worker is ready, {counted(found.active, 'run')} to do."
    run = found.running.run
    doing = f"{_DOING[run.kind]} {found.running.model_name}"
    message = f", {run.progress_message}" if run.progress_message else ""
    left = f"{time_left(found.left)} left" if found.left else "time left unknown"
    return f"{doing}{message}: {left}. {counted(found.active, 'run')} to do."
