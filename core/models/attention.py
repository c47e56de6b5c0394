"""Self-attention with a linear layer each for queries, keys, values and outputs.

torch's multi-head attention keeps three of these in one parameter that belongs to no layer, and uses the
fourth without calling it, so that techniques could neither see nor change them. Here every layer is a
layer, heads can go, and weights stored in torch's form still load. A. Vaswani et al., "Attention Is All
You Need", NeurIPS 2017.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

PROJECTIONS = ("q_proj", "k_proj", "v_proj")
_FUSED = "in_proj_"  # what torch calls the three projections in one


class SeparateAttention(nn.Module):
    """Computes what a batch-first `nn.MultiheadAttention` computes, without masks and attention weights.

    num_heads, head_dim: heads may be fewer than `embed_dim` over `head_dim` once some were removed.
    """

    q_proj: nn.Linear
    k_proj: nn.Linear
    v_proj: nn.Linear
    out_proj: nn.Linear

    def __init__(self, embed_dim: int, num_heads: int, *, dropout: float = 0.0, bias: bool = True) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.dropout = dropout
        for name in (*PROJECTIONS, "out_proj"):
            self.register_module(name, nn.Linear(embed_dim, embed_dim, bias=bias))

    @classmethod
    def like(cls, fused: nn.MultiheadAttention) -> SeparateAttention:
        """Return the same attention with the same weights."""
        made = cls(
            fused.embed_dim, fused.num_heads, dropout=fused.dropout, bias=fused.in_proj_bias is not None
        )
        made.load_state_dict(fused.state_dict())
        return made.train(fused.training)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, **_: Any) -> tuple[Tensor, None]:
        """Return the attended values `(instances, tokens, embed_dim)`; attention weights are never given."""
        attended = functional.scaled_dot_product_attention(
            self._heads(self.q_proj(query)),
            self._heads(self.k_proj(key)),
            self._heads(self.v_proj(value)),
            dropout_p=self.dropout if self.training else 0.0,
        )
        return self.out_proj(attended.transpose(1, 2).flatten(2)), None

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
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def with_separate_attention(module: nn.Module) -> nn.Module:
    """Return the module with every attention that torch computes in one piece taken apart, in place.

    Only for modules that call it with batches first, with neither masks nor extra keys, as torchvision does.
    """
    fused = [name for name, child in module.named_modules() if isinstance(child, nn.MultiheadAttention)]
    for name in fused:
        attention: nn.MultiheadAttention = module.get_submodule(name)  # type: ignore[assignment]
        owner, _, leaf = name.rpartition(".")
        module.get_submodule(owner).register_module(leaf, SeparateAttention.like(attention))
    return module
