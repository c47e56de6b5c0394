"""The profile of a model on a device: size, operations, time and memory."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from core.compression.activation_quantization.native_int8 import computing_natively
from core.compression.checkpoints.checkpoint import CheckpointSummary, save
from core.compression.checkpoints.claims import claims
from core.compression.layers import matrices
from core.compression.model import CompressibleModel
from core.data.dataset import Inputs, call, fitting, move
from core.domain.measurement.evaluation import REFERENCE_AFTER, REFERENCE_BEFORE
from core.domain.measurement.intervals import Interval
from core.evaluation.profiling.batching import halving, out_of_memory
from core.evaluation.profiling.device import environment
from core.evaluation.profiling.memory import peak_bytes
from core.evaluation.profiling.operations import operation_counter
from core.evaluation.profiling.reference import reference_ms
from core.evaluation.profiling.timing import measure
from core.models.onnx_runtime.graph_cost import graph_operations, graph_peak_bytes, runtime_versions
from core.models.onnx_runtime.runtime_module import OnnxModule
from core.ports import Progress

LARGE_BATCH = 64
TIMING_BUDGET_S = 0.3  # for both batch sizes together; slow models take five repetitions however long


@dataclass(frozen=True)
class ProfileResult:
    """Values by the names in `EFFICIENCY_METRICS`, and what they were measured on.

    intervals: 95 % interval of the median times and the throughput, as far as the repetitions tell.
    environment: also large_batch, the most instances up to 64 that fit into memory at once; whether the
        speed is "real" or "simulated", and what is simulated; kernels, which library computed which layers
        in int8 for times and memory, empty for none; and how long `reference_ms` took before and after.
    """

    metrics: Mapping[str, float]
    environment: Mapping[str, str | int | float]
    intervals: Mapping[str, Interval] = field(default_factory=dict)


def profile(
    model: CompressibleModel,
    examples: Inputs,
    *,
    device: torch.device,
    progress: Progress,
    summary: CheckpointSummary | None = None,
) -> ProfileResult:
    """Measure a model on a device with the threads of this process.

    examples: at least one instance as the model takes it; repeated to fill a batch.
    summary: what `save` returned for this model; without it the model is stored once more to see.

    Raises:
        UnusableInput: the model cannot take the examples.
    """
    one = move(repeated(examples, 1), device)
    module = model.module.to(device).eval()
    summary = summary or _stored(model)
    metrics = _sizes(summary) | _counts(model)
    progress.report(0.1, "counting operations")
    with fitting(one):
        metrics["flops"] = float(_flops(module, one))
    with computing_natively(model, one) as native:
        before = _reference(REFERENCE_BEFORE, device)
        timed, intervals, size = _timed(module, examples, device, progress)
        after = _reference(REFERENCE_AFTER, device)
    honest = claims(model, summary, native)
    conditions = {
        "large_batch": size,
        "speed": honest.speed,
        "simulated": "; ".join(honest.reasons),
        "kernels": str(native),
        **before,
        **after,
    }
    conditions |= runtime_versions(module)
    return ProfileResult(metrics | timed, {**environment(device), **conditions}, intervals)


def _reference(name: str, device: torch.device) -> dict[str, float]:
    """Return how long the fixed workload takes, under a name; nothing where the model leaves no room."""
    try:
        return {name: round(reference_ms(device), 4)}
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        return {}


def _timed(
    module: nn.Module, examples: Inputs, device: torch.device, progress: Progress
) -> tuple[dict[str, float], dict[str, Interval], int]:
    """Return times and peak memory, the intervals of the times, and how many instances a batch had."""
    progress.report(0.3, "timing single instances")
    one = move(repeated(examples, 1), device)
    single = measure(module, one, budget_s=TIMING_BUDGET_S / 2, device=device)
    metrics = {"latency_ms_b1": single.median_ms, "latency_iqr_ms_b1": single.iqr_ms}
    progress.report(0.7, f"timing batches of {LARGE_BATCH}")
    many, size = halving(
        lambda count: _of_a_batch(module, move(repeated(examples, count), device), device),
        LARGE_BATCH,
        say=lambda message: progress.report(0.7, message),
    )
    progress.report(1.0, "")
    # Figures that say 64 in their name are left out where 64 instances do not fit.
    large, intervals = many
    kept = large if size == LARGE_BATCH else {"throughput_per_s": large["throughput_per_s"]}
    known = {name: interval for name, interval in intervals.items() if name in kept}
    if single.interval_ms is not None:
        known["latency_ms_b1"] = single.interval_ms
    return metrics | kept, known, size


def _of_a_batch(
    module: nn.Module, inputs: Inputs, device: torch.device
) -> tuple[dict[str, float], dict[str, Interval]]:
    peak = graph_peak_bytes(module, inputs) if isinstance(module, OnnxModule) else peak_bytes(module, inputs)
    timing = measure(module, inputs, budget_s=TIMING_BUDGET_S / 2, device=device)
    count = _instances(inputs)
    metrics = {
        "peak_memory_bytes": float(peak),
        "latency_ms_b64": timing.median_ms,
        "latency_iqr_ms_b64": timing.iqr_ms,
        "throughput_per_s": count / (timing.median_ms / 1e3),
    }
    if timing.interval_ms is None:
        return metrics, {}
    low, high = timing.interval_ms
    throughput = (count / (high / 1e3), count / (low / 1e3))
    return metrics, {"latency_ms_b64": timing.interval_ms, "throughput_per_s": throughput}


def _instances(inputs: Inputs) -> int:
    return len(inputs if isinstance(inputs, Tensor) else next(iter(inputs.values())))


def _sizes(summary: CheckpointSummary) -> dict[str, float]:
    return {
        "file_bytes": float(summary.file_bytes),
        "theoretical_bytes": float(summary.theoretical_bytes),
        "bits_per_weight": summary.bits_per_weight,
    }


def _counts(model: CompressibleModel) -> dict[str, float]:
    module = model.module
    parameters = sum(parameter.numel() for parameter in module.parameters())
    nonzeros = sum(int(parameter.count_nonzero()) for parameter in module.parameters())
    touched = {name: module.get_parameter(name) for name in model.pruned}
    weights = (matrices(module) | touched).values()
    numbers = sum(weight.numel() for weight in weights)
    zeros = numbers - sum(int(weight.count_nonzero()) for weight in weights)
    return {
        "parameters": float(parameters),
        "nonzeros": float(nonzeros),
        "sparsity": zeros / numbers if numbers else 0.0,
    }


def _flops(module: nn.Module, inputs: Inputs) -> int:
    if isinstance(module, OnnxModule):
        return graph_operations(module, inputs)
    with torch.no_grad(), operation_counter() as counter:
        call(module, inputs)
    return int(counter.get_total_flops())


def repeated(examples: Inputs, count: int) -> Inputs:
    """Return `count` instances, the given ones over and over."""
    if isinstance(examples, Tensor):
        return _repeated_tensor(examples, count)
    return {name: _repeated_tensor(tensor, count) for name, tensor in examples.items()}


def _repeated_tensor(tensor: Tensor, count: int) -> Tensor:
    return tensor[torch.arange(count) % len(tensor)]


def _stored(model: CompressibleModel) -> CheckpointSummary:
    with tempfile.TemporaryDirectory() as folder:
        return save(model, Path(folder) / "model.safetensors")
