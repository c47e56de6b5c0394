"""What an ONNX graph costs: operations and memory by the sizes of its values; what computes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from core.models.onnx_runtime.graph import parsed
from core.models.onnx_runtime.runtime_module import RUNTIME, OnnxModule


def runtime_versions(module: nn.Module) -> dict[str, str]:
    """Return the runtime of a module and its version, as profiles note them; nothing for PyTorch."""
    if not isinstance(module, OnnxModule):
        return {}
    import onnxruntime

    return {"runtime": RUNTIME, "kernels": f"{RUNTIME} {onnxruntime.__version__}"}


def graph_operations(module: OnnxModule, inputs: Tensor | Mapping[str, Tensor]) -> int:
    """Return the operations of layers and matrix products on these inputs, two per multiply-add."""
    graph = module.shown
    if graph is None:
        return 0
    values = module.all_values(inputs)
    sizes = {weight.name: weight.values for weight in graph.weights}
    total = 0
    for layer in graph.layers:
        if layer.kind == "Embedding":
            continue
        weight = sizes[f"{layer.owner}.weight"]
        total += 2 * values[layer.output].size * int(np.prod(weight.shape[1:]))
    for output, first in graph.products:
        total += 2 * values[output].size * int(values[first].shape[-1])
    return total


def graph_peak_bytes(module: OnnxModule, inputs: Tensor | Mapping[str, Tensor]) -> int:
    """Return the bytes of weights, inputs and the most values of the graph that are alive at one time.

    A value is alive from the node that computes it to the last that reads it. What the runtime joins into one
    kernel, and workspaces of kernels, are not seen.
    """
    proto = parsed(module.content, "The model")
    values: dict[str, NDArray[Any]] = module.all_values(inputs)
    nodes = list(proto.graph.node)
    last = {name: place for place, node in enumerate(nodes) for name in node.input}
    last |= {one.name: len(nodes) for one in proto.graph.output}
    weights = sum(_size(one) for one in proto.graph.initializer)
    live = peak = weights + sum(values[one.name].nbytes for one in proto.graph.input if one.name in values)
    for place, node in enumerate(nodes):
        made = [name for name in node.output if name in values]
        live += sum(values[name].nbytes for name in made)
        peak = max(peak, live)
        done = {name for name in (*node.input, *made) if last.get(name, place) == place and name in values}
        given = {one.name for one in proto.graph.input}
        live -= sum(values[name].nbytes for name in done - given)
    return peak


def _size(initializer: Any) -> int:
    from onnx import numpy_helper

    return int(numpy_helper.to_array(initializer).nbytes)
