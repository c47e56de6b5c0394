"""Decodes GGUF files of llama.cpp through `gguf`, their names and layouts through tables of transformers.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Blocks of 32 integers with one scale
(Q4_0, Q5_0, Q8_0) are a form of ours, unless the tensor is moved in a way that mixes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.domain.quantized_files.gguf import PLAIN, GgufTensor, described, gguf_tensors
from core.errors import UnusableInput
from core.models.quantized_files.decoded import require_finite
from core.models.quantized_files.reading import DecodedModel, Shapes
from core.models.weight_files.weights import Codes

R = TypeVar("R")
Floats = NDArray[np.float32]
_HEAD = "output.weight"
_BLOCK = 32
_GRIDS = {"Q4_0": 4, "Q5_0": 5, "Q8_0": 8}
"""Types whose blocks of 32 integers have one scale, which comes first, and their bits."""
_COMPUTED = {"rope_freqs.weight"}
"""Tensors that a model computes by itself."""
_COPY = "Copy the file again, or convert the model anew."


def gguf_config(path: Path) -> str:
    """Return the configuration of the model in a GGUF file as transformers writes it, as JSON.

    Raises:
        UnusableInput: the file is none or damaged, or of an architecture that is not known.
    """
    from transformers import CONFIG_MAPPING

    _listed(path)
    values = _read(path, lambda: _configuration(path))
    kind = str(values.get("model_type", ""))
    if kind not in CONFIG_MAPPING:
        raise UnusableInput(f"{path.name} holds a {kind!r}, which transformers cannot build.", _COPY)
    if "vocab_size" not in values:
        values["vocab_size"] = _read(path, lambda: _vocabulary(path))
    if "n_ctx" in values:  # of GPT-2, where transformers reads the other name
        values.setdefault("n_positions", values["n_ctx"])
    plain = {name: value.item() if hasattr(value, "item") else value for name, value in values.items()}
    return json.dumps(plain, sort_keys=True, default=str)


def _configuration(path: Path) -> dict[str, Any]:
    from transformers import modeling_gguf_pytorch_utils as tables

    read: Callable[[str], dict[str, Any]] = tables.load_gguf_checkpoint
    config: dict[str, Any] = read(str(path))["config"]
    return config


def _vocabulary(path: Path) -> int:
    """Return how many tokens have an embedding, for files without a tokenizer."""
    from gguf import GGUFReader

    table = next(tensor for tensor in GGUFReader(str(path)).tensors if tensor.name == "token_embd.weight")
    return int(table.shape[-1])


class _Tables:
    """What transformers knows of an architecture: names, and how tensors lie in files of llama.cpp."""

    def __init__(self, architecture: str, config: Mapping[str, Any], module: nn.Module) -> None:
        from transformers import modeling_gguf_pytorch_utils as tables

        kinds: Mapping[str, Callable[..., Any]] = tables.TENSOR_PROCESSORS
        self._processor = kinds.get(architecture, tables.TensorProcessor)(config=dict(config))
        self.names: dict[str, str] = tables.get_gguf_hf_weights_map(module, self._processor)
        self.names.setdefault(_HEAD, "lm_head.weight")

    def moved(self, name: str, values: Floats) -> Tensor:
        """Return a tensor of the file as the module has it."""
        held: dict[str, Any] = {"tensors": {}}
        result = self._processor.process(
            weights=values, name=name, tensor_key_mapping=self.names, parsed_parameters=held
        )
        kept = held["tensors"].get("lm_head.weight") if result.name is None else result.weights
        return torch.from_numpy(np.array(kept, np.float32))


def decode_gguf(path: Path, module: nn.Module) -> DecodedModel:
    """Return the weights of a GGUF file in float32, in the shapes of a module of transformers.

    Raises:
        UnusableInput: the file is none, damaged or cut off, holds a type that is not known, or does not fit.
    """
    from gguf import GGUFReader

    held = [tensor for tensor in _listed(path) if tensor.name not in _COMPUTED]
    config = json.loads(gguf_config(path))
    reader = _read(path, lambda: GGUFReader(str(path)))
    architecture = str(reader.fields["general.architecture"].contents())
    tables = _read(path, lambda: _Tables(architecture, config, module))
    found = [tensor for tensor in reader.tensors if tensor.name not in _COMPUTED]
    strange = [tensor.name for tensor in found if tensor.name not in tables.names]
    if strange:
        raise UnusableInput(
            f"The model has no place for {len(strange):,} tensors of {path.name}, the first of them "
            f"{strange[0]}.",
            "Choose the purpose causal, which files of llama.cpp are for.",
        )
    shapes, model = Shapes(module), DecodedModel(described(held, tables.names))
    for tensor in found:
        name = tables.names[tensor.name]
        with _told(path):
            weight = tables.moved(tensor.name, _values(tensor))
        require_finite(name, weight, "weights")
        shapes.require_shape(name, weight)
        if tensor.tensor_type.name in PLAIN:
            model.tensors[name] = weight
        else:
            moved = partial(tables.moved, tensor.name)
            model.add(name, weight, _codes(tensor, moved, transposed=shapes.transposes(name)))
    return model


def _listed(path: Path) -> list[GgufTensor]:
    """Return the tensors of a file, which is whole and of known types."""
    if not path.is_file():
        raise UnusableInput(
            f"There is no file {path}.", "Give the name of a .gguf file in the model's folder."
        )
    return gguf_tensors(path)


def _values(tensor: Any) -> Floats:
    from gguf import dequantize

    return np.asarray(dequantize(tensor.data, tensor.tensor_type), np.float32)


def _codes(tensor: Any, moved: Callable[[Floats], Tensor], *, transposed: bool) -> Codes | None:
    """Return the scales of a tensor after it was moved; None where blocks have more than a scale, or mix."""
    bits = _GRIDS.get(tensor.tensor_type.name)
    if bits is None or tensor.data.ndim != 2:
        return None
    size = 2 + _BLOCK * bits // 8
    blocks = np.ascontiguousarray(tensor.data).reshape(len(tensor.data), -1, size)
    scales = np.ascontiguousarray(blocks[:, :, :2]).view(np.float16)[:, :, 0].astype(np.float32)
    spread = moved(np.repeat(scales, _BLOCK, axis=1))
    matrix = spread.T if transposed else spread
    scale = matrix[:, ::_BLOCK].contiguous()
    if not torch.equal(scale.repeat_interleave(_BLOCK, dim=1), matrix):
        return None
    scale = scale.masked_fill(scale == 0, 1.0)
    return Codes(bits, _BLOCK, scale, torch.full(scale.shape, 2 ** (bits - 1), dtype=torch.uint8))


def _read(path: Path, read: Callable[[], R]) -> R:
    with _told(path):
        return read()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the readers raise of files into `UnusableInput` that names the file."""
    if not path.is_file():
        raise UnusableInput(
            f"There is no file {path}.", "Give the name of a .gguf file in the model's folder."
        )
    if find_spec("gguf") is None:
        raise UnusableInput("GGUF files need the package gguf on the worker.", "Install gguf there.")
    try:
        yield
    except UnusableInput:
        raise
    except Exception as error:  # the readers fail in many ways where bytes are missing
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise UnusableInput(f"{path.name} is no readable GGUF file: {reason}", _COPY) from error
