"""Weights that a module multiplies by itself instead of leaving it to a layer.

Such are the experts of a mixture in one tensor `(experts, outputs, inputs)` or `(experts, inputs, outputs)`,
the joint projections of `nn.MultiheadAttention`, and the weights of recurrent layers. Techniques that look at
weights alone reach them; see `Technique.raw_weights`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from torch import nn

from core.compression.layers import EVERYTHING, Axes, Layer, matrices, output_axis
from core.compression.stacked_weights.stand_ins import orientation
from core.domain.technique import LayerRules

NEGLIGIBLE = 0.01  # share of a model's numbers that may stay as it is unsaid
_NO_PRODUCT = re.compile(r"bias|pos|token|embed")  # in names of tensors that are added, not multiplied
_KNOWN: Mapping[type[nn.Module], re.Pattern[str]] = {
    nn.MultiheadAttention: re.compile(r"in_proj_weight|[qkv]_proj_weight"),
    nn.RNNBase: re.compile(r"weight_.*"),
    nn.RNNCellBase: re.compile(r"weight_.*"),
    nn.Bilinear: re.compile(r"weight"),
    nn.EmbeddingBag: re.compile(r"weight"),
}


def raw_weights(module: nn.Module, rules: LayerRules = EVERYTHING) -> list[Layer]:
    """Return such weights of the modules that rules allow to touch, in module order, shared ones once."""
    holders: dict[int, list[str]] = {}
    found: dict[int, tuple[nn.Module, nn.Parameter, Axes, str]] = {}
    for name, child in module.named_modules():
        for leaf, weight, axes in _raw(name, child):
            holders.setdefault(id(weight), []).append(name)
            found.setdefault(id(weight), (child, weight, axes, leaf))
    layers = [Layer(tuple(holders[key]), *entry) for key, entry in found.items()]
    return [layer for layer in layers if rules.touches_shared(layer.names)]


def _raw(name: str, module: nn.Module) -> Iterator[tuple[str, nn.Parameter, Axes]]:
    """Yield leaf, weight and output axes of a module's own raw weights."""
    if output_axis(module) is not None or "parametrizations" in name.split("."):
        return
    known = next((leaves for kind, leaves in _KNOWN.items() if isinstance(module, kind)), None)
    for leaf, weight in module.named_parameters(recurse=False):
        if not weight.is_floating_point() or weight.dim() < 2:
            continue
        if known is not None:
            if known.fullmatch(leaf):
                yield leaf, weight, 0
        elif weight.dim() == 3 and min(weight.shape) > 1 and not _NO_PRODUCT.search(leaf):
            yield leaf, weight, (0, 2) if _inputs_first(module, leaf, weight) else (0, 1)


def _inputs_first(module: nn.Module, leaf: str, weight: nn.Parameter) -> bool:
    """Return whether the matrices of a stack are `(inputs, outputs)`.

    Experts of the transformers library say so. Others are judged by the size of the inputs that the module
    keeps, then by torch's habit: a `weight` is `(outputs, inputs)`, while `torch.bmm` multiplies the inverse.
    """
    of_factor = orientation(module, leaf)
    if of_factor is not None:
        return of_factor
    declared = getattr(module, "is_transposed", None)
    if isinstance(declared, bool):
        return declared
    for name in ("input_size", "in_features"):
        size = getattr(module, name, None)
        if weight.shape[1] != weight.shape[2] and size in weight.shape[1:]:
            return bool(size == weight.shape[1])
    return leaf != "weight"


def left_over(module: nn.Module, reached: Iterable[Layer], rules: LayerRules = EVERYTHING) -> dict[str, int]:
    """Return the sizes of weight matrices that rules allow to touch and that are not among the layers."""
    within = {id(layer.weight) for layer in reached}
    return {
        name: parameter.numel()
        for name, parameter in matrices(module).items()
        if min(parameter.shape) > 1 and id(parameter) not in within and rules.touches(name.rpartition(".")[0])
    }
