"""The mean output of each channel of each layer with a bias, and shifting biases until means agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from core.compression.finite import require_finite
from core.compression.layers import is_conv1d
from core.data.dataset import Inputs, call


def biased_modules(module: nn.Module) -> list[str]:
    """Return the names of linear, convolution and normalisation layers that have a bias of their own."""
    kinds = (nn.Linear, _ConvNd, _BatchNorm, nn.LayerNorm)
    uses = Counter(id(parameter) for _, parameter in module.named_parameters(remove_duplicate=False))
    return [
        name
        for name, child in module.named_modules()
        if (isinstance(child, kinds) or is_conv1d(child))
        and isinstance(bias := child.bias, nn.Parameter)
        and uses[id(bias)] == 1
        and bias.dim() == 1
    ]


def means(module: nn.Module, inputs: Inputs, ids: Sequence[str] = ()) -> dict[str, Tensor]:
    """Return the mean output `(channels,)`, float64, of each biased module that is called exactly once.

    ids: of the instances. Raises `UnusableInput` if an output is NaN or infinite.
    """
    found: dict[str, Tensor] = {}
    calls: Counter[str] = Counter()

    def look(name: str, child: nn.Module, _: Any, output: Tensor) -> None:
        calls[name] += 1
        require_finite(output, f"The outputs of {name or 'the model'}", ids)
        found[name] = _mean(child, output)

    _hooked_pass(module, inputs, biased_modules(module), look)
    return {name: mean for name, mean in found.items() if calls[name] == 1}


def correct(
    module: nn.Module, inputs: Inputs, wanted: Mapping[str, Tensor], ids: Sequence[str] = ()
) -> list[str]:
    """Shift the biases of the named modules, in the order of their calls, until their means are as wanted.

    Return the names of those that were; the others are called several times or have another width.
    """
    own = means(module, inputs, ids)
    suited = [name for name in wanted if name in own and own[name].shape == wanted[name].shape]

    def shift(name: str, child: nn.Module, _: Any, output: Tensor) -> Tensor:
        difference = (wanted[name] - _mean(child, output)).to(output.dtype)
        child.bias.add_(difference)  # type: ignore[operator]
        return output + _along_channels(child, difference, output)

    _hooked_pass(module, inputs, suited, shift)
    return suited


def _hooked_pass(
    module: nn.Module, inputs: Inputs, names: Sequence[str], watch: Callable[..., Tensor | None]
) -> None:
    """Pass the inputs once; watch gets the calls of named modules, names first, and may replace outputs."""
    hooks = [module.get_submodule(name).register_forward_hook(partial(watch, name)) for name in names]
    try:
        with torch.no_grad():
            call(module, inputs)
    finally:
        for hook in hooks:
            hook.remove()


def _channel_axis(module: nn.Module, output: Tensor) -> int:
    """Return the axis of channels: the last, or the one after the instances, as in ConvNeXt's norms too."""
    overridden = isinstance(module, nn.LayerNorm) and type(module).forward is not nn.LayerNorm.forward
    first = overridden and getattr(module, "data_format", "") != "channels_last"
    return 1 if first or isinstance(module, (_ConvNd, _BatchNorm)) else output.dim() - 1


def _mean(module: nn.Module, output: Tensor) -> Tensor:
    moved = output.detach().movedim(_channel_axis(module, output), 0)
    return moved.flatten(1).double().mean(1)


def _along_channels(module: nn.Module, values: Tensor, output: Tensor) -> Tensor:
    shape = [1] * output.dim()
    shape[_channel_axis(module, output)] = len(values)
    return values.view(shape)
