"""Records the curve of a training: a bounded number of points, whatever its length."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

import torch
from torch import Tensor, nn

from core.domain.queue.training_curve import LOSS
from core.errors import CompressCompareError
from core.ports import Progress

POINTS = 100
"""Points of the loss per training, about; short trainings have one per update."""
WATCHED = 50
"""Times that metrics are looked at per training, at most; always after an epoch."""

ValidationMetrics: TypeAlias = Callable[[nn.Module], Mapping[str, float]]
"""Returns metrics of a model that is being trained; it may switch the model to evaluation."""

log = logging.getLogger(__name__)


class CurveRecorder:
    """Collects the losses of updates and passes their means on, with metrics after epochs."""

    def __init__(
        self, progress: Progress, steps: int, steps_per_epoch: int, watch: ValidationMetrics | None
    ) -> None:
        self._progress, self._watch = progress, watch
        self._per_epoch, self._every = steps_per_epoch, math.ceil(steps / POINTS)
        self._watch_every = math.ceil(steps / WATCHED)
        self._steps, self._done, self._watched_at = steps, 0, 0
        self._losses: list[Tensor] = []
        self._updates = 0

    def updated(self, loss: Tensor | None) -> None:
        """Note an update with its loss; None for a batch that was left out."""
        self._updates += 1
        self._done += 1
        if loss is not None:
            self._losses.append(loss)
        if self._updates >= self._every:
            self._record({})

    def epoch_done(self, module: nn.Module) -> None:
        """Look at the metrics, if that is due."""
        due = self._done - self._watched_at >= self._watch_every or self._done == self._steps
        metrics = self._metrics(module) if due else {}
        if self._updates or metrics:
            self._record(metrics)

    def _record(self, metrics: Mapping[str, float]) -> None:
        loss = {LOSS: float(torch.stack(self._losses).double().mean())} if self._losses else {}
        self._progress.record(self._updates, self._updates / self._per_epoch, {**metrics, **loss})
        self._losses.clear()
        self._updates = 0

    def _metrics(self, module: nn.Module) -> Mapping[str, float]:
        """Return the metrics; what cannot be measured is no reason to end a training."""
        self._watched_at = self._done
        if self._watch is None:
            return {}
        try:
            with torch.random.fork_rng(devices=_cuda_devices(module)):
                return self._watch(module)
        except CompressCompareError as error:
            log.warning("No metric in the training curve: %s", error.message)
            self._watch = None
            return {}


def _cuda_devices(module: nn.Module) -> list[torch.device]:
    device = next(module.parameters()).device
    return [device] if device.type == "cuda" else []
