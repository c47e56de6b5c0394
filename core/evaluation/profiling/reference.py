"""A fixed workload, timed just before and after a model: how fast the machine itself was meanwhile."""

from __future__ import annotations

import torch
from torch import nn

from core.evaluation.profiling.timing import measure

_WIDTH, _LAYERS, _ROWS = 512, 4, 64
BUDGET_S = 0.03


def reference_ms(device: torch.device) -> float:
    """Return the median milliseconds of four float32 products of 64 x 512 with 512 x 512 numbers."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        layers = [nn.Linear(_WIDTH, _WIDTH, device=device) for _ in range(_LAYERS)]
    rows = torch.ones(_ROWS, _WIDTH, device=device)
    return measure(nn.Sequential(*layers), rows, budget_s=BUDGET_S, device=device).median_ms
