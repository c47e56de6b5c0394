"""PyTorch modules as ONNX graphs, whose weights keep their names."""

from __future__ import annotations

import copy
import logging
import re
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.compression.activation_quantization.activations import CHILD, DynamicQuantizer, StaticQuantizer
from core.data.dataset import Inputs, call
from core.errors import UnusableInput
from core.models.onnx_runtime.graph import TRANSPOSED

OUTPUT = "logits"
INPUT = "inputs"
_PREFIX = "model."
_MISSING = re.compile(
    r"OpOverload\(op='([\w.]+)'|(?:operator|function) [`']?(aten[\w.:]+)|\b(aten\._?[\w.]+)"
)
_HINT = (
    "Choose a model without this operator: what a step added, such as int8 arithmetic, can be left out by "
    "exporting the model before it."
)


class _Wrapped(nn.Module):
    """Takes inputs in order and returns logits alone."""

    def __init__(self, model: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.model = model
        self._names = names

    def forward(self, *inputs: Tensor) -> Tensor:
        if not self._names:
            return call(self.model, inputs[0])
        return call(self.model, dict(zip(self._names, inputs, strict=True)))


class _QuantizedAndBack(nn.Module):
    """What a static quantizer becomes: a pair of ONNX operators."""

    scale: Tensor
    zero: Tensor

    def __init__(self, quantizer: StaticQuantizer) -> None:
        super().__init__()
        self.register_buffer("scale", quantizer.scale.clone())
        self.register_buffer("zero", quantizer.zero.to(torch.uint8))

    def forward(self, values: Tensor) -> Tensor:
        arguments = (self.scale, self.zero)
        codes = torch.onnx.ops.symbolic(
            "QuantizeLinear", (values, *arguments), dtype=torch.uint8, shape=values.shape
        )
        return torch.onnx.ops.symbolic(
            "DequantizeLinear", (codes, *arguments), dtype=torch.float32, shape=values.shape
        )


def static_quantizers(module: nn.Module) -> list[str]:
    """Return the names of layers whose inputs are rounded in ranges that calibration found."""
    return [name for name, child in module.named_modules() if _quantizer(child, StaticQuantizer)]


def dynamic_quantizers(module: nn.Module) -> list[str]:
    """Return the names of layers whose inputs are rounded in ranges of their own."""
    return [name for name, child in module.named_modules() if _quantizer(child, DynamicQuantizer)]


def exported(module: nn.Module, examples: Inputs) -> Any:
    """Return the graph of a module as an ONNX `ModelProto`; the number of instances and tokens may vary.

    Static quantizers become QuantizeLinear and DequantizeLinear. Weights are named as in the state dict, with
    `TRANSPOSED` at the end where their axes are exchanged.

    Raises:
        UnusableInput: an operator has no counterpart in ONNX; it is named.
    """
    named = isinstance(examples, Mapping)
    names = tuple(examples) if isinstance(examples, Mapping) else ()
    tensors = tuple(examples.values()) if isinstance(examples, Mapping) else (examples,)
    wrapped = _Wrapped(_with_operators(module), names).eval()
    dynamic = torch.export.Dim.DYNAMIC
    shapes = tuple({0: dynamic, 1: dynamic} if named else {0: dynamic} for _ in tensors)
    noisy = logging.getLogger("torch.onnx"), logging.getLogger("onnxscript")
    levels = [each.level for each in noisy]
    try:
        for each in noisy:
            each.setLevel(logging.ERROR)
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                wrapped,
                tensors,
                dynamo=True,
                dynamic_shapes={"inputs": shapes},
                input_names=list(names) or [INPUT],
                output_names=[OUTPUT],
                optimize=False,
                verbose=False,
            )
    except Exception as error:  # the exporter has an exception class for each stage
        raise UnusableInput(f"The model cannot be exported to ONNX: {_reason(error)}.", _HINT) from error
    finally:
        for each, level in zip(noisy, levels, strict=True):
            each.setLevel(level)
    if program is None:
        raise UnusableInput("The model cannot be exported to ONNX: the exporter returned nothing.", _HINT)
    return _simplified(program.model)


def _simplified(model: Any) -> Any:
    """Return the graph with constants computed and weights under their names; norms stay as they are."""
    from onnxscript import ir, optimizer

    for node in model.graph:
        source = node.inputs[0] if node.inputs else None
        if node.op_type == "Transpose" and source is not None and source.name in model.graph.initializers:
            node.outputs[0].name = f"{source.name}{TRANSPOSED}"
    optimizer.fold_constants(model, input_size_limit=1 << 40, output_size_limit=1 << 40)
    optimizer.remove_unused_nodes(model)
    for name, value in list(model.graph.initializers.items()):
        if name.startswith(_PREFIX):
            del model.graph.initializers[name]
            value.name = name.removeprefix(_PREFIX)
            model.graph.initializers[value.name] = value
    for node in model.graph:
        node.metadata_props.clear()  # paths of this machine and stack traces
    for value in (*model.graph.inputs, *model.graph.outputs, *model.graph.initializers.values()):
        value.metadata_props.clear()
    model.graph.metadata_props.clear()
    model.metadata_props.clear()
    model.producer_name = "compress-and-compare"
    return ir.serde.serialize_model(model)


def _with_operators(module: nn.Module) -> nn.Module:
    changed = copy.deepcopy(module).cpu().eval()
    for child in changed.modules():
        quantizer = _quantizer(child, StaticQuantizer)
        if isinstance(quantizer, StaticQuantizer):
            child.register_module(CHILD, _QuantizedAndBack(quantizer))
    return changed


def _quantizer(module: nn.Module, kind: type[nn.Module]) -> nn.Module | None:
    found = module._modules.get(CHILD)
    return found if isinstance(found, kind) else None


def _reason(error: BaseException) -> str:
    """Return the operator that is missing, or what the exporter says in one line."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        if (cause := error.__cause__ or error.__context__) is None:
            break
        error = cause
    for one in reversed(chain):
        if "No ONNX function found" in str(one) or "UnsupportedOperator" in type(one).__name__:
            found = _MISSING.search(str(one))
            operator = next(filter(None, found.groups()), "") if found else ""
            return f"ONNX has no counterpart of the operator {operator or str(one)[:200]}"
    last = " ".join(str(chain[-1]).split())
    return f"{type(chain[-1]).__name__}: {last[:300]}"
