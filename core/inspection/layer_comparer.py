"""What is measured at one layer while two models stand still at it."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import torch
from torch import Tensor, nn

from core.compression.encoding.chunks import chunks
from core.inspection.calls import ModuleCall
from core.inspection.stepwise_forward import StepwiseForward
from core.inspection.tensors.distances import UNKNOWN, Distance, chunk_distance, distance
from core.inspection.tensors.moments import TensorHistogram
from core.inspection.tensors.ranges import finite_range
from core.inspection.tensors.similarity import gram, linear_cka

LOCAL_INSTANCES = 8  # enough for the error of one layer alone, at a fraction of a further pass


@dataclass(frozen=True)
class Comparison:
    """One output against the baseline's; see `activation_statistics`."""

    relative_l2: float
    relative_l2_local: float
    cosine: float
    cka: float


NO_COMPARISON = Comparison(math.nan, math.nan, math.nan, math.nan)


class LayerComparer:
    """Measures outputs on as many threads as PyTorch has; use it in a `with` statement.

    Each thread does one kind of measurement alone: PyTorch's own threads would wait for each other at
    every chunk, which takes ten times as long when other work runs on the machine.

    instances: in the probe batch. walk: of the model in question, whose layers are called aside.
    """

    def __init__(self, instances: int, walk: StepwiseForward) -> None:
        self._instances, self._walk = instances, walk
        self._pool = ThreadPoolExecutor(
            torch.get_num_threads(), "gauge", initializer=torch.set_num_threads, initargs=(1,)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def measure(
        self, present: ModuleCall, former: ModuleCall | None
    ) -> tuple[TensorHistogram, Comparison] | None:
        """Return the figures of a layer's output and its comparison with the baseline's call, if any.

        The histogram's range is that of the baseline's output. None if the layer puts out no numbers.
        """
        output, reference = present.output, former.output if former is not None else None
        if output is None:
            return None
        figures = self._pool.submit(_figures, output, reference)
        if former is None or reference is None:
            return figures.result()[0], NO_COMPARISON
        local = self._pool.submit(self._local, present.module, former, reference)
        cka = self._cka(output, reference)
        tally, apart = figures.result()
        return tally, Comparison(apart.relative_l2, local.result(), apart.cosine, cka)

    def _cka(self, output: Tensor, reference: Tensor) -> float:
        if not self._instances == len(output) == len(reference) or self._instances < 2:
            return math.nan
        return linear_cka(*self._pool.map(gram, (in_memory_order(output), in_memory_order(reference))))

    def _local(self, layer: nn.Module, former: ModuleCall, reference: Tensor) -> float:
        if same_weights(layer, former.module):
            return 0.0
        cut = _first_instances(former, self._instances)
        try:
            answer = self._walk.call_aside(layer, cut).output
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, ValueError, IndexError):  # it takes other inputs than the baseline's layer
            return math.nan
        wanted = reference[: len(answer)] if answer is not None and cut is not former else reference
        if answer is None or answer.shape != wanted.shape:
            return math.nan
        return distance(*_aligned(answer, wanted)).relative_l2


def in_memory_order(values: Tensor) -> Tensor:
    """Return the tensor with channels last where they lie so in memory: a view that is contiguous."""
    return values.permute(0, 2, 3, 1) if _channels_last(values) else values


def _channels_last(values: Tensor) -> bool:
    return values.dim() == 4 and values.is_contiguous(memory_format=torch.channels_last)


def _aligned(values: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Return two tensors of one shape with their values in the same order, memory's if that is the same."""
    if _channels_last(values) and _channels_last(other):
        return in_memory_order(values), in_memory_order(other)
    return values, other


def _figures(output: Tensor, reference: Tensor | None) -> tuple[TensorHistogram, Distance]:
    """Return an output's figures and its distance from the reference, unknown unless of its shape."""
    tally = TensorHistogram(*finite_range(in_memory_order(output if reference is None else reference)))
    if reference is None or output.shape != reference.shape:
        for chunk in chunks(in_memory_order(output)):
            tally.add(chunk)
        return tally, UNKNOWN
    apart = Distance()
    for chunk, former in zip(*map(chunks, _aligned(output, reference)), strict=True):
        squares = tally.squares
        exact = tally.add(chunk)
        apart += chunk_distance(exact, former.double(), own=tally.squares - squares)
    return tally, apart


def same_weights(layer: nn.Module, other: nn.Module) -> bool:
    """Return whether two layers certainly compute the same: same kind, same parameters and buffers."""
    mine, theirs = layer.state_dict(), other.state_dict()
    if type(layer) is not type(other) or mine.keys() != theirs.keys():
        return False
    plain = layer.extra_repr() == other.extra_repr() and not layer._forward_pre_hooks
    return plain and all(_equal(value, theirs[name]) for name, value in mine.items())


def _equal(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype and torch.equal(one, other.to(one.device))


def _first_instances(finished: ModuleCall, instances: int) -> ModuleCall:
    """Return the call with fewer instances, where it is plain that instances come first; else as it is."""
    output = finished.output
    plain = (
        len(finished.arguments) == 1 and not finished.keywords and isinstance(finished.arguments[0], Tensor)
    )
    if not plain or output is None or not instances == len(output) == len(finished.arguments[0]):
        return finished
    return replace(finished, arguments=(finished.arguments[0][:LOCAL_INSTANCES],))
