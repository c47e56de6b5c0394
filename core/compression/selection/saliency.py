"""How much each weight matters, judged by training data: |weight x gradient|, and |weight| x input norm."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from core.compression.calibration_statistics.observers import look_at
from core.compression.finite import require_finite
from core.compression.layers import Layer
from core.compression.stacked_weights.stacked_products import products_seen
from core.data.dataset import Batch
from core.errors import UnusableInput
from core.models.convolutions import sound_gradients
from core.models.divergence import without_loss
from core.models.learnable import Learnable
from core.models.training import repeatable_attention
from core.presentation.lists import listed


def above_zeros(weight: Tensor, scores: Tensor) -> Tensor:
    """Return the scores, in place, so that weights which are zero already come first and nothing beside."""
    return scores.clamp_(min=torch.finfo(torch.float32).tiny).masked_fill_(weight == 0, 0)


def loss_saliency(
    module: nn.Module, layers: Sequence[Layer], batches: Iterable[Batch], task: Learnable
) -> list[Tensor]:
    """Return per layer |weight x gradient| in the weight's shape, float32, averaged over the batches.

    That is how much the loss of a batch changes, to first order, when the weight becomes zero.

    Raises:
        UnusableInput: the loss or its gradient is NaN or infinite.
    """
    weights = [layer.weight for layer in layers]
    totals = [torch.zeros_like(weight, dtype=torch.float32) for weight in weights]
    with differentiable(weights), torch.enable_grad(), repeatable_attention(), sound_gradients(module):
        for batch in batches:
            loss = task.loss(module, batch)
            if not math.isfinite(value := float(loss.detach())):
                raise UnusableInput(
                    f"The loss on {_culprit(module, batch, task)} is {value}, so no weight's importance can "
                    "be estimated.",
                    "Leave that instance out of the data, or check the model before this step.",
                )
            gradients = torch.autograd.grad(loss, weights, allow_unused=True)
            for total, weight, gradient in zip(totals, weights, gradients, strict=True):
                if gradient is not None:
                    total.add_((gradient * weight.detach()).float().abs_())
    for layer, total in zip(layers, totals, strict=True):
        require_finite(total, f"The gradients of {layer.name}", ())
    return [above_zeros(layer.weight.detach(), total) for layer, total in zip(layers, totals, strict=True)]


def _culprit(module: nn.Module, batch: Batch, task: Learnable) -> str:
    """Return the first instance of a batch whose own loss is NaN or infinite, in words."""
    found = without_loss(module, batch, task)
    return f"the training instance {found[0]}" if found else "training data"


@contextmanager
def differentiable(weights: Sequence[nn.Parameter]) -> Iterator[None]:
    """Let gradients reach the weights within the block, whether they are trained or not."""
    before = [weight.requires_grad for weight in weights]
    for weight in weights:
        weight.requires_grad_(True)
    try:
        yield
    finally:
        for weight, requires_grad in zip(weights, before, strict=True):
            weight.requires_grad_(requires_grad)


def random_saliency(layers: Sequence[Layer], generator: torch.Generator) -> list[Tensor]:
    """Return random scores per layer, in the weight's shape; weights that are zero score zero."""
    scores = []
    for layer in layers:
        weight = layer.weight.detach()
        drawn = torch.rand(weight.shape, generator=generator).to(weight.device)
        scores.append(above_zeros(weight, drawn))
    return scores


def has_inputs(layer: Layer, module: nn.Module) -> bool:
    """Return whether inputs can be seen that the weight is multiplied with.

    Embeddings and elementwise weights have none, and torch computes attention in one piece and recurrent
    layers without showing them.
    """
    if layer.elementwise or (layer.leaf != "weight" and layer.matrix_axis is None):
        return False
    kinds = (nn.Embedding, nn.EmbeddingBag, nn.Bilinear)
    return not any(isinstance(module.get_submodule(name), kinds) for name in layer.names)


def input_norms(module: nn.Module, layers: Sequence[Layer], batches: Iterable[Batch]) -> Mapping[str, Tensor]:
    """Return per parameter name the Euclidean norm `(input channels,)` of each input channel over batches.

    Of a stack it is `(matrices, input channels)`; matrices that met no input have the mean of the others.
    Layers that the model does not call, such as heads for training only, are left out.

    Raises:
        UnusableInput: a layer's inputs are NaN or infinite, or the model calls none of the layers.
    """
    squares: dict[str, Tensor] = {}

    stacks = [layer for layer in layers if layer.matrix_axis is not None]
    owners = {name: layer.parameter_name for layer in layers if layer not in stacks for name in layer.names}

    def look(called: str, inputs: Tensor) -> None:
        name, child = owners[called], module.get_submodule(called)
        channels = 1 if isinstance(child, _ConvNd) else -1
        values = inputs.double().square().movedim(channels, 0).flatten(1).sum(1)
        squares[name] = squares[name] + values if name in squares else values

    def look_into(stack: Layer, index: int, inputs: Tensor) -> None:
        values = inputs.double().square().sum(0)
        blank = values.new_zeros(len(stack.weight), len(values))
        squares.setdefault(stack.parameter_name, blank)[index] += values

    with products_seen(module, stacks, look_into):
        look_at(module, dict.fromkeys(owners, look), batches)
    if layers and not squares:
        raise UnusableInput(
            f"The inputs of {listed(map(_shown, layers))} cannot be seen, because the model does not call "
            "the layers.",
            "Widen the layer rules, or choose a technique that looks at weights only.",
        )
    return {name: _filled(total.sqrt().float()) for name, total in squares.items()}


def _shown(layer: Layer) -> str:
    return layer.name if layer.leaf == "weight" else layer.parameter_name


def _filled(norms: Tensor) -> Tensor:
    """Return norms where matrices of a stack that no input reached have the mean of the others."""
    if norms.dim() == 1:
        return norms
    unmet = ~norms.any(dim=1)
    return torch.where(unmet[:, None], norms[~unmet].mean(dim=0), norms) if bool(unmet.any()) else norms


def input_saliency(layer: Layer, norms: Tensor) -> Tensor:
    """Return |weight| x norm of the input channel that it is multiplied with, in the weight's shape."""
    weight = layer.weight.detach()
    if layer.matrix_axis is not None:
        scale = norms.unsqueeze(1 if layer.output_axis == (0, 1) else 2)
    elif layer.output_axis == 1:  # inputs come first
        scale = norms.view(-1, *[1] * (weight.dim() - 1))
    elif isinstance(layer.module, _ConvNd):
        groups = layer.module.groups
        scale = norms.view(groups, -1).repeat_interleave(len(weight) // groups, dim=0)
        scale = scale.view(*weight.shape[:2], *[1] * (weight.dim() - 2))
    else:
        scale = norms
    return above_zeros(weight, weight.float().abs() * scale.to(weight.device))
