"""What is measured at one layer while two models stand still at it."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.inspection.calls import ModuleCall
from core.inspection.lockstep import Walk
from core.inspection.moments import Moments, change, finite_range, histogram, moments
from core.inspection.similarity import gram, linear_cka

LOCAL_INSTANCES = 8  # enough for the error of one layer alone, at a fraction of a further pass


@dataclass(frozen=True)
class Response:
    """Figures of one output; the histogram's range is that of the baseline's output, if there is one."""

    figures: Moments
    range: tuple[float, float]
    histogram: NDArray[np.int64]


@dataclass(frozen=True)
class Comparison:
    """One output against the baseline's; see `activation_statistics`."""

    relative_l2: float
    relative_l2_local: float
    cosine: float
    cka: float


NO_COMPARISON = Comparison(math.nan, math.nan, math.nan, math.nan)


class Gauge:
    """Measures outputs on as many threads as PyTorch has; use it in a `with` statement.

    instances: in the probe batch. walk: of the model in question, whose layers are called aside.
    """

    def __init__(self, instances: int, walk: Walk) -> None:
        self._instances, self._walk = instances, walk
        self._pool = ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="gauge")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def measure(self, output: Tensor, reference: Tensor | None) -> Response:
        """Return the figures of an output; the histogram is over the range of the reference, else its own."""
        values = in_memory_order(output)
        figures = self._pool.submit(moments, values)
        bounds = finite_range(values if reference is None else in_memory_order(reference))
        return Response(figures=figures.result(), range=bounds, histogram=histogram(values, *bounds))

    def compare(self, present: ModuleCall, former: ModuleCall) -> Comparison:
        """Compare the outputs of one layer of both models, and of the layer alone."""
        output, reference = present.output, former.output
        if output is None or reference is None:
            return NO_COMPARISON
        cka = self._pool.submit(self._cka, output, reference)
        found = replace(NO_COMPARISON, relative_l2_local=self._local(present.module, former, reference))
        if output.shape == reference.shape:
            relative, cosine = _change(output, reference)
            found = replace(found, relative_l2=relative, cosine=cosine)
        return replace(found, cka=cka.result())

    def _cka(self, output: Tensor, reference: Tensor) -> float:
        if not self._instances == len(output) == len(reference) or self._instances < 2:
            return math.nan
        return linear_cka(gram(in_memory_order(output)), gram(in_memory_order(reference)))

    def _local(self, layer: nn.Module, former: ModuleCall, reference: Tensor) -> float:
        if same_weights(layer, former.module):
            return 0.0
        cut = _first_instances(former, self._instances)
        try:
            answer = self._walk.call_aside(layer, cut).output
        except (RuntimeError, ValueError, IndexError):  # it takes other inputs than the baseline's layer
            return math.nan
        wanted = reference[: len(answer)] if answer is not None and cut is not former else reference
        if answer is None or answer.shape != wanted.shape:
            return math.nan
        return _change(answer, wanted)[0]


def in_memory_order(values: Tensor) -> Tensor:
    """Return the tensor with channels last where they lie so in memory: a view that is contiguous."""
    if values.dim() == 4 and values.is_contiguous(memory_format=torch.channels_last):
        return values.permute(0, 2, 3, 1)
    return values


def _change(values: Tensor, before: Tensor) -> tuple[float, float]:
    after, former = in_memory_order(values), in_memory_order(before)
    return change(after, former) if after.shape == former.shape else change(values, before)


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
