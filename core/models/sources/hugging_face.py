"""Models of transformers, from a local folder or by their name on the Hugging Face hub.

A folder is one that `save_pretrained` wrote. Nothing is downloaded unless that is asked for; code that comes
with a model is never run. T. Wolf et al., "Transformers", EMNLP 2020.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from core.data.text.reading import TextReader
from core.domain.data.preprocessing import PROCESSOR_FILE, Preprocessing, of_processor
from core.errors import UnusableInput
from core.models.base import ModelSource, model_sources
from core.models.path_parameters import folder_or_name_field
from core.models.transformer import (
    PURPOSE_INPUTS,
    PURPOSE_TASKS,
    Purpose,
    auto_class,
    build,
    parsed_config,
    text_reader,
    written_config,
)
from core.models.weight_files.weights import Weights
from core.parameters import Declared, Parameters
from core.presentation.lists import listed

R = TypeVar("R")
_NO_NAME = re.compile(r"LABEL_\d+")  # what transformers calls classes without names


class HuggingFaceParams(Parameters):
    """Which model, and what it is for."""

    model: str = folder_or_name_field("Folder on the worker, or name on the hub such as org/name.")
    purpose: Literal["image-classification", "text-classification", "causal", "sequence-to-sequence"] = Field(
        "text-classification",
        title="Purpose",
        description="Decides which head the model gets.",
        json_schema_extra=Declared(inputs=PURPOSE_INPUTS, suits=PURPOSE_TASKS),
    )
    classes: int = Field(
        0,
        title="Classes",
        ge=0,
        le=100_000,
        description="Number of outputs to classify; 0: as the model has.",
    )
    download: bool = Field(
        False, title="Download", description="Whether the worker may fetch the model from the hub."
    )
    config: str = Field(
        "",
        title="Configuration",
        description="Content of config.json, to build a model with random weights; else read from the model.",
    )

    @model_validator(mode="after")
    def _something(self) -> HuggingFaceParams:
        if not self.model and not self.config:
            raise ValueError("name a model, or give a configuration")
        return self


@model_sources.register("huggingface")
class HuggingFaceModels(ModelSource[HuggingFaceParams]):
    """Image and text classifiers, causal and sequence-to-sequence language models."""

    label = "Hugging Face"
    Params = HuggingFaceParams

    def resolved(self, params: HuggingFaceParams) -> HuggingFaceParams:
        """Return the parameters with the configuration, so that a stored model needs no folder."""
        if params.config:
            return params
        return params.model_copy(update={"config": written_config(_config(params))})

    def build(self, params: HuggingFaceParams) -> nn.Module:
        """Return the architecture with random weights."""
        config = parsed_config(params.config) if params.config else _config(params)
        return build(config, Purpose(params.purpose), classes=params.classes)

    def weights(self, params: HuggingFaceParams) -> Mapping[str, Tensor] | None:
        """Return the weights as float32; a head that the model has none for stays as it is drawn."""
        if not params.model:
            return None
        config = _config(params)
        if (quantized := getattr(config, "quantization_config", None)) is not None:
            told = (
                dict(quantized).get("quant_method") if isinstance(quantized, dict) else quantized.quant_method
            )
            raise UnusableInput(
                f"The model {params.model!r} is quantized ({getattr(told, 'value', told)}).",
                "Import it from the source Quantized elsewhere, which decodes it.",
            )
        if params.classes:
            config.num_labels = params.classes
        purpose = Purpose(params.purpose)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)  # for a head that the file has no weights for
            module, about = _found(
                params,
                lambda: auto_class(purpose).from_pretrained(
                    params.model,
                    config=config,
                    dtype=torch.float32,
                    local_files_only=not params.download,
                    output_loading_info=True,
                ),
            )
        return _with_remark(module, sorted(about["missing_keys"]))

    def reader(self, params: HuggingFaceParams) -> TextReader | None:
        """Return the model's own tokenizer; None for a model of images, or one without any tokenizer."""
        from transformers import AutoTokenizer

        if Purpose(params.purpose) is Purpose.IMAGE_CLASSIFICATION or not params.model:
            return None
        load = AutoTokenizer.from_pretrained
        tokenizer = _found(params, lambda: load(params.model, local_files_only=not params.download))
        config = parsed_config(params.config) if params.config else _config(params)
        return text_reader(config, tokenizer, Purpose(params.purpose))

    def preprocessing(self, params: HuggingFaceParams) -> Preprocessing | None:
        """Return what the model's `preprocessor_config.json` says; None where it has none, or reads texts."""
        if Purpose(params.purpose) is not Purpose.IMAGE_CLASSIFICATION or not params.model:
            return None
        from transformers.utils.hub import cached_file

        options = {"local_files_only": not params.download, "_raise_exceptions_for_missing_entries": False}
        try:
            path = cached_file(params.model, PROCESSOR_FILE, **options)
            values = json.loads(Path(path).read_text(encoding="utf-8")) if path else None
        except (OSError, ValueError):
            return None  # the weights were found, so the file is missing or damaged
        return of_processor(values) if isinstance(values, dict) else None

    def class_names(self, params: HuggingFaceParams) -> tuple[str, ...]:
        """Return the labels of the configuration; none where they are but numbers, or for another purpose."""
        config = parsed_config(params.config) if params.config else _config(params)
        labels = dict(config.id2label or {})
        outputs = params.classes or len(labels)
        classifies = Purpose(params.purpose) in {Purpose.IMAGE_CLASSIFICATION, Purpose.TEXT_CLASSIFICATION}
        if not classifies or sorted(labels) != list(range(outputs)):
            return ()
        names = tuple(str(labels[place]) for place in range(outputs))
        return () if all(_NO_NAME.fullmatch(name) for name in names) else names

    def with_class_names(self, params: HuggingFaceParams, names: Sequence[str]) -> HuggingFaceParams:
        """Return the parameters with other labels in the configuration."""
        config = parsed_config(params.config) if params.config else _config(params)
        config.id2label = dict(enumerate(names))
        config.label2id = {name: place for place, name in enumerate(names)}
        return params.model_copy(update={"config": written_config(config)})


def _with_remark(module: nn.Module, drawn: Sequence[str]) -> Weights:
    if drawn:
        named = listed(drawn, 4)
        said = f"The model has no trained weights for {named}; they are drawn at random: fine-tune it first."
        return Weights(module.state_dict(), [said])
    return Weights(module.state_dict())


def _config(params: HuggingFaceParams) -> Any:
    from transformers import AutoConfig

    load = AutoConfig.from_pretrained
    return _found(params, lambda: load(params.model, local_files_only=not params.download))


def _found(params: HuggingFaceParams, load: Callable[[], R]) -> R:
    """Return what `load` finds; `UnusableInput` that says why it finds nothing."""
    if Path(params.model).is_absolute() and not Path(params.model).is_dir():
        raise UnusableInput(f"There is no folder {params.model}.", "Give the path as the worker sees it.")
    try:
        return load()
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        reason = next(
            (line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__
        )
        hint = "Give a folder that save_pretrained wrote, as the worker sees it"
        hint += (
            ", or check the name and the worker's connection."
            if params.download
            else "; or allow the download, so that the worker may fetch the model from the hub."
        )
        raise UnusableInput(f"The model {params.model!r} cannot be loaded: {reason}", hint) from error
