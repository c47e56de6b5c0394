"""Looking into models: weight statistics in time and memory, activation statistics of two models at once.

Weights are examined on one thread, in processor seconds, so that other work on the machine hardly counts.
Activations use all threads; their figure is seconds on the clock, beside bare passes of the same two models.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import torch
from torch import nn
from torchvision.models import resnet50

from benchmarks.threads import one_thread
from core.compression.checkpoints.checkpoint import save
from core.compression.checkpoints.stored_weights import StoredWeights
from core.compression.model import CompressibleModel
from core.inspection.activations import activation_statistics
from core.inspection.weights import weight_statistics
from core.models.base import Architecture
from workers.composition import run_environment

RUNS = 3
PROBE = (32, 3, 224, 224)
_MEGABYTE = 2**20


@one_thread()
def resnet50_seconds() -> Mapping[str, Any]:
    """Return seconds for the statistics of a ResNet-50's weights: six figures and a histogram of each."""
    torch.manual_seed(0)
    model = resnet50()
    seconds = []
    for _ in range(RUNS):
        start = process_time()
        weight_statistics(model)
        seconds.append(process_time() - start)
    return _figure(median(seconds), "s", RUNS)


def t5_large_megabytes() -> Mapping[str, Any]:
    """Return how much memory grows while a 3 GB file is compared with itself, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        found = _in_a_process("t5_large_growth", folder)
    return _figure(found["megabytes"], "MiB", 1)


def activation_seconds() -> Mapping[str, Any]:
    """Return seconds for the activations of a ResNet-50 and of one with rounded weights, 32 images."""
    found = _in_a_process("activation_growth")
    figure = _figure(found["seconds"], "s", 1)
    return {**figure, "baseline": found["bare"], "ratio": found["seconds"] / found["bare"]}


def activation_ratio() -> Mapping[str, Any]:
    """Return the same as a multiple of two bare passes; the original tool takes 195 s for this."""
    found = [_in_a_process("activation_growth") for _ in range(RUNS)]
    return _figure(median(each["seconds"] / each["bare"] for each in found), "", RUNS)


def activation_processor_seconds() -> Mapping[str, Any]:
    """Return the same in processor seconds on one thread; idle cores share them out."""
    return _figure(_in_a_process("activation_growth", "1")["processor_seconds"], "s", 1)


def activation_megabytes() -> Mapping[str, Any]:
    """Return how much memory grows meanwhile, beyond the two models and the images."""
    return _figure(_in_a_process("activation_growth")["megabytes"], "MiB", 1)


def activation_growth(threads: str = "") -> Mapping[str, float]:
    """Measure activation statistics in this process, on all threads unless a number is given."""
    torch.set_num_threads(int(threads or torch.get_num_threads()))
    torch.manual_seed(0)
    model = resnet50().eval()
    other = _rounded(model)
    images = torch.randn(PROBE)
    with torch.inference_mode():
        model(images[:1])
        resident = _restart_peak()
        start, processor = perf_counter(), process_time()
        activation_statistics(other, images, baseline=model)
        seconds, processor = perf_counter() - start, process_time() - processor
        grown = _peak() - resident
        start = perf_counter()
        for module in (model, other):
            module(images)
    return {
        "seconds": seconds,
        "processor_seconds": processor,
        "bare": perf_counter() - start,
        "megabytes": grown,
    }


def t5_large_growth(folder: str) -> Mapping[str, float]:
    """Measure weight statistics of a stored model in this process; another one writes the file."""
    path = Path(folder) / "model.safetensors"
    _in_a_process("write_t5_large", str(path))
    with torch.device("meta"):
        shell = _t5_large()
    resident = _restart_peak()
    weight_statistics(shell, values=StoredWeights(path), baseline=StoredWeights(path))
    return {"megabytes": _peak() - resident}


def write_t5_large(path: str) -> Mapping[str, float]:
    """Store a model with the shapes of T5-large and drawn weights."""
    with torch.device("meta"):
        module = _t5_large()
    module = module.to_empty(device="cpu")
    for value in module.parameters():
        nn.init.normal_(value, std=0.05)
    module.tie_weights()
    summary = save(CompressibleModel(module, Architecture("hugging-face", {})), Path(path))
    return {"megabytes": summary.file_bytes / _MEGABYTE}


def _t5_large() -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(d_model=1024, d_ff=4096, d_kv=64, num_layers=24, num_heads=16, vocab_size=32128)
    return T5ForConditionalGeneration(config)


def _rounded(model: nn.Module) -> nn.Module:
    other = copy.deepcopy(model)
    with torch.no_grad():
        for value in other.parameters():
            if value.dim() > 1:
                scale = value.abs().amax() / 127
                value.copy_((value / scale).round() * scale)
    return other


def _in_a_process(function: str, *arguments: str) -> Mapping[str, float]:
    """Return what a function of this module returns in a process as runs have it, whose memory is its own."""
    code = "import json, sys; from benchmarks import inspect; "
    code += f"print(json.dumps(inspect.{function}(*sys.argv[1:])))"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **run_environment(torch.get_num_threads())},
    )
    found: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _restart_peak() -> float:
    """Forget the highest memory use so far; return the present one in MiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> float:
    return _status("VmHWM")


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def _figure(value: float, unit: str, runs: int) -> dict[str, Any]:
    return {"value": value, "unit": unit, "baseline": None, "ratio": None, "runs": runs}


FIGURES = {
    "inspect.weights.resnet50_s": resnet50_seconds,
    "inspect.weights.t5_large_extra_mb": t5_large_megabytes,
    "inspect.activations.resnet50x2_s": activation_seconds,
    "inspect.activations.resnet50x2_ratio": activation_ratio,
    "inspect.activations.resnet50x2_processor_s": activation_processor_seconds,
    "inspect.activations.resnet50x2_extra_mb": activation_megabytes,
}
