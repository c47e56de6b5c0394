"""Statistics of what every layer puts out on a fixed probe batch, alone and against a baseline model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.data.dataset import Inputs
from core.domain.measurement.formulas import sqnr_db
from core.inspection.calls import Key, innermost_calls
from core.inspection.layer_comparer import Comparison, LayerComparer
from core.inspection.stepwise_forward import StepwiseForward
from core.inspection.tensors.moments import TensorHistogram
from core.inspection.weights import Arrays, tally_table
from core.ports import Progress, Silent

_PASSED_THROUGH = (nn.Identity, nn.Dropout)


@dataclass(frozen=True)
class _Row:
    key: Key
    module_type: str
    tally: TensorHistogram
    comparison: Comparison


def activation_statistics(
    module: nn.Module,
    inputs: Inputs,
    *,
    baseline: nn.Module | None = None,
    renamed: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Arrays:
    """Return figures of the output of every call of every layer; arrays are `(calls,)` mostly.

    inputs: the probe batch, instances first. Both models are walked through side by side in evaluation
    mode, so that never more than one layer's output of each is kept for looking at. renamed: the module of
    the model by name of the baseline's that it stands for, where they are not the same.

    module, module_type: names (fixed-width text). call: int64, 0 for the first call of a shared module.
    instances `(1,)`: int64, how many were in the probe batch.
    count, zeros, nans, infinities, mean, std, min, max, mean_abs: as in `weight_statistics`.
    range_low, range_high, histogram `(calls, 66)`: likewise; the range is that of the baseline's output.

    With a baseline also, NaN where it has no such call:
    relative_l2, cosine, sqnr_db: of the output against the baseline's, everything before it compressed
        as well (cumulative); NaN where the shapes differ.
    sqnr_local_db: the same for the layer alone, given what the baseline's layer was given (at most
        `responses.LOCAL_INSTANCES` instances); infinite where its weights are the baseline's.
    cka: linear centred kernel alignment of the instances' responses, 0..1.
    """
    probe = prepared(module, inputs)
    keys = layer_calls(module, probe)
    shared: Mapping[Key, Key] = {}
    if baseline is not None:
        shared = common_calls(keys, layer_calls(baseline, prepared(baseline, inputs)), renamed or {})
    report = (progress or Silent()).report
    threads = max(1, torch.get_num_threads() // (1 if baseline is None else 2))
    rows = []
    with ExitStack() as stack:
        walk = stack.enter_context(StepwiseForward(module, probe, keys, threads=threads))
        other = (
            stack.enter_context(StepwiseForward(baseline, probe, shared.values(), threads=threads))
            if baseline is not None
            else None
        )
        comparer = stack.enter_context(LayerComparer(len(first_tensor(probe)), walk))
        while True:
            if other is not None:
                other.proceed()
            if (present := walk.step()) is None:
                break
            former = other.step() if other is not None and present.key in shared else None
            found = comparer.measure(present, former)
            if found is not None:
                rows.append(_Row(present.key, type(present.module).__name__, *found))
            report((len(rows)) / len(keys), present.key.module)
            del present, former
    return _arrays(rows, compared=baseline is not None) | {"instances": np.array([len(first_tensor(probe))])}


def prepared(module: nn.Module, inputs: Inputs) -> Inputs:
    """Return the inputs in the memory order in which convolutions of this processor are fastest."""
    module.eval()
    if isinstance(inputs, Tensor) and inputs.dim() == 4:
        module.to(memory_format=torch.channels_last)
        return inputs.contiguous(memory_format=torch.channels_last)
    return inputs


def layer_calls(module: nn.Module, inputs: Inputs) -> list[Key]:
    """Return the calls of layers in one pass, in order, without those that pass on what they get."""
    one = inputs[:1] if isinstance(inputs, Tensor) else {name: value[:1] for name, value in inputs.items()}
    skipped = {name for name, child in module.named_modules() if isinstance(child, _PASSED_THROUGH)}
    return [key for key in innermost_calls(module, one) if key.module not in skipped]


def common_calls(keys: Sequence[Key], others: Sequence[Key], renamed: Mapping[str, str]) -> dict[Key, Key]:
    """Return, for each call that both passes make, the baseline's, as far as they come in the same order."""
    named = [Key(renamed.get(key.module, key.module), key.number) for key in others]
    blocks = SequenceMatcher(a=keys, b=named, autojunk=False).get_matching_blocks()
    pairs = ((keys[block.a + at], others[block.b + at]) for block in blocks for at in range(block.size))
    return dict(pairs)


def first_tensor(inputs: Inputs) -> Tensor:
    """Return the tensor that tells how many instances there are."""
    return inputs if isinstance(inputs, Tensor) else next(iter(inputs.values()))


def _arrays(rows: list[_Row], *, compared: bool) -> Arrays:
    arrays: Arrays = {
        "module": np.array([row.key.module for row in rows], dtype=np.str_),
        "module_type": np.array([row.module_type for row in rows], dtype=np.str_),
        "call": np.array([row.key.number for row in rows], np.int64),
        **tally_table([row.tally for row in rows]),
    }
    return arrays | _comparisons([row.comparison for row in rows]) if compared else arrays


def _comparisons(found: list[Comparison]) -> dict[str, NDArray[Any]]:
    relative = np.array([each.relative_l2 for each in found], np.float64)
    local = np.array([each.relative_l2_local for each in found], np.float64)
    return {
        "relative_l2": relative,
        "cosine": np.array([each.cosine for each in found], np.float64),
        "sqnr_db": sqnr_db(relative),
        "sqnr_local_db": sqnr_db(local),
        "cka": np.array([each.cka for each in found], np.float64),
    }
