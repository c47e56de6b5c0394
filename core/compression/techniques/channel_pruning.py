"""Channel pruning: whole channels of convolutions and linear layers are removed, and the model gets faster.

H. Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017 (arXiv 1608.08710); channels that residual
connections, groups or normalisation tie together go together: G. Fang et al., "DepGraph", CVPR 2023 (arXiv
2301.12900). The layers that give the model's output keep their width, and layers that rules leave out keep
their output channels; they lose inputs with the layers before them. Weights that are quantized per channel
or group lose their packed form, so quantize afterwards.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from core.compression.base import Context, Technique, techniques
from core.compression.channels import ChannelChoice, output_layers, slimmer
from core.compression.layers import Layer, compressible_layers
from core.compression.model import CompressibleModel
from core.compression.slimming import SLIM
from core.data.dataset import call
from core.domain.technique import Storage
from core.errors import UnusableInput
from core.parameters import Parameters


class ChannelPruningParams(Parameters):
    """How many channels go, and which compete with each other."""

    ratio: float = Field(
        0.5, title="Channels removed", ge=0, le=0.95, description="Share of each touched layer's channels."
    )
    scope: Literal["layer", "global"] = Field(
        "layer",
        title="Scope",
        description="Layer: every layer loses the same share. Global: channels of all layers compete.",
    )
    round_to: int = Field(
        1,
        title="Round to",
        ge=1,
        le=256,
        description="Channels left are a multiple of this.",
    )


@techniques.register("channel-pruning")
class ChannelPruning(Technique[ChannelPruningParams]):
    """Structured pruning of convolutional networks by the norms of coupled channels."""

    label = "Channel pruning"
    storage = Storage.STORED
    headline = ("ratio",)
    needs_data = True
    Params = ChannelPruningParams

    def unavailable(self) -> str:
        """Return what is missing, see `Technique.unavailable`."""
        try:
            import torch_pruning  # noqa: F401
        except ImportError:
            return "Torch-Pruning is not installed on this worker: pip install torch-pruning."
        return ""

    def apply(self, model: CompressibleModel, params: ChannelPruningParams, context: Context) -> None:
        """Remove the channels and everything that belongs to them."""
        example = _example(context)
        _require_convolutional(model.module)
        chosen = self.layers(model, params, context)
        touched = {name for layer, _ in chosen for name in layer.names}
        everything = {name for layer in compressible_layers(model.module) for name in layer.names}
        last = output_layers(model.module, example)
        arguments = slimmer(
            model.module,
            example,
            ChannelChoice(
                ratio=params.ratio,
                ratios=_other_ratios(chosen, params),
                untouched=everything - touched | set(last),
                round_to=params.round_to,
                together=params.scope == "global",
            ),
        )
        if params.ratio and not arguments["tensors"]:
            raise UnusableInput(
                f"No channel can be removed: {_reason(chosen, last)}.",
                "Widen the layer rules or raise the share.",
            )
        before = _output_shape(model.module, example)
        model.edit(SLIM, arguments)
        if _output_shape(model.module, example) != before:
            raise UnusableInput(
                "Removing channels would change the shape of the model's output.",
                "Exclude the last layers with a layer rule.",
            )


def _example(context: Context) -> Tensor:
    inputs = context.training_data().examples(1)
    if not isinstance(inputs, Tensor):
        raise UnusableInput(
            "Channels are followed through models of images, and this one reads text.",
            "Use head pruning or feed-forward pruning for transformers.",
        )
    return inputs.to(context.device)


def _require_convolutional(module: nn.Module) -> None:
    attention = next(
        (type(child).__name__ for child in module.modules() if "Attention" in type(child).__name__), ""
    )
    if attention:
        raise UnusableInput(
            f"The model's {attention} mixes its channels in a way that this step does not follow.",
            "Use head pruning or feed-forward pruning for transformers.",
        )


def _other_ratios(
    chosen: list[tuple[Layer, ChannelPruningParams]], params: ChannelPruningParams
) -> dict[str, float]:
    return {name: own.ratio for layer, own in chosen if own != params for name in layer.names}


def _reason(chosen: list[tuple[Layer, ChannelPruningParams]], last: list[str]) -> str:
    free = [layer.name for layer, _ in chosen if layer.name not in last]
    if not free:
        return f"{', '.join(last)} gives the model's output and keeps its width"
    return f"{', '.join(free[:3])} and the layers tied to them have too few channels or are left out by rules"


def _output_shape(module: nn.Module, example: Tensor) -> torch.Size:
    with torch.no_grad():
        return call(module, example).shape
