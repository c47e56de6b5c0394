"""Models that other tools quantized: GPTQ, AWQ, bitsandbytes, compressed-tensors, torchao and GGUF.

Models of transformers, from a folder with their files, or by their name on the Hugging Face hub. Codes are
decoded exactly, in float32; weights whose codes have a form of ours are stored packed again, others in full,
and the size they had is kept with the model. A layout that is not known, or that contradicts its
configuration, is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from core.domain.parameter.traits import PathKind, PathTrait
from core.domain.quantized_files.folders import is_inside
from core.errors import UnusableInput
from core.models.base import model_sources
from core.models.quantized_files.files import read_files
from core.models.quantized_files.gguf import decode_gguf, gguf_config
from core.models.quantized_files.reading import DecodedModel, Shapes, decode_files
from core.models.sources.hugging_face import HuggingFaceModels, HuggingFaceParams
from core.models.transformer import Purpose, build, parsed_config, written_config
from core.models.weight_files.weights import Weights
from core.parameters import Declared
from core.presentation.lists import listed

_FILES = ["*.json", "*.safetensors", "*.bin", "*.txt", "*.model"]
_ASKS_FOR_QUANTIZATION = ("quantization_config", "compression_config")


class QuantizedParams(HuggingFaceParams):
    """Which model, which of its files, and what it is for."""

    file: str = Field(
        "",
        title="GGUF file",
        max_length=400,
        description="Name of a .gguf file in that folder; empty: the folder's safetensors or PyTorch files.",
        json_schema_extra=Declared(
            place=PathTrait(PathKind.FILE, within="model", optional=True, or_name=True)
        ),
    )

    @field_validator("file")
    @classmethod
    def _inside(cls, file: str) -> str:
        if not is_inside(file):
            raise ValueError("it is no name of a file in the model's folder")
        return file


@model_sources.register("quantized")
class QuantizedModels(HuggingFaceModels):
    """Models whose weights are codes, as other tools write them."""

    label = "Quantized elsewhere"
    Params = QuantizedParams

    def resolved(self, params: HuggingFaceParams) -> HuggingFaceParams:
        """Return the parameters with the configuration, without its part about quantization."""
        return params if params.config else params.model_copy(update={"config": _config_text(params)})

    def build(self, params: HuggingFaceParams) -> nn.Module:
        """Return the architecture with random weights."""
        return build(parsed_config(_config_text(params)), Purpose(params.purpose), classes=params.classes)

    def weights(self, params: HuggingFaceParams) -> Mapping[str, Tensor] | None:
        """Return the decoded weights; a head that the files have none for stays as it is drawn.

        Raises:
            UnusableInput: anything else is missing, left over, damaged or of an unknown layout.
        """
        if not params.model:
            return None
        folder, config = folder_of(params), parsed_config(_config_text(params))
        if params.classes:
            config.num_labels = params.classes
        module = build(config, Purpose(params.purpose))
        file = _gguf(params)
        decoded = decode_gguf(folder / file, module) if file else decode_files(read_files(folder), module)
        return _loaded(decoded, module)


def _loaded(decoded: DecodedModel, module: nn.Module) -> Weights:
    """Return the weights by the names of transformers, which may rename those of old files."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)  # for a head that the files have no weights for
        filled, about = type(module).from_pretrained(  # type: ignore[attr-defined]
            None,
            config=module.config,
            state_dict=dict(decoded.tensors),
            dtype=torch.float32,
            output_loading_info=True,
        )
    backbone = f"{getattr(module, 'base_model_prefix', '')}."
    missing, extra = sorted(about["missing_keys"]), sorted(about["unexpected_keys"])
    _require_whole([name for name in missing if len(backbone) > 1 and name.startswith(backbone)], extra)
    state, shapes = filled.state_dict(), Shapes(filled)
    remarks = [decoded.sentence, *decoded.survey.remarks]
    if missing:
        remarks.append(
            f"The files have no weights for {listed(missing, 4)}; they are drawn at random: fine-tune it "
            "first."
        )
    weights = Weights(state, remarks)
    named = {name: known for name in decoded.sizes if (known := shapes.known(name)) is not None}
    weights.decoded = {known: decoded.sizes[name] for name, known in named.items()}
    weights.codes = {known: decoded.codes[name] for name, known in named.items() if name in decoded.codes}
    weights.drawn, weights.layout = tuple(missing), decoded.survey.text
    return weights


def _require_whole(missing: Sequence[str], extra: Sequence[str]) -> None:
    if missing:
        raise UnusableInput(
            f"The files lack {len(missing):,} of the model's tensors, the first of them {missing[0]}.",
            "Copy all files of the model again.",
        )
    if extra:
        raise UnusableInput(
            f"The model has no place for {len(extra):,} tensors of the files, the first of them {extra[0]}.",
            "Choose the purpose that the model was made for; its layout may also be one that is not known.",
        )


def folder_of(params: HuggingFaceParams) -> Path:
    """Return the folder of a model, fetched from the hub if that is allowed."""
    path = Path(params.model).expanduser()
    if path.is_absolute() or path.is_dir():
        if not path.is_dir():
            raise UnusableInput(f"There is no folder {path}.", "Give the path as the worker sees it.")
        return path
    from huggingface_hub import snapshot_download

    wanted = [params.file] if isinstance(params, QuantizedParams) and params.file else []
    try:
        return Path(
            snapshot_download(  # nosec B615  # a person's choice, noted by the hash of what came
                params.model, allow_patterns=[*_FILES, *wanted], local_files_only=not params.download
            )
        )
    except (OSError, ValueError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UnusableInput(
            f"The model {params.model!r} cannot be fetched: {reason}",
            "Check its name and the worker's connection, and whether the download is allowed.",
        ) from error


def _gguf(params: HuggingFaceParams) -> str:
    """Return the GGUF file that is named, or the only one of a folder without other weights."""
    if isinstance(params, QuantizedParams) and params.file:
        return params.file
    folder = folder_of(params)
    found = sorted(path.name for path in folder.glob("*.gguf"))
    others = [*folder.glob("*.safetensors"), *folder.glob("*.bin")]
    return found[0] if len(found) == 1 and not others else ""


def _config_text(params: HuggingFaceParams) -> str:
    """Return the configuration of the floating-point model, which asks for no quantization."""
    if params.config:
        return params.config
    from transformers import AutoConfig

    file, folder = _gguf(params), folder_of(params)
    if file:
        return gguf_config(folder / file)
    try:
        config: Any = AutoConfig.from_pretrained(folder, local_files_only=True)  # nosec B615
    except (OSError, ValueError, KeyError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UnusableInput(
            f"The config.json of {folder.name} cannot be used: {reason}", "Copy the model's files again."
        ) from error
    for name in _ASKS_FOR_QUANTIZATION:
        if hasattr(config, name):
            delattr(config, name)
    return written_config(config)
