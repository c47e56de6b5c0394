"""What range of a layer's inputs is worth covering with 8 bits, as calibration data show it.

Three observers: the whole range; the range without the most extreme values (H. Wu et al., "Integer
Quantization for Deep Learning Inference", 2020); and the range that leaves the least squared error, tried
out on a histogram (Y. Choukroun et al., "Low-bit Quantization of Neural Networks", 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal

import torch
from torch import Tensor, nn

from core.compression.encoding.chunks import histogram
from core.compression.finite import require_finite
from core.compression.layers import Layer
from core.compression.stacked_weights.stacked_products import products_seen
from core.data.dataset import Batch, call, first_input

Observer = Literal["min-max", "percentile", "mse"]
Range = tuple[float, float]
Look = Callable[[str, Tensor], None]
BINS = 2048
CANDIDATES = 96  # ranges that the squared error is tried for


def observed_ranges(
    module: nn.Module,
    watched: Sequence[str | Layer],
    batches: Callable[[], Iterable[Batch]],
    *,
    observer: Observer,
    percentile: float = 99.99,
) -> dict[str, Range]:
    """Return the range `(low, high)` of inputs, zero included, of what was called, by name.

    watched: names of modules, and stacks, whose matrices have a range together, by the parameter's name.
    batches: gives the same calibration data every time; all but min-max look at them twice.

    Raises:
        UnusableInput: inputs of a layer are NaN or infinite.
    """
    ranges: dict[str, Range] = {}
    names = [each for each in watched if isinstance(each, str)]
    stacks = [each for each in watched if isinstance(each, Layer)]

    def widen(name: str, values: Tensor) -> None:
        low, high = (float(bound) for bound in values.aminmax())
        before = ranges.get(name, (0.0, 0.0))
        ranges[name] = min(before[0], low), max(before[1], high)

    def look(look: Look, chosen: Container[str]) -> None:
        seen = [stack for stack in stacks if stack.parameter_name in chosen]
        with products_seen(module, seen, lambda stack, _, values: look(stack.parameter_name, values)):
            look_at(module, {name: look for name in names if name in chosen}, batches())

    every = {*names, *(stack.parameter_name for stack in stacks)}
    look(widen, every)
    if observer == "min-max":
        return ranges
    counts = {name: torch.zeros(BINS, dtype=torch.float64) for name in ranges}

    def count(name: str, values: Tensor) -> None:
        low, high = ranges[name]
        counts[name] += histogram(values, BINS, low, high)

    look(count, {name for name in every if _wide(ranges.get(name))})
    return {
        name: _narrowed(counts[name], full, observer, percentile / 100) if _wide(full) else full
        for name, full in ranges.items()
    }


def percentile_range(counts: Tensor, full: Range, fraction: float) -> Range:
    """Return the range between the quantiles `1 - fraction` and `fraction` of a histogram `(bins,)`."""
    edges = torch.linspace(*full, len(counts) + 1, dtype=torch.float64)
    share = counts.cumsum(0) / counts.sum()
    low = edges[int(torch.searchsorted(share, 1 - fraction, right=True).clamp_(max=len(counts) - 1))]
    high = edges[int(torch.searchsorted(share, fraction)) + 1]
    return min(0.0, float(low)), max(0.0, float(high))


def least_error_range(counts: Tensor, full: Range, levels: int = 255) -> Range:
    """Return the shrunken range with the smallest squared rounding and clipping error of a histogram."""
    edges = torch.linspace(*full, len(counts) + 1, dtype=torch.float64)
    centres = (edges[1:] + edges[:-1]) / 2
    shrink = torch.linspace(1 / CANDIDATES, 1, CANDIDATES, dtype=torch.float64)[:, None]
    low, high = full[0] * shrink, full[1] * shrink
    scale = (high - low) / levels
    zero = (-low / scale).round()
    rounded = ((centres / scale + zero).round().clamp(0, levels) - zero) * scale
    error = ((rounded - centres).square() * counts).sum(dim=1)
    best = int(error.argmin())
    return float(low[best]), float(high[best])


def _narrowed(counts: Tensor, full: Range, observer: Observer, fraction: float) -> Range:
    return (
        percentile_range(counts, full, fraction)
        if observer == "percentile"
        else least_error_range(counts, full)
    )


def _wide(full: Range | None) -> bool:
    return full is not None and full[1] > full[0]


def look_at(module: nn.Module, looks: Mapping[str, Look], batches: Iterable[Batch]) -> None:
    """Run batches through a module; call `look(name, inputs)` whenever a named module is called.

    Raises:
        UnusableInput: inputs of a named module are NaN or infinite; the instance is named.
    """
    present: tuple[str, ...] = ()

    def hook(name: str) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
        def see(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            values = first_input(args, kwargs).detach()
            require_finite(values, f"The inputs of {name or 'the model'}", present)
            looks[name](name, values)

        return see

    with ExitStack() as stack:
        for name in looks:
            handle = module.get_submodule(name).register_forward_pre_hook(hook(name), with_kwargs=True)
            stack.callback(handle.remove)
        with torch.no_grad():
            for batch in batches:
                present = batch.ids
                call(module, batch.inputs)
