"""A base model of any number of layers, as far as workers write one down: tables without weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import LayerKind
from core.domain.measurement.stored_bytes import ByteKind
from core.domain.module_table import ModuleTable, WeightShape
from core.testing.laboratory import Laboratory

HEADER_BYTES = 1_000
_TEXTS = np.dtypes.StringDType()


@dataclass(frozen=True)
class PlantedLayer:
    """A linear layer of so many outputs and inputs, without a bias."""

    name: str
    outputs: int
    inputs: int

    @property
    def numbers(self) -> int:
        """How many weights it has."""
        return self.outputs * self.inputs


def transformer_layers(blocks: int, width: int = 64) -> list[PlantedLayer]:
    """Return the layers of a transformer, eight in each block."""
    parts = ("query", "key", "value", "output", "gate", "up", "down", "mix")
    return [PlantedLayer(f"blocks.{block}.{part}", width, width) for block in range(blocks) for part in parts]


def plant_base(laboratory: Laboratory, model_id: ModelId, layers: Sequence[PlantedLayer]) -> None:
    """Store what workers write down of a model of float32 layers."""
    names = [f"{layer.name}.weight" for layer in layers]
    counts = np.array([layer.numbers for layer in layers], np.int64)
    kinds = {"": "Net"} | {layer.name: "Linear" for layer in layers}
    table = ModuleTable(
        kinds,
        tuple(layer.name for layer in layers),
        tuple((layer.name,) for layer in layers),
        parameters={layer.name: layer.numbers for layer in layers},
        shapes={
            name: WeightShape((layer.name,), layer.outputs) for name, layer in zip(names, layers, strict=True)
        },
    )
    modules = np.array([layer.name for layer in layers])
    stored = {
        LayerKind.MODULES: table.to_arrays(),
        LayerKind.WEIGHTS: {
            "parameter": np.array(names),
            "module": modules,
            "count": counts,
            "zeros": np.zeros_like(counts),
            "form": np.array(["dense"] * len(layers)),
            "stored_bits": counts * 32,
            "code_bits": np.zeros_like(counts),
        },
        LayerKind.STORAGE: {
            "tensor": np.array(["", *names], _TEXTS),
            "kind": np.array([ByteKind.HEADER.value, *[ByteKind.UNTOUCHED.value] * len(layers)]),
            "bytes": np.array([HEADER_BYTES, *(counts * 4)], np.int64),
            "numbers": np.array([0, *counts], np.int64),
        },
        LayerKind.COST: {"module": modules, "flops": 2 * counts, "parameters": counts},
    }
    with laboratory.app.unit_of_work(writing=True) as uow:
        for kind, arrays in stored.items():
            uow.evaluations.put_layer_statistics(model_id, kind=kind, arrays=arrays)
        uow.commit()
