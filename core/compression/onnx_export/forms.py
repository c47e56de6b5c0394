"""The forms of an exported graph: codes instead of weights, and int8 arithmetic."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compression.encoding.encodings import Encoding, Granularity, Grid
from core.errors import UnusableInput
from core.models.onnx_runtime.graph import TRANSPOSED, Array

Feeds = Mapping[str, NDArray[Any]]


def with_codes(proto: Any, encodings: Mapping[str, Encoding]) -> int:
    """Store weights that lie on a grid of 8 bits as int8 codes with their scales; return how many.

    The graph then computes with exactly the weights of the model. Scales are per tensor or per channel.
    """
    from onnx import helper, numpy_helper

    graph, changed = proto.graph, 0
    for initializer in list(graph.initializer):
        name = initializer.name
        encoding = encodings.get(name.removesuffix(TRANSPOSED))
        if not isinstance(encoding, Grid) or not _fits(encoding):
            continue
        turned = name.endswith(TRANSPOSED)
        values = numpy_helper.to_array(initializer)
        codes, scale, zero, axis = _codes(values.T if turned else values, encoding)
        if turned:
            codes, axis = np.ascontiguousarray(codes.T), codes.ndim - 1 - axis
        graph.initializer.remove(initializer)
        parts = {f"{name}_quantized": codes, f"{name}_scale": scale, f"{name}_zero": zero}
        graph.initializer.extend(numpy_helper.from_array(part, key) for key, part in parts.items())
        node = helper.make_node("DequantizeLinear", list(parts), [name], f"{name}_dequantized")
        if scale.ndim:
            node.attribute.append(helper.make_attribute("axis", axis))
        graph.node.insert(0, node)
        changed += 1
    return changed


def _fits(encoding: Grid) -> bool:
    axis = encoding.layout.axis
    per_group = encoding.layout.granularity is Granularity.GROUP
    return encoding.bits == 8 and not per_group and isinstance(axis, int)


def _codes(values: Array, encoding: Grid) -> tuple[Array, Array, Array, int]:
    """Return int8 codes, scales and zero points of a weight, and the axis that these count."""
    import torch

    unsigned = encoding.encode(torch.from_numpy(np.array(values))).numpy()
    codes = (unsigned.astype(np.int16) - 128).astype(np.int8)
    scale = encoding.scale.cpu().numpy().reshape(-1).astype(np.float32)
    zero = (encoding.zero.cpu().numpy().reshape(-1).astype(np.int16) - 128).astype(np.int8)
    if encoding.layout.granularity is Granularity.TENSOR:
        return codes, scale.reshape(()), zero.reshape(()), 0
    return codes, scale, zero, int(encoding.layout.axis)  # type: ignore[arg-type]


def calibrated_int8(proto: Any, batches: Iterator[Feeds]) -> Any:
    """Return the graph in int8: weights per channel, activations in ranges found on the batches.

    QuantizeLinear and DequantizeLinear around every operator that has an int8 kernel, signed codes, ranges
    from minimum to maximum. Norms are folded into convolutions first.

    Raises:
        UnusableInput: nothing of the graph has int8 kernels.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxscript import ir, optimizer

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Gives one batch after the other."""

        def get_next(self) -> Feeds | None:
            return next(batches, None)

    model = ir.serde.deserialize_model(proto)
    optimizer.optimize_ir(model)
    with tempfile.TemporaryDirectory(prefix="cnc-onnx-") as folder, _quiet():
        target = Path(folder) / "int8.onnx"
        quantize_static(
            ir.serde.serialize_model(model),
            target,
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
        )
        found = onnx.load(target)
    if not any(node.op_type == "QuantizeLinear" for node in found.graph.node):
        raise UnusableInput(
            "No operator of the model has an int8 kernel in ONNX Runtime.", "Choose another form."
        )
    return found


def few_bits(proto: Any, *, bits: int, block: int) -> Any:
    """Return the graph with the weights of linear layers in so many bits, a scale for each block of inputs.

    Raises:
        UnusableInput: the model has no linear layers.
    """
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    _as_products(proto)
    with _quiet():
        quantizer = MatMulNBitsQuantizer(proto, bits=bits, block_size=block, is_symmetric=True)
        quantizer.process()
    found = quantizer.model.model
    if not any(node.op_type == "MatMulNBits" for node in found.graph.node):
        raise UnusableInput(
            "The model has no linear layers, whose weights alone this form stores in few bits.",
            "Choose int8, which covers convolutions.",
        )
    return found


def _as_products(proto: Any) -> None:
    """Write linear layers that are one Gemm as a product and a sum, as kernels of few bits need it."""
    from onnx import helper, numpy_helper

    graph = proto.graph
    held = {one.name: one for one in graph.initializer}
    for place, node in reversed(list(enumerate(graph.node))):
        about = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        plain = all(
            about.get(key, usual) == usual for key, usual in (("alpha", 1), ("beta", 1), ("transA", 0))
        )
        if node.op_type != "Gemm" or not plain or node.input[1] not in held:
            continue
        name = node.input[1]
        if about.get("transB"):
            turned = np.ascontiguousarray(numpy_helper.to_array(held[name]).T)
            name += TRANSPOSED
            graph.initializer.append(numpy_helper.from_array(turned, name))
        product = f"{node.output[0]}_product"
        nodes = [helper.make_node("MatMul", [node.input[0], name], [product])]
        nodes.append(
            helper.make_node("Add", [product, node.input[2]], [node.output[0]])
            if len(node.input) > 2
            else helper.make_node("Identity", [product], [node.output[0]])
        )
        del graph.node[place]
        for offset, new in enumerate(nodes):
            graph.node.insert(place + offset, new)
    used = {value for node in graph.node for value in node.input}
    for one in list(graph.initializer):
        if one.name not in used:
            graph.initializer.remove(one)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the quantizers of ONNX Runtime print out of the log."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
