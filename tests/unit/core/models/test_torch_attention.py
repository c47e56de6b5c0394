"""torch's attention inside models of one's own: same outputs and files, but every layer is a layer."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.stacked_weights.raw_weights import left_over
from core.domain.technique import LayerRules
from core.models import factories
from core.models.attention import SeparateAttention, with_separate_attention
from core.models.factories import model_factory
from core.registry import discover

discover("core.models.sources")
discover("core.compression.techniques")

PADDING = torch.tensor([[False] * 5, [False, False, False, True, True]])
CAUSAL = torch.ones(5, 5, dtype=torch.bool).triu(1)
LAYER = {"d_model": 16, "nhead": 4, "dim_feedforward": 32, "dropout": 0.1}


def drawn(module: nn.Module) -> nn.Module:
    torch.manual_seed(4)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.3)  # torch begins with biases of zero
    return module.eval()


@pytest.mark.parametrize("batch_first", [True, False], ids=["batches first", "tokens first"])
@pytest.mark.parametrize("need_weights", [True, False], ids=["weights", "no weights"])
@pytest.mark.parametrize(
    "masks",
    [
        {},
        {"key_padding_mask": PADDING},
        {"attn_mask": CAUSAL},
        {"attn_mask": CAUSAL, "is_causal": True, "key_padding_mask": PADDING},
        {"attn_mask": torch.randn(2 * 4, 5, 5), "average_attn_weights": False},
        {"attn_mask": torch.randn(5, 5), "key_padding_mask": PADDING.float()},
    ],
    ids=["none", "padding", "causal", "both", "per head", "added"],
)
def test_outputs_and_weights_are_torchs(
    batch_first: bool, need_weights: bool, masks: dict[str, Tensor | bool]
) -> None:
    theirs = drawn(nn.MultiheadAttention(16, 4, batch_first=batch_first))
    ours = SeparateAttention.like(theirs)
    query, key, value = (
        torch.randn(3, 2, 5, 16).unbind() if batch_first else torch.randn(3, 5, 2, 16).unbind()
    )
    options = {"need_weights": need_weights, **masks}
    expected, expected_weights = theirs(query, key, value, **options)
    found, weights = ours(query, key, value, **options)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    if need_weights:
        torch.testing.assert_close(weights, expected_weights, rtol=1e-4, atol=1e-5)
    else:
        assert weights is None


def test_one_instance_without_a_batch_and_keys_of_another_width() -> None:
    theirs = drawn(nn.MultiheadAttention(16, 4, kdim=8, vdim=12))
    query, key, value = torch.randn(5, 16), torch.randn(7, 8), torch.randn(7, 12)
    for expected, found in zip(
        theirs(query, key, value), SeparateAttention.like(theirs)(query, key, value), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


class Sentences(nn.Module):
    """A classifier as people write it."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 16)
        layer = nn.TransformerEncoderLayer(**LAYER, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(16, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        padding = tokens == 0
        seen = self.encoder(self.embedding(tokens), src_key_padding_mask=padding)
        return self.head(seen[:, 0])


TOKENS = torch.tensor([[3, 4, 5, 6, 7], [8, 9, 2, 0, 0]])


@pytest.fixture(autouse=True)
def sentences() -> Iterator[None]:
    before = dict(factories._factories)
    model_factory("sentences")(Sentences)
    yield
    factories._factories.clear()
    factories._factories.update(before)


@pytest.fixture
def theirs() -> nn.Module:
    return drawn(Sentences())


@pytest.fixture
def model(theirs: nn.Module, tmp_path: Path) -> CompressibleModel:
    save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    options = {"factory": "sentences", "weights_file": str(tmp_path / "theirs.safetensors")}
    return CompressibleModel.create("weights-file", {**options, "options": json.dumps({})})


def test_a_model_with_torchs_layers_computes_as_before(theirs: nn.Module, model: CompressibleModel) -> None:
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch's, on its own nested tensors
        expected = theirs(TOKENS)
        torch.testing.assert_close(model.module(TOKENS), expected, rtol=1e-4, atol=1e-5)


def test_no_layer_is_bypassed_and_none_is_out_of_reach(model: CompressibleModel) -> None:
    seen: set[str] = set()
    for name, child in model.module.named_modules():
        child.register_forward_hook(lambda *_, name=name: seen.add(name))
    with torch.inference_mode():
        model.module(TOKENS)
    assert {name for layer in compressible_layers(model.module) for name in layer.names} <= seen
    assert left_over(model.module, compressible_layers(model.module)) == {}


def test_torchs_fast_path_stays_off_without_hooks(model: CompressibleModel) -> None:
    layer = model.module.get_submodule("encoder.layers.0")
    called: list[str] = []
    layer.linear1.forward = lambda inputs: called.append("linear1") or torch.zeros(*inputs.shape[:-1], 32)
    with torch.inference_mode():
        model.module(TOKENS)
    assert called == ["linear1"]


def test_half_of_the_heads_and_neurons_go_and_the_file_says_so(
    model: CompressibleModel, tmp_path: Path
) -> None:
    smaller = model
    for technique in ("head-pruning", "ffn-pruning"):
        smaller = apply_step(technique, {"criterion": "magnitude"}, LayerRules(), smaller, Context())
    save(smaller, tmp_path / "smaller")
    again = load(tmp_path / "smaller")
    assert again.module.get_parameter("encoder.layers.1.self_attn.k_proj.weight").shape == (8, 16)
    assert again.module.get_parameter("encoder.layers.1.linear1.weight").shape == (16, 16)
    with torch.inference_mode():
        assert torch.equal(again.module(TOKENS), smaller.module(TOKENS))


def test_a_decoder_with_masks_and_an_attention_used_twice() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.TransformerDecoderLayer(**LAYER)
            self.second = self.first

        def forward(self, target: Tensor, memory: Tensor) -> Tensor:
            mask = nn.Transformer.generate_square_subsequent_mask(len(target))
            once = self.first(target, memory, tgt_mask=mask, tgt_is_causal=True)
            return self.second(once, memory, tgt_mask=mask)

    module = drawn(Twice())
    inputs = torch.randn(4, 2, 16), torch.randn(6, 2, 16)
    expected = module(*inputs)
    separate = with_separate_attention(module)
    torch.testing.assert_close(separate(*inputs), expected, rtol=1e-4, atol=1e-5)
    assert separate.first.self_attn is separate.second.self_attn
    assert not any(isinstance(child, nn.MultiheadAttention) for child in separate.modules())


def test_what_cannot_be_taken_apart_stays() -> None:
    class Own(nn.MultiheadAttention):
        pass

    tied = nn.ModuleList([nn.MultiheadAttention(8, 2), nn.MultiheadAttention(8, 2)])
    tied[1].in_proj_weight = tied[0].in_proj_weight
    others = [
        Own(8, 2),
        nn.MultiheadAttention(8, 2, add_bias_kv=True),
        nn.MultiheadAttention(8, 2, add_zero_attn=True),
    ]
    module = with_separate_attention(nn.ModuleList([tied, *others]))
    assert not any(isinstance(child, SeparateAttention) for child in module.modules())
