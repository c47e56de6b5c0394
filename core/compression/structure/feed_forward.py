"""Which feed-forward neurons a transformer has, found by the names that its modules give their layers."""

from __future__ import annotations

from torch import nn

from core.compression.layers import is_conv1d
from core.compression.structure.units import Block, Member, block

# Layers into the neurons, then the one out of them.
_NAMES = (
    ("gate_proj", "up_proj", "down_proj"),
    ("gate_up_proj", "down_proj"),
    ("wi_0", "wi_1", "wo"),
    ("wi", "wo"),
    ("c_fc", "c_proj"),
    ("fc1", "fc2"),
    ("intermediate.dense", "output.dense"),
    ("linear1", "linear2"),
    ("lin1", "lin2"),
    ("ffn", "ffn_output"),
    ("dense_h_to_4h", "dense_4h_to_h"),
    ("0", "3"),  # torchvision's blocks: linear, activation, dropout, linear
)
_FAMILIES = ("0", "3")
_TWICE = "gate_up_proj"  # all gates, then all values


def neuron_blocks(root: nn.Module) -> list[Block]:
    """Return the feed-forward blocks whose neurons can be removed."""
    blocks = []
    for name, module in root.named_modules():
        found = next(filter(None, (_members(name, module, names) for names in _NAMES)), None)
        if found is not None:
            blocks.append(block(name, found[-1].width, found, {}))
    return blocks


def _members(name: str, module: nn.Module, leaves: tuple[str, ...]) -> list[Member] | None:
    if leaves == _FAMILIES and not type(module).__name__.startswith("MLP"):
        return None
    members = []
    for leaf in leaves:
        try:
            child = module.get_submodule(leaf)
        except AttributeError:
            return None
        if not (isinstance(child, nn.Linear) or is_conv1d(child)):
            return None
        full = f"{name}.{leaf}".removeprefix(".")
        members.append(Member(full, child, inputs=leaf == leaves[-1], repeats=2 if leaf == _TWICE else 1))
    same = all(member.width == members[-1].width * member.repeats for member in members)
    return members if same else None
