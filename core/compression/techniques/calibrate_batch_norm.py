"""Batch-norm calibration: running means and variances are measured again for the changed weights.

Compression shifts what batch-norm layers see. A few forward passes over training data repair their
statistics without any training: Y. Wu and J. Johnson, "Rethinking 'Batch' in BatchNorm", 2021
(precise statistics as an average over batches); I. Hubara et al., "Accurate Post Training
Quantization", ICML 2021 (batch-norm tuning after quantization).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from core.compression.base import Context, Technique, techniques
from core.compression.calibration import note_sample, sample
from core.compression.calibration_statistics.observers import look_at
from core.compression.finite import require_finite
from core.compression.model import CompressibleModel
from core.data.dataset import Batch, Dataset
from core.domain.effect import Effect
from core.domain.technique import Family, Storage
from core.errors import UnusableInput
from core.parameters import Parameters


class CalibrateBatchNormParams(Parameters):
    """How much data is looked at."""

    samples: int = Field(
        1024,
        title="Samples",
        ge=0,
        le=1_000_000,
        description="Training instances used at most, drawn at random; 0: all of them.",
    )
    batch_size: int = Field(128, title="Batch size", ge=2, le=4096, description="Instances per forward pass.")


@techniques.register("calibrate-batch-norm")
class CalibrateBatchNorm(Technique[CalibrateBatchNormParams]):
    """Replaces running statistics by averages over training batches; weights stay as they are."""

    label = "Calibrate batch norm"
    family = Family.CORRECTION
    storage = Storage.UNCHANGED
    headline = ("samples",)
    needs_data = True
    stochastic = True
    works_on = ": .*BatchNorm"
    effect = Effect()
    Params = CalibrateBatchNormParams

    def apply(self, model: CompressibleModel, params: CalibrateBatchNormParams, context: Context) -> None:
        """Measure the statistics of every touched batch-norm layer."""
        norms = _batch_norms(model.module, context)
        data = context.training_data()
        order = sample(data, params.samples, context)
        batches = [indices for indices in order.split(params.batch_size) if len(indices) > 1]
        if not batches:
            raise UnusableInput(
                "Calibration needs at least two training instances.", "Choose larger training data."
            )
        momenta = [norm.momentum for norm in norms.values()]
        for norm in norms.values():
            norm.reset_running_stats()
            norm.momentum = None  # average over all batches instead of forgetting old ones
            norm.train()
        look_at(model.module, dict.fromkeys(norms, _finite), _named(data, batches, context))
        for (name, norm), momentum in zip(norms.items(), momenta, strict=True):
            norm.momentum = momentum
            for statistic in (norm.running_mean, norm.running_var):
                if statistic is not None:
                    require_finite(statistic, f"The statistics of {name or 'the model'}", ())
        note_sample(model, sum(map(len, batches)), data, context)


def _named(data: Dataset, parts: Sequence[Tensor], context: Context) -> Iterator[Batch]:
    for done, indices in enumerate(parts, start=1):
        yield data.named_batch(indices).to(context.device)
        context.progress.report(done / len(parts), "calibrating")


def _finite(_name: str, _inputs: Tensor) -> None:
    """Nothing to look for but what `look_at` refuses."""


def _batch_norms(module: nn.Module, context: Context) -> dict[str, _BatchNorm]:
    norms = {
        name: child
        for name, child in module.named_modules()
        if isinstance(child, _BatchNorm) and child.track_running_stats and context.rules.touches(name)
    }
    if not norms:
        raise UnusableInput(
            "There is no batch-norm layer to calibrate.", "Leave this step out, or widen its layer rules."
        )
    return norms
