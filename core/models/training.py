"""The one training loop: base models are trained with it, and recovery steps fine-tune with it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from core.data.dataset import Batch, Dataset
from core.errors import UnusableInput
from core.ports import Progress

REPORT_EVERY_S = 0.25


class Learnable(Protocol):
    """A task as training sees it."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of a batch, a scalar with a gradient."""
        ...


class Silent:
    """Progress that nobody listens to."""

    def report(self, fraction: float, message: str = "") -> None:
        """Do nothing."""


class Constraint(Protocol):
    """Keeps weights within what compression allows while they are trained."""

    def before_step(self) -> None:
        """Called when gradients are there, before the optimizer uses them."""
        ...

    def after_step(self) -> None:
        """Called after the optimizer changed the weights."""
        ...


class Unconstrained:
    """Weights may take any value."""

    def before_step(self) -> None:
        """Do nothing."""

    def after_step(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train; the rate falls from `learning_rate` to 0 along a half cosine
    after a linear warm-up over the first tenth of all steps.
    """

    epochs: int
    learning_rate: float
    batch_size: int = 64
    weight_decay: float = 1e-4
    augmented: bool = True

    def rate(self, step: int, steps: int) -> float:
        """Return the learning rate of a step (I. Loshchilov and F. Hutter, SGDR, ICLR 2017)."""
        warmup = max(1, steps // 10)
        if step < warmup:
            return self.learning_rate * (step + 1) / warmup
        progress = (step - warmup) / max(1, steps - warmup)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


def train(  # noqa: PLR0913  (one call site per kind of run; all but two by name)
    module: nn.Module,
    dataset: Dataset,
    *,
    task: Learnable,
    schedule: Schedule,
    seed: int = 0,
    progress: Progress | None = None,
    constraint: Constraint | None = None,
) -> float:
    """Train all parameters that require a gradient, in place, on the device they are on.

    Returns the mean loss of the last epoch. The same seed gives the same weights on one device.

    Raises:
        UnusableInput: the data set is empty, or the loss became NaN or infinite.
    """
    if len(dataset) == 0:
        raise UnusableInput("The training split is empty.", "Choose data with at least one training instance.")
    reporter = _Reporter(progress or Silent(), schedule.epochs)
    with torch.random.fork_rng(devices=_cuda_devices(module)):
        torch.manual_seed(seed)
        loss = _run(module, dataset, task, schedule, constraint or Unconstrained(), reporter.report)
    module.eval()
    return loss


def _run(
    module: nn.Module,
    dataset: Dataset,
    task: Learnable,
    schedule: Schedule,
    constraint: Constraint,
    report: Callable[[float, float], None],
) -> float:
    device = next(module.parameters()).device
    weights = [parameter for parameter in module.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=schedule.learning_rate, weight_decay=schedule.weight_decay)
    per_epoch = math.ceil(len(dataset) / schedule.batch_size)
    step, loss_sum = 0, 0.0
    for epoch in range(schedule.epochs):
        module.train()
        losses = []
        for indices in torch.randperm(len(dataset)).split(schedule.batch_size):
            if len(indices) == 1 and len(dataset) > 1:
                continue  # batch norm cannot learn from a single instance
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate(step, per_epoch * schedule.epochs)
            loss = task.loss(module, dataset.batch(indices, augmented=schedule.augmented).to(device))
            optimizer.zero_grad()
            loss.backward()
            constraint.before_step()
            optimizer.step()
            constraint.after_step()
            losses.append(loss.detach())
            step += 1
            report(step / (per_epoch * schedule.epochs), epoch)
        loss_sum = float(torch.stack(losses).double().mean()) if losses else math.nan
        _require_finite(loss_sum, epoch)
    return loss_sum


def _require_finite(loss: float, epoch: int) -> None:
    if not math.isfinite(loss):
        raise UnusableInput(
            f"Training diverged in epoch {epoch + 1}: the loss is {loss}.", "Use a smaller learning rate."
        )


class _Reporter:
    """Passes progress on a few times a second at most."""

    def __init__(self, progress: Progress, epochs: int) -> None:
        self._progress, self._epochs = progress, epochs
        self._last = 0.0

    def report(self, fraction: float, epoch: float) -> None:
        now = time.monotonic()
        if now - self._last >= REPORT_EVERY_S or fraction == 1:
            self._last = now
            self._progress.report(fraction, f"epoch {int(epoch) + 1} of {self._epochs}")


def _cuda_devices(module: nn.Module) -> list[torch.device]:
    device = next(module.parameters()).device
    return [device] if device.type == "cuda" else []
