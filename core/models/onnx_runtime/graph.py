"""What an ONNX file says of its model: inputs, outputs, opset, weights and the layers that use them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import UnusableInput

Array = NDArray[Any]
_STANDARD = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}
_ENDS = re.compile(r"(_quantized|_DequantizeLinear|_Q[48](G\d+)?)+$")  # of names that quantizers give
TRANSPOSED = ".T"
"""End of the name of an initializer that holds a weight of PyTorch with its axes exchanged."""


@dataclass(frozen=True)
class Port:
    """An input or output of a graph. shape: sizes, or names of those that vary; kind: e.g. float32."""

    name: str
    kind: str
    shape: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.name} ({' x '.join(map(str, self.shape)) or 'scalar'}, {self.kind})"


@dataclass(frozen=True, eq=False)
class Weight:
    """An initializer with its values as floating-point numbers, in PyTorch's order of axes.

    owner, leaf: name of the module that it belongs to, and its name there. form: as of stored tensors.
    bits: of the stored payload, code_bits: of one code, 0 without. scales: of its codes.
    """

    owner: str
    leaf: str
    values: Array
    form: str
    bits: int
    code_bits: int = 0
    granularity: str = ""
    scales: Array | None = None

    @property
    def name(self) -> str:
        """The name as a parameter."""
        return f"{self.owner}.{self.leaf}" if self.owner else self.leaf


@dataclass(frozen=True, eq=False)
class LayerNode:
    """A node that multiplies a weight. source, output: names of values; kind: as the class in PyTorch."""

    kind: str
    owner: str
    source: str
    output: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Graph:
    """A read file. products: output, first input of matrix products between two computed values."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    opset: int
    weights: tuple[Weight, ...]
    layers: tuple[LayerNode, ...]
    products: tuple[tuple[str, str], ...]
    values: tuple[str, ...]
    operators: Mapping[str, int]

    def __str__(self) -> str:
        """What people should read of it."""
        inputs, outputs = (", ".join(map(str, ports)) for ports in (self.inputs, self.outputs))
        return f"inputs {inputs}; outputs {outputs}; opset {self.opset}"


def parsed(content: bytes, name: str) -> Any:
    """Return the ModelProto in a file.

    Raises:
        UnusableInput: it is none, its weights are in another file, or an operator of it is not known.
    """
    import onnx

    again = "Export the model again, e.g. with torch.onnx.export."
    try:
        proto = onnx.load_model_from_string(content)
    except Exception as error:  # noqa: BLE001  of the library that reads it
        raise UnusableInput(f"{name} is not an ONNX file: {error}.", again) from None
    if not proto.graph.node or not proto.opset_import:
        raise UnusableInput(f"{name} is not an ONNX file: it has no graph of operators.", again)
    newest = onnx.defs.onnx_opset_version()
    opset = max((one.version for one in proto.opset_import if one.domain in {"", "ai.onnx"}), default=0)
    if opset > newest:
        raise UnusableInput(
            f"{name} needs opset {opset}; the version of ONNX here has up to {newest}.",
            f"Export the model for opset {newest} or an older one.",
        )
    outside = next((one for one in proto.graph.initializer if one.data_location == one.EXTERNAL), None)
    if outside is not None:
        where = next((entry.value for entry in outside.external_data if entry.key == "location"), "")
        raise UnusableInput(
            f"{name} keeps its weights in another file ({where}), the first of them {outside.name}.",
            "Save it with the weights inside: onnx.save(onnx.load(path), path, save_as_external_data=False).",
        )
    foreign = {node.domain: node.op_type for node in proto.graph.node if node.domain not in _STANDARD}
    known = {one.domain for one in proto.functions}
    for domain, operator in foreign.items():
        if domain not in known:
            raise UnusableInput(
                f"{name} uses the operator {operator} of {domain}, which ONNX Runtime does not have.",
                "Export the model with standard operators.",
            )
    return proto


def read_graph(content: bytes, name: str = "The file") -> Graph:
    """Return what an ONNX file says; raises as `parsed`."""
    proto = parsed(content, name)
    graph = proto.graph
    reader = _Reader(graph)
    held = {one.name for one in graph.initializer}
    layers = tuple(reader.layers())
    used = {layer.output for layer in layers}
    products = tuple(
        (node.output[0], node.input[0])
        for node in graph.node
        if node.op_type == "MatMul" and node.output[0] not in used and node.input[1] not in held
    )
    return Graph(
        inputs=tuple(_port(one) for one in graph.input if one.name not in held),
        outputs=tuple(_port(one) for one in graph.output),
        opset=next((one.version for one in proto.opset_import if one.domain in {"", "ai.onnx"}), 0),
        weights=tuple(reader.weights.values()),
        layers=layers,
        products=products,
        values=tuple(value for node in graph.node for value in node.output if value),
        operators=Counter(node.op_type for node in graph.node),
    )


def _port(value: Any) -> Port:
    from onnx import helper

    tensor = value.type.tensor_type
    kind = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.elem_type)).name
    shape = (one.dim_value if one.HasField("dim_value") else one.dim_param or "?" for one in tensor.shape.dim)
    return Port(value.name, kind, tuple(shape))


class _Reader:
    """Takes the weights of a graph apart, and finds the nodes that multiply them."""

    def __init__(self, graph: Any) -> None:
        from onnx import numpy_helper

        self._arrays: dict[str, Array] = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self._bits = {one.name: _payload_bits(one) for one in graph.initializer}
        self._nodes = list(graph.node)
        self._made = {value: node for node in graph.node for value in node.output}
        self._readers = Counter(value for node in graph.node for value in node.input)
        self.weights: dict[str, Weight] = {}
        self._owners: dict[str, str] = {}
        self._taken: set[str] = set()

    def layers(self) -> Iterator[LayerNode]:
        """Yield the nodes in order; afterwards `weights` has the weights of these and all others."""
        for node in self._nodes:
            found = _READERS.get(node.op_type)
            layer = found(self, node) if found is not None else None
            if layer is not None:
                yield layer
        for name, array in self._arrays.items():
            if name not in self._taken and array.dtype.kind == "f" and name not in self._auxiliary:
                self._add(name, array, "dense", self._bits[name])

    @property
    def _auxiliary(self) -> set[str]:
        """The names of scales and zero points, which belong to codes."""
        kinds = {"QuantizeLinear", "DequantizeLinear"}
        return {name for node in self._nodes if node.op_type in kinds for name in node.input[1:]}

    def _add(self, name: str, values: Array, form: str, bits: int, *, leaf: str = "", **more: Any) -> str:
        """Take a weight in under its initializer's name, and return its owner."""
        self._taken.add(name)
        if name in self._owners:
            return self._owners[name]
        plain = name.removesuffix(TRANSPOSED)
        plain = _ENDS.sub("", plain)
        owner, _, last = plain.removesuffix(TRANSPOSED).rpartition(".")
        if leaf and last != leaf:
            owner, last = plain.replace("/", ".").strip("."), leaf
        self._owners[name] = owner
        self.weights[f"{owner}.{last}"] = Weight(owner, last, values, form, bits, **more)
        return owner

    def _weight(self, value: str) -> tuple[str, Array, dict[str, Any]] | None:
        """Return name, values and form of what a node multiplies, if that is an initializer or its codes."""
        if value in self._arrays:
            form = {"form": "dense", "bits": self._bits[value]}
            return (value, self._arrays[value], form) if self._arrays[value].dtype.kind == "f" else None
        node = self._made.get(value)
        if node is None or node.op_type != "DequantizeLinear" or node.input[0] not in self._arrays:
            return None
        codes, scale = self._arrays[node.input[0]], self._arrays.get(node.input[1])
        if scale is None:
            return None
        zero = self._arrays.get(node.input[2]) if len(node.input) > 2 else None
        values = dequantized(codes, scale, zero, _attributes(node))
        bits = sum(self._bits.get(name, 0) for name in node.input)
        granularity = "tensor" if scale.size == 1 else "channel" if scale.ndim == 1 else "group"
        self._taken.update(node.input)
        code_bits = self._bits[node.input[0]] // max(1, codes.size)
        form = {"form": "grid", "bits": bits, "code_bits": code_bits, "granularity": granularity}
        return node.input[0], values, form | {"scales": scale}

    def _bias(self, output: str) -> tuple[str, str]:
        """Return the initializer that is added to a product, and the name of the sum; as it is without."""
        following = [node for node in self._nodes if output in node.input]
        if len(following) == 1 and following[0].op_type == "Add":
            other = next(value for value in following[0].input if value != output)
            if other in self._arrays and self._arrays[other].ndim == 1:
                return other, following[0].output[0]
        return "", output

    def _layer(self, node: Any, kind: str, *, source: str, weight: str, turned: bool) -> LayerNode | None:
        found = self._weight(weight)
        if found is None:
            return None
        name, values, form = found
        owner = self._add(name, values.T if turned else values, **form, leaf="weight")
        bias, output = self._bias(node.output[0])
        if kind != "Linear" or len(node.input) > 2:
            bias, output = (node.input[2] if len(node.input) > 2 else ""), node.output[0]
        self._take_bias(owner, bias)
        return LayerNode(kind, owner, source, output, _attributes(node))

    def _take_bias(self, owner: str, name: str) -> None:
        found = self._weight(name) if name else None
        if found is None:
            return
        if name != f"{owner}.bias" and not found[1].any():  # exporters add zeros where there is no bias
            self._taken.add(found[0])
        elif f"{owner}.bias" not in self.weights:
            self._taken.add(found[0])
            self.weights[f"{owner}.bias"] = Weight(owner, "bias", found[1], **found[2])

    def convolution(self, node: Any) -> LayerNode | None:
        """Return a convolution."""
        weight = self._weight(node.input[1])
        kind = {3: "Conv1d", 4: "Conv2d", 5: "Conv3d"}.get(weight[1].ndim, "") if weight else ""
        if not kind:
            return None
        return self._layer(node, kind, source=node.input[0], weight=node.input[1], turned=False)

    def gemm(self, node: Any) -> LayerNode | None:
        """Return a linear layer."""
        turned = not _attributes(node).get("transB", 0)
        return self._layer(node, "Linear", source=node.input[0], weight=node.input[1], turned=turned)

    def product(self, node: Any) -> LayerNode | None:
        """Return a linear layer."""
        found = self._weight(node.input[1])
        if found is None or found[1].ndim != 2:
            return None
        return self._layer(node, "Linear", source=node.input[0], weight=node.input[1], turned=True)

    def lookup(self, node: Any) -> LayerNode | None:
        """Return an embedding."""
        found = self._weight(node.input[0])
        if found is None or found[1].ndim != 2:
            return None
        return self._layer(node, "Embedding", source=node.input[1], weight=node.input[0], turned=False)

    def few_bits(self, node: Any) -> LayerNode:
        """Return a linear layer whose weight is stored with 4 or 8 bits in blocks."""
        about = _attributes(node)
        arrays = [self._arrays.get(name) for name in node.input[1:4]]
        values = unpacked_blocks(arrays, about)
        bits = sum(self._bits.get(name, 0) for name in node.input[1:4])
        more = {"code_bits": int(about["bits"]), "granularity": "group", "scales": arrays[1]}
        self._taken.update(node.input[1:4])
        owner = self._add(node.input[1], values, "grid", bits, leaf="weight", **more)
        bias, output = self._bias(node.output[0])
        self._take_bias(owner, bias)
        return LayerNode("Linear", owner, node.input[0], output)


_READERS = {
    "Conv": _Reader.convolution,
    "Gemm": _Reader.gemm,
    "MatMul": _Reader.product,
    "Gather": _Reader.lookup,
    "MatMulNBits": _Reader.few_bits,
}


def _attributes(node: Any) -> dict[str, Any]:
    from onnx import helper

    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def _payload_bits(initializer: Any) -> int:
    from onnx import TensorProto, numpy_helper

    if initializer.data_type in {TensorProto.INT4, TensorProto.UINT4}:
        return int(np.prod(initializer.dims)) * 4
    return int(numpy_helper.to_array(initializer).nbytes) * 8


def dequantized(codes: Array, scale: Array, zero: Array | None, about: Mapping[str, Any]) -> Array:
    """Return `(codes - zero) * scale` as DequantizeLinear computes it: per tensor, axis or block."""
    axis, block = int(about.get("axis", 1)), int(about.get("block_size", 0))

    def spread(table: Array) -> Array:
        if table.size == 1:
            return table.reshape(())
        if block:
            return np.repeat(table, block, axis)[tuple(slice(0, size) for size in codes.shape)]
        return table.reshape([-1 if place == axis % codes.ndim else 1 for place in range(codes.ndim)])

    moved = codes.astype(np.float32)
    if zero is not None:
        moved = moved - spread(zero.astype(np.float32))
    found: Array = (moved * spread(scale)).astype(np.float32)
    return found


def unpacked_blocks(arrays: list[Array | None], about: Mapping[str, Any]) -> Array:
    """Return the weight `(outputs, inputs)` of a MatMulNBits node.

    arrays: codes, scales, and zero points if there are any.

    https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
    """
    codes, scales, zeros = (*arrays, None)[:3]
    if codes is None or scales is None:
        raise UnusableInput("A MatMulNBits node computes its weights, which is not supported.", "")
    outputs, inputs, bits, block = (int(about[key]) for key in ("N", "K", "bits", "block_size"))
    blocks = -(-inputs // block)
    numbers = _nibbles(codes) if bits == 4 else codes
    numbers = numbers.reshape(outputs, blocks, block).astype(np.float32)
    table = np.full((outputs, blocks), 2.0 ** (bits - 1), np.float32)
    if zeros is not None and zeros.dtype == np.uint8:
        packed = _nibbles(zeros.reshape(outputs, -1)) if bits == 4 else zeros.reshape(outputs, -1)
        table = packed.reshape(outputs, -1)[:, :blocks].astype(np.float32)
    values = (numbers - table[:, :, None]) * scales.reshape(outputs, blocks, 1).astype(np.float32)
    found: Array = values.reshape(outputs, -1)[:, :inputs]
    return found


def _nibbles(packed: Array) -> Array:
    """Return two numbers of 4 bits for each byte, the lower first."""
    return np.stack([packed & 15, packed >> 4], -1).reshape(*packed.shape[:-1], -1)
