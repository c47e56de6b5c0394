"""The one training loop: base models are trained with it, and recovery steps fine-tune with it."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from core.data.dataset import Dataset
from core.data.subset import part
from core.errors import UnusableInput
from core.models.convolutions import sound_gradients
from core.models.curve_recorder import CurveRecorder, ValidationMetrics
from core.models.divergence import diverged
from core.models.learnable import Learnable
from core.ports import Progress, Silent

REPORT_EVERY_S = 0.25
log = logging.getLogger(__name__)


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
    """How long and how fast to train.

    The rate rises linearly over the first tenth of all steps, then falls to 0 along a half cosine.

    max_steps: weight updates at most, whatever the epochs; 0: no limit. instances: how many of the training
    instances are used, spread evenly over the split; 0: all.
    """

    epochs: int
    learning_rate: float
    batch_size: int = 64
    weight_decay: float = 1e-4
    augmented: bool = True
    max_steps: int = 0
    instances: int = 0

    def steps(self, per_epoch: int) -> int:
        """Return how many weight updates there are, given those of an epoch."""
        steps = self.epochs * per_epoch
        return min(steps, self.max_steps) if self.max_steps else steps

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
    watch: ValidationMetrics | None = None,
) -> float:
    """Train all parameters that require a gradient, in place, on the device they are on.

    Returns the mean loss of the last epoch; that of each is logged. The same seed gives the same weights on
    one device. The loss and what `watch` returns after an epoch are recorded as the training curve.

    Raises:
        UnusableInput: the data set is empty, or the loss became NaN or infinite.
    """
    if len(dataset) == 0:
        raise UnusableInput(
            "The training split is empty.", "Choose data with at least one training instance."
        )
    dataset = part(dataset, schedule.instances or None)
    per_epoch = math.ceil(len(dataset) / schedule.batch_size)
    steps = schedule.steps(per_epoch)
    epochs = math.ceil(steps / per_epoch)
    progress = progress or Silent()
    reporter, curve = _Reporter(progress, epochs), CurveRecorder(progress, steps, per_epoch, watch)
    held = constraint or Unconstrained()
    run = _Run(module, dataset, task, schedule, constraint=held, steps=steps, curve=curve)
    with (
        torch.random.fork_rng(devices=_cuda_devices(module)),
        repeatable_attention(),
        sound_gradients(module),
    ):
        torch.manual_seed(seed)
        loss = math.nan
        for epoch in range(epochs):
            begun = time.monotonic()
            loss = run.epoch(epoch, reporter.report)
            facts = {"action": "epoch_done", "seconds": round(time.monotonic() - begun, 2)}
            log.info("Epoch %d of %d: mean loss %.4g", epoch + 1, epochs, loss, extra=facts)
            curve.epoch_done(module)
    module.eval()
    return loss


class _Run:
    """The state of one training: optimizer and position in the schedule."""

    def __init__(  # noqa: PLR0913  (made in one place)
        self,
        module: nn.Module,
        dataset: Dataset,
        task: Learnable,
        schedule: Schedule,
        *,
        constraint: Constraint,
        steps: int,
        curve: CurveRecorder,
    ) -> None:
        self._module, self._dataset, self._task = module, dataset, task
        self._schedule, self._constraint = schedule, constraint
        self._device = next(module.parameters()).device
        weights = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self._optimizer = torch.optim.AdamW(
            weights, lr=schedule.learning_rate, weight_decay=schedule.weight_decay
        )
        self._steps, self._step, self._curve = steps, 0, curve

    def epoch(self, number: int, report: Callable[[float, int], None]) -> float:
        """Go through the data in random order, until all steps are done, and return the mean loss."""
        _set_training_mode(self._module)
        losses = []
        batches = torch.randperm(len(self._dataset)).split(self._schedule.batch_size)
        for indices in batches[: self._steps - self._step]:
            loss = None
            if len(indices) > 1 or len(self._dataset) == 1:  # batch norm cannot learn from one instance
                loss = self._update(indices, number)
                losses.append(loss)
            self._step += 1
            self._curve.updated(loss)
            report(self._step / self._steps, number)
        return float(torch.stack(losses).double().mean())

    def _update(self, indices: Tensor, epoch: int) -> Tensor:
        for group in self._optimizer.param_groups:
            group["lr"] = self._schedule.rate(self._step, self._steps)
        batch = self._dataset.batch(indices, augmented=self._schedule.augmented).to(self._device)
        loss = self._task.loss(self._module, batch)
        if not math.isfinite(value := float(loss.detach())):
            ids = tuple(self._dataset.ids[index] for index in indices.tolist())
            place = f"in epoch {epoch + 1}, at update {self._step + 1:,} of {self._steps:,}"
            rate = self._schedule.rate(self._step, self._steps)
            raise diverged(self._module, replace(batch, ids=ids), self._task, value, place=place, rate=rate)
        self._optimizer.zero_grad()
        loss.backward()
        self._constraint.before_step()
        self._optimizer.step()
        self._constraint.after_step()
        return loss.detach()


def _set_training_mode(module: nn.Module) -> None:
    """Switch to training, but for modules whose parameters are all frozen: their statistics stay, too."""
    module.train()
    for child in module.modules():
        own = list(child.parameters(recurse=False))
        if own and not any(parameter.requires_grad for parameter in own):
            child.eval()


class _Reporter:
    """Passes progress on a few times a second at most."""

    def __init__(self, progress: Progress, epochs: int) -> None:
        self._progress, self._epochs = progress, epochs
        self._last = 0.0

    def report(self, fraction: float, epoch: int) -> None:
        now = time.monotonic()
        if now - self._last >= REPORT_EVERY_S or fraction == 1:
            self._last = now
            self._progress.report(fraction, f"epoch {epoch + 1} of {self._epochs}")


def repeatable_attention() -> AbstractContextManager[None]:
    """Keep the attention kernel whose gradients add up in any order from use, if PyTorch is to be repeatable.

    PyTorch only warns of it where it may warn of what it cannot repeat at all.
    """
    if not torch.are_deterministic_algorithms_enabled():
        return nullcontext()
    return sdpa_kernel([SDPBackend.MATH, SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION])


def _cuda_devices(module: nn.Module) -> list[torch.device]:
    device = next(module.parameters()).device
    return [device] if device.type == "cuda" else []
