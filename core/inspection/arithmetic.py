"""In which arithmetic each layer of a model computes, and what it costs in that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from core.compression.activation_quantization.activations import attached
from core.compression.activation_quantization.int8_arithmetic import Int8Arithmetic
from core.compression.activation_quantization.native_int8 import NativeLayers, computing_natively
from core.compression.model import CompressibleModel
from core.compression.sharing import canonical_names
from core.data.dataset import Inputs
from core.inspection.cost import module_cost
from core.inspection.weights import Arrays
from core.models.onnx_runtime.runtime_module import RUNTIME, OnnxModule

NO_WEIGHTS = "no weights"


def model_cost(model: CompressibleModel, inputs: Inputs, *, device: torch.device) -> Arrays:
    """Return the arrays of `module_cost`, timed with the kernels that a profile uses, and how layers compute.

    arithmetic: text, e.g. `float32`, `float32 from 4-bit codes`, `int8 weights and inputs (torchao 0.18.0)`,
        `float32, inputs rounded to int8`; `no weights` for layers without parameters.
    """
    used = NativeLayers()

    @contextmanager
    def kernels() -> Iterator[None]:
        nonlocal used
        with computing_natively(model, inputs) as used:
            yield

    cost = module_cost(model.module, inputs, device=device, kernels=kernels)
    words = [arithmetic(model, str(name), used) for name in cost["module"]]
    return cost | {"arithmetic": np.array(words, dtype=np.dtypes.StringDType())}


def arithmetic(model: CompressibleModel, name: str, native: NativeLayers) -> str:
    """Return how a module computes while its model is measured."""
    if isinstance(model.module, OnnxModule):
        return RUNTIME
    module = model.module.get_submodule(name)
    if isinstance(module, Int8Arithmetic):
        return "int8 weights and inputs (torch)"
    if name in native.dynamic:
        return f"int8 weights and inputs ({native.library})"
    if name in native.weight_only:
        return f"int8 weights ({native.library})"
    values = {
        key: value for key, value in module.named_parameters(recurse=False) if value.is_floating_point()
    }
    if not values:
        return NO_WEIGHTS
    dtype = str(next(iter(values.values())).dtype).removeprefix("torch.")
    aliases = canonical_names(model.module)
    keys = [f"{name}.{key}".removeprefix(".") for key in values]
    bits = {
        model.encodings[aliases.get(key, key)].bits
        for key in keys
        if aliases.get(key, key) in model.encodings
    }
    codes = f" from {min(bits)}-bit codes" if bits else ""
    return f"{dtype}{codes}, inputs rounded to int8" if attached(module) is not None else f"{dtype}{codes}"
