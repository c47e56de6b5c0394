"""A mixture of experts as linear layers, and the same with its experts in one tensor."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.compression.model import CompressibleModel
from core.data.dataset import Batch, Dataset
from core.models.base import Architecture

EXPERTS, WIDTH, HIDDEN = 4, 8, 12


class Mixture(nn.Module):
    """Tokens go to the expert with the largest score; subclasses multiply with the experts."""

    def __init__(self) -> None:
        super().__init__()
        self.router = nn.Linear(WIDTH, EXPERTS, bias=False)

    def up(self, expert: int, tokens: Tensor) -> Tensor: ...

    def down(self, expert: int, hidden: Tensor) -> Tensor: ...

    def forward(self, tokens: Tensor) -> Tensor:
        chosen = self.router(tokens).argmax(dim=-1)
        result = torch.zeros_like(tokens)
        for expert in range(EXPERTS):
            picked = chosen == expert
            if picked.any():
                hidden = functional.relu(self.up(expert, tokens[picked]))
                result[picked] = self.down(expert, hidden)
        return result


class Apart(Mixture):
    """Experts as linear layers: what steps do to these is tested elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ups = nn.ModuleList([nn.Linear(WIDTH, HIDDEN, bias=False) for _ in range(EXPERTS)])
        self.downs = nn.ModuleList([nn.Linear(HIDDEN, WIDTH, bias=False) for _ in range(EXPERTS)])

    def up(self, expert: int, tokens: Tensor) -> Tensor:
        return self.ups[expert](tokens)

    def down(self, expert: int, hidden: Tensor) -> Tensor:
        return self.downs[expert](hidden)


class Fused(Mixture):
    """Experts in one tensor each, `(experts, outputs, inputs)` as in transformers."""

    is_transposed = False

    def __init__(self) -> None:
        super().__init__()
        self.up_proj = nn.Parameter(torch.empty(EXPERTS, HIDDEN, WIDTH))
        self.down_proj = nn.Parameter(torch.empty(EXPERTS, WIDTH, HIDDEN))

    def up(self, expert: int, tokens: Tensor) -> Tensor:
        return functional.linear(tokens, self.up_proj[expert])

    def down(self, expert: int, hidden: Tensor) -> Tensor:
        return functional.linear(hidden, self.down_proj[expert])


class FusedInputsFirst(Mixture):
    """Experts in one tensor each, `(experts, inputs, outputs)` as own code often has them."""

    def __init__(self) -> None:
        super().__init__()
        self.up_proj = nn.Parameter(torch.empty(EXPERTS, WIDTH, HIDDEN))
        self.down_proj = nn.Parameter(torch.empty(EXPERTS, HIDDEN, WIDTH))

    def up(self, expert: int, tokens: Tensor) -> Tensor:
        return tokens @ self.up_proj[expert]

    def down(self, expert: int, hidden: Tensor) -> Tensor:
        return torch.matmul(hidden, self.down_proj[expert])


class Tokens(Dataset):
    """Random vectors."""

    def __init__(self) -> None:
        self.values = torch.randn(64, WIDTH, generator=torch.Generator().manual_seed(1))
        self.labels = torch.zeros(64, dtype=torch.int64)
        self.class_names, self.ids = ("a", "b"), tuple(map(str, range(64)))

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        return Batch(self.values[indices], self.labels[indices])


class Distance:
    """A loss over the mixture's outputs."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        return module(batch.inputs).square().mean()


def model_of(module: nn.Module) -> CompressibleModel:
    return CompressibleModel(module.eval(), Architecture("none", {}))


def pair(kind: type[Mixture]) -> tuple[CompressibleModel, CompressibleModel]:
    """Return the same mixture with experts apart and in one tensor."""
    torch.manual_seed(0)
    apart, fused = Apart(), kind()
    with torch.no_grad():
        fused.router.weight.copy_(apart.router.weight)
        for expert in range(EXPERTS):
            for weight, layer in ((fused.up_proj, apart.ups[expert]), (fused.down_proj, apart.downs[expert])):
                weight[expert].copy_(layer.weight if kind is Fused else layer.weight.t())
    return model_of(apart), model_of(fused)
