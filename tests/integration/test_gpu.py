"""What is computed on a GPU, beside the same on the CPU; skipped where there is none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import torch

from core.compression.activation_quantization.native_int8 import computing_natively
from core.compression.base import Context, apply_step, techniques
from core.compression.model import CompressibleModel
from core.data.base import load_data
from core.data.dataset import Dataset, call, move
from core.domain.technique import LayerRules
from core.evaluation.base import tasks
from core.evaluation.precision import computing_in
from core.evaluation.profiling.batching import halving
from core.evaluation.profiling.efficiency import EFFICIENCY_METRICS
from core.evaluation.profiling.operations import operation_counter
from core.evaluation.profiling.profile import profile
from core.execution.device.numerics import reproducible
from core.inspection.cost import module_cost
from core.ports import Silent
from core.registry import discover
from core.testing.contracts.device_contract import FAMILIES, FORMS, made, refusal, require_the_same_on, state
from core.testing.contracts.families import small_networks
from core.testing.contracts.gpu_runs_contract import GpuRunsContract, Study, opened

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device"),
]

for package in (
    "core.compression.techniques",
    "core.data.sources",
    "core.evaluation.tasks",
    "core.models.sources",
):
    discover(package)

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
OWN = [name for name, technique in techniques if type(technique).__module__.startswith("core.")]


@pytest.fixture(autouse=True)
def as_runs_do() -> Iterator[None]:
    """Compute as a run does; TF32 alone would make GPU and CPU differ by a thousandth."""
    with reproducible(GPU):
        yield


@pytest.fixture(scope="module", autouse=True)
def small_families() -> Iterator[None]:
    with small_networks():
        yield


@pytest.fixture
def model() -> CompressibleModel:
    return CompressibleModel.create("residual-cnn", {"width": 8})


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", {}, "test")


def test_an_evaluation_finds_the_same(model: CompressibleModel, digits: Dataset) -> None:
    task = tasks.get("image-classification")
    here, there = (
        task.evaluate(model.copy().module, digits, batch_size=256, device=device, progress=Silent())
        for device in (CPU, GPU)
    )
    assert there.metrics["loss"] == pytest.approx(here.metrics["loss"], rel=1e-4)
    agreement = (here.outcomes["prediction"] == there.outcomes["prediction"]).mean()
    assert agreement > 0.99


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_stays_close(model: CompressibleModel, digits: Dataset, precision: str) -> None:
    task = tasks.get("image-classification")
    full = task.evaluate(model.module, digits, batch_size=256, device=GPU, progress=Silent())
    with computing_in(precision, model.module, GPU):
        half = task.evaluate(model.module, digits, batch_size=256, device=GPU, progress=Silent())
    assert half.metrics["loss"] == pytest.approx(full.metrics["loss"], rel=0.05)
    assert half.metrics["loss"] != full.metrics["loss"]


def test_a_profile_measures_the_gpu(model: CompressibleModel, digits: Dataset) -> None:
    found = profile(model, digits.examples(64), device=GPU, progress=Silent())
    assert set(found.metrics) == {metric.name for metric in EFFICIENCY_METRICS}
    assert found.environment["device"] == torch.cuda.get_device_name(GPU)
    assert 0 < found.metrics["latency_ms_b1"] < 1000
    weights = sum(value.numel() * value.itemsize for value in model.module.parameters())
    assert found.metrics["peak_memory_bytes"] > weights
    cost = module_cost(model.module, move(digits.examples(64), GPU), device=GPU)
    assert cost["time_share"].sum() == pytest.approx(1)
    assert (cost["time_ms"][cost["flops"] > 0] > 0).all()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", OWN)
def test_a_technique_computes_on_the_gpu_alone(name: str, family: str, tmp_path: Path) -> None:
    reason = refusal(name, family, {}, CPU)
    if reason:
        assert refusal(name, family, {}, GPU) == reason
    else:
        require_the_same_on(GPU, tmp_path, (name, family, {}), differing=differing(name))


@pytest.mark.parametrize("form", FORMS)
def test_so_do_its_other_forms(form: str, tmp_path: Path) -> None:
    require_the_same_on(GPU, tmp_path, FORMS[form], differing=differing(FORMS[form][0]))


def differing(name: str) -> float:
    """Share of a tensor that may be otherwise than on a CPU, where sums over data or factors decide."""
    return 1.0 if name in {"gptq", "low-rank", "static-int8"} else 0.02


@pytest.mark.parametrize("name", ["fine-tune", "distillation", "gradual-pruning", "gptq"])
def test_the_same_seed_gives_the_same_bits(name: str) -> None:
    with reproducible(GPU) as in_any_order:
        one, other = (state(made(name, "gpt2", {}, GPU)) for _ in range(2))
    assert in_any_order == []
    assert all(torch.equal(value, other[key]) for key, value in one.items())


def test_float32_is_not_rounded_to_tf32() -> None:
    finer = 1 + 2**-12  # TF32 would make it 1
    images = torch.full((2, 64, 8, 8), finer, device=GPU)
    found = torch.nn.functional.conv2d(images, torch.ones(64, 64, 3, 3, device=GPU))
    torch.testing.assert_close(found, torch.full_like(found, 64 * 9 * finer), rtol=5e-5, atol=0)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with closing(opened(tmp_path_factory.mktemp("gpu-runs"))) as app:
        yield Study(app)


class TestRuns(GpuRunsContract):
    """The same as on a pretended GPU."""

    @pytest.fixture
    def gpu(self) -> torch.device:
        return GPU


def test_a_full_gpu_halves_the_batch() -> None:
    gc.collect()
    before = torch.cuda.memory_allocated(GPU)  # cuBLAS keeps what it works in
    total = torch.cuda.get_device_properties(GPU).total_memory
    said: list[str] = []

    def attempt(size: int) -> int:
        return torch.empty(size * (total // 7), dtype=torch.uint8, device=GPU).numel()

    found, size = halving(attempt, 64, say=said.append)
    assert size < 8
    assert found == size * (total // 7)
    assert "do not fit into memory" in said[0]
    assert torch.cuda.memory_allocated(GPU) <= before


def test_attention_has_as_many_operations_whichever_kernel_computes_it() -> None:
    transformer = CompressibleModel.create("tiny-transformer", {"family": "vit"}).module
    counts = []
    for device in (CPU, GPU):
        with torch.no_grad(), operation_counter() as counter:
            call(transformer.to(device), torch.rand(2, 3, 32, 32, device=device))
        counts.append(counter.get_total_flops())
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("technique", ["weight-only-quantization", "dynamic-int8"])
def test_int8_layers_compute_natively_or_it_is_said_why_not(technique: str) -> None:
    base = CompressibleModel.create("tiny-transformer", {"family": "vit"})
    transformer = apply_step(technique, {}, LayerRules(), base, Context())
    transformer.module.to(GPU)
    images = torch.rand(2, 3, 32, 32, device=GPU)
    with torch.inference_mode():
        expected = call(transformer.module, images)
    with computing_natively(transformer, images) as native, torch.inference_mode():
        found = call(transformer.module, images)
    assert native.names or native.refused
    assert float((found - expected).norm() / expected.norm()) < 0.2
