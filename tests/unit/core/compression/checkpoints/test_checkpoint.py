"""Checkpoints: the same bits back, small files, and a clear refusal of anything damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.errors import CorruptArtifact, UnusableInput
from core.models.base import ModelSource, model_sources
from core.parameters import Parameters
from core.registry import discover


class NoParams(Parameters):
    """Nothing to choose."""


class TiedNetwork(nn.Module):
    """Embedding and output layer share a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(20, 8)
        self.head = nn.Linear(8, 20)
        self.head.weight = self.tokens.weight


class TiedSource(ModelSource[NoParams]):
    """Builds the tied network."""

    label = "Tied"
    Params = NoParams

    def build(self, params: NoParams) -> nn.Module:
        return TiedNetwork()


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    discover("core.compression.techniques")
    discover("core.models.sources")
    model_sources.register("test-tied")(TiedSource)
    yield
    del model_sources._entries["test-tied"]


@pytest.fixture
def base() -> CompressibleModel:
    return CompressibleModel.create("residual-cnn", {"width": 8}, seed=3)


@pytest.fixture
def file(base: CompressibleModel, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save(step(base, "weight-only-quantization", bits=4), path)
    return path


def step(model: CompressibleModel, technique: str, **parameters: object) -> CompressibleModel:
    return apply_step(technique, parameters, LayerRules(), model, Context())


def assert_same(one: CompressibleModel, other: CompressibleModel) -> None:
    left, right = one.module.state_dict(), other.module.state_dict()
    assert left.keys() == right.keys()
    for name, tensor in left.items():
        assert tensor.dtype == right[name].dtype
        assert torch.equal(tensor, right[name]), name


STEPS = [
    pytest.param([], id="nothing"),
    pytest.param([("magnitude-pruning", {"sparsity": 0.8})], id="pruned"),
    pytest.param([("weight-only-quantization", {"bits": 3, "granularity": "group"})], id="3 bits in groups"),
    pytest.param([("weight-only-quantization", {"bits": 5, "scheme": "asymmetric"})], id="5 bits asymmetric"),
    pytest.param([("palettization", {"bits": 3})], id="palette"),
    pytest.param(
        [("magnitude-pruning", {"sparsity": 0.9}), ("palettization", {"bits": 1})], id="sparse palette"
    ),
    pytest.param(
        [("magnitude-pruning", {"sparsity": 0.7}), ("weight-only-quantization", {"bits": 8})],
        id="sparse grid",
    ),
]


@pytest.mark.parametrize("steps", STEPS)
def test_every_bit_comes_back(base: CompressibleModel, tmp_path: Path, steps: list[tuple[str, dict]]) -> None:
    model = base
    for technique, parameters in steps:
        model = step(model, technique, **parameters)
    save(model, tmp_path / "a")
    again = load(tmp_path / "a")
    assert_same(again, model)
    assert again.architecture == model.architecture
    assert again.encodings.keys() <= model.encodings.keys()  # a weight of zeros only needs none
    save(again, tmp_path / "b")
    assert_same(load(tmp_path / "b"), model)


def test_equal_models_give_equal_files(base: CompressibleModel, tmp_path: Path) -> None:
    for name in "ab":
        save(step(base, "palettization", bits=2), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_sizes_are_those_of_the_file_and_of_the_weights(base: CompressibleModel, tmp_path: Path) -> None:
    summary = save(step(base, "weight-only-quantization", bits=4, granularity="tensor"), tmp_path / "a")
    assert summary.file_bytes == (tmp_path / "a").stat().st_size
    state = base.module.state_dict()
    weights = [tensor for tensor in state.values() if tensor.dim() > 1]
    others = sum(tensor.numel() * tensor.itemsize for tensor in state.values() if tensor.dim() <= 1)
    most = sum((tensor.numel() + 1) // 2 + 4 for tensor in weights) + others
    assert 0.9 * most <= summary.theoretical_bytes <= most
    assert sum(summary.forms.values()) == len(state)


def test_large_files_are_hardly_larger_than_their_weights(tmp_path: Path) -> None:
    model = CompressibleModel.create("residual-cnn", {"width": 96})
    summary = save(step(model, "weight-only-quantization", bits=4), tmp_path / "a")
    assert summary.file_bytes > 1_000_000
    assert summary.file_bytes <= 1.05 * summary.theoretical_bytes


def test_tied_weights_are_stored_once_and_stay_tied(tmp_path: Path) -> None:
    model = step(CompressibleModel.create("test-tied", {}), "palettization", bits=2)
    save(model, tmp_path / "a")
    with safe_open(tmp_path / "a", framework="np") as stored:
        assert not [key for key in stored.keys() if key.startswith("head.weight")]  # noqa: SIM118
    module = load(tmp_path / "a").module
    assert isinstance(module, TiedNetwork)
    assert module.head.weight is module.tokens.weight
    assert torch.equal(module.head.weight, model.module.get_parameter("tokens.weight"))


def test_a_reloaded_model_learns_no_less(base: CompressibleModel, tmp_path: Path) -> None:
    save(base, tmp_path / "a")
    expected = {name: parameter.requires_grad for name, parameter in base.module.named_parameters()}
    found = {
        name: parameter.requires_grad for name, parameter in load(tmp_path / "a").module.named_parameters()
    }
    assert found == expected


def test_saving_leaves_no_other_file(base: CompressibleModel, tmp_path: Path) -> None:
    save(base, tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_failed_save_leaves_nothing(base: CompressibleModel, tmp_path: Path) -> None:
    base.architecture.parameters["width"] = object()  # type: ignore[index]
    with pytest.raises(TypeError):
        save(base, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorruptArtifact, match=r"gone\.safetensors is missing"):
        load(tmp_path / "gone.safetensors")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(share=st.floats(0, 0.999))
def test_truncated_files_are_refused(file: Path, share: float) -> None:
    content = file.read_bytes()
    damaged = file.with_name("damaged")
    damaged.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CorruptArtifact):
        load(damaged)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(share=st.floats(0, 0.999), flipped=st.integers(1, 255))
def test_a_flipped_byte_is_noticed_or_harmless(file: Path, share: float, flipped: int) -> None:
    content = bytearray(file.read_bytes())
    content[int(share * len(content))] ^= flipped
    damaged = file.with_name("damaged")
    damaged.write_bytes(content)
    try:
        found = load(damaged)
    except CorruptArtifact:
        return
    assert_same(found, load(file))


def test_foreign_weights_are_not_taken_for_ours(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(CorruptArtifact, match="not how to build the model"):
        load(tmp_path / "other.safetensors")


def rewritten(path: Path, change: dict[str, object]) -> None:
    """Write the file again with another manifest and a checksum that fits."""
    from core.compression.checkpoints import checkpoint

    with safe_open(path, framework="pt") as stored:
        manifest = json.loads(stored.metadata()[checkpoint.METADATA_KEY][8:])
        tensors = {key: stored.get_tensor(key).clone() for key in stored.keys()}  # noqa: SIM118
    checkpoint._write(path, tensors, json.dumps(manifest | change))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(
            {"architecture": {"source": "residual-cnn", "parameters": {"width": 16}}},
            "contradicts",
            id="shapes",
        ),
        pytest.param({"packed": {}}, "contradicts", id="packing lost"),
        pytest.param({"aliases": {"a": "b"}}, "contradicts", id="aliases of nothing"),
        pytest.param({"version": 99}, "newer version", id="newer"),
    ],
)
def test_manifests_that_do_not_fit_are_refused(file: Path, change: dict[str, object], said: str) -> None:
    rewritten(file, change)
    with pytest.raises(CorruptArtifact, match=said):
        load(file)


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, tmp_path / "model.safetensors")
    with pytest.raises(CorruptArtifact):
        load(tmp_path / "model.safetensors")


def test_a_model_whose_source_is_missing_is_not_called_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save(CompressibleModel.create("test-tied", {}), path)
    known = dict(model_sources._entries)
    model_sources._entries.clear()
    try:
        with pytest.raises(UnusableInput, match="sound, but the model source 'test-tied'") as raised:
            load(path)
    finally:
        model_sources._entries.update(known)
    assert "load_registries()" in raised.value.hint
    assert load(path).architecture.source == "test-tied"
