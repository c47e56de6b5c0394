"""Self- and cross-attention with a linear layer each for queries, keys, values and outputs.

torch's multi-head attention keeps three of these in one parameter that belongs to no layer, and uses the
fourth without calling it, so that techniques could neither see nor change them. Here every layer is a
layer, heads can go, and weights stored in torch's form still load. A. Vaswani et al., "Attention Is All
You Need", NeurIPS 2017.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

PROJECTIONS = ("q_proj", "k_proj", "v_proj")
_FUSED = "in_proj_"  # what torch calls the three projections in one


class SeparateAttention(nn.Module):
    """Computes what `nn.MultiheadAttention` computes, and takes the same arguments.

    num_heads, head_dim: heads may be fewer than `embed_dim` over `head_dim` once some were removed.
    widths: entries of keys and of values, where they differ from `embed_dim`.
    """

    q_proj: nn.Linear
    k_proj: nn.Linear
    v_proj: nn.Linear
    out_proj: nn.Linear
    # Transformer layers of torch look at these, and bypass no layer if they see them.
    _qkv_same_embed_dim = False
    in_proj_weight = in_proj_bias = None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        *,
        dropout: float = 0.0,
        bias: bool = True,
        widths: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.dropout = dropout
        self.batch_first = True
        for name, width in zip(PROJECTIONS, (embed_dim, *(widths or (embed_dim, embed_dim))), strict=True):
            self.register_module(name, nn.Linear(width, embed_dim, bias=bias))
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias=bias)

    @classmethod
    def like(cls, fused: nn.MultiheadAttention) -> SeparateAttention:
        """Return the same attention with the same weights."""
        made = cls(
            fused.embed_dim,
            fused.num_heads,
            dropout=fused.dropout,
            bias=fused.in_proj_bias is not None,
            widths=(fused.kdim, fused.vdim),
        )
        made.batch_first = fused.batch_first
        made.to(fused.out_proj.weight).load_state_dict(fused.state_dict())
        return made.train(fused.training)

    def forward(  # noqa: PLR0913, PLR0917  (torch's own arguments)
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Return the attended values and, if needed, the weights `(instances, tokens, keys)`, see torch.

        is_causal: only says what `attn_mask` is, as in torch.
        """
        del is_causal
        batched = query.dim() == 3
        if not batched:
            query, key, value = (part.unsqueeze(0) for part in (query, key, value))
        elif not self.batch_first:
            query, key, value = (part.transpose(0, 1) for part in (query, key, value))
        heads = [
            self._heads(self.get_submodule(name)(part))
            for name, part in zip(PROJECTIONS, (query, key, value), strict=True)
        ]
        mask = self._mask(attn_mask, key_padding_mask, query)
        attended, weights = self._explicit(heads, mask) if need_weights else (self._attend(heads, mask), None)
        found = self.out_proj(attended.transpose(1, 2).flatten(2))
        if weights is not None and average_attn_weights:
            weights = weights.mean(dim=1)
        if not batched:
            return found.squeeze(0), None if weights is None else weights.squeeze(0)
        return (found if self.batch_first else found.transpose(0, 1)), weights

    def _attend(self, heads: list[Tensor], mask: Tensor | None) -> Tensor:
        query, key, value = heads
        dropped = self.dropout if self.training else 0.0
        return functional.scaled_dot_product_attention(query, key, value, mask, dropped)

    def _explicit(self, heads: list[Tensor], mask: Tensor | None) -> tuple[Tensor, Tensor]:
        query, key, value = heads
        scores = query @ key.transpose(-2, -1) / math.sqrt(self.head_dim)
        weights = functional.dropout(
            (scores if mask is None else scores + mask).softmax(dim=-1), self.dropout, self.training
        )
        return weights @ value, weights

    def _mask(self, attention: Tensor | None, padding: Tensor | None, query: Tensor) -> Tensor | None:
        """Return what is added to scores, `(instances or 1, heads or 1, tokens or 1, keys)`."""
        mask = None
        if attention is not None:
            mask = _added(attention, query.dtype)
            mask = mask.view(-1, self.num_heads, *mask.shape[1:]) if mask.dim() == 3 else mask[None, None]
        if padding is not None:
            ignored = _added(padding, query.dtype).view(len(query), 1, 1, -1)
            mask = ignored if mask is None else mask + ignored
        return mask

    def _heads(self, values: Tensor) -> Tensor:
        """Return `(instances, heads, tokens, head_dim)` of `(instances, tokens, heads * head_dim)`."""
        return values.reshape(*values.shape[:2], self.num_heads, self.head_dim).transpose(1, 2)

    def _load_from_state_dict(
        self, state_dict: dict[str, Tensor], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Take projections in one tensor apart before the layers look for theirs."""
        for part in ("weight", "bias"):
            fused = state_dict.pop(f"{prefix}{_FUSED}{part}", None)
            if fused is not None:
                for name, piece in zip(PROJECTIONS, fused.chunk(len(PROJECTIONS)), strict=True):
                    state_dict[f"{prefix}{name}.{part}"] = piece.clone()
        for name in PROJECTIONS:  # in a tensor each where keys or values have a width of their own
            if f"{prefix}{name}_weight" in state_dict:
                state_dict[f"{prefix}{name}.weight"] = state_dict.pop(f"{prefix}{name}_weight")
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def with_separate_attention(module: nn.Module) -> nn.Module:
    """Return the module with every attention that torch computes in one piece taken apart, in place.

    Left as they are: classes derived from torch's, attentions that add a key or share a projection with
    another one, and the module itself.
    """
    made: dict[nn.Module, SeparateAttention] = {}
    held = Counter(id(child.in_proj_weight) for child in module.modules() if _plain(child))
    for name, child in list(module.named_modules(remove_duplicate=False)):
        if name and _plain(child) and (child.in_proj_weight is None or held[id(child.in_proj_weight)] == 1):
            owner, _, leaf = name.rpartition(".")
            if child not in made:
                made[child] = SeparateAttention.like(child)
            module.get_submodule(owner).register_module(leaf, made[child])
    for child in module.modules():
        if isinstance(child, nn.TransformerEncoder):
            child.use_nested_tensor = False  # else it would pack instances before its layers see them
    return module


def _plain(module: nn.Module) -> bool:
    return type(module) is nn.MultiheadAttention and module.bias_k is None and not module.add_zero_attn


def _added(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a mask as torch takes it, true where nothing may be seen, as what is added to scores."""
    if mask.dtype is torch.bool:
        return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(mask, -math.inf)
    return mask.to(dtype)
