"""Channel pruning: whole channels of convolutions and linear layers are removed, and the model gets faster.

H. Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017 (arXiv 1608.08710); channels that residual
connections, groups or normalisation tie together go together: G. Fang et al., "DepGraph", CVPR 2023 (arXiv
2301.12900). The layers that give the model's output keep their width, and layers that rules leave out keep
their output channels; they lose inputs with the layers before them. Weights that are quantized per channel
or group lose their packed form, so quantize afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field
from torch import Tensor, nn

from core.compression.base import Context, Technique, techniques
from core.compression.layers import Layer, compressible_layers
from core.compression.model import CompressibleModel
from core.compression.structure.channel_trials import Slimmed, largest_that_computes
from core.compression.structure.channels import ChannelChoice, coupled_layers, output_layers, slimmer
from core.compression.structure.slimming import SLIM
from core.data.dataset import require_fit
from core.domain.effect import Effect, Structure
from core.domain.module_table import Units
from core.domain.parameter.traits import CountedUnits
from core.domain.technique import Family, Storage
from core.errors import UnusableInput
from core.parameters import Parameters
from core.presentation.lists import listed

_TRANSFORMERS = "Use head-pruning or ffn-pruning for transformers."


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
    family = Family.STRUCTURED_PRUNING
    storage = Storage.STORED
    needs_layers = True
    headline = ("ratio",)
    counted = CountedUnits("channels that it can follow", _TRANSFORMERS)
    needs_data = True
    effect = Effect(structure=Structure.SMALLER)
    Params = ChannelPruningParams

    def units(self, module: nn.Module) -> Sequence[Units]:
        """Return the channels of each layer, none of a transformer, see `Technique.units`."""
        if _attention(module):
            return ()
        layers = compressible_layers(module)
        return tuple(Units(layer.names, layer.outputs) for layer in layers)

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
        choice = ChannelChoice(
            ratio=params.ratio,
            ratios=_other_ratios(chosen, params),
            untouched=everything - touched | set(last),
            round_to=params.round_to,
            together=params.scope == "global",
        )
        found = _slimmed(model.module, example, choice, everything)
        if found.refused:
            _tell(model, found)
        if params.ratio and not found.arguments["tensors"]:
            raise UnusableInput(
                f"No channel can be removed: {_reason(chosen, last)}.",
                "Widen the layer rules or raise the share.",
            )
        model.edit(SLIM, found.arguments)


def _slimmed(module: nn.Module, example: Tensor, choice: ChannelChoice, everything: set[str]) -> Slimmed:
    def slim(names: Collection[str]) -> dict[str, Any]:
        kept = everything - set(names) | set(choice.untouched)
        return slimmer(module, example, replace(choice, untouched=kept))

    require_fit(module, example)
    groups = coupled_layers(module, example, choice.untouched)
    return largest_that_computes(module, example, groups, slim)


def _tell(model: CompressibleModel, found: Slimmed) -> None:
    """Note which layers had to be left as they are; `UnusableInput` where nothing else is left to slim."""
    names = [name for group in found.refused for name in group]
    shown = listed(names, 5)
    if not found.arguments["tensors"]:
        raise UnusableInput(
            f"Without some channels of {shown} the model does not compute any more: {found.reason}.",
            "The model's code or a shared weight fixes how many channels there are. Leave the step out, "
            "lower the share, or prune single weights instead.",
        )
    model.note(
        f"Left as they are, because the model does not compute without some of their channels: {shown} "
        f"({found.reason})."
    )


def _example(context: Context) -> Tensor:
    inputs = context.training_data().examples(1)
    if not isinstance(inputs, Tensor):
        raise UnusableInput(
            "Channels are followed through models of images, and this one reads text.",
            _TRANSFORMERS,
        )
    return inputs.to(context.device)


def _require_convolutional(module: nn.Module) -> None:
    attention = _attention(module)
    if attention:
        raise UnusableInput(
            f"The model's {attention} mixes its channels in a way that this step does not follow.",
            _TRANSFORMERS,
        )


def _attention(module: nn.Module) -> str:
    kinds = (type(child).__name__ for child in module.modules())
    return next((kind for kind in kinds if "Attention" in kind), "")


def _other_ratios(
    chosen: list[tuple[Layer, ChannelPruningParams]], params: ChannelPruningParams
) -> dict[str, float]:
    return {name: own.ratio for layer, own in chosen if own != params for name in layer.names}


def _reason(chosen: list[tuple[Layer, ChannelPruningParams]], last: list[str]) -> str:
    free = [layer.name for layer, _ in chosen if layer.name not in last]
    if not free:
        return f"{', '.join(last)} gives the model's output and keeps its width"
    return f"{', '.join(free[:3])} and the layers tied to them have too few channels or are left out by rules"
