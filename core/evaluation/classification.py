"""Running a classifier over a data set and keeping the outcome of every instance.

Logits stay on the device until a few thousand instances are together; only then outcomes are drawn
from them. So evaluation costs next to nothing beyond the model itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.data.dataset import Dataset, call, fitting, move
from core.errors import UnusableInput
from core.ports import Progress

TOP = 5
NO_CLASS = -1  # prediction where the outputs are NaN or infinite, so that no class is the most probable
REPORT_EVERY_S = 0.25
GATHERED_LOGITS = 1 << 22  # numbers kept on the device before they are reduced
# Log-probabilities are stored only where they stay small.
LOG_PROBABILITY_CLASSES = 1000
LOG_PROBABILITY_NUMBERS = 50_000_000


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What a classifier said about each instance, in order.

    arrays: label, prediction, top5 (int16 or int32, `NO_CLASS` without one), confidence (float16 probability
        of the prediction) and, where small, log_probabilities (float16, `(instances, classes)`).
    losses, confidences: float32 `(instances,)`, at full precision for metrics; the loss of an instance
        without a label is NaN.
    """

    arrays: Mapping[str, NDArray[Any]]
    losses: NDArray[np.float32]
    confidences: NDArray[np.float32]

    def among(self, chosen: NDArray[np.bool_]) -> Outcomes:
        """Return the outcomes of the chosen instances, `(instances,)`."""
        arrays = {name: array[chosen] for name, array in self.arrays.items()}
        return Outcomes(arrays, self.losses[chosen], self.confidences[chosen])


def classify(
    module: nn.Module, dataset: Dataset, *, batch_size: int, device: torch.device, progress: Progress
) -> Outcomes:
    """Return the outcome of every instance.

    Raises:
        UnusableInput: no instances, or the numbers of classes of model and data differ.
    """
    if len(dataset) == 0:
        raise UnusableInput(
            "The evaluation data hold no instance.", "Choose a split with at least one instance."
        )
    module = module.to(device).eval()
    keep = _keeps_log_probabilities(dataset)
    reduced = []
    with torch.inference_mode():
        for logits, labels in _gathered(module, dataset, batch_size, _throttled(progress, len(dataset))):
            reduced.append(_reduced(logits, labels.to(device), keep_log_probabilities=keep))
    joined = {name: torch.cat([part[name] for part in reduced]).numpy() for name in reduced[0]}
    losses, confidences = joined.pop("loss"), joined["confidence"]
    return Outcomes(_compact(joined, dataset), losses, confidences)


def require_classes(logits: Tensor, dataset: Dataset) -> None:
    """Raise `UnusableInput` unless the model has one output per class of the data."""
    outputs, classes = logits.shape[-1], len(dataset.class_names)
    if logits.dim() != 2 or outputs != classes:
        raise UnusableInput(
            f"The model predicts {outputs} classes, but the data have {classes}.",
            f"Choose a model with {classes} outputs, or the data it was trained on.",
        )


def _gathered(
    module: nn.Module, dataset: Dataset, batch_size: int, report: Callable[[int], None]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield logits and labels of a few thousand instances at a time."""
    device = next(module.parameters()).device
    waiting: list[Tensor] = []
    first, done = 0, 0
    for batch in dataset.batches(batch_size):
        with fitting(batch.inputs) if done == 0 else nullcontext():
            logits = call(module, move(batch.inputs, device))
        if done == 0:
            require_classes(logits, dataset)
        waiting.append(logits)
        done += len(logits)
        report(done)
        if (done - first) * logits.shape[1] >= GATHERED_LOGITS or done == len(dataset):
            yield torch.cat(waiting), dataset.labels[first:done]
            waiting, first = [], done


def _reduced(logits: Tensor, labels: Tensor, *, keep_log_probabilities: bool) -> dict[str, Tensor]:
    log_probabilities = logits.float().log_softmax(dim=1)
    best = log_probabilities.topk(min(TOP, logits.shape[1]), dim=1)
    classes = best.indices.masked_fill(log_probabilities.isnan().any(dim=1, keepdim=True), NO_CLASS)
    outcome = {
        "label": labels,
        "prediction": classes[:, 0],
        "top5": classes,
        "confidence": best.values[:, 0].exp(),
        "loss": -log_probabilities.gather(1, labels.clamp(min=0)[:, None])[:, 0].masked_fill(
            labels < 0, torch.nan
        ),
    }
    if keep_log_probabilities:
        lowest = torch.finfo(torch.float16).min
        outcome["log_probabilities"] = log_probabilities.clamp(min=lowest).half()
    return {name: value.cpu() for name, value in outcome.items()}


def _compact(arrays: Mapping[str, NDArray[Any]], dataset: Dataset) -> dict[str, NDArray[Any]]:
    index = np.int16 if len(dataset.class_names) <= np.iinfo(np.int16).max else np.int32
    types = {"label": index, "prediction": index, "top5": index, "confidence": np.float16}
    return {name: array.astype(types.get(name, array.dtype)) for name, array in arrays.items()}


def _keeps_log_probabilities(dataset: Dataset) -> bool:
    classes = len(dataset.class_names)
    return classes <= LOG_PROBABILITY_CLASSES and classes * len(dataset) <= LOG_PROBABILITY_NUMBERS


def _throttled(progress: Progress, total: int) -> Callable[[int], None]:
    last = time.monotonic()

    def report(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= REPORT_EVERY_S or done == total:
            last = now
            progress.report(done / total, f"{done} of {total} instances")

    return report
