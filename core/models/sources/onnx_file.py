"""A model in an ONNX file, as frameworks and exporters write them; ONNX Runtime computes it.

Figures, answers and weights of its layers are shown as those of other models. Steps that change a model need
PyTorch modules, so it can be measured and compared, not compressed further. Classifiers are taken whose first
output has a number per class; the number of instances may vary or be fixed to one. The weights must be inside
the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from pydantic import Field
from torch import Tensor, nn

from core.data.text.reading import Form, TextReader
from core.domain.parameter.traits import PathKind, PathTrait
from core.errors import UnusableInput
from core.models.base import ModelSource, model_sources
from core.models.onnx_runtime.runtime_module import RUNTIME, OnnxModule
from core.models.own_tokenizers import own_reader
from core.models.path_parameters import tokenizer_field
from core.models.weight_files.weights import Weights
from core.parameters import Declared, Parameters

SOURCE = "onnx-file"
_FILE = PathTrait(PathKind.FILE, optional=True, uploads=(".onnx",))


class OnnxFileParams(Parameters):
    """Which file."""

    file: str = Field(
        "",
        title="ONNX file",
        description="A file of yours, or the path of one on the worker.",
        json_schema_extra=Declared(place=_FILE, weights=True),
    )
    tokenizer: str = tokenizer_field(
        "Of a model of texts: a folder on the worker, or a name on the hub; empty for images."
    )


@model_sources.register(SOURCE)
class OnnxFile(ModelSource[OnnxFileParams]):
    """Classifiers in ONNX files."""

    label = "ONNX file"
    runtime = RUNTIME
    Params = OnnxFileParams

    def build(self, params: OnnxFileParams) -> nn.Module:
        """Return a module without a file, which weights or a checkpoint bring."""
        del params
        return OnnxModule()

    def weights(self, params: OnnxFileParams) -> Mapping[str, Tensor]:
        """Return the file's bytes.

        Raises:
            UnusableInput: no file is named, or there is none; what is in it is checked when it is loaded.
        """
        if not params.file:
            raise UnusableInput(
                "No ONNX file is named.", "Upload one, or give the path of one on the worker."
            )
        path = Path(params.file)
        if not path.is_file():
            raise UnusableInput(f"There is no file {params.file}.", "Give the path as the worker sees it.")
        content = bytearray(path.read_bytes())
        if not content:
            raise UnusableInput(f"{path.name} is empty.", "Copy the file again.")
        return Weights({"graph": torch.frombuffer(content, dtype=torch.uint8)})

    def reader(self, params: OnnxFileParams) -> TextReader | None:
        """Return the reader of the tokenizer that is named; None without one."""
        return own_reader(params.tokenizer, Form.CLASSIFICATION) if params.tokenizer else None
