"""Profiles: counts that can be worked out by hand, and timings that are at least possible."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core.compression.activation_quantization import native_int8
from core.compression.activation_quantization.native_int8 import computing_natively, installed
from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.model import CompressibleModel
from core.domain.metric import Group
from core.domain.technique import LayerRules
from core.evaluation.profiling import profile as profile_module
from core.evaluation.profiling.device import environment
from core.evaluation.profiling.efficiency import EFFICIENCY_METRICS
from core.evaluation.profiling.memory import peak_bytes
from core.evaluation.profiling.profile import ProfileResult, profile
from core.evaluation.profiling.timing import measure
from core.models.base import Architecture
from core.ports import Silent
from core.registry import discover
from core.testing.pretend_cuda import OPERATION_MS, pretend_cuda

discover("core.compression.techniques")
discover("core.models.sources")
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_module, "TIMING_BUDGET_S", 0.01)


def model() -> CompressibleModel:
    return CompressibleModel.create("residual-cnn", {"width": 4})


def profiled(measured: CompressibleModel) -> ProfileResult:
    return profile(measured, torch.zeros(3, 1, 8, 8), device=CPU, progress=Silent())


def test_every_metric_is_defined_and_measured() -> None:
    assert set(profiled(model()).metrics) == {metric.name for metric in EFFICIENCY_METRICS}
    assert all(metric.group is Group.EFFICIENCY and metric.description for metric in EFFICIENCY_METRICS)


def test_timings_are_possible() -> None:
    metrics = profiled(model()).metrics
    assert 0 < metrics["latency_ms_b1"] < metrics["latency_ms_b64"] * 64
    assert metrics["throughput_per_s"] == pytest.approx(64_000 / metrics["latency_ms_b64"])


def test_counts_follow_pruning() -> None:
    base = model()
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.75}, LayerRules(), base, Context())
    before, after = profiled(base).metrics, profiled(pruned).metrics
    assert after["parameters"] == before["parameters"] == sum(p.numel() for p in base.module.parameters())
    assert before["sparsity"] == 0
    assert after["sparsity"] == pytest.approx(0.75, abs=1e-3)
    assert after["nonzeros"] < 0.35 * before["nonzeros"]
    assert after["file_bytes"] < before["file_bytes"]
    assert after["flops"] == before["flops"]


def test_sizes_are_those_of_the_checkpoint(tmp_path: Path) -> None:
    summary = save(model(), tmp_path / "a")
    metrics = profiled(model()).metrics
    assert metrics["file_bytes"] == summary.file_bytes
    assert metrics["theoretical_bytes"] == summary.theoretical_bytes
    assert metrics["bits_per_weight"] == summary.bits_per_weight


def test_operations_of_a_linear_layer() -> None:
    assert profile_module._flops(nn.Linear(30, 20), torch.zeros(1, 30)) == 2 * 30 * 20


def test_peak_memory_of_a_chain() -> None:
    class Chain(nn.Module):
        """Two steps; the result of the first is held until the second is done."""

        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(10, 1000, bias=False), nn.Linear(1000, 10, bias=False)

        def forward(self, inputs: Tensor) -> Tensor:
            result: Tensor = self.second(self.first(inputs))
            return result

    weights = 2 * 10 * 1000 * 4
    assert peak_bytes(Chain(), torch.zeros(7, 10)) == weights + 7 * 10 * 4 + 7 * 1000 * 4 + 7 * 10 * 4


def test_peak_memory_forgets_what_was_freed() -> None:
    chain = nn.Sequential(*[nn.ReLU() for _ in range(10)])
    assert peak_bytes(chain, torch.zeros(1000)) <= 3 * 4000


def test_the_environment_says_what_is_simulated() -> None:
    assert profiled(model()).environment["speed"] == "real"
    pruned = apply_step("magnitude-pruning", {}, LayerRules(), model(), Context())
    assert profiled(pruned).environment["speed"] == "simulated"
    assert "zero weights" in str(profiled(pruned).environment["simulated"])


def test_int8_layers_are_timed_with_torchaos_kernels_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 64)).eval()
    base = CompressibleModel(layers, Architecture("none", {}))
    model = apply_step("weight-only-quantization", {}, LayerRules(), base, Context())
    examples = torch.rand(2, 64)
    real = profile(model, examples, device=CPU, progress=Silent())
    assert real.environment["speed"] == "real"
    assert real.environment["kernels"] == f"{installed()}: int8 weights in 2 layers"
    monkeypatch.setattr(native_int8, "installed", lambda: "")
    simulated = profile(model, examples, device=CPU, progress=Silent())
    assert simulated.environment["speed"] == "simulated"
    assert simulated.environment["kernels"] == ""
    assert simulated.environment["reference_before_ms"] > 0
    assert simulated.environment["reference_after_ms"] > 0
    for name in ("parameters", "nonzeros", "sparsity", "flops", "file_bytes"):
        assert real.metrics[name] == simulated.metrics[name] > -1, name
    assert isinstance(layers[0].weight, nn.Parameter)


def test_weights_that_stay_int8_take_less_memory() -> None:
    layer = nn.Linear(512, 512, bias=False)
    base = CompressibleModel(nn.Sequential(layer).eval(), Architecture("none", {}))
    model = apply_step("dynamic-int8", {}, LayerRules(), base, Context())
    inputs = torch.rand(1, 512)
    before = peak_bytes(model.module, inputs)
    with computing_natively(model, inputs):
        assert peak_bytes(model.module, inputs) < 0.4 * before


def test_the_environment_names_the_device() -> None:
    found = environment(CPU)
    assert found["device"]
    assert found["threads"] == torch.get_num_threads()
    assert {"cores", "load_average", "torch", "python", "platform", "device_type"} <= set(found)


def test_at_least_five_repetitions_are_timed_however_slow_the_model() -> None:
    calls = []

    class Counting(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            calls.append(1)
            return inputs

    timing = measure(Counting(), torch.zeros(1), budget_s=0, device=CPU)
    assert timing.repetitions == 5
    assert len(calls) == 7
    assert timing.iqr_ms >= 0


def test_batches_that_do_not_fit_leave_out_what_names_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = model()
    forward = measured.module.forward

    def full_at_20(images: Tensor) -> Tensor:
        if len(images) > 20:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        result: Tensor = forward(images)
        return result

    monkeypatch.setattr(measured.module, "forward", full_at_20)
    found = profiled(measured)
    assert found.environment["large_batch"] == 16
    missing = {metric.name for metric in EFFICIENCY_METRICS} - set(found.metrics)
    assert missing == {"latency_ms_b64", "latency_iqr_ms_b64", "peak_memory_bytes"}
    assert found.metrics["throughput_per_s"] > 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="a real GPU takes its own time")
def test_gpu_time_is_read_from_the_events_of_the_gpu_that_works() -> None:
    device = torch.device("cuda", 1)
    with pretend_cuda():
        timing = measure(nn.ReLU(), torch.zeros(1, device=device), budget_s=0, device=device)
    assert (timing.median_ms, timing.iqr_ms, timing.repetitions) == (OPERATION_MS, 0, 5)
