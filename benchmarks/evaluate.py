"""Evaluation with all metrics and outcomes, against a bare loop that throws its logits away.

On one thread, in processor seconds, the fastest of several alternating runs on either side: so other work
on the machine hardly counts. On an idle machine these are the seconds that pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import process_time
from typing import Any

import torch
from torch import nn
from torchvision.models import resnet18

from benchmarks.threads import one_thread
from core.data.images import ImageDataset, normalisation
from core.evaluation.tasks.image_classification import ImageClassification
from core.models.sources.residual_cnn import ResidualCnn, ResidualCnnParams
from core.ports import Silent

BATCH = 128
RUNS = 7
CPU = torch.device("cpu")


@one_thread()
def small_model_ratio() -> Mapping[str, Any]:
    """Return instances per second of a 78,000-parameter network on 8 x 8 images: the worst case."""
    return _compared(ResidualCnn(ResidualCnnParams()), _images(20_000, channels=1, size=8))


@one_thread()
def resnet18_ratio() -> Mapping[str, Any]:
    """Return instances per second of a ResNet-18 on 64 x 64 images."""
    return _compared(resnet18(num_classes=10), _images(512, channels=3, size=64))


def _compared(module: nn.Module, dataset: ImageDataset) -> Mapping[str, Any]:
    module = module.eval()
    dataset.examples(1)  # preprocess once, as the bare loop's data are
    ours, bare = [], []
    for _ in range(RUNS):
        bare.append(_bare_seconds(module, dataset))
        ours.append(_evaluation_seconds(module, dataset))
    value, baseline = len(dataset) / min(ours), len(dataset) / min(bare)
    return {"value": value, "unit": "1/s", "baseline": baseline, "ratio": value / baseline, "runs": RUNS}


def _evaluation_seconds(module: nn.Module, dataset: ImageDataset) -> float:
    start = process_time()
    ImageClassification().evaluate(module, dataset, batch_size=BATCH, device=CPU, progress=Silent())
    return process_time() - start


def _bare_seconds(module: nn.Module, dataset: ImageDataset) -> float:
    inputs = dataset.batch(slice(None)).inputs
    if not isinstance(inputs, torch.Tensor):
        raise TypeError("images are one tensor")
    start = process_time()
    with torch.inference_mode():
        for first in range(0, len(inputs), BATCH):
            module(inputs[first : first + BATCH])
    return process_time() - start


def _images(count: int, *, channels: int, size: int) -> ImageDataset:
    generator = torch.Generator().manual_seed(0)
    return ImageDataset(
        images=torch.randint(256, (count, channels, size, size), dtype=torch.uint8, generator=generator),
        labels=torch.randint(10, (count,), generator=generator),
        class_names=tuple("0123456789"),
        ids=tuple(map(str, range(count))),
        preprocess=normalisation([0.5] * channels, [0.5] * channels),
    )


FIGURES = {
    "evaluate.throughput_ratio": small_model_ratio,
    "evaluate.throughput_ratio.resnet18": resnet18_ratio,
}
