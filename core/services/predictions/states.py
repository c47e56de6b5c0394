"""A model that is made, as predictions start from it: read from what workers wrote down."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from core.domain.measurement.evaluation import Arrays, LayerKind
from core.domain.measurement.stored_bytes import ByteKind
from core.domain.model import Model
from core.domain.module_table import ModuleTable
from core.domain.prediction.weights import Code, ModelState, Weight
from core.persistence.unit_of_work import UnitOfWork

_WEIGHTS = ("parameter", "module", "count", "zeros", "form", "stored_bits", "code_bits")
_FILE = ("tensor", "kind", "bytes", "numbers")
_PLAIN_BITS = 32


def state_of(uow: UnitOfWork, model: Model, table: ModuleTable) -> ModelState | None:
    """Return the model's size and operations by layer; None where they were not written down."""
    weights = uow.evaluations.layer_statistics(model.id, kind=LayerKind.WEIGHTS, names=_WEIGHTS)
    stored = uow.evaluations.layer_statistics(model.id, kind=LayerKind.STORAGE)
    if "form" not in weights or "tensor" not in stored:
        return None
    cost = uow.evaluations.layer_statistics(model.id, kind=LayerKind.COST, names=("module", "flops"))
    return with_operations(stored_state(weights, stored, table), model.metrics.get("flops"), cost)


def stored_state(weights: Arrays, stored: Arrays, table: ModuleTable) -> ModelState:
    """Return what is known of a file. weights: statistics of tensors with forms; stored: bytes by use."""
    state = ModelState(_weights(weights, table), flops_unknown="it was not profiled")
    described = sum(weight.described_bytes for weight in state.weights.values())
    header, other, numbers = 0, 0, 0
    masks: Counter[str] = Counter()
    rows: Any = zip(*(stored[key].tolist() for key in _FILE), strict=True)
    for name, kind, size, count in rows:
        if kind == ByteKind.HEADER:
            header += size
        elif name not in state.weights:
            other += size
            numbers += count
        elif kind == ByteKind.MASKS:
            masks[name] += 1
    marked = {
        name: replace(weight, masked=masks[name] > ("sparse" in weight.stored[1]), pruned=masks[name] > 0)
        for name, weight in state.weights.items()
    }
    return replace(
        state,
        weights=marked,
        header_bytes=header - described,
        other_bytes=other,
        other_numbers=numbers,
    )


def with_operations(state: ModelState, flops: float | None, cost: Arrays) -> ModelState:
    """Return the state with the operations of one instance, and the share of each module in them."""
    if flops is None:
        return state
    total = float(cost["flops"].sum()) if "flops" in cost else 0.0
    counts = zip(cost["module"], cost["flops"].tolist(), strict=True) if total else ()
    operations = {str(name): count / total for name, count in counts}
    return replace(state, flops=flops, operations=operations, flops_unknown="")


def _weights(arrays: Arrays, table: ModuleTable) -> dict[str, Weight]:
    sharing = {name: names for names in table.layers for name in names}
    rows: Any = zip(*(arrays[key].tolist() for key in _WEIGHTS), strict=True)
    found = {}
    for name, module, count, zeros, form, stored_bits, code_bits in rows:
        shape = table.shapes.get(name)
        leading = name.rpartition(".")[2] == "weight" and module in sharing
        layer = shape is not None or (not table.shapes and leading)
        kept = count - zeros if form.startswith("sparse") else count
        mask = count if form.startswith("sparse") else 0
        code = (
            Code(code_bits, stored_bits - mask - kept * code_bits, "palette" in form) if code_bits else None
        )
        plain = (stored_bits - mask) / kept if not code_bits and kept else _PLAIN_BITS
        found[name] = Weight(
            name=name,
            names=shape.names if shape else sharing.get(module, (module,)) if layer else (module,),
            numbers=count,
            number_bits=plain,
            zeros=zeros / count if count else 0.0,
            code=code,
            layer=layer,
            outputs=shape.outputs if shape else 0,
            matrices=shape.matrices if shape else 1,
        )
    return found
