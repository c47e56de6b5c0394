"""Whether an imported ONNX file suits the project's data, before anything is measured with it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.compression.model import CompressibleModel
from core.data.base import Split
from core.data.dataset import Inputs, call
from core.errors import UnusableInput
from core.execution.base import RunContext
from core.models.onnx_runtime.graph import Port
from core.models.onnx_runtime.runtime_module import OnnxModule

_EXAMPLES = 4
_CHOOSE = "Choose data like those that the model was made for, or export the model for these data."


def require_suitable(run_context: RunContext, model: CompressibleModel) -> None:
    """Raise `UnusableInput` if the file cannot take the project's data, or answers no numbers or classes.

    Models that PyTorch computes are not looked at, and nothing where the project has no data.
    """
    module = model.module
    if not isinstance(module, OnnxModule) or module.shown is None or run_context.dataset() is None:
        return
    data = run_context.data(Split.TEST)
    inputs = data.examples(_EXAMPLES)
    given = list(inputs.values()) if isinstance(inputs, Mapping) else [inputs]
    for port, values in zip(module.shown.inputs, given, strict=False):
        _require_shape(port, values)
    outputs = _answers(module, inputs)
    if outputs.dim() != 2:
        shape = " x ".join(map(str, outputs.shape[1:])) or "one number"
        raise UnusableInput(
            f"The first output, {module.shown.outputs[0]}, has {shape} for each instance, not one per class.",
            "Export the model with its logits as the first output.",
        )
    classes = len(data.class_names)
    if classes and outputs.shape[1] < classes:
        raise UnusableInput(
            f"The model tells {outputs.shape[1]} classes apart, the data have {classes}.", _CHOOSE
        )


def _require_shape(port: Port, values: Tensor) -> None:
    if port.shape and len(port.shape) != values.dim():
        raise UnusableInput(
            f"The input {port} has {len(port.shape)} axes, the data {values.dim()} "
            f"({' x '.join(map(str, values.shape))}).",
            _CHOOSE,
        )
    for axis, (wanted, found) in enumerate(zip(port.shape, values.shape, strict=False)):
        if axis and isinstance(wanted, int) and wanted != found:
            named = "channels" if axis == 1 and values.dim() == 4 else f"numbers along axis {axis}"
            raise UnusableInput(f"The input {port} takes {wanted} {named}, the data have {found}.", _CHOOSE)


def _answers(module: OnnxModule, inputs: Inputs) -> Tensor:
    outputs = call(module, inputs)
    if not bool(torch.isfinite(outputs).all()):
        raise UnusableInput(
            "The model puts out NaN or infinity for the first instances of the data.",
            "Check the file with the framework that wrote it, and how the images are prepared.",
        )
    return outputs
