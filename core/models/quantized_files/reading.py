"""Quantized models of a folder as weights of a module, with what they were decoded from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from core.domain.quantized_files.entries import shape_text
from core.domain.quantized_files.formats import survey
from core.domain.quantized_files.survey import QuantizedWeight, Survey
from core.errors import UnusableInput
from core.models.quantized_files import awq, bitsandbytes, compressed_tensors, gptq, torchao
from core.models.quantized_files.decoded import Decoded
from core.models.quantized_files.files import WeightFiles
from core.models.weight_files.weights import Codes
from core.presentation.sizes import file_size

Decode = Callable[[QuantizedWeight, Mapping[str, Tensor]], Decoded]
_DECODERS: dict[str, Decode] = {
    "AWQ": awq.decode,
    "bitsandbytes": bitsandbytes.decode,
    "compressed-tensors": compressed_tensors.decode,
    "GPTQ": gptq.decode,
    "torchao": torchao.decode,
}


@dataclass
class DecodedModel:
    """All weights of a model by their names in its files.

    sizes: numbers of each weight that was decoded. codes: what they were decoded from that is a form of ours.
    """

    survey: Survey
    tensors: dict[str, Tensor] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    codes: dict[str, Codes] = field(default_factory=dict)

    def add(self, name: str, weight: Tensor, codes: Codes | None) -> None:
        """Add a weight that was decoded, in the shape that the module has it in."""
        self.tensors[name] = weight
        self.sizes[name] = weight.numel()
        if codes is not None:
            self.codes[name] = codes

    @property
    def sentence(self) -> str:
        """What people should know of where the weights come from."""
        found = self.survey
        if not found.weights:
            return f"Read from a {found.format} file, which is not quantized."
        there, dense = file_size(found.stored_bytes), file_size(found.dense_bytes)
        return (
            f"Quantized elsewhere ({found.text}): {len(found.weights):,} weights, stored there in {there}; "
            f"as float32 they take {dense}."
        )


def decode_files(files: WeightFiles, module: nn.Module) -> DecodedModel:
    """Return the weights of files in float32, in the shapes of the module that they are for.

    Raises:
        UnusableInput: the format is not known, or the files contradict it, the module or themselves.
    """
    found = survey(files.quantization, files.header)
    shapes = Shapes(module)
    model = DecodedModel(found)
    for weight in found.weights:
        parts = {role: files.tensors[name] for role, name in weight.parts.items()}
        decoded = _DECODERS[found.format](weight, parts)
        model.add(weight.name, shapes.placed(weight.name, decoded.matrix), decoded.codes)
    for name in found.others:
        tensor = files.tensors[name]
        shapes.require_plain(name, tensor)
        model.tensors[name] = tensor.float() if tensor.is_floating_point() else tensor
    return model


class Shapes:
    """The shapes of a module's weights, whose names in a file may have a prefix more or less."""

    def __init__(self, module: nn.Module) -> None:
        self._state = module.state_dict(keep_vars=True)
        prefix = f"{getattr(module, 'base_model_prefix', '')}."
        self._prefixes = ["", prefix] if len(prefix) > 1 else [""]
        transposed = {
            f"{name}.weight" for name, child in module.named_modules() if type(child).__name__ == "Conv1D"
        }
        self._transposed = {name for name in transposed if name in self._state}

    def known(self, name: str) -> str | None:
        """Return the name that the module has for a weight of a file; None where it has none."""
        for prefix in self._prefixes:
            for candidate in (prefix + name, name.removeprefix(prefix)):
                if candidate in self._state:
                    return candidate
        return None

    def transposes(self, name: str) -> bool:
        """Return whether the module has a weight as `(inputs, outputs)`."""
        return self.known(name) in self._transposed

    def placed(self, name: str, matrix: Tensor) -> Tensor:
        """Return a decoded matrix as the module has it; `UnusableInput` where it has none of that shape."""
        known = self.known(name)
        if known is None:
            raise UnusableInput(
                f"The files hold the quantized weight {name}, and the model has no layer for it.",
                "Choose the purpose that the model was made for, or another config.json.",
            )
        weight = matrix.T.contiguous() if self.transposes(name) else matrix
        self.require_shape(name, weight)
        return weight

    def require_shape(self, name: str, weight: Tensor) -> None:
        """Raise `UnusableInput` where the module has a weight in another shape."""
        known = self.known(name)
        if known is not None and weight.shape != self._state[known].shape:
            there, here = shape_text(tuple(weight.shape)), shape_text(tuple(self._state[known].shape))
            raise UnusableInput(
                f"{name} is {there} in the files and {here} in the model.",
                "The files are of another model than its config.json, or they are packed with other bits.",
            )

    def require_plain(self, name: str, tensor: Tensor) -> None:
        """Raise `UnusableInput` where codes would pass for numbers."""
        known = self.known(name)
        if known is not None and self._state[known].is_floating_point() and tensor.dtype not in _FLOATS:
            kind = str(tensor.dtype).removeprefix("torch.")
            raise UnusableInput(
                f"{name} is of type {kind}, and nothing says how these codes are scaled.",
                "Copy the files and config.json again, or save the model anew.",
            )


_FLOATS = {torch.float64, torch.float32, torch.float16, torch.bfloat16}
