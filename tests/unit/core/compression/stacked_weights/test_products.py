"""Inputs of stacked matrices are seen whichever function multiplies them, each with its own matrix."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.compression.base import Context, apply_step
from core.compression.layers import Layer
from core.compression.model import CompressibleModel
from core.compression.stacked_weights.products import product
from core.compression.stacked_weights.stacked_products import products_seen
from core.data.dataset import Batch, Dataset
from core.domain.technique import LayerRules
from core.models.base import Architecture
from core.registry import discover
from tests.unit.core.compression.mixtures import Fused, FusedInputsFirst, Mixture, pair

discover("core.compression.techniques")

EXPERTS, TOKENS, WIDTH, HIDDEN = 3, 5, 4, 6
Multiply = Callable[[Tensor, Tensor], object]

EVERY_TOKEN: dict[str, Multiply] = {
    "einsum over all": lambda x, w: torch.einsum("td,ehd->teh", x, w),
    "einsum without a result": lambda x, w: torch.einsum("td,ehd", x, w),
    "einsum with dots": lambda x, w: torch.einsum("...d,ehd->...eh", x.unflatten(0, (1, -1)), w),
    "einsum of lists": lambda x, w: torch.einsum(x, [0, 1], w, [2, 3, 1], [0, 2, 3]),
    "einsum, weights first": lambda x, w: torch.einsum("ehd,td->eht", w, x),
    "einsum with a sum over experts": lambda x, w: torch.einsum("td,ehd->th", x, w),
    "matmul spread over the stack": lambda x, w: torch.matmul(x, w.transpose(1, 2)),
    "matmul of one vector each": lambda x, w: [torch.matmul(w, token) for token in x],
    "weights first": lambda x, w: w @ x.t(),
    "one by one": lambda x, w: [torch.einsum("td,hd->th", x, matrix) for matrix in w],
    "linear by name": lambda x, w: [functional.linear(input=x, weight=matrix) for matrix in w],
    "addmm": lambda x, w: [torch.addmm(torch.zeros(HIDDEN), x, matrix.t()) for matrix in w],
    "halves of the outputs": lambda x, w: [functional.linear(x, matrix[: HIDDEN // 2]) for matrix in w],
}
OWN_TOKENS: dict[str, Multiply] = {
    "einsum": lambda x, w: torch.einsum("etd,ehd->eth", x, w),
    "einsum, other order": lambda x, w: torch.einsum("ted,ehd->the", x.transpose(0, 1), w),
    "bmm": lambda x, w: torch.bmm(x, w.transpose(1, 2)),
    "bmm, weights first": lambda x, w: torch.bmm(w, x.transpose(1, 2)),
    "baddbmm": lambda x, w: torch.baddbmm(torch.zeros(EXPERTS, 1, HIDDEN), x, w.transpose(1, 2)),
    "some experts": lambda x, w: (torch.bmm(x[:1], w[:1].mT), torch.bmm(x[1:], w[1:].mT)),
}


def seen(multiply: Multiply, inputs: Tensor, *, inputs_first: bool = False) -> list[Tensor]:
    """Return the inputs that each matrix of a stack has met, sorted by their first number."""
    weight = torch.randn(EXPERTS, HIDDEN, WIDTH, generator=torch.Generator().manual_seed(2))
    holder = nn.Module()
    holder.stack = nn.Parameter(weight.mT.contiguous() if inputs_first else weight)
    layer = Layer(("",), holder, holder.stack, (0, 2) if inputs_first else (0, 1), "stack")
    met: list[list[Tensor]] = [[] for _ in range(EXPERTS)]
    with products_seen(holder, [layer], lambda _, index, part: met[index].append(part)), torch.no_grad():
        multiply(inputs, holder.stack.mT if inputs_first else holder.stack)
    joined = [torch.cat(parts) for parts in met]
    return [matrix[matrix[:, 0].argsort()] for matrix in joined]


@pytest.mark.parametrize("inputs_first", [False, True])
@pytest.mark.parametrize("name", EVERY_TOKEN)
def test_all_matrices_meet_the_same_inputs(name: str, inputs_first: bool) -> None:
    inputs = torch.randn(TOKENS, WIDTH, generator=torch.Generator().manual_seed(3))
    ordered = inputs[inputs[:, 0].argsort()]
    for found in seen(EVERY_TOKEN[name], inputs, inputs_first=inputs_first):
        assert torch.equal(found, ordered)


@pytest.mark.parametrize("inputs_first", [False, True])
@pytest.mark.parametrize("name", OWN_TOKENS)
def test_each_matrix_meets_its_own_inputs(name: str, inputs_first: bool) -> None:
    inputs = torch.randn(EXPERTS, TOKENS, WIDTH, generator=torch.Generator().manual_seed(3))
    found = seen(OWN_TOKENS[name], inputs, inputs_first=inputs_first)
    for mine, matrix in zip(inputs, found, strict=True):
        assert torch.equal(matrix, mine[mine[:, 0].argsort()])


def test_weighted_inputs_are_those_that_the_matrix_is_multiplied_with() -> None:
    inputs = torch.rand(TOKENS, WIDTH, generator=torch.Generator().manual_seed(3)) + 1
    shares = torch.rand(TOKENS, EXPERTS, generator=torch.Generator().manual_seed(4)) + 1
    found = seen(lambda x, w: torch.einsum("te,td,ehd->th", shares, x, w), inputs)
    for expert, matrix in enumerate(found):
        expected = shares[:, expert, None] * inputs
        torch.testing.assert_close(matrix, expected[expected[:, 0].argsort()])


def test_what_is_no_product_with_inputs_is_not_seen() -> None:
    weight = torch.zeros(EXPERTS, HIDDEN, WIDTH)
    layer = Layer(("",), nn.Module(), nn.Parameter(weight), (0, 1), "stack")
    looks: list[int] = []
    with products_seen(nn.Module(), [layer], lambda _, index, __: looks.append(index)), torch.no_grad():
        torch.einsum("ehd,ehd->e", layer.weight, torch.ones_like(weight))
        torch.einsum("ehd->hd", layer.weight)
        torch.einsum("ehd,th->etd", layer.weight, torch.ones(TOKENS, HIDDEN))
        layer.weight * 2
    assert looks == []


@pytest.mark.parametrize("name", [*EVERY_TOKEN, *OWN_TOKENS])
def test_a_product_is_computed_as_torch_computes_it(name: str) -> None:
    own = name in OWN_TOKENS
    inputs = torch.randn(
        *([EXPERTS] if own else []), TOKENS, WIDTH, generator=torch.Generator().manual_seed(3)
    )
    weight = torch.randn(EXPERTS, HIDDEN, WIDTH, generator=torch.Generator().manual_seed(2))
    compared = 0

    class Compare(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            nonlocal compared
            result = func(*args, **(kwargs or {}))
            if (found := product(func, args, kwargs)) is not None:
                torch.testing.assert_close(found.computed(), result)
                compared += 1
            return result

    with Compare():
        (OWN_TOKENS if own else EVERY_TOKEN)[name](inputs, weight)
    assert compared


class EinsumExperts(nn.Module):
    """Every token meets every expert, `(experts, inputs, outputs)`, as own code for small mixtures does."""

    def __init__(self) -> None:
        super().__init__()
        self.router = nn.Linear(WIDTH, EXPERTS)
        self.w1 = nn.Parameter(torch.randn(EXPERTS, WIDTH, HIDDEN))
        self.w2 = nn.Parameter(torch.randn(EXPERTS, HIDDEN, WIDTH))

    def forward(self, tokens: Tensor) -> Tensor:
        shares = self.router(tokens).softmax(dim=-1)
        hidden = torch.einsum("td,edh->teh", tokens, self.w1).relu()
        return torch.einsum("te,teh,ehd->td", shares, hidden, self.w2)


class Vectors(Dataset):
    """Random vectors."""

    def __init__(self) -> None:
        self.values = torch.randn(32, WIDTH, generator=torch.Generator().manual_seed(1))
        self.labels = torch.zeros(32, dtype=torch.int64)
        self.class_names, self.ids = ("a", "b"), tuple(map(str, range(32)))

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        return Batch(self.values[indices], self.labels[indices])


def test_wanda_prunes_experts_of_einsum_by_their_inputs() -> None:
    torch.manual_seed(0)
    model = CompressibleModel(EinsumExperts().eval(), Architecture("none", {}))
    data = Vectors()
    pruned = apply_step("wanda-pruning", {"sparsity": 0.5}, LayerRules(), model, Context(data=data))
    with torch.no_grad():
        shares = model.module.router(data.values).softmax(dim=-1)
        hidden = torch.einsum("td,edh->teh", data.values, model.module.w1).relu() * shares[..., None]
    for expert in range(EXPERTS):
        up, down = model.module.w1[expert].detach(), model.module.w2[expert].detach()
        for weight, inputs, found in (
            (up, data.values, pruned.module.w1[expert]),
            (down, hidden[:, expert], pruned.module.w2[expert]),
        ):
            scores = weight.abs() * inputs.square().sum(0).sqrt()[:, None]
            for column, kept in zip(scores.t(), (found != 0).t(), strict=True):
                assert set(column.topk(len(column) // 2).indices.tolist()) == set(
                    kept.nonzero()[:, 0].tolist()
                )
    assert not [note for note in pruned.notes if "Left as they are" in note]


class TensorDotted(FusedInputsFirst):
    """Multiplies with a function that no step looks into."""

    def up(self, expert: int, tokens: Tensor) -> Tensor:
        return torch.tensordot(tokens, self.up_proj[expert], dims=1)


@pytest.mark.parametrize("kind", [Fused, TensorDotted])
def test_it_is_told_which_products_have_rounded_inputs(kind: type[Mixture]) -> None:
    _, fused = pair(kind)
    made = apply_step("dynamic-int8", {}, LayerRules(), fused, Context())
    (note,) = [note for note in made.notes if note.startswith("Inputs of ")]
    assert "up_proj, down_proj (96 % of the model)" in note
    assert "other functions take them unrounded" in note
