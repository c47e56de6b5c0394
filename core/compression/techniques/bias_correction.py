"""Bias correction: each channel's output gets back the mean that it had before compression.

M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019 (arXiv
1906.04721), the empirical variant of its appendix: changed weights shift the mean of what a layer puts out,
and the shift, measured on training data, is taken off its bias. Layers are corrected from first to last, so
that each sees what the corrected ones before it give. Layers without a bias are left alone, and so are those
called more than once and those whose width differs from the ancestor's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from pydantic import Field
from torch import nn

from core.compression.base import Context, Technique, techniques
from core.compression.calibration import note_sample
from core.compression.calibration_statistics.output_means import biased_modules, correct, means
from core.compression.model import CompressibleModel
from core.domain.effect import Effect
from core.domain.module_table import Units
from core.domain.parameter.traits import CountedUnits
from core.domain.technique import Family, Storage
from core.errors import UnusableInput
from core.parameters import Parameters


class BiasCorrectionParams(Parameters):
    """Which ancestor is the example, and how much data is looked at."""

    depth: int = Field(
        0, title="Depth", ge=0, le=1000, description="Steps from the base to the ancestor; 0 is the base."
    )
    ancestor: str = Field(
        "", title="Ancestor", max_length=200, description="Name of the ancestor; replaces the depth."
    )
    samples: int = Field(
        256, title="Samples", ge=1, le=8192, description="Training instances looked at, all at once."
    )


@techniques.register("bias-correction")
class BiasCorrection(Technique[BiasCorrectionParams]):
    """Changes biases only; weights, zeros and structure stay as they are."""

    label = "Bias correction"
    family = Family.CORRECTION
    storage = Storage.UNCHANGED
    headline = ("samples",)
    counted = CountedUnits("biases", "Leave the step out, or calibrate batch norm instead.")
    needs_data = True
    stochastic = True
    effect = Effect()
    Params = BiasCorrectionParams

    def units(self, module: nn.Module) -> Sequence[Units]:
        """Return one unit for each bias, see `Technique.units`."""
        return tuple(Units((), 1) for _ in biased_modules(module))

    def apply(self, model: CompressibleModel, params: BiasCorrectionParams, context: Context) -> None:
        """Measure the ancestor's means, then correct the biases of the model one after the other."""
        data = context.training_data()
        order = torch.randperm(len(data), generator=context.generator())[: params.samples]
        batch = data.named_batch(order).to(context.device)
        names = [name for name in biased_modules(model.module) if context.rules.touches(name)]
        wanted = means(
            context.ancestor(params.depth, params.ancestor).module.to(context.device), batch.inputs, batch.ids
        )
        context.progress.report(0.5, "correcting")
        corrected = correct(
            model.module, batch.inputs, {name: wanted[name] for name in names if name in wanted}, batch.ids
        )
        note_sample(model, len(order), data, context)
        if not corrected:
            raise UnusableInput(
                "No touched layer has a bias and the shape that it had in the ancestor.",
                "Widen the layer rules, or calibrate batch norm instead.",
            )
        for name in corrected:
            key = f"{name}.bias".removeprefix(".")
            if key in model.encodings:
                bias = model.module.get_parameter(key)
                with torch.no_grad():
                    bias.copy_(model.encodings[key].project(bias))
