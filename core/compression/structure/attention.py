"""Which attention heads a transformer has, found by the names that its modules give their projections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from torch import nn

from core.compression.layers import is_conv1d
from core.compression.structure.units import Block, Member, Slice, block

_SEPARATE = (
    ("q_proj", "k_proj", "v_proj", "o_proj"),
    ("q_proj", "k_proj", "v_proj", "out_proj"),
    ("query", "key", "value", "../output.dense"),
    ("query", "key", "value", "dense"),
    ("q_lin", "k_lin", "v_lin", "out_lin"),
    ("q", "k", "v", "o"),
)
_FUSED = ("c_attn", "c_proj")
_INTERLEAVED = ("query_key_value", "dense")  # of GPT-NeoX, each head's three projections together
_HEAD_SIZES = ("attention_head_size", "head_dim", "key_value_proj_dim", "head_size")
_HEAD_COUNTS = ("num_attention_heads", "num_heads", "n_heads")
_WIDTHS = ("all_head_size", "inner_dim", "split_size")
_TABLE = "relative_position_bias_table"
_POSITIONS = "relative_attention_bias"  # of a first layer, whose result all layers of its stack use


@dataclass(frozen=True)
class _Attention:
    """Projections of one attention module: units are heads, or groups of heads that share keys and values."""

    name: str
    module: nn.Module
    members: tuple[Member, ...]
    units: int
    heads_per_unit: int
    head_size: int


def head_blocks(root: nn.Module) -> list[Block]:
    """Return the attention heads that can be removed, those together that must go together.

    Heads that share keys and values are one unit. Attentions that add the same position bias (T5) lose the
    same heads.
    """
    stacks: dict[str, list[_Attention]] = {}
    for name, module in root.named_modules():
        found = _attention(root, name, module)
        if found is not None:
            stacks.setdefault(_stack(name, module), []).append(found)
    return [_block(attentions) for attentions in stacks.values()]


def _attention(root: nn.Module, name: str, module: nn.Module) -> _Attention | None:
    head_size = next((size for size in (getattr(module, key, None) for key in _HEAD_SIZES) if size), None)
    if not isinstance(head_size, int):
        return None
    fused = _members(root, name, _FUSED)
    if fused is not None and not hasattr(module, "q_attn"):
        inner, outer = fused
        members = (Member(*inner, size=head_size, repeats=3), Member(*outer, inputs=True, size=head_size))
        return _Attention(name, module, members, members[1].width // head_size, 1, head_size)
    together = _members(root, name, _INTERLEAVED)
    if together is not None and type(module).__name__.startswith("GPTNeoX"):
        inner, outer = together
        members = (Member(*inner, size=3 * head_size), Member(*outer, inputs=True, size=head_size))
        return _Attention(name, module, members, members[1].width // head_size, 1, head_size)
    for names in _SEPARATE:
        parts = _members(root, name, names)
        if parts is not None:
            return _separate(name, module, parts, head_size)
    return None


def _separate(
    name: str, module: nn.Module, parts: list[tuple[str, nn.Module]], head_size: int
) -> _Attention | None:
    query, key, value, output = parts
    heads, shared = Member(*query).width // head_size, Member(*key).width // head_size
    if heads % shared:
        return None
    if shared == 1 and heads > 1:  # all heads use the same keys and values, which stay
        wide = (Member(*query, size=head_size), Member(*output, inputs=True, size=head_size))
        return _Attention(name, module, wide, heads, 1, head_size)
    group = heads // shared
    members = (
        Member(*query, size=group * head_size),
        Member(*key, size=head_size),
        Member(*value, size=head_size),
        Member(*output, inputs=True, size=group * head_size),
    )
    return _Attention(name, module, members, shared, group, head_size)


def _block(attentions: list[_Attention]) -> Block:
    first = attentions[0]
    members = [member for attention in attentions for member in attention.members]
    for attention in attentions:
        positions = getattr(attention.module, _POSITIONS, None)
        if isinstance(positions, nn.Embedding):
            members.append(_Positions(f"{attention.name}.{_POSITIONS}", positions, inputs=True))
    sizes = {attention.name: dict(_sizes(attention)) for attention in attentions}
    found = block(first.name, first.units, members, sizes)
    tables = [table for attention in attentions for table in _tables(attention)]
    return replace(found, slices=(*found.slices, *tables))


def _tables(attention: _Attention) -> Iterator[Slice]:
    """Yield tables of position biases that are parameters of no layer, with a column per head (Swin)."""
    heads = attention.units * attention.heads_per_unit
    for name, parameter in attention.module.named_parameters():
        if name.endswith(_TABLE) and parameter.shape[-1] == heads:
            yield Slice(f"{attention.name}.{name}", parameter.dim() - 1, attention.heads_per_unit)


class _Positions(Member):
    """A table of position biases with a column per head."""

    def sizes(self) -> dict[str, int]:
        """Return the attribute that counts the columns."""
        return {"embedding_dim": self.size}


def _sizes(attention: _Attention) -> Iterator[tuple[str, int]]:
    per_unit = attention.heads_per_unit
    for name in _HEAD_COUNTS:
        if hasattr(attention.module, name):
            yield name, per_unit
    for name in _WIDTHS:
        if hasattr(attention.module, name):
            yield name, per_unit * attention.head_size
    shares_all = len(attention.members) == 2 and not is_conv1d(attention.members[0].module)
    if hasattr(attention.module, "num_key_value_heads") and not shares_all:
        yield "num_key_value_heads", 1
    if hasattr(attention.module, "num_key_value_groups") and shares_all:
        yield "num_key_value_groups", 1


def _members(root: nn.Module, name: str, leaves: tuple[str, ...]) -> list[tuple[str, nn.Module]] | None:
    """Return the named linear layers with their full names, None unless all are there."""
    found = []
    for leaf in leaves:
        owner = name.rpartition(".")[0] if leaf.startswith("../") else name
        full = f"{owner}.{leaf.removeprefix('../')}".removeprefix(".")
        try:
            module = root.get_submodule(full)
        except AttributeError:
            return None
        if not (isinstance(module, nn.Linear) or is_conv1d(module)):
            return None
        found.append((full, module))
    return found


def _stack(name: str, module: nn.Module) -> str:
    """Return what attentions have in common that add the same position bias; else the name itself."""
    if not hasattr(module, "has_relative_attention_bias"):
        return name
    return re.sub(r"\.\d+\.", ".*.", name)
